"""A generated project with what a warehouse has for it: dbt in this process, tables, columns of the events table."""
