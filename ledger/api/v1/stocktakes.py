"""Figures of counts come in here, one at a time or a storey's at once, whenever there was a network."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ledger.api.fields import (
    LARGEST_KEY,
    Field,
    moment,
    one_of,
    pattern,
    read_members,
    schema_of,
    several,
    text,
    uuid,
    whole,
)
from ledger.db import db
from ledger.errors import N_, NotPermitted
from ledger.events.queries import labels_at
from ledger.journal.service import writing
from ledger.permissions import Permission
from ledger.stocktake.entries import Row, Sent, take, told_in
from ledger.stocktake.models import CountBatch, CountEntry, Stocktake
from ledger.stocktake.rules import Condition
from ledger.stocktake.service import Found
from ledger.web.access import me, needs, now, own_or_404
from ledger.web.context import sentence
from ledger.web.count_forms import read_row

bp = Blueprint("stocktakes", __name__, url_prefix="/stocktakes")

MOST_FIGURES = 500
MOST_TYPED = 100
LARGEST_OFFSET = 600 * 365 * 24 * 3600 * 1000
"""As far apart as times may be that are taken, in milliseconds: with it they stay times."""
_ROW = r"(line|extra|batch)-[1-9][0-9]{0,8}"
TYPED: Mapping[str, Field] = {
    "found": text(MOST_TYPED, "How much was found, as it was typed.", least=0, is_required=False),
    "spoilt": text(MOST_TYPED, "How much of it is spoilt.", least=0, is_required=False),
    "condition": one_of(Condition, "How a sealed batch was found.", is_required=False),
    "label": text(MOST_TYPED, "The code on its label.", least=0, is_required=False),
    "seal": text(MOST_TYPED, "The number on its seal.", least=0, is_required=False),
    "weight": text(MOST_TYPED, "What it weighs, in kilograms.", least=0, is_required=False),
}
FIGURE: Mapping[str, Field] = {
    "id": uuid("Made by the device before it sends anything; the same id again changes nothing."),
    "row": pattern(_ROW, N_("what is counted, like “line-12”"), "A line, goods without one, or a batch."),
    "at": moment("When, by the device's clock. Of two figures for a line the later one counts."),
    "offset_ms": whole(
        LARGEST_OFFSET,
        "How far its clock was behind ours when it was counted, in milliseconds, if it knew.",
        least=-LARGEST_OFFSET,
        is_required=False,
    ),
    **TYPED,
}
LUMP: Mapping[str, Field] = {
    "counter": whole(LARGEST_KEY, "Who counted; has to be signed in when it is sent."),
    "device": text(64, "The id that the device gave itself."),
    "now": moment("The time on the device when it sends this; tells how far its clock is off."),
    "figures": several(MOST_FIGURES, schema_of(FIGURE), "In the order in which they were counted."),
}


class NotYourFigures(NotPermitted):
    """Figures that somebody else counted than the person who is signed in."""

    message = N_("Somebody else counted this. Nothing was taken; sign in as the person who did.")
    is_business_act = False


@bp.post("/<int:stocktake_id>/figures")
@needs(Permission.COUNT_GOODS)
def take_in(stocktake_id: int) -> ResponseReturnValue:
    """Keep what was counted, each figure once, and answer what became of each; no figure of the books is told."""
    count, session = own_or_404(Stocktake, stocktake_id, Permission.COUNT_GOODS), db.session()
    lump = read_members(LUMP, request.get_json(silent=True), "body")
    if lump["counter"] != me().id:
        raise NotYourFigures
    offset_ms = round((now() - lump["now"]).total_seconds() * 1000)
    figures = [
        {"offset_ms": offset_ms, **read_members(FIGURE, each, f"figures[{place}]")}
        for place, each in enumerate(lump["figures"])
    ]
    results = []
    with writing(session):
        for figure in figures:
            entry = take(session, count, _sent(figure, lump["device"]), _reading(figure), by=me(), at=now())
            results.append(_told(entry))
    return {"results": results}


def _sent(figure: Mapping[str, Any], device: str) -> Sent:
    typed = {name: str(figure[name]) for name in TYPED if name in figure}
    facts = {name: figure[name] for name in ("id", "row", "at", "offset_ms")}
    return Sent(device=device, typed=typed, **facts)


def _reading(figure: Mapping[str, Any]) -> Any:
    """Return what reads a figure of a row: of a batch with the label that counted when it was found."""
    typed = {name: figure[name] for name in TYPED if name in figure}

    def read(row: Row, at: datetime) -> Found:
        is_batch = isinstance(row, CountBatch)
        return read_row(row, typed, labels_at(db.session(), [row.place_id], at)[row.place_id] if is_batch else "")

    return read


def _told(entry: CountEntry) -> dict[str, object]:
    told = told_in(entry)
    message = sentence(*told) if told else _("Noted")
    return {"id": entry.id, "taken": entry.taken, "message": message, "received_at": entry.received_at.isoformat()}
