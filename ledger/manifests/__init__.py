"""The destruction manifest: its seal, its proofs, and how both are checked."""
