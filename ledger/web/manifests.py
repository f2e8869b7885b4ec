"""manifests: to be filled."""

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from ledger.permissions import Permission
from ledger.web.access import needs

bp = Blueprint("manifests", __name__, url_prefix="/manifests")


@bp.get("")
@needs(Permission.VIEW_GOODS)
def index() -> ResponseReturnValue:
    """Say that there is nothing here yet."""
    abort(404)


@bp.get("/<int:manifest_id>")
@needs(Permission.VIEW_GOODS)
def show(manifest_id: int) -> ResponseReturnValue:  # noqa: ARG001
    """Say that there is nothing here yet."""
    abort(404)
