"""Long work: what is to be done, how far it is, and who is at it."""
