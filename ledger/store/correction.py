"""Counter-entries: what was booked wrongly is booked back by somebody else, with a reason; nothing is edited away."""

from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.errors import LedgerError
from ledger.goods.models import Item, Movement
from ledger.goods.rules import Account, Act
from ledger.goods.service import Move, Spot, move
from ledger.journal.models import JournalEntry
from ledger.stocktake.queries import places_in_count
from ledger.store.rules import CORRECTED_BY, CorrectedAlready, NotCorrectable, TookPart, UnderCount
from ledger.units.models import User

MOVEMENT = "movement"
"""Under this name a counter-entry keeps the movement that it takes back."""


def correct(session: Session, movement: Movement, *, reason: str, by: User, at: datetime) -> JournalEntry:
    """Book a movement back, as somebody of the same role who had no part in it. The door commits.

    Raises NotCorrectable, TookPart, CorrectedAlready, UnderCount, or NotEnoughGoods if the goods went on meanwhile.
    """
    if obstacle := kept_from_correcting(session, movement, by=by):
        raise obstacle
    item, [_, part] = session.get_one(Item, movement.item_id), CORRECTED_BY[movement.act]
    back = Move(
        item.id,
        movement.quantity,
        Spot(movement.target_account, movement.target_place_id),
        Spot(movement.source_account, movement.source_place_id),
    )
    data = {MOVEMENT: movement.id, "takes_back": movement.entry_seq, "case": item.case_id, "reason": reason}
    if brought := _brought(session, movement):
        data["proceeds"] = -brought
    return move(session, [back], act=Act.COUNTER_ENTRY, people={part: by}, by=by, at=at, unit=item.unit, data=data)


def kept_from_correcting(session: Session, movement: Movement, *, by: User) -> LedgerError | None:
    """Return what forbids by to book a movement back; None if nothing but perhaps that the goods went on."""
    if movement.act not in CORRECTED_BY:
        return NotCorrectable()
    if movement.id in corrected(session, movement.item_id):
        return CorrectedAlready()
    entry = session.get_one(JournalEntry, movement.entry_seq)
    people = {person["id"] for person in _data(entry).get("people", {}).values()}
    if by.id in people | {entry.actor_id}:
        return TookPart()
    counts = places_in_count(session, [movement.item.unit_id])
    here = movement.target_place if movement.target_account is Account.STORED else movement.source_place
    return UnderCount(location=here.path, number=counts[here.id].number) if here.id in counts else None


def corrected(session: Session, item_id: int) -> set[int]:
    """Return the movements of a line that were booked back, by their ids."""
    query = select(JournalEntry).join(Movement, Movement.entry_seq == JournalEntry.seq)
    entries = session.scalars(query.where(Movement.item_id == item_id, Movement.act == Act.COUNTER_ENTRY))
    return {data[MOVEMENT] for data in map(_data, entries) if MOVEMENT in data}


def _brought(session: Session, movement: Movement) -> int:
    """Return what a sale brought, in fen, if with this movement the last of its goods come back."""
    brought = _data(session.get_one(JournalEntry, movement.entry_seq)).get("proceeds") or 0
    others = select(Movement).where(Movement.entry_seq == movement.entry_seq, Movement.id != movement.id)
    is_last = all(each.id in corrected(session, each.item_id) for each in session.scalars(others)) if brought else False
    return brought if is_last else 0


def _data(entry: JournalEntry) -> dict[str, Any]:
    data: dict[str, Any] = orjson.loads(entry.body)["data"]
    return data
