"""The handlers of the pages, one file for each page of the menu."""
