"""A ledger of confiscated goods up to their destruction. The application is made by ledger.app."""
