"""Bringing goods lists in, as units really have them."""
