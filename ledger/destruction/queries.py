"""What pages and other areas read about applications."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from ledger.cases.models import Case
from ledger.cases.queries import cases_of, facts_on, hold_of, holds_on
from ledger.cases.rules import MAY_APPLY, Kind, LineFacts, Standing, Terms, Verdict, verdict
from ledger.destruction.chain import DEFAULT, PLANS, ChainStep, as_step
from ledger.destruction.kinds import of_kind
from ledger.destruction.models import Application, ApplicationLine, Chain, Opinion, Step
from ledger.destruction.workflow import EDITABLE, RESERVING, Decision, State
from ledger.duties import Part
from ledger.errors import N_
from ledger.goods.filters import Filter, lines_of, plain
from ledger.goods.models import Item
from ledger.goods.rules import Account
from ledger.journal.models import JournalEntry
from ledger.permissions import Role
from ledger.stocktake.models import CountLine
from ledger.stocktake.queries import last_counts, veiled_items
from ledger.units.models import Unit, User

SHOWN = 50


@dataclass(frozen=True, slots=True)
class ApplicationPage:
    """A part of the list of applications, newest first, and the cursor to the older ones."""

    applications: Sequence[Application]
    older: int | None


def page_of_applications(
    session: Session, unit_ids: Collection[int], *, state: State | None = None, before: int | None = None
) -> ApplicationPage:
    """Return applications of these units, in this state if one is named, with ids below before."""
    query = select(Application).where(Application.unit_id.in_(unit_ids))
    if state is not None:
        query = query.where(Application.state == state)
    if before is not None:
        query = query.where(Application.id < before)
    query = query.options(joinedload(Application.unit), joinedload(Application.applicant))
    rows = session.scalars(query.order_by(Application.id.desc()).limit(SHOWN + 1)).all()
    return ApplicationPage(rows[:SHOWN], rows[SHOWN - 1].id if len(rows) > SHOWN else None)


def line_counts(session: Session, applications: Collection[Application]) -> dict[int, int]:
    """Return how many lines each of these applications has, by its id."""
    ids = [application.id for application in applications]
    count = func.count(ApplicationLine.id)
    query = select(ApplicationLine.application_id, count).where(ApplicationLine.application_id.in_(ids))
    rows = session.execute(query.group_by(ApplicationLine.application_id))
    return {application_id: lines for application_id, lines in rows}  # noqa: C416 - dict() does not know a Row's types


def unsent_of(session: Session, applicant: User) -> Sequence[Application]:
    """Return the drafts of a person and what was sent back to them, oldest first."""
    query = select(Application).where(Application.applicant_id == applicant.id, Application.state.in_(list(EDITABLE)))
    return session.scalars(query.order_by(Application.id)).all()


def chain_for(session: Session, unit: Unit, *, is_of_plans: bool = False) -> Sequence[ChainStep]:
    """Return the chain that decides a unit's applications, or its plans of events.

    It is the unit's own, or that of the nearest unit above which set one.
    """
    chain = chain_set_for(session, unit, is_of_plans=is_of_plans)
    usual = PLANS if is_of_plans else DEFAULT
    return [as_step(members) for members in chain.steps] if chain else usual


def chain_set_for(session: Session, unit: Unit, *, is_of_plans: bool = False) -> Chain | None:
    """Return the newest chain of a unit or of the nearest one above; None if nobody set one."""
    above: Unit | None = unit
    while above is not None:
        query = select(Chain).where(Chain.unit_id == above.id, Chain.is_of_plans == is_of_plans)
        found = session.scalar(query.order_by(Chain.id.desc()).limit(1))
        if found is not None:
            return found
        above = above.parent
    return None


def waiting_for(session: Session, unit_ids: Collection[int], role: Role) -> Sequence[Application]:
    """Return the applications of these units that wait for the opinion of this role, oldest first."""
    given = select(Opinion.id).where(
        Opinion.application_id == Application.id,
        Opinion.revision == Application.revision,
        Opinion.step == Step.number,
    )
    query = (
        select(Application)
        .join(Application.steps)
        .where(Application.unit_id.in_(unit_ids), Application.state == State.SUBMITTED)
        .where(Step.role == role, Step.stage == Application.stage, ~given.exists())
        .distinct()
    )
    query = query.options(joinedload(Application.unit), joinedload(Application.applicant))
    return session.scalars(query.options(selectinload(Application.opinions)).order_by(Application.submitted_at)).all()


def approved_items(session: Session, item_ids: Collection[int]) -> frozenset[int]:
    """Return which of these lines are, in part or whole, under an approval."""
    query = (
        select(ApplicationLine.item_id)
        .join(Application, Application.id == ApplicationLine.application_id)
        .where(
            ApplicationLine.item_id.in_(item_ids),
            ApplicationLine.withdrawn_at.is_(None),
            plain(Application.state) == State.APPROVED,  # or SQLite would go through all that were ever approved
        )
    )
    return frozenset(session.scalars(query))


def facts_of(session: Session, items: Collection[Item], cases: Mapping[int, Case]) -> dict[int, LineFacts]:
    """Return for each line what decides whether it may be destroyed; cases are those of the lines, by id."""
    holds = holds_on(session, cases.keys())
    reserved = [item.id for item in items if any(position.reserved for position in item.positions)]
    approved = approved_items(session, reserved)
    return {
        item.id: facts_on(
            item.positions,
            cases[item.case_id].facts,
            hold=hold_of(item, holds),
            is_approved=item.id in approved,
        )
        for item in items
    }


def verdicts(
    session: Session, items: Collection[Item], cases: Mapping[int, Case], *, terms: Terms, today: date
) -> dict[int, Verdict]:
    """Return for each line whether it may be destroyed today; cases are those of the lines, by id."""
    found = facts_of(session, items, cases)
    return {item_id: verdict(facts, terms=terms, today=today) for item_id, facts in found.items()}


BEING_COUNTED = Verdict(Standing.WAIT, N_("Being counted"), N_("wait until the count is done"))
NOT_FREE = Verdict(Standing.WAIT, N_("Not enough free"), N_("less than that lies free at this location"))
OTHER_UNIT = Verdict(Standing.NONE, N_("Another unit’s"), N_("an application covers goods of one unit"))


@dataclass(frozen=True, slots=True)
class Chosen:
    """What of some chosen lines goes into one application of unit, and why the others stay behind."""

    unit: Unit | None
    along: Sequence[Item]
    behind: Sequence[tuple[Item, Verdict]]


def sort_out(session: Session, items: Sequence[Item], *, terms: Terms, today: date) -> Chosen:
    """Return which of these lines can go into one application today: that of the first one that can go at all."""
    found = verdicts_to_apply(session, items, terms=terms, today=today)
    able = [item for item in items if found[item.id] == MAY_APPLY]
    unit = able[0].unit if able else None
    along = [item for item in able if item.unit == unit]
    left = [item for item in items if item not in along]
    return Chosen(unit, along, [(item, OTHER_UNIT if item in able else found[item.id]) for item in left])


def verdicts_to_apply(session: Session, items: Collection[Item], *, terms: Terms, today: date) -> dict[int, Verdict]:
    """Return for each line whether it may be applied for today: MAY_APPLY, or what is in the way."""
    counting = veiled_items(session, {item.unit_id for item in items})
    found = verdicts(session, items, cases_of(session, items), terms=terms, today=today)
    return {key: BEING_COUNTED if said == MAY_APPLY and key in counting else said for key, said in found.items()}


def line_verdicts(session: Session, application: Application, *, terms: Terms, today: date) -> dict[int, Verdict]:
    """Return for each line of an application, by the line's id, whether it may be applied for today."""
    load_positions(session, [line.item_id for line in application.lines])
    found = verdicts_to_apply(session, [line.item for line in application.lines], terms=terms, today=today)
    return {
        line.id: NOT_FREE
        if found[line.item_id] == MAY_APPLY and free_for(line) < line.quantity
        else found[line.item_id]
        for line in application.lines
    }


def free_for(line: ApplicationLine) -> Decimal:
    """Return how much lies free where the line wants it from; nothing if it belongs to another unit."""
    if line.item.unit_id != line.application.unit_id:
        return Decimal(0)
    here = (held for held in line.item.positions if (held.account, held.place_id) == (Account.STORED, line.place_id))
    return next((held.free for held in here), Decimal(0))


def load_positions(session: Session, item_ids: Collection[int]) -> None:
    """Load the positions of these lines at once, before they are asked for one by one."""
    ids = list(item_ids)
    for start in range(0, len(ids), 500):
        query = select(Item).where(Item.id.in_(ids[start : start + 500])).options(selectinload(Item.positions))
        session.scalars(query).all()


def candidates(session: Session, unit_id: int, words: str = "", *, terms: Terms, today: date) -> list[Item]:
    """Return the newest lines of a unit that may be applied for today and hold these words, at most SHOWN."""
    wanted = Filter(unit_ids=[unit_id], query=words, further=[of_kind(Kind.MAY_APPLY)])
    lines, found, start = lines_of(session, wanted), list[Item](), None
    while True:
        part, looked_to = lines.some(session, 4 * SHOWN, start=start, options=[selectinload(Item.positions)])
        allowed = verdicts_to_apply(session, part, terms=terms, today=today)
        found += [item for item in part if allowed[item.id] == MAY_APPLY]
        start = looked_to or (part[-1].id if len(part) == 4 * SHOWN else None)
        if len(found) >= SHOWN or start is None:
            return found[:SHOWN]


def not_eligible(
    session: Session, unit_id: int, words: str, *, terms: Terms, today: date
) -> list[tuple[Item, Verdict]]:
    """Return the newest lines in a unit's store that hold these words and may not be applied for, with why not."""
    stored = lines_of(session, Filter(unit_ids=[unit_id], query=words, account=Account.STORED))
    items, _looked_to = stored.some(session, 4 * SHOWN, start=None, options=[selectinload(Item.positions)])
    found = verdicts_to_apply(session, items, terms=terms, today=today)
    free = {item.id for item in items if any(each.account is Account.STORED and each.free for each in item.positions)}
    said = [(item, found[item.id] if found[item.id] != MAY_APPLY else NOT_FREE) for item in items]
    return [(item, why) for item, why in said if why != NOT_FREE or item.id not in free][:SHOWN]


def signed_before(session: Session, application: Application) -> dict[str, Any] | None:
    """Return what the journal holds of the revision before this one: its head and lines; None if there was none."""
    return signed(session, application, application.revision - 1)


def signed(session: Session, application: Application, revision: int) -> dict[str, Any] | None:
    """Return what the journal holds of a revision as it was submitted: its head and lines; None if there was none."""
    query = (
        select(JournalEntry.body)
        .where(JournalEntry.act == "application.submitted", JournalEntry.unit_id == application.unit_id)
        .order_by(JournalEntry.seq.desc())
    )
    if revision < 1:
        return None
    wanted = (application.id, revision)
    with session.scalars(query.execution_options(yield_per=10)) as bodies:
        said = (orjson.loads(body)["data"] for body in bodies)
        return next((data for data in said if (data["id"], data["revision"]) == wanted), None)


def counts_behind(session: Session, application: Application) -> dict[tuple[int, int], CountLine]:
    """Return the count of each (line, place) that the application rests on: the newest before it was submitted."""
    until = None if application.state in EDITABLE else application.submitted_at
    return last_counts(session, {line.item_id for line in application.lines}, until=until)


def lines_on(session: Session, item_id: int) -> Sequence[ApplicationLine]:
    """Return where a line of goods was applied for, newest first."""
    query = select(ApplicationLine).where(ApplicationLine.item_id == item_id).order_by(ApplicationLine.id.desc())
    return session.scalars(query.options(joinedload(ApplicationLine.application))).all()


def open_lines(session: Session, unit_ids: Collection[int]) -> Sequence[ApplicationLine]:
    """Return the approved lines of these units of which something is still to be packed."""
    query = (
        select(ApplicationLine)
        .join(Application, Application.id == ApplicationLine.application_id)
        .where(*_is_open(unit_ids))
        .options(joinedload(ApplicationLine.application))
        .order_by(ApplicationLine.id)
    )
    return session.scalars(query).all()


def with_open(unit_ids: Collection[int]) -> Select[int]:
    """Return the query for the ids of the applications of these units that have approved lines to be packed."""
    query = select(ApplicationLine.application_id)
    return query.join(Application, Application.id == ApplicationLine.application_id).where(*_is_open(unit_ids))


def count_open_lines(session: Session, unit_ids: Collection[int]) -> dict[int, int]:
    """Return how many approved lines of each of these units are still to be packed; units without any are left out."""
    query = (
        select(Application.unit_id, func.count(ApplicationLine.id))
        .join(Application, Application.id == ApplicationLine.application_id)
        .where(*_is_open(unit_ids))
        .group_by(Application.unit_id)
    )
    return dict(session.execute(query).all())


def open_since(session: Session, unit_ids: Collection[int]) -> datetime | None:
    """Return when the oldest approved line of these units was approved that is still to be packed; None without one."""
    query = select(func.min(Application.decided_at)).join(Application.lines).where(*_is_open(unit_ids))
    return session.scalar(query)


def _is_open(unit_ids: Collection[int]) -> tuple[ColumnElement[bool], ...]:
    return (
        Application.unit_id.in_(unit_ids),
        Application.state == State.APPROVED,
        ApplicationLine.withdrawn_at.is_(None),
        ApplicationLine.packed < ApplicationLine.quantity,
    )


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
        signed = select(Opinion.by_id, Opinion.stands_for_id)
        for pair in session.execute(signed.where(Opinion.application_id.in_([row.id for row in found]))):
            taken[Part.APPROVER].update(person for person in pair if person is not None)
    return dict(taken)
