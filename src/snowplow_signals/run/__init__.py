"""A run: its phases, the lease that it holds, dbt's models in their order."""
