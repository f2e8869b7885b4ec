"""What waits for a person: the rows of the first page, gathered from every area."""

from dataclasses import dataclass
from datetime import datetime

from ledger.web.access import now
from ledger.web.context import BEIJING


@dataclass(frozen=True, slots=True)
class ToDo:
    """One thing that waits for the person, since when, and the way to it."""

    since: datetime
    title: str
    text: str
    href: str
    action: str
    is_first: bool = False
    """Whether it stands above what waited longer: others wait for this person's signature."""

    @property
    def days(self) -> int:
        """For how many days it has waited."""
        return (now().astimezone(BEIJING).date() - self.since.astimezone(BEIJING).date()).days
