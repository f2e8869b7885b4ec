"""Signatures given on site: of the slip by which a load changes hands, and of a run by those who watched it."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy.orm import Session

from ledger.duties import check_duty
from ledger.errors import LedgerError
from ledger.events.models import Event
from ledger.events.queries import items_in
from ledger.events.workflow import State
from ledger.journal.service import canonical, record
from ledger.scanning.loads import loaded_on
from ledger.scanning.models import Load, Run, Signature
from ledger.scanning.runs import run_sheet
from ledger.scanning.service import check_supervisors
from ledger.scanning.slips import hand_over, seq_of
from ledger.scanning.workflow import (
    LEGS,
    PARTS,
    ArrivedAlready,
    Leg,
    NoEscort,
    NothingLoaded,
    NotWatching,
    RunGoing,
    RunSettled,
    SheetChanged,
    SignedAlready,
    Signs,
    SlipSigned,
    SlipsSettled,
)
from ledger.units.models import User
from ledger.units.passkeys import Proof

WRITABLE = frozenset({State.OPEN, State.CLOSING})
"""While an event is in one of these, what its people saw can still be written down and signed."""


def digest_of(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what is signed."""
    return sha256(canonical(content)).hexdigest()


def sign_slip(
    session: Session,
    load: Load,
    signs: Signs,
    *,
    strokes: Mapping[str, Any],
    digest: str,
    by: User,
    at: datetime,
    proof: Proof | None = None,
) -> bool:
    """Sign a slip of a load for one side, and return whether both sides have signed what it says now.

    The door sees to it that who hands over or takes over may do so for the unit or the site. Once both have signed,
    the slip is an entry of the journal.

    Raises what kept_from_signing() returns, NoEscort, DutyConflict, NothingLoaded, SheetChanged or SignedAlready.
    """
    leg = next(leg for leg, sides in LEGS.items() if signs in sides)
    refusal = kept_from_signing(load, leg)
    if refusal is not None:
        raise refusal
    if signs in (Signs.SETS_OUT, Signs.ARRIVES) and by not in load.escorts:
        raise NoEscort
    earlier = [each for each in load.signatures if each.signs is not signs]
    check_duty(PARTS[signs], by.id, _parts(earlier))
    content = hand_over(session, load, leg)
    if not content["lines"]:
        raise NothingLoaded
    if digest != digest_of(content):
        raise SheetChanged
    _keep(session, load, signs=signs, user=by, strokes=dict(strokes), digest=digest, signed_at=at)
    about = {"load": load.id, "event": load.event_id, "number": load.number, "plate": load.plate, "digest": digest}
    data = {**about, "signs": signs, **({"proof": proof} if proof else {})}
    record(session, "load.signed", by=by, at=at, unit=load.unit, data=data)
    given = {each.signs: each for each in load.signatures if each.digest == digest}
    if any(side not in given for side in LEGS[leg]):
        return False
    batches = [each.batch.id for each in loaded_on(session, load)]
    packed = sorted({item.id for goods in items_in(session, batches).values() for item, _ in goods})
    sides = [{"signs": side, "login": given[side].user.login, "name": given[side].user.name} for side in LEGS[leg]]
    data = {**about, "slip": content, "signed": sides, "packed": packed}
    act = "load.departed" if leg is Leg.DEPARTURE else "load.arrived"
    entry = record(session, act, by=by, at=at, unit=load.unit, data=data)
    session.flush()  # the row that is named
    if leg is Leg.DEPARTURE:
        load.departed_seq = entry.seq
    else:
        load.arrived_seq = entry.seq
    return True


def kept_from_signing(load: Load, leg: Leg) -> LedgerError | None:
    """Return SlipSigned, ArrivedAlready or SlipsSettled if a slip of a load takes no signature any more."""
    if seq_of(load, leg) is not None:
        return SlipSigned()
    if load.arrived_seq is not None:
        return ArrivedAlready()
    return None if load.event.state in WRITABLE else SlipsSettled()


def sign_run(
    session: Session,
    run: Run,
    *,
    digest: str,
    person: User,
    by: User,
    at: datetime,
    strokes: Mapping[str, Any] | None = None,
    paper: str = "",
    proof: Proof | None = None,
) -> None:
    """Keep that a supervisor signed for a run that has ended: on the screen, or on paper of which there is a picture.

    paper is the picture's SHA-256 in the file store, and by who photographed it; else by is the supervisor. A signature
    holds as long as the run's sheet has the digest that was signed.

    Raises RunGoing, RunSettled, NotWatching, DutyConflict, SheetChanged or SignedAlready.
    """
    check_writable(session, run)
    if person not in run.supervisors:
        raise NotWatching
    content = run_sheet(session, run)
    check_supervisors(session, set(content["items"]), [person])
    if digest != digest_of(content):
        raise SheetChanged
    facts = {"strokes": dict(strokes)} if strokes else {"paper": paper}
    _keep(session, run, signs=Signs.WATCHED, user=person, digest=digest, signed_at=at, **facts)
    data = {
        "run": run.id,
        "event": run.event_id,
        "number": run.number,
        "digest": digest,
        "supervisor": person.login,
        "name": person.name,
        "paper": paper,
        **({"proof": proof} if proof else {}),
    }
    act = "run.signed_on_paper" if paper else "run.signed"
    record(session, act, by=by, at=at, unit=run.event.unit, data=data)


def check_writable(session: Session, run: Run) -> None:
    """Raises RunGoing or RunSettled if nothing can be written down or signed of a run now."""
    if run.is_open:
        raise RunGoing(number=run.number)
    if session.get_one(Event, run.event_id).state not in WRITABLE:
        raise RunSettled(number=run.number)


def signed_for(session: Session, run: Run) -> list[Signature]:
    """Return the signatures of a run that hold: those given for its sheet as it is now."""
    digest = digest_of(run_sheet(session, run)) if run.signatures else ""
    return [each for each in run.signatures if each.digest == digest]


def _parts(signatures: list[Signature]) -> dict[Any, set[int]]:
    return {PARTS[each.signs]: {each.user_id} for each in signatures}


def _keep(session: Session, of: Load | Run, *, user: User, signs: Signs, digest: str, **facts: Any) -> None:
    """Put a signature in the place of the one that was given there for something else."""
    for known in list(of.signatures):
        if known.signs is not signs or (isinstance(of, Run) and known.user_id != user.id):
            continue
        if known.digest == digest:
            raise SignedAlready
        of.signatures.remove(known)
        session.delete(known)
        session.flush()  # a place is signed once
    of.signatures.append(Signature(user=user, signs=signs, digest=digest, **facts))
    session.flush()  # callers show it
