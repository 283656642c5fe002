"""Snowflake: SQL, connections, columns of the events table, macros."""
