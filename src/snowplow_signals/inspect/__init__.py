"""The read-only side: state, verification, explanation and preview of attributes."""
