"""Made-up events of a shop, the same for the same seed."""
