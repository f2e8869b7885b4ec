"""Cases: the decision that goods were confiscated by, and the party they came from."""
