"""Users' own files of events, into an events table."""
