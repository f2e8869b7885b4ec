"""What the scanning screen reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from ledger.errors import Message
from ledger.units.models import User


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run that takes batches now. method is to be translated."""

    number: int
    site: str
    method: Message


@dataclass(frozen=True, slots=True)
class StageCount:
    """How many batches passed a stage: by this person, by anybody, and how many there are to pass it."""

    mine: int
    all: int
    expected: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenEvent:
    """An event that a person may scan for today, and how far it is."""

    id: int
    name: str
    day: date
    sites: Sequence[str]
    stages: Sequence[str]
    """Those the person may scan at, of load, receive and destroy, in this order."""
    runs: Sequence[OpenRun]
    counts: Mapping[str, StageCount]
    """One for each of stages."""


def scanning_of(session: Session, user: User, today: date) -> list[OpenEvent]:  # noqa: ARG001 - there are no events yet
    """Return the events that user may scan for on this day, by name."""
    return []
