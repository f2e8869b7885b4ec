"""What one person may not do together, and why: the page that explains refusals."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from ledger.duties import APART, PART_NAMES, WAIVABLE, Part, why_apart
from ledger.web.access import signed_in

bp = Blueprint("duties", __name__, url_prefix="/duties")


@bp.get("")
@signed_in
def show() -> ResponseReturnValue:
    """Show which parts one person may not hold together, and why."""
    return render_template(
        "duties/show.html",
        parts=list(Part),
        part_names=PART_NAMES,
        why_apart=why_apart,
        waivable={APART[pair] for pair in WAIVABLE},
    )
