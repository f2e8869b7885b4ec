"""What the QR code of a label opens."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from ledger.db import db
from ledger.goods.tree import of_label
from ledger.permissions import Permission
from ledger.web.access import needs, own_units
from ledger.web.batches import batch_or_404

bp = Blueprint("q", __name__)


@bp.get("/<any(q,Q):sign>/<string:code>")
@needs(Permission.VIEW_GOODS)
def show(sign: str, code: str) -> ResponseReturnValue:  # noqa: ARG001 - labels have no small letters, people type them
    """Lead from a label to its batch or location; whoever is not signed in does that first."""
    place = of_label(db.session(), code)
    if place is not None and place.unit_id in own_units(Permission.VIEW_GOODS):
        return redirect(url_for("locations.show", place_id=place.id), 303)
    batch_or_404(code)
    return redirect(url_for("batches.show", code=code.upper()), 303)
