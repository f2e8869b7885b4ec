"""Events: the day of destruction, its sites, receivers and slots, and the sealed batches that are brought to it."""
