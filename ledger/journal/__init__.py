"""The append-only journal: every business act is one entry of a Merkle log."""
