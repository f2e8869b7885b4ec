"""Whether the installation lives and is complete, for those who watch over it and those who set it up."""

from pathlib import Path

from flask import Blueprint, Flask, current_app
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from ledger.db import db
from ledger.errors import LedgerError
from ledger.journal.models import JournalHead
from ledger.journal.service import check_keys
from ledger.web.access import open_to_all

bp = Blueprint("health", __name__)

_COMPLETE = "ledger_is_complete"


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


def install(app: Flask) -> None:
    """Until assets and tables are there, answer with the command that makes them."""
    app.before_request(_say_what_is_missing)


def _say_what_is_missing() -> ResponseReturnValue | None:
    if current_app.extensions.get(_COMPLETE):
        return None
    if not (Path(current_app.static_folder or "") / "dist" / "manifest.json").exists():
        return _plain("The pages' assets are not built yet. Run: flask build")
    try:
        db.session.scalars(select(JournalHead.id)).one()
    except DBAPIError:
        db.session.rollback()
        return _plain("The ledger's tables are missing, or its database does not answer. Run: flask db upgrade")
    try:
        check_keys(db.session())
    except LedgerError as refusal:
        return _plain(str(refusal))
    current_app.extensions[_COMPLETE] = True
    return None


def _plain(text: str) -> ResponseReturnValue:
    return text + "\n", 503, {"Content-Type": "text/plain; charset=utf-8"}
