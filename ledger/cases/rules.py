"""What a case is, and when its goods may be destroyed: why not, and from when; computed here and nowhere else."""

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from ledger.errors import N_, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """What a case's papers say."""

    number: str
    party: str = ""
    cause: str = ""
    decision: str = ""
    served_on: date | None = None


class Standing(StrEnum):
    """The kind of a verdict: each has its own word, sign and colour on every screen."""

    STOP = "stop"
    HOLD = "hold"
    WAIT = "wait"
    OK = "ok"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a line may be destroyed: the kind, one word, and one short reason with its facts."""

    standing: Standing
    word: Message
    reason: Message
    facts: dict[str, object] = field(default_factory=dict)


NO_DECISION = Verdict(Standing.STOP, N_("Must not be destroyed"), N_("no decision yet"))
NOT_SERVED = Verdict(Standing.STOP, N_("Must not be destroyed"), N_("decision not served"))
NOT_STORED = Verdict(Standing.WAIT, N_("To be stored"), N_("not in the store yet"))
NOT_COUNTED = Verdict(Standing.WAIT, N_("To be counted"), N_("no count yet"))
GONE = Verdict(Standing.NONE, N_("Nothing left"), N_("no longer in the books"))
APPEAL_WORD = N_("On hold")
APPEAL_REASON = N_("appeal period until %(day)s")


@dataclass(frozen=True, slots=True)
class AppealPeriods:
    """How long after service a decision can be challenged; both are settings of the installation."""

    review_days: int
    suit_months: int

    def end(self, served_on: date) -> date:
        """Return the last day on which the decision can be challenged (行政复议法 20, 行政诉讼法 46)."""
        return max(served_on + timedelta(days=self.review_days), months_later(served_on, self.suit_months))


def verdict(
    *, decision: str, served_on: date | None, is_left: bool, is_stored: bool, periods: AppealPeriods, today: date
) -> Verdict:
    """Return whether a line may be destroyed today (行政处罚法 74: only after a decision that stands).

    is_left says whether any of it is still in the books, is_stored whether all of that lies in the store.
    """
    if not is_left:
        return GONE
    if not decision:
        return NO_DECISION
    if served_on is None:
        return NOT_SERVED
    last_day = periods.end(served_on)
    if today <= last_day:
        return Verdict(Standing.HOLD, APPEAL_WORD, APPEAL_REASON, {"day": last_day})
    return NOT_COUNTED if is_stored else NOT_STORED


def months_later(day: date, months: int) -> date:
    """Return the same day so many months later, or that month's last day (民法典 202)."""
    years, month = divmod(day.month - 1 + months, 12)
    last = monthrange(day.year + years, month + 1)[1]
    return date(day.year + years, month + 1, min(day.day, last))
