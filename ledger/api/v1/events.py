"""How far an event is."""

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from ledger.db import db
from ledger.permissions import Permission
from ledger.scanning.queries import expected, progress
from ledger.web.access import event_or_404, needs

bp = Blueprint("events", __name__, url_prefix="/events")


@bp.get("/<int:event_id>/progress")
@needs(Permission.VIEW_GOODS)
def show_progress(event_id: int) -> ResponseReturnValue:
    """Return how many batches passed each stage; 304 as long as that is what the asker knows."""
    event, session = event_or_404(event_id), db.session()
    response = jsonify(
        event=event.id,
        state=event.state,
        expected=expected(session, event.id),
        passed=progress(session, event.id),
    )
    response.cache_control.private = True
    response.cache_control.no_cache = True  # keep it, and ask whether it still holds
    response.add_etag()
    return response.make_conditional(request)
