"""Events on one machine: making realistic ones, and loading a user's own, both in the lake layout."""
