"""What the QR code of a label opens."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from ledger.permissions import Permission
from ledger.web.access import needs
from ledger.web.batches import batch_or_404

bp = Blueprint("q", __name__)


@bp.get("/<any(q,Q):sign>/<string:code>")
@needs(Permission.VIEW_GOODS)
def show(sign: str, code: str) -> ResponseReturnValue:  # noqa: ARG001 - labels have no small letters, people type them
    """Lead from a label to its batch; whoever is not signed in does that first."""
    batch_or_404(code)
    return redirect(url_for("batches.show", code=code.upper()), 303)
