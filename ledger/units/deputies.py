"""Deputies: who signs in a chain in the place of another person, named in advance by that person, for some days.

A deputy signs as themselves, for the other; what keeps either of the two from signing keeps the deputy from it.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ledger.errors import N_, LedgerError
from ledger.journal.service import record
from ledger.permissions import SIGNING, Permission
from ledger.units.models import Deputy, Membership, User
from ledger.units.passkeys import Proof
from ledger.units.queries import holders, units_of


class NotToBeStoodFor(LedgerError):
    """Somebody who signs in no chain names a deputy."""

    code = "not_to_be_stood_for"
    message = N_("You sign in no chain of approval, so there is nothing to stand in for.")


class DeputyUnfit(LedgerError):
    """A deputy who would not see what they sign."""

    code = "deputy_unfit"
    message = N_("%(name)s does not see the goods of all units for which you sign, and cannot stand in for you.")


class DeputyTooLate(LedgerError):
    """A deputy for days that are over, or in the wrong order."""

    code = "deputy_too_late"
    message = N_("A deputy is named in advance: from today at the earliest, and for at most a year.")


class DeputyNamedAlready(LedgerError):
    """A second deputy for the same day."""

    code = "deputy_named_already"
    message = N_("%(name)s stands in for you on some of these days already. End that first.")


LONGEST = 366
"""Days for which a deputy can be named at a time."""


def fit_deputies(session: Session, person: User) -> list[User]:
    """Return who sees the goods of all units for which this person signs, and can therefore stand in for them."""
    roots = {unit.id: unit for permission in SIGNING for unit in person.roots(permission)}
    able = [holders(session, unit, Permission.VIEW_GOODS, other_than=person) for unit in roots.values()]
    return [each for each in (able[0] if able else []) if all(each in others for others in able)]


def name_deputy(
    session: Session,
    person: User,
    deputy: User,
    *,
    first_day: date,
    last_day: date,
    reason: str,
    today: date,
    at: datetime,
    proof: Proof | None = None,
) -> Deputy:
    """Let deputy sign for the person from one day to another; the caller has had the person sign, and proof says how.

    Raises NotToBeStoodFor, DeputyUnfit, DeputyTooLate or DeputyNamedAlready.
    """
    if not any(person.may(permission) for permission in SIGNING):
        raise NotToBeStoodFor
    if deputy not in fit_deputies(session, person):
        raise DeputyUnfit(name=deputy.name)
    if not today <= first_day <= last_day or (last_day - first_day).days >= LONGEST:
        raise DeputyTooLate
    for known in deputies_of(session, [person.id], since=first_day):
        if known.first_day <= last_day:
            raise DeputyNamedAlready(name=known.deputy.name)
    named = Deputy(person=person, deputy=deputy, first_day=first_day, last_day=last_day, reason=reason, named_at=at)
    session.add(named)
    session.flush()  # the entry names its id
    data = {**_named(named), "reason": reason, **({"proof": proof} if proof else {})}
    record(session, "deputy.named", by=person, at=at, unit=person.unit, data=data)
    return named


def end_deputy(session: Session, named: Deputy, *, by: User, at: datetime) -> None:
    """Take back that somebody stands in; what they signed stands."""
    named.ended_at = at
    record(session, "deputy.ended", by=by, at=at, unit=by.unit, data=_named(named))


def deputies_of(session: Session, people: Collection[int], *, since: date) -> Sequence[Deputy]:
    """Return who stands in for these people on that day or later, by day."""
    query = select(Deputy).where(Deputy.person_id.in_(people), Deputy.ended_at.is_(None), Deputy.last_day >= since)
    return session.scalars(query.order_by(Deputy.first_day, Deputy.id)).all()


def deputies_in(session: Session, unit_ids: Collection[int], *, since: date) -> Sequence[Deputy]:
    """Return who stands in for people of these units on that day or later, or was to, latest first."""
    people = select(Membership.user_id).where(Membership.unit_id.in_(unit_ids))
    concerned = or_(Deputy.person_id.in_(people), Deputy.deputy_id.in_(people))
    query = select(Deputy).where(concerned, Deputy.last_day >= since)
    return session.scalars(query.order_by(Deputy.first_day.desc(), Deputy.id.desc())).all()


def stood_for(session: Session, deputy: User, *, on: date) -> list[User]:
    """Return the people for whom this person may sign on that day."""
    query = select(Deputy).where(Deputy.deputy_id == deputy.id, Deputy.first_day <= on, Deputy.last_day >= on)
    return [named.person for named in session.scalars(query) if named.runs_on(on) and named.person.is_active]


def units_stood_for(session: Session, deputy: User, permission: Permission, *, on: date) -> frozenset[int]:
    """Return the ids of the units over which this person may use a signing permission of somebody else on that day."""
    return frozenset[int]().union(*(units_of(session, each, permission) for each in stood_for(session, deputy, on=on)))


def _named(named: Deputy) -> dict[str, object]:
    return {
        "id": named.id,
        "person": named.person.login,
        "deputy": named.deputy.login,
        "name": named.deputy.name,
        "first_day": named.first_day.isoformat(),
        "last_day": named.last_day.isoformat(),
    }
