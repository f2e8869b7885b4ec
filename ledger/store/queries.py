"""What pages read of goods that may be moved, lent or given out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from ledger.cases.models import Case, Hold
from ledger.cases.queries import hold_of, holds_on
from ledger.cases.rules import HOLD_NAMES
from ledger.errors import LedgerError
from ledger.goods.models import HOLDS_SOME, Item, Movement, Place, Position
from ledger.goods.queries import MANY, standing
from ledger.goods.rules import ROUTES, Account, Act
from ledger.goods.service import Spot
from ledger.journal.models import JournalEntry
from ledger.stocktake.models import Stocktake
from ledger.stocktake.queries import places_in_count
from ledger.store.rules import SIGNED_FOR, STOCK_IN, STOCK_OUT, AllReserved, OnHold, Signed, UnderCount


@dataclass(frozen=True, slots=True)
class Lying:
    """Some goods of a line where an act would take them from, and what forbids that; None if nothing does."""

    position: Position
    obstacle: LedgerError | None

    @property
    def key(self) -> tuple[int, Spot]:
        """The line and where it lies."""
        return self.position.item_id, Spot(self.position.account, self.position.place_id)


def lying(session: Session, case: Case, act: Act) -> list[Lying]:
    """Return what a case has where act would take it from, in the order of the goods list."""
    query = _positions(act).where(Item.case_id == case.id)
    holds = holds_on(session, [case.id]) if act is Act.DISPOSE else []
    counts = places_in_count(session, [case.unit_id])
    found = session.scalars(query.order_by(Item.number, Position.account, Position.place_id))
    return [Lying(position, _obstacle(position, act, holds, counts)) for position in found]


def lying_at(session: Session, place: Place, item_ids: Collection[int] | None = None) -> list[Lying]:
    """Return what lies at a location, or what of these lines does, to be moved elsewhere; at most MANY + 1 of them."""
    query = _positions(Act.RELOCATE).where(Position.place_id == place.id)
    if item_ids is not None:
        query = query.where(Position.item_id.in_(item_ids))
    counts = places_in_count(session, [place.unit_id]) if place.unit_id else {}
    found = session.scalars(query.order_by(Position.item_id).limit(MANY + 1))
    return [Lying(position, _obstacle(position, Act.RELOCATE, (), counts)) for position in found]


def kept_from_amending(session: Session, item: Item) -> LedgerError | None:
    """Return what forbids amending a line: that it was signed for, applied for or is being counted; None if nothing."""
    held = standing(item)
    if any(position.account in SIGNED_FOR for position in held):
        return Signed(name=item.name)
    if any(position.reserved for position in held):
        return AllReserved(name=item.name)
    counts = places_in_count(session, [item.unit_id])
    here = next((each.place for each in held if each.account is Account.STORED and each.place_id in counts), None)
    return None if here is None else UnderCount(location=here.name, number=counts[here.id].number)


def slips_of(session: Session, case: Case) -> Sequence[JournalEntry]:
    """Return the acts on a case's goods of which there is a slip, newest first."""
    of_case = select(Movement.entry_seq).join(Movement.item)
    of_case = of_case.where(Item.case_id == case.id, Movement.act.in_(STOCK_IN | STOCK_OUT))
    return session.scalars(
        select(JournalEntry).where(JournalEntry.seq.in_(of_case)).order_by(JournalEntry.seq.desc())
    ).all()


def _positions(act: Act) -> Select[Position]:
    """Return the query over what an act could take from anywhere."""
    takes_from = Position.account.in_(ROUTES[act].sources), HOLDS_SOME
    return select(Position).join(Position.item).where(*takes_from).options(joinedload(Position.item))


def _obstacle(
    position: Position, act: Act, holds: Sequence[Hold], counts: Mapping[int, Stocktake]
) -> LedgerError | None:
    if hold := hold_of(position.item, holds):
        return OnHold(name=position.item.name, kind=HOLD_NAMES[hold.kind])
    if position.account is Account.STORED and position.place_id in counts:
        return UnderCount(location=position.place.path, number=counts[position.place_id].number)
    return None if position.free or act is Act.RELOCATE else AllReserved(name=position.item.name)
