"""The board of an event before its day: one look says whether all is ready, or what is missing and where it is done."""

from datetime import date

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from ledger.db import db
from ledger.events.deadlines import DEADLINE_NAMES, PREPARED, Deadline, Open
from ledger.events.models import Event
from ledger.permissions import Permission
from ledger.scanning.readiness import SIGN_NAMES, TOPIC_NAMES, Served, Topic, checks, vehicles
from ledger.web.access import needs, organised_or_404, own_units, settings
from ledger.web.context import BEIJING, today
from ledger.web.overdue import open_until, place_of
from ledger.web.trust import authority

bp = Blueprint("ready", __name__, url_prefix="/events")


@bp.get("/<int:event_id>/ready")
@needs(Permission.ORGANISE)
def show(event_id: int) -> ResponseReturnValue:
    """Show what is open unit by unit, and whether place, plan, people and devices are ready."""
    event = organised_or_404(event_id)
    mine = own_units(Permission.ORGANISE)
    open_rows = open_until(event, {slot.unit_id for slot in event.slots}, date.max - today())
    rows: dict[tuple[int, Deadline], list[Open]] = {}
    for each in open_rows:
        rows.setdefault((each.unit.id, each.deadline), []).append(each)
    found = checks(db.session(), event, mine, served=_served(), sampling=settings().sampling)
    return render_template(
        "ready/show.html",
        event=event,
        is_prepared=event.state in PREPARED,
        open_rows=rows,
        place_of=place_of,
        checks=found,
        vehicles=vehicles(db.session(), event),
        missing=len({each.topic for each in found if each.is_missing}) + len({unit_id for unit_id, _ in rows}),
        places={topic: _place(event, topic) for topic in Topic},
        deadline_names={key: name for key, name in DEADLINE_NAMES.items() if key is not Deadline.REPORT},
        topic_names=TOPIC_NAMES,
        sign_names=SIGN_NAMES,
    )


def _served() -> Served:
    found = authority()
    return Served(
        is_https=settings().is_https,
        is_public=settings().is_public,
        address=settings().address,
        authority_until=found.until.astimezone(BEIJING).date() if found else None,
    )


def _place(event: Event, topic: Topic) -> str:
    """Return where it is put right."""
    if topic is Topic.ADDRESS:
        return url_for("trust.show")
    if topic is Topic.SUPERVISORS:
        return url_for("day.people", event_id=event.id)
    if topic in (Topic.DEVICES, Topic.CLOCKS):
        return url_for("devices.index", event_id=event.id)
    if topic is Topic.VEHICLES:
        return url_for("loads.index", event_id=event.id)
    if topic is Topic.STAFF:
        return url_for("duties.show")
    return url_for("events.show", event_id=event.id, _anchor="batches" if topic is Topic.SAMPLES else "plan")
