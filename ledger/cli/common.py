"""What commands share: the clock, people named by sign-in name, refusals as exit status 1."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import ParamSpec, TypeVar

import click

from ledger.db import db
from ledger.errors import LedgerError
from ledger.units.models import User
from ledger.units.service import find_user

P = ParamSpec("P")
R = TypeVar("R")


def now() -> datetime:
    """Return the present moment; the domain is told it."""
    return datetime.now(UTC)


def telling(command: Callable[P, R]) -> Callable[P, R]:
    """Turn a refusal into one sentence and exit status 1."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except LedgerError as refusal:
            raise click.ClickException(str(refusal)) from None

    return run


def person(login: str) -> User:
    """Return the person with this sign-in name. Raises UsageError if there is none."""
    user = find_user(db.session(), login)
    if user is None:
        raise click.UsageError(f"There is nobody with the sign-in name {login}.")
    return user
