"""Finding lines by whether they may be destroyed: what `ledger.cases.rules.verdict` says of one, asked of millions."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Select, case, func, or_, select, true, union_all
from sqlalchemy.orm import Session

from ledger.cases.models import Case
from ledger.cases.queries import ON_ITS_WAY, at_stage, papers_at
from ledger.cases.rules import Kind, Stage, Terms
from ledger.destruction.models import Application, ApplicationLine
from ledger.destruction.workflow import State
from ledger.goods.filters import Condition, at_accounts
from ledger.goods.models import Item, Position
from ledger.goods.periods import BEIJING
from ledger.goods.rules import HELD, SOURCES, Account

_GONE_TO = frozenset(Account) - HELD - SOURCES - {Account.DESTROYED}
_ACCOUNTS: dict[Kind, frozenset[Account]] = {
    Kind.MAY_APPLY: frozenset({Account.STORED}),
    Kind.NOT_COUNTED: frozenset({Account.STORED}),
    Kind.NOT_STORED: frozenset({Account.SEIZED}),
    Kind.OUT_AS_SAMPLES: frozenset({Account.SAMPLED}),
    Kind.DESTROYED: frozenset({Account.DESTROYED}),
    Kind.GONE: _GONE_TO,
}
"""Where some of every line of this kind lies."""
_STOPPED = (Stage.UNDECIDED, Stage.KEPT, Stage.DETAINED, Stage.UNSERVED)
"""The stages of cases whose goods must not be destroyed."""
_RUNNING = (Stage.OPEN_TO_APPEAL, Stage.IN_NOTICE)
"""Those whose goods wait for the end of a period."""


def of_kind(kind: Kind, *, terms: Terms, today: date) -> Condition:
    """Return what asks of a line whether this is what the verdict on it says today."""
    reasons = _reasons(terms, today)
    while reasons[-1][1] is not kind:
        reasons.pop()
    asked = case(*reasons, else_=None) == kind
    if kind in _ACCOUNTS:
        at = at_accounts(*_ACCOUNTS[kind])
        return Condition(at.ids, asked, is_exact=False, account=at.account)
    return Condition(_ids(kind, terms, today), asked, is_exact=False)


def count_by_unit(
    session: Session, kind: Kind, unit_ids: Collection[int], *, terms: Terms, today: date
) -> dict[int, int]:
    """Return of how many lines of each unit, some of them lying free in the store, this is what the verdict says."""
    free = select(Position.item_id).where(Position.account == Account.STORED, Position.quantity > Position.reserved)
    asked = of_kind(kind, terms=terms, today=today).asked
    query = select(Item.unit_id, func.count()).where(Item.unit_id.in_(unit_ids), Item.id.in_(free), asked)
    return dict(session.execute(query.group_by(Item.unit_id)).all())


def _reasons(terms: Terms, today: date) -> list[tuple[ColumnElement[bool], Kind]]:
    """Return what makes a line one of a kind, where nothing before does, in the order of the verdict."""
    latest = datetime.combine(today - timedelta(days=terms.count_valid_days), time(), BEIJING)
    is_free = (Position.account == Account.STORED) & (Position.quantity > Position.reserved)
    is_uncounted = is_free & or_(Position.counted_at.is_(None), Position.counted_at < latest)
    approvals = select(ApplicationLine.id).join(Application, Application.id == ApplicationLine.application_id)
    approved = approvals.where(
        ApplicationLine.item_id == Item.id, ApplicationLine.withdrawn_at.is_(None), Application.state == State.APPROVED
    )
    stopped, running = (
        select(Case.id).where(Case.id == Item.case_id, _is_at(stages, terms, today)).correlate(Item).exists()
        for stages in (_STOPPED, _RUNNING)
    )
    return [
        (~_held(Position.account.in_(HELD)) & _held(Position.account == Account.DESTROYED), Kind.DESTROYED),
        (~_held(Position.account.in_(HELD)), Kind.GONE),
        (at_stage(Stage.HELD, periods=terms.periods, today=today).asked, Kind.ON_HOLD),
        (stopped, Kind.MUST_NOT),
        (running, Kind.ON_HOLD),
        (_held(is_uncounted), Kind.NOT_COUNTED),
        (_held(is_free), Kind.MAY_APPLY),
        (_held(Position.account == Account.SEIZED), Kind.NOT_STORED),
        (~_held(Position.account.in_(HELD - {Account.SAMPLED})), Kind.OUT_AS_SAMPLES),
        (_held(Position.account.in_(ON_ITS_WAY)) | approved.correlate(Item).exists(), Kind.APPROVED),
        (true(), Kind.IN_APPROVAL),
    ]


def _ids(kind: Kind, terms: Terms, today: date) -> Select[int]:
    """Return the query for the ids of some lines, all of this kind among them."""
    if kind is Kind.MUST_NOT:
        return select(Item.id).join(Case, Case.id == Item.case_id).where(_is_at(_STOPPED, terms, today))
    if kind is Kind.ON_HOLD:
        stages = [at_stage(stage, periods=terms.periods, today=today) for stage in (Stage.HELD, *_RUNNING)]
        parts = [stage.ids for stage in stages if stage.ids is not None]
    else:  # what is neither reserved nor on its way is applied for and approved nowhere
        on_its_way = select(Position.item_id).where(Position.account.in_(ON_ITS_WAY), Position.quantity > 0)
        parts = [select(Position.item_id).where(Position.reserved > 0), on_its_way]
    return select(union_all(*parts).subquery().c[0])


def _is_at(stages: Collection[Stage], terms: Terms, today: date) -> ColumnElement[bool]:
    """Return the condition that a case is at one of these stages by its papers."""
    return or_(*(papers_at(stage, periods=terms.periods, today=today) for stage in stages))


def _held(where: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return whether some of a line lies where this says."""
    held = select(Position.item_id).where(Position.item_id == Item.id, Position.quantity > 0, where)
    return held.correlate(Item).exists()
