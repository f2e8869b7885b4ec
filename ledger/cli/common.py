"""What commands share: the clock, people named by sign-in name, refusals as exit status 1."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import wraps
from pathlib import Path
from typing import IO, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

import click

from ledger.db import db
from ledger.errors import LedgerError
from ledger.events.models import Event
from ledger.journal.service import record_refusal, writing
from ledger.permissions import Permission
from ledger.units.models import Unit, User
from ledger.units.queries import holders
from ledger.units.service import find_user

P = ParamSpec("P")
R = TypeVar("R")
TARGET = click.Path(dir_okay=False, path_type=Path)
"""A file to write."""


def now() -> datetime:
    """Return the present moment; the domain is told it."""
    return datetime.now(UTC)


def today() -> date:
    """Return the day in Beijing."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).date()


@contextmanager
def whole(target: Path) -> Iterator[IO[bytes]]:
    """Give a file to be written, which is found at target only when all of it is."""
    is_device = target.exists() and not target.is_file()
    draft = target if is_device else target.with_name(f".{target.name}.part")
    try:
        with draft.open("w+b") as file:
            yield file
        draft.replace(target)
    finally:
        if not is_device:
            draft.unlink(missing_ok=True)


def telling(command: Callable[P, R]) -> Callable[P, R]:
    """Turn a refusal into one sentence and exit status 1; that of a business act is journalled."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except LedgerError as refusal:
            if refusal.is_business_act:
                _journal(refusal)
            raise click.ClickException(str(refusal)) from None

    return run


def _journal(refusal: LedgerError) -> None:
    """Record a refusal in a transaction of its own; who sits at the machine is not known."""
    session, attempted = db.session(), click.get_current_context().command_path
    session.rollback()
    with writing(session):
        record_refusal(session, refusal, attempted=attempted, by=None, at=now(), unit=None)


def person(login: str) -> User:
    """Return the person with this sign-in name. Raises UsageError if there is none."""
    user = find_user(db.session(), login)
    if user is None:
        raise click.UsageError(f"There is nobody with the sign-in name {login}.")
    return user


def event_of(event_id: int) -> Event:
    """Return the event with this number. Raises UsageError if there is none."""
    found = db.session.get(Event, event_id)
    if found is None:
        raise click.UsageError(f"There is no event {event_id}; `flask event list` names them.")
    return found


def holder(unit: Unit, permission: Permission, *, other_than: User | None = None) -> User:
    """Return the first active person who holds permission over the unit by a role in it or above it.

    Raises UsageError if there is none besides other_than.
    """
    for user in holders(db.session(), unit, permission, other_than=other_than):
        return user
    raise click.UsageError(f"Nobody at {unit.code} or above may do this ({permission}); add one with `flask user add`.")
