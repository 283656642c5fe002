"""The console: pages for people, beside the API or for a folder of projects alone."""
