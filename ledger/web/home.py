"""The first page: what waits for me."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from ledger.web.access import signed_in

bp = Blueprint("home", __name__)


@bp.get("/")
@signed_in
def show() -> ResponseReturnValue:
    """Show what waits for the person."""
    return render_template("home/show.html")
