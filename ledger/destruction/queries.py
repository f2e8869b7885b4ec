"""What pages and other areas read about applications."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from ledger.cases.models import Case
from ledger.cases.queries import hold_of, holds_on, verdict_on
from ledger.cases.rules import Terms, Verdict
from ledger.destruction.models import Application, ApplicationLine, Opinion
from ledger.destruction.workflow import CHAIN, RESERVING, Decision, State
from ledger.duties import Part
from ledger.goods.models import Item

SHOWN = 50


def applications_of(
    session: Session, unit_ids: Collection[int], *, state: State | None = None
) -> Sequence[Application]:
    """Return the newest applications of these units."""
    query = select(Application).where(Application.unit_id.in_(unit_ids))
    if state is not None:
        query = query.where(Application.state == state)
    query = query.order_by(Application.id.desc()).limit(SHOWN)
    return session.scalars(query.options(joinedload(Application.unit), selectinload(Application.lines))).all()


def at_step(session: Session, unit_ids: Collection[int], step: int) -> Sequence[Application]:
    """Return the applications of these units that wait for this step of the chain, oldest first."""
    query = select(Application).where(
        Application.unit_id.in_(unit_ids), Application.state == State.SUBMITTED, Application.step == step
    )
    return session.scalars(query.order_by(Application.submitted_at)).all()


def approved_items(session: Session, item_ids: Collection[int]) -> frozenset[int]:
    """Return which of these lines are, in part or whole, under an approval."""
    query = (
        select(ApplicationLine.item_id)
        .join(Application, Application.id == ApplicationLine.application_id)
        .where(
            ApplicationLine.item_id.in_(item_ids),
            ApplicationLine.withdrawn_at.is_(None),
            Application.state == State.APPROVED,
        )
    )
    return frozenset(session.scalars(query))


def verdicts(
    session: Session, items: Collection[Item], cases: Mapping[int, Case], *, terms: Terms, today: date
) -> dict[int, Verdict]:
    """Return for each line whether it may be destroyed today; cases are those of the lines, by id."""
    holds = holds_on(session, cases.keys())
    approved = approved_items(session, [item.id for item in items])
    return {
        item.id: verdict_on(
            item,
            cases[item.case_id],
            hold=hold_of(item, holds),
            is_approved=item.id in approved,
            terms=terms,
            today=today,
        )
        for item in items
    }


def lines_on(session: Session, item_id: int) -> Sequence[ApplicationLine]:
    """Return where a line of goods was applied for, newest first."""
    query = select(ApplicationLine).where(ApplicationLine.item_id == item_id).order_by(ApplicationLine.id.desc())
    return session.scalars(query.options(joinedload(ApplicationLine.application))).all()


def open_lines(session: Session, unit_ids: Collection[int]) -> Sequence[ApplicationLine]:
    """Return the approved lines of these units of which something is still to be packed."""
    query = (
        select(ApplicationLine)
        .join(Application, Application.id == ApplicationLine.application_id)
        .where(
            Application.unit_id.in_(unit_ids),
            Application.state == State.APPROVED,
            ApplicationLine.withdrawn_at.is_(None),
            ApplicationLine.packed < ApplicationLine.quantity,
        )
        .options(joinedload(ApplicationLine.application))
        .order_by(ApplicationLine.id)
    )
    return session.scalars(query).all()


def count_open_lines(session: Session, unit_ids: Collection[int]) -> dict[int, int]:
    """Return how many approved lines of each of these units are still to be packed; units without any are left out."""
    query = (
        select(Application.unit_id, func.count(ApplicationLine.id))
        .join(Application, Application.id == ApplicationLine.application_id)
        .where(
            Application.unit_id.in_(unit_ids),
            Application.state == State.APPROVED,
            ApplicationLine.withdrawn_at.is_(None),
            ApplicationLine.packed < ApplicationLine.quantity,
        )
        .group_by(Application.unit_id)
    )
    return dict(session.execute(query).tuples().all())


def approvals_of(session: Session, application_ids: Collection[int]) -> Sequence[Opinion]:
    """Return the opinions that approved these applications: those of their last revision, in order."""
    query = (
        select(Opinion)
        .join(Application, Application.id == Opinion.application_id)
        .where(
            Application.id.in_(application_ids),
            Opinion.revision == Application.revision,
            Opinion.decision == Decision.AGREE,
        )
    )
    return session.scalars(query.order_by(Opinion.application_id, Opinion.step)).all()


def parts_taken(session: Session, item_ids: Collection[int]) -> dict[Part, set[int]]:
    """Return who applied for these lines and who gave an opinion, in any application that reserved them."""
    taken: defaultdict[Part, set[int]] = defaultdict(set)
    ids = list(item_ids)
    for start in range(0, len(ids), 500):
        lines = select(ApplicationLine.application_id).where(ApplicationLine.item_id.in_(ids[start : start + 500]))
        applied = select(Application.id, Application.applicant_id).where(
            Application.id.in_(lines), Application.state.in_(list(RESERVING))
        )
        found = session.execute(applied).all()
        taken[Part.APPLICANT].update(person for _, person in found)
        signed = select(Opinion.by_id).where(Opinion.application_id.in_([row.id for row in found]))
        taken[Part.APPROVER].update(session.scalars(signed))
    return dict(taken)


def next_step(application: Application) -> int | None:
    """Return the step of the chain that the application waits for, None if it waits for none."""
    waits = application.state is State.SUBMITTED and application.step < len(CHAIN)
    return application.step if waits else None
