"""What counters find beside the list: goods of a line at another location, an unknown label, goods without one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.duties import Part
from ledger.goods.models import Item, Place
from ledger.stocktake.models import CountExtra, CountLine, Stocktake
from ledger.stocktake.rules import Noted
from ledger.stocktake.service import as_counter, check_explaining, check_figure
from ledger.stocktake.workflow import STATE_NAMES, CountMovedOn, NothingFound, NotShort, OnTheList, UnknownLabel
from ledger.text import fold
from ledger.units.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """Goods at a location of which the list there says nothing: by their label, or in words if it is not known."""

    place: Place
    quantity: Decimal
    label: str = ""
    name: str = ""
    spec: str = ""
    measure: str = ""


def note_find(session: Session, count: Stocktake, find: Find, *, by: User, at: datetime) -> CountLine | CountExtra:
    """Keep goods that by found beside the list; the other counter is not told.

    Raises NothingFound, OnTheList, UnknownLabel, NotWhole or what as_counter raises.
    """
    part = as_counter(session, count, by, at=at)
    if part is Part.RECOUNTER:
        raise CountMovedOn(state=STATE_NAMES[count.state])
    if find.quantity <= 0:
        raise NothingFound
    item = item_of(session, count, find.label)
    row = _extra(count, find) if item is None else _line(count, item, find)
    check_figure(row, find.quantity)
    row.note(part, Noted(find.quantity), at=at)
    session.flush()  # pages name its id
    return row


def item_of(session: Session, count: Stocktake, label: str) -> Item | None:
    """Return the line of the unit's goods with this label code."""
    query = select(Item).where(Item.code == label, Item.unit_id == count.unit_id)
    return session.scalar(query) if label else None


def take_for(count: Stocktake, extra: CountExtra, line: CountLine | None, *, explanation: str, by: User) -> None:
    """Say which line goods without one belong to, or what else they are. Raises CountMovedOn or NotShort."""
    check_explaining(count)
    if line is not None and line.figures.difference >= 0:
        raise NotShort(name=line.item.name)
    extra.line, extra.explanation = line, explanation
    count.explained_by = by


def likely(extra: CountExtra, lines: Sequence[CountLine]) -> list[CountLine]:
    """Return the lines of which something is missing that these goods may be: same name, unit of measure and kind."""
    alike = [line for line in lines if line.differs and line.figures.difference < 0 and _is_alike(extra, line.item)]
    return sorted(alike, key=lambda line: abs(line.figures.difference + extra.figures.difference))


def _is_alike(extra: CountExtra, item: Item) -> bool:
    is_same = (fold(extra.name), extra.measure) == (fold(item.name), item.measure)
    return is_same and (not extra.spec or fold(extra.spec) == fold(item.spec))


def _line(count: Stocktake, item: Item, find: Find) -> CountLine:
    known = [line for line in count.lines if (line.item_id, line.place_id) == (item.id, find.place.id)]
    if known and not known[0].is_find:
        raise OnTheList(name=item.name, location=find.place.name)
    if known:
        return known[0]
    line = CountLine(item=item, place=find.place, book=Decimal(0), notes=[])
    count.lines.append(line)
    return line


def _extra(count: Stocktake, find: Find) -> CountExtra:
    if not find.name or not find.measure:
        raise UnknownLabel(label=find.label)
    wanted = _key(find.label, find.name, find.spec, find.measure, find.place.id)
    for extra in count.extras:
        if _key(extra.label, extra.name, extra.spec, extra.measure, extra.place_id) == wanted:
            return extra
    facts = {"label": find.label, "name": find.name, "spec": find.spec, "measure": find.measure}
    extra = CountExtra(place=find.place, notes=[], **facts)
    count.extras.append(extra)
    return extra


def _key(label: str, name: str, spec: str, measure: str, place_id: int) -> tuple[object, ...]:
    """Return by what two counters have found the same goods: their label, or else their words."""
    return (label, place_id, measure) if label else ("", place_id, measure, fold(name), fold(spec))
