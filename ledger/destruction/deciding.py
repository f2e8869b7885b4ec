"""Deciding by a chain: the steps that a submission needs, and the opinions of those who give them.

An application is decided so, and the plan of an event.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy.orm import Session

from ledger.destruction.chain import (
    ChainSetMeanwhile,
    ChainStep,
    MinutesNeeded,
    Size,
    as_members,
    check_chain,
    steps_for,
)
from ledger.destruction.models import ApplicationLine, Chain, Decided, OpinionMembers, StepMembers
from ledger.destruction.queries import chain_for, chain_set_for
from ledger.destruction.review import summary_of
from ledger.destruction.words import FOR
from ledger.destruction.workflow import ContentChanged, Decision, NotYourTurn, ReasonNeeded, StoodForTookPart
from ledger.duties import DutyConflict, Part, check_duty
from ledger.goods.periods import BEIJING
from ledger.journal.service import record
from ledger.permissions import Permission
from ledger.units.deputies import stood_for
from ledger.units.models import Unit, User
from ledger.units.passkeys import Proof
from ledger.units.queries import units_of
from ledger.units.service import check_not_shadowed

Given = TypeVar("Given", bound=OpinionMembers)


def take_chain(
    session: Session,
    decided: Decided,
    lines: Collection[ApplicationLine],
    kind: type[StepMembers],
    *,
    is_of_plans: bool,
) -> None:
    """Give a fresh submission the steps that the size of these lines needs; it keeps them whatever is set later."""
    summary = summary_of(lines)
    size = Size(summary.value, summary.pieces, {each.kind for each in summary.classes})
    needed = steps_for(chain_for(session, decided.unit, is_of_plans=is_of_plans), size)
    decided.steps.clear()
    session.flush()  # or the old steps would be there twice
    decided.steps = [
        kind(number=number, stage=step.stage, role=step.role, is_collective=step.is_collective)  # type: ignore[call-arg]
        for number, step in enumerate(needed)
    ]
    decided.stage = needed[0].stage


def steps_said(decided: Decided) -> list[list[object]]:
    """Return the steps of a submission as the journal keeps them."""
    return [[step.stage, step.role, step.is_collective] for step in decided.steps]


@dataclass(frozen=True, slots=True)
class Turn:
    """The step whose opinion somebody can give, and in whose place if not in the own right."""

    step: StepMembers
    stands_for: User | None


def check_decider(
    session: Session, decided: Decided, *, may: Callable[[Permission], bool], by: User, at: datetime
) -> Turn:
    """Return the step whose opinion by can give now, in the own right or as a deputy; pages ask it, too.

    Raises NotYourTurn, DutyConflict, StoodForTookPart, ResetShadow, or the refusal of what moved on.
    """
    if not decided.is_waiting:
        raise decided.moved_on
    turn = next(_turns(session, decided, may, by, at), None)
    if turn is None:
        raise NotYourTurn(step=decided.open_steps[0].name)
    earlier = {
        Part.APPLICANT: [decided.asked_by.id] if decided.asked_by else [],
        Part.APPROVER: [person for each in decided.given for person in each.people],
    }
    check_duty(Part.APPROVER, by.id, earlier)
    if turn.stands_for:
        try:
            check_duty(Part.APPROVER, turn.stands_for.id, earlier)
        except DutyConflict as conflict:
            raise StoodForTookPart(name=turn.stands_for.name, **conflict.facts) from None
    touched = {person for people in earlier.values() for person in people}
    check_not_shadowed(session, by, touched | ({turn.stands_for.id} if turn.stands_for else set()), at=at)
    return turn


def _turns(
    session: Session, decided: Decided, may: Callable[[Permission], bool], by: User, at: datetime
) -> Iterator[Turn]:
    """Yield the open steps that are the person's own, then those of people for whom they stand in."""
    yield from (Turn(step, None) for step in decided.open_steps if may(step.permission))
    for person in stood_for(session, by, on=at.astimezone(BEIJING).date()):
        for step in decided.open_steps:
            if decided.unit.id in units_of(session, person, step.permission):
                yield Turn(step, person)


def give_opinion(
    session: Session,
    decided: Decided,
    kind: type[Given],
    *,
    decision: Decision,
    text: str,
    seen: str,
    found: str,
    may: Callable[[Permission], bool],
    by: User,
    at: datetime,
    minutes: str = "",
    proof: Proof | None = None,
) -> Given:
    """Give the opinion of a step that is next; if no step is open then, the last one has agreed.

    seen is the digest that the person saw, found that of the content as it is; may says whether they hold a permission
    over the unit; minutes are those of the meeting where one has to decide.

    Raises ContentChanged, ReasonNeeded, MinutesNeeded or what check_decider() raises, before it changes anything.
    """
    turn = check_decider(session, decided, may=may, by=by, at=at)
    step = turn.step
    if not seen == found == decided.digest:
        raise ContentChanged
    if decision is not Decision.AGREE and not text.strip():
        raise ReasonNeeded
    if decision is Decision.AGREE and step.is_collective and not minutes.strip():
        raise MinutesNeeded
    opinion = kind(  # type: ignore[call-arg]
        revision=decided.revision,
        step=step.number,
        role=step.role,
        by=by,
        stands_for=turn.stands_for,
        at=at,
        decision=decision,
        text=text.strip(),
        minutes=minutes.strip(),
        digest=seen,
        proof=proof,
    )
    decided.opinions.append(opinion)
    later = [each.stage for each in decided.steps if each.stage > decided.stage]
    if decision is Decision.AGREE and later and not decided.open_steps:
        decided.stage = min(later)
    return opinion


def as_said(opinion: OpinionMembers) -> dict[str, object]:
    """Return an opinion as the journal keeps it."""
    return {
        "step": opinion.step,
        "role": opinion.role,
        "decision": opinion.decision,
        "text": opinion.text,
        "minutes": opinion.minutes,
        **({"for": {"login": who.login, "name": who.name}} if (who := opinion.stands_for) else {}),
        **({"proof": opinion.proof} if opinion.proof else {}),
    }


def signer(opinion: OpinionMembers) -> str:
    """Return who gave an opinion as papers name them: a deputy with whom they stood in for."""
    name, other = opinion.by.name, opinion.stands_for
    return FOR.format(name=name, other=other.name) if other else name


def set_chain(
    session: Session,
    unit: Unit,
    steps: Sequence[ChainStep],
    *,
    seen: int | None,
    by: User,
    beside: User,
    at: datetime,
    is_of_plans: bool = False,
) -> Chain:
    """Set who decides applications, or plans, of a unit and those below it, as a leader beside a legal reviewer.

    What runs keeps the chain that it was submitted to. seen is the id of the chain that the person saw, None for none.

    Raises ChainSetMeanwhile, LastNotLeader or TooFewSteps.
    """
    check_chain(steps, is_of_plans=is_of_plans)
    known = chain_set_for(session, unit, is_of_plans=is_of_plans)
    if seen != (known and known.id):
        raise ChainSetMeanwhile
    members = [as_members(step) for step in steps]
    chain = Chain(unit=unit, is_of_plans=is_of_plans, steps=members, set_at=at, set_by=by, beside=beside)
    session.add(chain)
    session.flush()  # the entry names its id
    people = {"leader": by.login, "legal": beside.login}
    data = {"id": chain.id, "steps": chain.steps, "people": people, **({"of": "plans"} if is_of_plans else {})}
    record(session, "chain.set", by=by, at=at, unit=unit, data=data)
    return chain
