"""events: to be filled."""

from collections.abc import Iterator

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from ledger.permissions import Permission
from ledger.web.access import needs
from ledger.web.todo import ToDo

bp = Blueprint("events", __name__, url_prefix="/events")


@bp.get("")
@needs(Permission.VIEW_GOODS)
def index() -> ResponseReturnValue:
    """Say that there is nothing here yet."""
    abort(404)


@bp.get("/<int:event_id>")
@needs(Permission.VIEW_GOODS)
def show(event_id: int) -> ResponseReturnValue:  # noqa: ARG001
    """Say that there is nothing here yet."""
    abort(404)


def to_dos() -> Iterator[ToDo]:
    """Yield nothing yet."""
    yield from ()
