"""Files that people hand in, kept by their hash and never changed."""
