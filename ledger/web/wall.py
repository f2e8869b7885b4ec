"""The wall: how far the day is, for a large screen on site that asks again and again and is mostly told “no change”."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from flask import Blueprint, Response, abort, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from ledger.db import db
from ledger.errors import N_, Message
from ledger.events.models import Event
from ledger.events.queries import items_in
from ledger.events.workflow import State
from ledger.permissions import Permission
from ledger.scanning.progress import UnitProgress, last_destroyed, off_weight, progress_by_unit, state_of
from ledger.scanning.queries import count_unsettled, inspections_of
from ledger.scanning.rules import REASON_NAMES, STAGE_NAMES, WAY, Reason, Stage
from ledger.units.models import Unit
from ledger.web.access import event_or_404, needs, now, own_units, veiled

bp = Blueprint("wall", __name__, url_prefix="/events")

BEGUN = frozenset({State.OPEN, State.CLOSING, State.SEALED})
ON_SAMPLES = frozenset({Reason.SAMPLE_DUE, Reason.SAMPLE_FAILED})
"""Scans that were turned away for what stands on the wall itself, or is work under way."""
MOST_BARS = 10
"""More units than these stand in two columns."""


class Arrivals(NamedTuple):
    """How many batches are expected at a time, how many of them came, and whether some are overdue."""

    at: datetime
    expected: int
    arrived: int
    is_late: bool


class Problem(NamedTuple):
    """What is open about how many batches of a unit, or how often with codes of no batch."""

    what: Message
    times: int
    unit: Unit | None


@bp.get("/<int:event_id>/wall")
@needs(Permission.VIEW_GOODS)
def show(event_id: int) -> ResponseReturnValue:
    """Show progress by unit, site and stage, arrivals, what was destroyed last and what is open; nobody is named.

    It is for the organiser's people: another unit's figures are not for everybody. 304 as long as nothing changed.
    """
    event = event_or_404(event_id)
    if event.unit_id not in own_units(Permission.VIEW_GOODS):
        abort(404)
    session, at = db.session(), now().replace(second=0, microsecond=0)
    tag = f"{event.id}.{event.state}.{state_of(session)}.{at:%d%H%M}.{get_locale()}.{len(veiled())}"
    if request.if_none_match.contains_weak(tag):
        return _tagged(Response(status=304), tag)
    page = _page(event, at) if event.state in BEGUN else render_template("wall/waits.html", event=event)
    return _tagged(make_response(page), tag)


def _page(event: Event, at: datetime) -> str:
    session = db.session()
    rows = progress_by_unit(session, event)
    last = last_destroyed(session, event.id)
    kg, value = sum((row.destroyed_kg for row in rows), Decimal(0)), sum(row.destroyed_value for row in rows)
    return render_template(
        "wall/show.html",
        event=event,
        at=at,
        rows=rows,
        is_crowded=len(rows) > MOST_BARS,
        expected=sum(row.expected for row in rows),
        passed={stage: sum(row.passed[stage] for row in rows) for stage in WAY},
        tonnes=round(kg / 1000, 3),
        ten_thousands=round(Decimal(value) / 1_000_000, 1),
        sites=_by_site(event, rows),
        arrivals=_arrivals(rows, at),
        lacking=sum(row.lacks_at(at) for row in rows),
        last=last,
        goods=items_in(session, [posting.batch_id for posting in last if posting.batch_id]),
        problems=list(_problems(event, rows)),
        stage_names=STAGE_NAMES,
        way=WAY,
    )


def _problems(event: Event, rows: Iterable[UnitProgress]) -> Iterator[Problem]:
    """Yield what is open, the gravest first, by what it is and by unit; what is only under way is none."""
    session, units = db.session(), {row.unit.id: row.unit for row in rows}
    for each in inspections_of(session, [event.id]):
        if each.stops:
            yield Problem(N_("Failed sample"), 1, each.batch.unit)
    for unit, count in Counter(each.batch.unit for each in off_weight(session, event)).items():
        yield Problem(N_("Weighs otherwise"), count, unit)
    for reason, unit_id, count in count_unsettled(session, event.id):
        if reason not in ON_SAMPLES:
            yield Problem(REASON_NAMES[reason], count, units.get(unit_id or 0))


def _by_site(event: Event, rows: Iterable[UnitProgress]) -> list[tuple[str, int, int]]:
    """Return for each site how many batches of the units that come to it are destroyed, of how many."""
    mine: defaultdict[int, list[UnitProgress]] = defaultdict(list)
    for row in rows:
        if row.slot:
            mine[row.slot.site_id].append(row)
    return [
        (site.name, sum(row.passed[Stage.DESTROY] for row in mine[site.id]), sum(row.expected for row in mine[site.id]))
        for site in event.sites
    ]


def _arrivals(rows: Sequence[UnitProgress], at: datetime) -> list[Arrivals]:
    """Return the arrivals by the time of their slots."""
    mine: defaultdict[datetime, list[UnitProgress]] = defaultdict(list)
    for row in rows:
        if row.slot:
            mine[row.slot.at].append(row)
    return [
        Arrivals(
            time,
            sum(row.expected for row in some),
            sum(min(row.passed[Stage.RECEIVE], row.expected) for row in some),
            any(row.lacks_at(at) for row in some),
        )
        for time, some in sorted(mine.items())
    ]


def _tagged(response: Response, tag: str) -> Response:
    response.set_etag(tag, weak=True)
    return response
