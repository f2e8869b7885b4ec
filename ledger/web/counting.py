"""What the pages of a count show of the figures that devices send: how they are sent, and what came too late."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import url_for
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from ledger.db import db
from ledger.stocktake.entries import row_of, told_in
from ledger.stocktake.models import CountBatch, CountEntry, CountLine, Stocktake
from ledger.stocktake.queries import came_late, items_packed
from ledger.stocktake.rules import CONDITION_NAMES, Condition
from ledger.stocktake.workflow import BLIND
from ledger.web.access import me, now, veiled
from ledger.web.context import HIDDEN, sentence


@dataclass(frozen=True, slots=True)
class LateFigure:
    """A figure that changed nothing any more: of what it is, how much, when it was counted, and why."""

    entry: CountEntry
    name: str
    place: str
    figure: str
    counted_at: datetime
    why: str


def setting_of(count: Stocktake) -> dict[str, object]:
    """Return what the script has to know that sends figures."""
    return {
        "stocktake": count.id,
        "user": me().id,
        "url": url_for("api.v1.stocktakes.take_in", stocktake_id=count.id),
        "token": generate_csrf(),
        "rendered": now().isoformat(timespec="seconds"),
    }


def late_figures(count: Stocktake) -> list[LateFigure]:
    """Return what came too late: of everybody, or of the person alone while somebody still counts blind."""
    entries = [each for each in came_late(db.session(), count) if count.state not in BLIND or each.user_id == me().id]
    return [_shown(entry) for entry in entries]


def _shown(entry: CountEntry) -> LateFigure:
    row, told = row_of(db.session(), entry), told_in(entry)
    hides = False
    if isinstance(row, CountLine):
        name, place, hides = row.item.name, row.place.path, row.item_id in veiled()
    elif isinstance(row, CountBatch):
        name, place = _("Sealed batch %(number)s", number=row.number), row.event
        hides = not veiled().isdisjoint(items_packed(db.session(), row.stocktake)[row.place_id])
    else:
        name, place = (row.name, row.place.path) if row else ("", "")
    figure = _(HIDDEN) if hides else _typed(entry)
    counted_at = entry.at + timedelta(milliseconds=entry.offset_ms)
    return LateFigure(entry, name, place, figure, counted_at, sentence(*told) if told else "")


def _typed(entry: CountEntry) -> str:
    typed = dict(entry.typed)
    condition, broken = typed.pop("condition", ""), typed.pop("spoilt", "")
    said = [_(CONDITION_NAMES[Condition(condition)]) if condition else "", *typed.values()]
    return " · ".join([*filter(None, said), *([_("spoilt %(quantity)s", quantity=broken)] if broken else [])])
