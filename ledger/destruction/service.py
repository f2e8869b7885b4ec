"""Applying for destruction, and deciding about it."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.cases.rules import MAY_APPLY, Terms
from ledger.destruction.deciding import as_said, give_opinion, steps_said, take_chain
from ledger.destruction.digest import application_digest, head_content, line_content, line_digest
from ledger.destruction.models import Application, ApplicationLine, Opinion, Step
from ledger.destruction.queries import line_verdicts, load_positions
from ledger.destruction.workflow import (
    EDITABLE,
    RESERVING,
    STATE_NAMES,
    SUGGESTED,
    Action,
    ApplicationMovedOn,
    AppliedAlready,
    AppliedForBoth,
    Decision,
    Method,
    NotEligible,
    NothingApplied,
    NothingToWithdraw,
    State,
    Treatment,
    action_of,
    next_state,
)
from ledger.errors import LedgerError
from ledger.goods.models import Item, Place
from ledger.goods.queries import standing
from ledger.goods.rules import Account
from ledger.goods.service import Reserve, reserve
from ledger.journal.service import record
from ledger.permissions import Permission
from ledger.units.models import Unit, User
from ledger.units.passkeys import Proof


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an application asks for: how much of which line at which location, destroyed how."""

    item_id: int
    place_id: int
    quantity: Decimal
    method: Method
    container: Method | None = None
    """How the container is destroyed, where that is another way than its contents."""


def draft(session: Session, unit: Unit, *, legal_basis: str, reason: str, by: User, at: datetime) -> Application:
    """Begin an application of the unit."""
    application = Application(
        unit=unit,
        number=_next_number(session, unit, at.year),
        legal_basis=legal_basis,
        reason=reason,
        applicant=by,
        created_at=at,
    )
    session.add(application)
    session.flush()  # callers show its id
    return application


def revise(application: Application, *, legal_basis: str, reason: str) -> None:
    """Change an application's head. Raises ApplicationMovedOn."""
    _check_editable(application)
    application.legal_basis, application.reason = legal_basis, reason


def add_line(session: Session, application: Application, wanted: Wanted) -> ApplicationLine:
    """Add goods of the application's own unit; whether they may go is checked when it is submitted.

    Raises ApplicationMovedOn or AppliedAlready.
    """
    _check_editable(application)
    item = session.get_one(Item, wanted.item_id)
    if any((line.item_id, line.place_id) == (wanted.item_id, wanted.place_id) for line in application.lines):
        raise AppliedAlready(name=item.name)
    line = ApplicationLine(item_id=item.id, place_id=wanted.place_id)
    _ask(line, wanted.quantity, Treatment(wanted.method, wanted.container))
    application.lines.append(line)
    session.flush()  # callers show the line with its goods
    return line


def add_free_goods(session: Session, application: Application, items: Collection[Item]) -> list[ApplicationLine]:
    """Add all that lies free of these lines in the store, by the method that their class suggests.

    What the application has already is passed over. Raises ApplicationMovedOn.
    """
    _check_editable(application)
    load_positions(session, [item.id for item in items])
    known = {(line.item_id, line.place_id) for line in application.lines}
    return [
        add_line(session, application, Wanted(item.id, held.place_id, held.free, SUGGESTED[item.env_class]))
        for item in items
        for held in standing(item)
        if held.account is Account.STORED and held.free and (item.id, held.place_id) not in known
    ]


def change_line(
    application: Application,
    line: ApplicationLine,
    *,
    quantity: Decimal,
    method: Method,
    container: Method | None = None,
) -> None:
    """Ask for another quantity or method, one for all or another for the container. Raises ApplicationMovedOn."""
    _check_editable(application)
    _ask(line, quantity, Treatment(method, container))


def remove_line(application: Application, line: ApplicationLine) -> None:
    """Take goods out of a draft. Raises ApplicationMovedOn."""
    _check_editable(application)
    application.lines.remove(line)


def submit(session: Session, application: Application, *, terms: Terms, today: date, by: User, at: datetime) -> None:
    """Hand the application to the chain: its content is fixed, its goods are reserved.

    Raises ApplicationMovedOn, NothingApplied, NotEligible for the first line that may not go, or NotEnoughGoods.
    """
    state = next_state(application.state, Action.SUBMIT)
    if not application.lines:
        raise NothingApplied
    allowed = line_verdicts(session, application, terms=terms, today=today)
    for line in application.lines:
        if allowed[line.id] != MAY_APPLY:
            raise NotEligible(name=line.item.name, reason=allowed[line.id].word)
    application.state, application.submitted_at = state, at
    application.revision, application.applicant = application.revision + 1, by
    take_chain(session, application, application.lines, Step, is_of_plans=False)
    for line in application.lines:
        line.origin = None
        line.digest = line_digest(line)
    application.digest = application_digest(application)
    claims = [Reserve(line.item_id, line.place_id, line.quantity) for line in application.lines]
    data = {
        **_named(application),
        "head_signed": head_content(application),
        "lines_signed": [line_content(line) for line in application.lines],
        "chain": steps_said(application),
    }
    reserve(session, claims, act="application.submitted", by=by, at=at, unit=application.unit, data=data)


def decide(
    session: Session,
    application: Application,
    *,
    decision: Decision,
    text: str,
    digest: str,
    may: Callable[[Permission], bool],
    by: User,
    at: datetime,
    minutes: str = "",
    proof: Proof | None = None,
) -> Opinion:
    """Give the opinion of a step that is next, over the content that the person saw.

    digest is the one the person saw; may says whether they hold a permission over the unit; minutes are those of the
    meeting where one has to decide. The caller has had them sign, and proof says how.

    Raises what give_opinion() raises.
    """
    opinion = give_opinion(
        session,
        application,
        Opinion,
        decision=decision,
        text=text,
        seen=digest,
        found=application_digest(application),
        may=may,
        by=by,
        at=at,
        minutes=minutes,
        proof=proof,
    )
    state = next_state(application.state, action_of(decision, is_last=not application.open_steps))
    data = {**_named(application), **as_said(opinion)}
    application.state = state
    if state is not State.SUBMITTED:
        application.decided_at = at
    if state in RESERVING:
        record(session, "application.agreed", by=by, at=at, unit=application.unit, data=data)
    else:
        act = "application.returned" if state is State.RETURNED else "application.refused"
        _release(session, application, act, data, by=by, at=at)
    return opinion


def agree_to_several(
    session: Session,
    seen: Sequence[tuple[Application, str]],
    *,
    text: str,
    may: Callable[[Application, Permission], bool],
    by: User,
    at: datetime,
    proof: Proof | None = None,
) -> list[tuple[Application, LedgerError]]:
    """Agree to these applications, each with the digest that the person saw, all under one signature.

    Returns those that were left out, each with what decide() refused; the others do not suffer by it.
    """
    left: list[tuple[Application, LedgerError]] = []
    for application, digest in seen:
        try:  # decide() refuses before it changes anything
            decide(
                session,
                application,
                decision=Decision.AGREE,
                text=text,
                digest=digest,
                may=partial(may, application),
                by=by,
                at=at,
                proof=proof,
            )
        except LedgerError as refusal:
            left.append((application, refusal))
    return left


def withdraw(session: Session, application: Application, *, reason: str, by: User, at: datetime) -> None:
    """Give an application up that is not decided; its goods are free again. Raises ApplicationMovedOn."""
    state = next_state(application.state, Action.WITHDRAW)
    was_reserving = application.state in RESERVING
    application.state, application.decided_at = state, at
    data = {**_named(application), "reason": reason}
    if was_reserving:
        _release(session, application, "application.withdrawn", data, by=by, at=at)
    else:
        record(session, "application.withdrawn", by=by, at=at, unit=application.unit, data=data)


def withdraw_line(session: Session, line: ApplicationLine, *, reason: str, by: User, at: datetime) -> None:
    """Take what is not packed yet out of an approved application; the rest of the approval stands.

    Raises ApplicationMovedOn if it is not approved, NothingToWithdraw if nothing of the line is left to take out.
    """
    application = line.application
    if application.state is not State.APPROVED:
        raise ApplicationMovedOn(state=STATE_NAMES[application.state])
    if not line.open:
        raise NothingToWithdraw
    left = line.open
    line.withdrawn_at = at
    data = {**_named(application), "line": line.id, "reason": reason}
    claims = [Reserve(line.item_id, line.place_id, -left)]
    reserve(session, claims, act="application.line_withdrawn", by=by, at=at, unit=application.unit, data=data)


def follow(session: Session, moved: Collection[tuple[int, int]], target: Place) -> None:
    """Have the lines of applications that reserve goods, given as (line, place), name the place where these go now.

    What was signed goes on to name where they lay. Raises AppliedForBoth.
    """
    reserving, keys = select(Application.id).where(Application.state.in_(list(RESERVING))), list(moved)
    for start in range(0, len(keys), 500):
        part = frozenset(keys[start : start + 500])
        query = select(ApplicationLine).where(ApplicationLine.item_id.in_({item_id for item_id, _ in part}))
        known = session.scalars(query.where(ApplicationLine.application_id.in_(reserving))).all()
        there = {(line.application_id, line.item_id) for line in known if line.place_id == target.id}
        for line in known:
            if (line.item_id, line.place_id) in part and line.open:
                if (line.application_id, line.item_id) in there:
                    raise AppliedForBoth(name=line.item.name, number=line.application.number, location=target.path)
                line.origin, line.place = line.signed_place, target


def _release(
    session: Session, application: Application, act: str, data: dict[str, object], *, by: User, at: datetime
) -> None:
    claims = [Reserve(line.item_id, line.place_id, -line.quantity) for line in application.lines]
    reserve(session, claims, act=act, by=by, at=at, unit=application.unit, data=data)


def _ask(line: ApplicationLine, quantity: Decimal, treatment: Treatment) -> None:
    """Have a line ask for this much; one method for both parts is one treatment."""
    contents, container = treatment
    line.quantity, line.method = quantity, contents
    line.container_method = None if container is contents else container


def _check_editable(application: Application) -> None:
    if application.state not in EDITABLE:
        raise ApplicationMovedOn(state=STATE_NAMES[application.state])


def _next_number(session: Session, unit: Unit, year: int) -> str:
    """Return the next number of the year; units that share a short name share the numbers."""
    stem = f"{unit.short_name}销申〔{year}〕"
    used = session.scalar(
        select(func.count(Application.id)).where(Application.number.startswith(stem, autoescape=True))
    )
    return f"{stem}{(used or 0) + 1}号"


def _named(application: Application) -> dict[str, object]:
    return {
        "id": application.id,
        "number": application.number,
        "revision": application.revision,
        "digest": application.digest,
    }
