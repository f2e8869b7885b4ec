"""Whether the installation lives, for those who watch over it."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from ledger.db import db
from ledger.journal.models import JournalHead
from ledger.web.access import open_to_all

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@open_to_all
def alive() -> ResponseReturnValue:
    """Say that the process answers."""
    return {"status": "ok"}


@bp.get("/readyz")
@open_to_all
def ready() -> ResponseReturnValue:
    """Say that the database answers and has its tables."""
    db.session.scalars(select(JournalHead.id)).one()
    return {"status": "ok"}
