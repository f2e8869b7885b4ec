"""The slip of an act, from what the journal recorded of it: printed again it says the same."""

from collections import Counter
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.cases.models import Case
from ledger.errors import N_, Message
from ledger.goods.models import Item, Place
from ledger.goods.rules import Act, PlaceKind
from ledger.journal.models import JournalEntry
from ledger.papers import words
from ledger.papers.content import Sum
from ledger.papers.figures import BEIJING
from ledger.papers.slip import SlipData, SlipLine
from ledger.store.rules import STOCK_IN, STOCK_OUT
from ledger.units.models import Unit, User

SLIP_NAMES: dict[str, Message] = {
    **{f"goods.{act}": N_("Stock-in slip") for act in STOCK_IN},
    **{f"goods.{act}": N_("Stock-out slip") for act in STOCK_OUT},
}
"""What the slip of an act is called; other acts have none."""


def slip_number(unit: Unit, entry: JournalEntry) -> str:
    """Return a slip's number: it ends in that of its entry, so that no two are alike."""
    title = words.SLIP_IN if Act(entry.act.removeprefix("goods.")) in STOCK_IN else words.SLIP_OUT
    return f"{unit.short_name}{title[:2]}〔{_year(entry.at)}〕{entry.seq}号"


def slip_of(session: Session, entry: JournalEntry) -> SlipData:
    """Return what the slip of an entry of STOCK_IN or STOCK_OUT says."""
    data = orjson.loads(entry.body)["data"]
    act, case = Act(entry.act.removeprefix("goods.")), session.get_one(Case, data["case"])
    is_in, unit, people = act in STOCK_IN, case.unit, _people(session, data)
    items, places = _known(session, data["moves"])
    lines, sums = [], Counter[str]()
    outer, has_custody = dict[str, None](), False
    for item_id, thousandths, _, source_id, _, target_id in data["moves"]:
        item, inner, beyond = items[item_id], *((target_id, source_id) if is_in else (source_id, target_id))
        lines.append(_line(item, thousandths, places[inner]))
        sums[item.measure] += thousandths
        outer[places[beyond].name] = None
        has_custody = has_custody or places[inner].kind is PlaceKind.CUSTODY
    other = words.OFFICERS.format(unit=unit.name) if act is Act.STORE_IN else "、".join(outer)
    ours = unit.name if has_custody else words.STORE.format(unit=unit.name)
    giver, receiver = (other, ours) if is_in else (ours, other)
    return {
        "is_in": is_in,
        "why": data["kind"] if act is Act.DISPOSE else act.value,
        "unit": unit.name,
        "number": slip_number(unit, entry),
        "at": entry.at.isoformat(),
        "case": case.number,
        "giver": giver,
        "receiver": receiver,
        "giver_signs": people.get("handler", "") if is_in else people["custodian"],
        "receiver_signs": people["custodian"] if is_in else "",
        "document": data.get("document", ""),
        "proceeds": _yuan(data.get("proceeds")),
        "reason": data.get("reason", ""),
        "people": list(people.items()),
        "lines": lines,
        "totals": [Sum(measure=measure, quantity=_plain(sums[measure])) for measure in sums],
    }


def _people(session: Session, data: dict[str, Any]) -> dict[str, str]:
    """Return the names of those who took part, by their parts."""
    took_part = {part: data["people"][part]["id"] for part in words.PARTS if part in data["people"]}
    return {part: session.get_one(User, person_id).name for part, person_id in took_part.items()}


def _known(session: Session, moves: list[Any]) -> tuple[dict[int, Item], dict[int, Place]]:
    """Return the lines and places of these moves by their ids."""
    items = session.scalars(select(Item).where(Item.id.in_({row[0] for row in moves})))
    places = session.scalars(select(Place).where(Place.id.in_({row[3] for row in moves} | {row[5] for row in moves})))
    return {item.id: item for item in items}, {place.id: place for place in places}


def _line(item: Item, thousandths: int, place: Place) -> SlipLine:
    where = words.WITH_OFFICERS if place.kind is PlaceKind.CUSTODY else place.name
    quantity = _plain(thousandths)
    return SlipLine(name=item.name, spec=item.spec, measure=item.measure, quantity=quantity, place=where)


def _plain(thousandths: int) -> str:
    return f"{Decimal(thousandths) / 1000:f}"


def _yuan(fen: int | None) -> str:
    return "" if fen is None else f"{Decimal(fen) / 100:.2f}"


def _year(at: datetime) -> int:
    return at.astimezone(BEIJING).year
