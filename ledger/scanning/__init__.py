"""Scans on the day: facts that are always kept, and what the books make of them."""
