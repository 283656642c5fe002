"""Spark with Delta Lake: SQL, connections, columns of the events table, macros."""
