"""A ledger of confiscated goods up to their destruction."""

from ledger.app import create_app

__all__ = ["create_app"]
