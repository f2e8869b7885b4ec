"""Closing an event, and the manifest that comes of it: sealed, signed, and checkable without this software."""
