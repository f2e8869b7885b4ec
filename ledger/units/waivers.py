"""Waivers of duties that no law asks for: who may hold two parts, where, why, until when, and who approved it."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.duties import WAIVABLE, Part, check_duty
from ledger.errors import N_, LedgerError
from ledger.journal.service import canonical, record
from ledger.units.models import Unit, User, Waiver
from ledger.units.passkeys import Proof
from ledger.units.service import check_not_shadowed

LONGEST = 92
"""Days for which a duty can be waived at a time."""


class NotWaivable(LedgerError):
    """A duty that the law asks for."""

    code = "not_waivable"
    message = N_("The law keeps these two apart; nobody can waive that.")
    is_business_act = True


class WaiverTooLong(LedgerError):
    """A waiver that ends before it begins, or hardly ever."""

    code = "waiver_too_long"
    message = N_("A waiver ends on a day from today on, within %(days)s days.")


class WaiverDecided(LedgerError):
    """A waiver that somebody decided on before."""

    code = "waiver_decided"
    message = N_("Somebody decided on this waiver before. Load the page again.")


class WaiverChanged(LedgerError):
    """A waiver that is not the one that the person saw."""

    code = "waiver_changed"
    message = N_("The content changed since you opened the page, so nothing was signed. Read it again.")


class WhyRefused(LedgerError):
    """A waiver refused without a word."""

    code = "why_refused"
    message = N_("Say why it is refused.")


def ask_waiver(
    session: Session,
    unit: Unit,
    person: User,
    parts: tuple[Part, Part],
    *,
    reason: str,
    last_day: date,
    today: date,
    by: User,
    at: datetime,
) -> Waiver:
    """Ask that a person may hold two parts in matters of a unit. Raises NotWaivable or WaiverTooLong."""
    if frozenset(parts) not in WAIVABLE:
        raise NotWaivable
    if not 0 <= (last_day - today).days < LONGEST:
        raise WaiverTooLong(days=LONGEST)
    part, other = parts
    waiver = Waiver(unit=unit, person=person, part=part, other=other, reason=reason, last_day=last_day)
    waiver.asked_by, waiver.asked_at = by, at
    waiver.digest = waiver_digest(waiver)
    session.add(waiver)
    session.flush()  # the entry names its id
    data = {"id": waiver.id, "digest": waiver.digest, "name": person.name, **waiver_content(waiver)}
    record(session, "waiver.asked", by=by, at=at, unit=unit, data=data)
    return waiver


def decide_waiver(
    session: Session,
    waiver: Waiver,
    *,
    approves: bool,
    opinion: str,
    digest: str,
    by: User,
    at: datetime,
    proof: Proof | None = None,
) -> None:
    """Approve exactly the waiver that the person saw, or refuse it; the caller has had them sign, and proof says how.

    Raises WaiverDecided, WaiverChanged, WhyRefused, DutyConflict for who asked or is concerned, or ResetShadow.
    """
    if waiver.decided_at is not None:
        raise WaiverDecided
    if not digest == waiver.digest == waiver_digest(waiver):
        raise WaiverChanged
    if not approves and not opinion.strip():
        raise WhyRefused
    concerned = {waiver.asked_by_id, waiver.person_id}
    check_duty(Part.APPROVER, by.id, {Part.APPLICANT: concerned})
    check_not_shadowed(session, by, concerned, at=at)
    waiver.decided_by, waiver.decided_at, waiver.is_approved = by, at, approves
    waiver.opinion, waiver.proof = opinion.strip(), proof
    data = {
        "id": waiver.id,
        "digest": digest,
        "name": waiver.person.name,
        "text": waiver.opinion,
        **({"proof": proof} if proof else {}),
    }
    act = "waiver.approved" if approves else "waiver.refused"
    record(session, act, by=by, at=at, unit=waiver.unit, data=data)


def waiver_content(waiver: Waiver) -> dict[str, object]:
    """Return all that an approval of a waiver covers."""
    return {
        "unit": waiver.unit.code,
        "person": waiver.person.login,
        "parts": [waiver.part, waiver.other],
        "reason": waiver.reason,
        "last_day": waiver.last_day.isoformat(),
        "asked_by": waiver.asked_by.login,
        "asked_at": waiver.asked_at.isoformat(),
    }


def waiver_digest(waiver: Waiver) -> str:
    """Return the SHA-256 of a waiver, in hexadecimal."""
    return sha256(canonical(waiver_content(waiver))).hexdigest()


def waiver_for(session: Session, unit: Unit, person: User, parts: frozenset[Part], *, on: date) -> Waiver | None:
    """Return the newest waiver that lets a person hold these parts in matters of a unit on a day."""
    query = select(Waiver).where(Waiver.unit_id == unit.id, Waiver.person_id == person.id, Waiver.is_approved)
    found = session.scalars(query.order_by(Waiver.id.desc())).all()
    return next((waiver for waiver in found if waiver.pair == parts and waiver.runs_on(on)), None)


def waivers_in(session: Session, unit_ids: Collection[int]) -> Sequence[Waiver]:
    """Return the waivers of these units, newest first."""
    return session.scalars(select(Waiver).where(Waiver.unit_id.in_(unit_ids)).order_by(Waiver.id.desc())).all()


def waiting_waivers(session: Session, unit_ids: Collection[int]) -> Sequence[Waiver]:
    """Return the waivers of these units that nobody has decided on, oldest first."""
    query = select(Waiver).where(Waiver.unit_id.in_(unit_ids), Waiver.decided_at.is_(None))
    return session.scalars(query.order_by(Waiver.id)).all()
