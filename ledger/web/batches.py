"""batches: to be filled."""

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from ledger.permissions import Permission
from ledger.web.access import needs

bp = Blueprint("batches", __name__, url_prefix="/batches")


@bp.get("")
@needs(Permission.VIEW_GOODS)
def index() -> ResponseReturnValue:
    """Say that there is nothing here yet."""
    abort(404)
