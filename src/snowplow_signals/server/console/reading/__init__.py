"""What the pages show, worked out without HTTP: each module makes one value of its own."""
