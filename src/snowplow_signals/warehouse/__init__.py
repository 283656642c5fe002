"""Connections to warehouses, through the targets of dbt profiles."""
