"""Scanning batches at loading, arrival and destruction."""
