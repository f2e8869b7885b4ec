"""Judging lines beforehand, so that lists find them by stage and verdict among millions (ledger.destruction.kinds).

What `ledger.cases.rules` says of a line rests on its case, its holds, its positions, its approvals and the day. It is
worked out here by those same rules and kept in a row beside the line. The database voids the row when something
changes on which it rests (ledger.guards), a day ends it (until), and whoever asks next, or the worker, judges anew.
Nothing is decided by it: a page that shows a line, and an act that moves it, ask the rules themselves.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import and_, bindparam, select, update
from sqlalchemy.orm import Session

from ledger.cases.models import Case
from ledger.cases.queries import facts_on, first_hold, holds_on
from ledger.cases.rules import LineFacts, Stage, Terms, kind_of, same_until, stage_of, verdict
from ledger.destruction.models import Judgement
from ledger.destruction.queries import approved_items
from ledger.goods.models import HOLDS_SOME, Item, Position

PORTION = 300
"""How many lines are judged in one transaction: others wait for it, a few milliseconds."""
_KEEP = update(Judgement).where(Judgement.item_id == bindparam("line"))
_RULES = 1
"""To be raised when the rules change what they say of a line: all are judged anew then."""


def is_any_void(session: Session, *, terms: Terms, today: date) -> bool:
    """Return whether a line is to be judged anew."""
    return bool(_void(session, terms, today, 1))


def judge_some(session: Session, *, terms: Terms, today: date) -> None:
    """Judge a portion of the lines that are to be judged anew. The door commits."""
    void = _void(session, terms, today, PORTION)
    key = _key(terms)
    rows = [
        {
            "line": item_id,
            "stage": Stage.HELD if line.hold else stage_of(line.case, periods=terms.periods, today=today),
            "kind": kind_of(verdict(line, terms=terms, today=today)),
            "until": same_until(line, terms=terms, today=today),
            "terms": key,
        }
        for item_id, line in _facts(session, void).items()
    ]
    if rows:  # else another process judged them after this one had seen that there are some
        session.connection().execute(_KEEP, rows)


def _void(session: Session, terms: Terms, today: date, most: int) -> Sequence[int]:
    """Return some lines whose judgement is void, too old, or of other terms than these."""
    key = _key(terms)
    too_old = and_(Judgement.terms == key, Judgement.until < today)
    for is_void in (Judgement.terms < key, Judgement.terms > key, too_old):
        query = select(Judgement.item_id).where(is_void).order_by(Judgement.terms, Judgement.until).limit(most)
        if found := session.scalars(query).all():  # along the index: nothing is gathered before the first is taken
            return found
    return []


def _key(terms: Terms) -> str:
    return f"{_RULES}:{terms.periods.review_days}:{terms.periods.suit_months}:{terms.count_valid_days}"


def _facts(session: Session, item_ids: Sequence[int]) -> dict[int, LineFacts]:
    """Return what decides about these lines, read as rows: they may be a million."""
    held = defaultdict[int, list[Any]](list)
    columns = (Position.item_id, Position.account, Position.quantity, Position.reserved, Position.counted_at)
    for row in session.execute(select(*columns).where(Position.item_id.in_(item_ids), HOLDS_SOME)):
        held[row.item_id].append(row)
    case_of = dict(session.execute(select(Item.id, Item.case_id).where(Item.id.in_(item_ids))).all())
    query = select(Case).where(Case.id.in_(set(case_of.values())))
    cases = {case.id: case.facts for case in session.scalars(query)}
    holds, approved = holds_on(session, cases.keys()), approved_items(session, item_ids)
    return {
        item_id: facts_on(
            held[item_id],
            cases[case_id],
            hold=first_hold(holds, case_id, item_id),
            is_approved=item_id in approved,
        )
        for item_id, case_id in case_of.items()
    }
