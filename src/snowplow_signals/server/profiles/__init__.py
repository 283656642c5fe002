"""The Profiles API: what is asked for, reads of the store, answers."""
