"""Units and accounts: adding, signing in, disabling, resetting."""

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from zxcvbn import zxcvbn

from ledger.journal.service import record
from ledger.permissions import Role
from ledger.units.credentials import remove_all, take_code
from ledger.units.models import CredentialReset, Membership, Unit, User
from ledger.units.rules import (
    MAX_PASSWORD,
    MIN_PASSWORD,
    RESET_SHADOW,
    LockedOut,
    LoginTaken,
    NeedsAnotherAdministrator,
    ResetShadow,
    UnitRepeated,
    UnitUnknown,
    WeakPassword,
    WrongCode,
    WrongCredentials,
    check_roles,
    wait_after,
)

_hasher = PasswordHasher()
_COSTS = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
_NOBODY = f"$argon2id$v=19${_COSTS}${'A' * 22}${'A' * 43}"
"""Verified against when a sign-in name is unknown, so that the answer takes as long; no password has this hash."""
_GUESSABLE = 3


@dataclass(frozen=True, slots=True)
class Grant:
    """A role in a unit."""

    unit: Unit
    role: Role


def hash_password(password: str, *, of: Sequence[str] = ()) -> str:
    """Return the hash to keep; slow on purpose, so call it before a transaction.

    of are words that belong to the person and make a password easy to guess. Raises WeakPassword.
    """
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD or zxcvbn(password, list(of))["score"] < _GUESSABLE:
        raise WeakPassword(least=MIN_PASSWORD, most=MAX_PASSWORD)
    return _hasher.hash(password)


def new_password() -> str:
    """Return a one-time password that can be read out over the telephone."""
    return "-".join("".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(5)) for _ in range(3))


def is_password(user: User | None, password: str) -> bool:
    """Whether password is the user's; takes as long for nobody."""
    try:
        _hasher.verify(user.password_hash if user else _NOBODY, password[:MAX_PASSWORD])
    except VerifyMismatchError:
        return False
    return user is not None


def find_user(session: Session, login: str) -> User | None:
    """Return the person with this sign-in name."""
    return session.scalar(select(User).where(User.login == login.strip().lower()))


def check_not_locked(user: User | None, *, at: datetime) -> None:
    """Raises LockedOut, with the seconds left, after too many wrong passwords."""
    if user and user.locked_until and user.locked_until > at:
        raise LockedOut(seconds=int((user.locked_until - at).total_seconds()) + 1)


def note_attempt(user: User | None, *, is_right: bool, at: datetime, step: int | None = None) -> None:
    """Note an attempt to sign in, or to sign, whose password was right or not.

    step is the time step of the one-time code that came with it, 0 if it is no code of now, None if none was asked for.

    Raises LockedOut, WrongCredentials or WrongCode; the attempt is kept all the same, so commit before re-raising.
    """
    if user is None:
        raise WrongCredentials
    check_not_locked(user, at=at)
    is_known = is_right and user.is_active
    if is_known and (step is None or take_code(user, step)):
        user.failed_attempts, user.locked_until = 0, None
        return
    user.failed_attempts += 1
    wait = wait_after(user.failed_attempts)
    user.locked_until = at + wait if wait else None
    raise WrongCode if is_known else WrongCredentials


def add_unit(
    session: Session, *, code: str, name: str, short_name: str, parent: Unit | None, by: User | None, at: datetime
) -> Unit:
    """Add a unit below parent. Raises UnitRepeated if code or name is taken."""
    if session.scalar(select(Unit.id).where(or_(Unit.code == code, Unit.name == name))):
        raise UnitRepeated(row=1, unit=f"{code} {name}")
    unit = Unit(code=code, name=name, short_name=short_name, parent=parent)
    session.add(unit)
    session.flush()  # the entry names its id
    data = {"id": unit.id, "code": code, "name": name, "short_name": short_name, "parent": parent and parent.code}
    record(session, "unit.added", by=by, at=at, unit=unit, data=data)
    return unit


def add_units(session: Session, rows: Sequence[Mapping[str, str]], *, by: User | None, at: datetime) -> list[Unit]:
    """Add units from rows with code, name, short_name and parent_code, parents before their children.

    Raises UnitRepeated or UnitUnknown, naming the row (the heading being row 1) or the parent's code.
    """
    added = []
    for number, row in enumerate(rows, start=2):
        code, name = row["code"].strip(), row["name"].strip()
        parent_code = (row.get("parent_code") or "").strip()
        parent = find_unit(session, parent_code) if parent_code else None
        short_name = (row.get("short_name") or "").strip() or name
        try:
            added.append(add_unit(session, code=code, name=name, short_name=short_name, parent=parent, by=by, at=at))
        except UnitRepeated:
            raise UnitRepeated(row=number, unit=f"{code} {name}") from None
    return added


def find_unit(session: Session, code: str) -> Unit:
    """Return the unit with this code. Raises UnitUnknown."""
    unit = session.scalar(select(Unit).where(Unit.code == code))
    if unit is None:
        raise UnitUnknown(unit=code)
    return unit


def add_user(
    session: Session,
    *,
    login: str,
    name: str,
    password_hash: str,
    grants: Sequence[Grant],
    by: User | None,
    at: datetime,
    must_change_password: bool = True,
) -> User:
    """Add a person. Raises LoginTaken or AdministratorHasBusinessRole."""
    login = login.strip().lower()
    if find_user(session, login):
        raise LoginTaken(login=login)
    check_roles(grant.role for grant in grants)
    user = User(login=login, name=name, password_hash=password_hash, must_change_password=must_change_password)
    user.memberships = [Membership(unit=grant.unit, role=grant.role) for grant in grants]
    session.add(user)
    session.flush()  # the entry names its id
    data = {"id": user.id, "login": login, "name": name, "grants": _named(grants)}
    record(session, "user.added", by=by, at=at, unit=grants[0].unit if grants else None, data=data)
    return user


def grants_of(user: User) -> list[Grant]:
    """Return the roles that the person holds."""
    return [Grant(membership.unit, membership.role) for membership in user.memberships]


def change_grants(session: Session, user: User, grants: Sequence[Grant], *, by: User | None, at: datetime) -> None:
    """Give the person exactly these roles, at once. Raises AdministratorHasBusinessRole."""
    check_roles(grant.role for grant in grants)
    before = _named(grants_of(user))
    for membership in user.memberships:
        session.delete(membership)
    session.flush()  # or a role that stays would be there twice
    session.expire(user, ["memberships"])
    user.memberships = [Membership(unit=grant.unit, role=grant.role) for grant in grants]
    data = {"id": user.id, "login": user.login, "before": before, "after": _named(grants)}
    record(session, "user.roles_changed", by=by, at=at, unit=user.unit, data=data)


def disable_user(session: Session, user: User, *, by: User | None, at: datetime) -> None:
    """Keep the person out from now on and end all their sessions."""
    user.disabled_at = at
    user.session_version += 1
    record(session, "user.disabled", by=by, at=at, unit=user.unit, data={"id": user.id, "login": user.login})


def enable_user(session: Session, user: User, *, by: User | None, at: datetime) -> None:
    """Let the person in again."""
    user.disabled_at = None
    record(session, "user.enabled", by=by, at=at, unit=user.unit, data={"id": user.id, "login": user.login})


def change_password(session: Session, user: User, password_hash: str, *, at: datetime) -> None:
    """Set the password that the person chose and end all their other sessions."""
    user.password_hash, user.must_change_password = password_hash, False
    user.session_version += 1
    record(session, "user.password_changed", by=user, at=at, unit=user.unit, data={"id": user.id, "login": user.login})


def end_sessions(session: Session, user: User, *, by: User, at: datetime) -> None:
    """Sign the person out everywhere."""
    user.session_version += 1
    record(session, "user.signed_out", by=by, at=at, unit=user.unit, data={"id": user.id, "login": user.login})


def request_reset(session: Session, user: User, *, reason: str, by: User, at: datetime) -> CredentialReset:
    """Ask that the person's password be reset. Raises NeedsAnotherAdministrator for one's own."""
    if by.id == user.id:
        raise NeedsAnotherAdministrator
    reset = CredentialReset(user_id=user.id, requested_by_id=by.id, requested_at=at, reason=reason)
    session.add(reset)
    session.flush()  # the entry names its id
    data = {"id": reset.id, "user": user.login, "reason": reason}
    record(session, "user.reset_requested", by=by, at=at, unit=user.unit, data=data)
    return reset


def confirm_reset(session: Session, reset: CredentialReset, password_hash: str, *, by: User, at: datetime) -> None:
    """Carry out a reset with a one-time password, as another administrator than the one who asked.

    Passkeys and code generator go with the password: who lost one may have lost all.

    Raises NeedsAnotherAdministrator for the same one, the person concerned, or a reset carried out already.
    """
    if by.id in (reset.requested_by_id, reset.user_id) or reset.confirmed_at:
        raise NeedsAnotherAdministrator
    user = reset.user
    reset.confirmed_by_id, reset.confirmed_at = by.id, at
    user.password_hash, user.must_change_password = password_hash, True
    user.failed_attempts, user.locked_until = 0, None
    user.session_version += 1
    remove_all(session, user, by=by, at=at)
    data = {"id": reset.id, "user": user.login, "requested_by": reset.requested_by.login}
    record(session, "user.reset", by=by, at=at, unit=user.unit, data=data)


def has_reset_lately(session: Session, people: Iterable[User], *, at: datetime) -> bool:
    """Whether one of these people had a part in a reset of credentials within the last seven days: hardly ever."""
    ids = [person.id for person in people]
    reset = select(CredentialReset.id).where(
        CredentialReset.confirmed_at > at - RESET_SHADOW,
        or_(CredentialReset.requested_by_id.in_(ids), CredentialReset.confirmed_by_id.in_(ids)),
    )
    return session.scalar(reset.limit(1)) is not None


def check_not_shadowed(session: Session, person: User, touched_by: Collection[int], *, at: datetime) -> None:
    """Raises ResetShadow if person reset the credentials of one of these people within the last seven days."""
    reset = select(CredentialReset.id).where(
        CredentialReset.user_id.in_(touched_by),
        CredentialReset.confirmed_at > at - RESET_SHADOW,
        or_(CredentialReset.requested_by_id == person.id, CredentialReset.confirmed_by_id == person.id),
    )
    if session.scalar(reset.limit(1)) is not None:
        raise ResetShadow(days=RESET_SHADOW.days)


def _named(grants: Iterable[Grant]) -> list[str]:
    return sorted(f"{grant.role} {grant.unit.code}" for grant in grants)
