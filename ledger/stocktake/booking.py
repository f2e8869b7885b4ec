"""What a confirmed count does to the books, and what its entries say: wrong places first, then missing and surplus."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.cases.models import Case, Hold
from ledger.cases.rules import HoldKind
from ledger.cases.service import set_hold
from ledger.db import thousandths
from ledger.duties import Part
from ledger.goods.models import HOLDS_SOME, Item, Position
from ledger.goods.rules import HELD, Account, Act
from ledger.goods.service import Move, Spot, move, outside
from ledger.stocktake.batches import goods_gone, in_doubt
from ledger.stocktake.models import CountExtra, CountLine, Stocktake
from ledger.stocktake.rules import Change, Noted
from ledger.stocktake.workflow import Cause
from ledger.units.models import User


def book_differences(session: Session, count: Stocktake, *, by: User, at: datetime) -> None:
    """Move what lies elsewhere to where it was found, what is short to missing, and what is over into the store.

    What is left of short lines is frozen, and what is in sealed batches that differ.

    Raises what ledger.goods.service.move raises.
    """
    booking = Booking(session, count)
    for act, wanted in booking.moves.items():
        if wanted:
            people, data = {Part.CONFIRMER: by}, {"stocktake": count.id, **booking.said(act)}
            if act is Act.RELOCATE and count.explained_by:
                people[Part.CUSTODIAN] = count.explained_by  # who says where the goods are answers for it
            move(session, wanted, act=act, people=people, by=by, at=at, unit=count.unit, data=data)
    doubtful = dict(in_doubt(session, count)) | {line.item: line.explanation for line in booking.short}
    for item, reason in doubtful.items():
        _freeze(session, item, reason, by=by, at=at)


class Booking:
    """The moves of a count's differences, and the lines that are short after all."""

    def __init__(self, session: Session, count: Stocktake) -> None:
        self._session = session
        self.moves: dict[Act, list[Move]] = {Act.RELOCATE: [], Act.CONFIRM_MISSING: [], Act.BOOK_SURPLUS: []}
        self._gaps = _gaps(count)
        self._names = {row.place_id: row.place.name for row in count.rows}
        self._take_for_lines(count.extras)
        self._put_right()
        self._look_elsewhere(count)
        self.moves[Act.CONFIRM_MISSING] += goods_gone(session, count)
        self.short = [line for line, gap in self._gaps.items() if gap > 0]
        source = Spot(Account.FOUND, outside(session).id)
        for line, gap in self._gaps.items():
            here = Spot(Account.STORED, line.place_id)
            if gap > 0:
                gone = Spot(Account.MISSING, line.place_id)
                self.moves[Act.CONFIRM_MISSING].append(Move(line.item_id, gap, here, gone))
            elif gap < 0:
                self.moves[Act.BOOK_SURPLUS].append(Move(line.item_id, -gap, source, here))

    def said(self, act: Act) -> dict[str, object]:
        """Return what the entry of an act says of it: where goods of other locations were found."""
        if act is not Act.RELOCATE:
            return {}
        return {"location": "、".join(sorted({self._names[each.target.place_id] for each in self.moves[act]}))}

    def _take_for_lines(self, extras: Sequence[CountExtra]) -> None:
        """Put goods without a line to the line they are taken for, as far as that is short."""
        for extra in extras:
            line = extra.line
            if line is None or not extra.differs:
                continue
            taken = min(extra.figures.difference, max(self._gaps.get(line, Decimal(0)), Decimal(0)))
            if taken:
                self._gaps[line] -= taken
                self._relocate(line.item_id, taken, line.place_id, extra.place_id)

    def _put_right(self) -> None:
        """Pair what is short of a line with what is over of it at another location of the count."""
        for short, over in _pairs(self._gaps):
            taken = min(self._gaps[short], -self._gaps[over])
            if taken > 0 and Cause.WRONG_PLACE in (short.cause, over.cause):
                self._gaps[short] -= taken
                self._gaps[over] += taken
                self._relocate(short.item_id, taken, short.place_id, over.place_id)

    def _look_elsewhere(self, count: Stocktake) -> None:
        """Take finds that are said to belong to another location from where the books hold them, not counted here."""
        finds = [line for line, gap in self._gaps.items() if gap < 0 and line.cause is Cause.WRONG_PLACE]
        listed = {(line.item_id, line.place_id) for line in count.lines}
        for line in finds:
            query = select(Position).where(Position.item_id == line.item_id, Position.account == Account.STORED)
            for position in self._session.scalars(query.order_by(Position.place_id)):
                taken = min(position.free, -self._gaps[line])
                if taken > 0 and (position.item_id, position.place_id) not in listed:
                    self._gaps[line] += taken
                    self._relocate(line.item_id, taken, position.place_id, line.place_id)

    def _relocate(self, item_id: int, quantity: Decimal, source: int, target: int) -> None:
        if source != target:
            spots = (Spot(Account.STORED, source), Spot(Account.STORED, target))
            self.moves[Act.RELOCATE].append(Move(item_id, quantity, *spots))


def pairs_of(count: Stocktake) -> list[tuple[CountLine, CountLine]]:
    """Return for each line of goods where it is short and where it is over: it may lie at a wrong place."""
    return _pairs(_gaps(count))


def _gaps(count: Stocktake) -> dict[CountLine, Decimal]:
    """Return how much is missing of each line that differs; below 0 where there is more."""
    return {line: -line.figures.difference for line in count.lines if line.differs}


def _pairs(gaps: Mapping[CountLine, Decimal]) -> list[tuple[CountLine, CountLine]]:
    over: defaultdict[int, list[CountLine]] = defaultdict(list)
    for line, gap in gaps.items():
        if gap < 0:
            over[line.item_id].append(line)
    return [(line, other) for line, gap in gaps.items() if gap > 0 for other in over[line.item_id]]


def counted(
    count: Stocktake, part: Part, lines: Sequence[CountLine], extras: Sequence[CountExtra]
) -> dict[str, object]:
    """Return what the entry of one person's count says, with each figure that they changed: when, from what to what."""
    counts, changed, spoilt = [], [], []
    for line in lines:
        at = [line.item_id, line.place_id]
        counts.append([*at, thousandths(line.found_by(part) or Decimal(0))])
        changed += [[*at, *_said(change)] for change in line.changes if change.part is part]
        if broken := line.spoilt_by(part):
            spoilt.append([*at, thousandths(broken)])
    return {
        "id": count.id,
        "number": count.number,
        "part": part,
        "counts": counts,
        "changed": changed,
        "spoilt": spoilt,
        "extras": [
            {
                **_named(extra, extra.found_by(part) or Decimal(0)),
                "changed": [_said(change) for change in extra.changes if change.part is part],
            }
            for extra in extras
        ],
    }


def _said(change: Change[Noted]) -> list[int | str]:
    """Return when a figure was changed, from how many thousandths to how many, and of how many of them spoilt."""
    figures = change.before.found, change.after.found, change.before.spoilt, change.after.spoilt
    return [change.at.isoformat(), *map(thousandths, figures)]


def closing(count: Stocktake) -> dict[str, object]:
    """Return what the entry of a closed count says; goods that are taken for no line are named as surplus."""
    return {
        "id": count.id,
        "number": count.number,
        "lines": len(count.lines),
        "moved_meanwhile": [line.item_id for line in count.lines if line.moved_meanwhile],
        "being_packed": count.being_packed,
        "spoilt": [[line.item_id, line.place_id, thousandths(line.spoilt)] for line in count.lines if line.spoilt],
        "extras": [
            {**_named(extra, extra.figures.difference), "found": _found(extra)}
            for extra in count.extras
            if extra.differs
        ],
    }


def found_at(count: Stocktake) -> list[tuple[int, int]]:
    """Return (line, location) of all that the count found, as the books now hold it."""
    lines = [line for line in count.lines if not line.moved_meanwhile and (line.book or line.differs)]
    found = [(line.item_id, line.place_id) for line in lines]
    taken = [(extra.line.item_id, extra.place_id) for extra in count.extras if extra.differs and extra.line]
    return [*found, *(each for each in taken if each not in found)]


def _found(extra: CountExtra) -> list[int]:
    """Return in thousandths what the two counters found, and what was found when they were counted again."""
    figures = extra.figures
    return [thousandths(each) for each in (figures.first, figures.second, figures.recount) if each is not None]


def _named(extra: CountExtra, quantity: Decimal) -> dict[str, object]:
    return {
        "label": extra.label,
        "name": extra.name,
        "spec": extra.spec,
        "measure": extra.measure,
        "quantity": thousandths(quantity),
        "place": extra.place_id,
        "item": extra.line and extra.line.item_id,
        "explanation": extra.explanation,
    }


def _freeze(session: Session, item: Item, reason: str, *, by: User, at: datetime) -> None:
    """Stop what is left of a line of which something may be missing, until somebody who confirms counts releases it."""
    left = select(Position).where(Position.item_id == item.id, Position.account.in_(HELD), HOLDS_SOME)
    stands = select(Hold).where(Hold.item_id == item.id, Hold.kind == HoldKind.SHORTAGE, Hold.released_at.is_(None))
    if session.scalars(left.limit(1)).first() and not session.scalars(stands.limit(1)).first():
        case = session.get_one(Case, item.case_id)
        set_hold(session, case, item, kind=HoldKind.SHORTAGE, reason=reason, by=by, at=at)
