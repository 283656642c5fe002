"""Alerts: what is wrong is sent to a URL of the user's, signed."""
