"""What a case is, and when its goods may be destroyed: why not, and from when; computed here and nowhere else."""

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from ledger.errors import N_, LedgerError, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """What a case's papers say."""

    number: str
    party: str = ""
    cause: str = ""
    decision: str = ""
    served_on: date | None = None


class HoldKind(StrEnum):
    """Why goods must wait."""

    REVIEW = "review"
    LAWSUIT = "lawsuit"
    STAY = "stay"
    EVIDENCE = "evidence"
    CRIMINAL_TRANSFER = "criminal_transfer"
    SHORTAGE = "shortage"
    """Set by a count alone: something of the line is missing."""
    OTHER = "other"


HOLD_NAMES: dict[HoldKind, Message] = {
    HoldKind.REVIEW: N_("Administrative review"),
    HoldKind.LAWSUIT: N_("Lawsuit"),
    HoldKind.STAY: N_("Stay of execution"),
    HoldKind.EVIDENCE: N_("Kept as evidence"),
    HoldKind.CRIMINAL_TRANSFER: N_("Transferred to criminal justice"),
    HoldKind.SHORTAGE: N_("Shortage in a count"),
    HoldKind.OTHER: N_("Other reason"),
}


HOLD_ENDS: dict[HoldKind, Message] = {
    HoldKind.REVIEW: N_("Release it when the decision on the review is served."),
    HoldKind.LAWSUIT: N_("Release it when the judgment is final."),
    HoldKind.STAY: N_("Release it when the stay is lifted."),
    HoldKind.EVIDENCE: N_("Release it when the evidence is no longer needed."),
    HoldKind.CRIMINAL_TRANSFER: N_("Release it when the criminal case is decided or handed back."),
    HoldKind.SHORTAGE: N_("Who may confirm counts releases it when the shortage is cleared up."),
    HoldKind.OTHER: N_("Release it when its reason is gone."),
}
"""The way out of a hold."""


class HoldReleased(LedgerError):
    """A hold that was released already."""

    code = "hold_released"
    message = N_("This hold was released already. Load the page again.")


class Stage(StrEnum):
    """How far a case is towards a decision that stands, as its papers say; or that something stops its goods."""

    UNDECIDED = "undecided"
    UNSERVED = "unserved"
    OPEN_TO_APPEAL = "open_to_appeal"
    FINAL = "final"
    HELD = "held"


STAGE_NAMES: dict[Stage, Message] = {
    Stage.UNDECIDED: N_("No decision yet"),
    Stage.UNSERVED: N_("Decision not served"),
    Stage.OPEN_TO_APPEAL: N_("In the appeal period"),
    Stage.FINAL: N_("Appeal period over"),
    Stage.HELD: N_("On hold"),
}


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


MUST_NOT = N_("Must not be destroyed")
ON_HOLD = N_("On hold")
NO_DECISION = Verdict(Standing.STOP, MUST_NOT, N_("no decision yet"))
NOT_SERVED = Verdict(Standing.STOP, MUST_NOT, N_("decision not served"))
NOT_STORED = Verdict(Standing.WAIT, N_("To be stored"), N_("not in the store yet"))
OUT_AS_SAMPLES = Verdict(Standing.WAIT, N_("Out as samples"), N_("with a laboratory"))
NOT_COUNTED = Verdict(Standing.WAIT, N_("To be counted"), N_("no count yet"))
COUNT_TOO_OLD = N_("counted on %(day)s, longer ago than %(days)s days")
IN_APPROVAL = Verdict(Standing.WAIT, N_("In approval"), N_("waits for a decision"))
APPROVED = Verdict(Standing.OK, N_("May be destroyed"), N_("approved"))
MAY_APPLY = Verdict(Standing.OK, N_("May apply"), N_("counted"))
GONE = Verdict(Standing.NONE, N_("Nothing left"), N_("no longer in the books"))
DESTROYED = Verdict(Standing.NONE, N_("Destroyed"), N_("on the manifest"))
APPEAL_REASON = N_("appeal period until %(day)s")
HELD_REASON = N_("%(kind)s since %(day)s")


@dataclass(frozen=True, slots=True)
class AppealPeriods:
    """How long after service a decision can be challenged; both are settings of the installation."""

    review_days: int
    suit_months: int

    def end(self, served_on: date) -> date:
        """Return the last day on which the decision can be challenged (行政复议法 20, 行政诉讼法 46)."""
        return max(served_on + timedelta(days=self.review_days), months_later(served_on, self.suit_months))

    def over_since(self, today: date) -> date:
        """Return the last day of service whose decision can no longer be challenged today."""
        served_on = today
        while self.end(served_on) >= today:
            served_on -= timedelta(days=1)
        return served_on


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFacts:
    """What decides whether a line may be destroyed."""

    decision: str
    served_on: date | None
    hold: tuple[HoldKind, date] | None
    """The oldest hold that stands on the line or its case, and since when."""
    is_left: bool
    """Whether any of it is still in the books."""
    is_destroyed: bool
    is_stored: bool
    """Whether some of it lies in the store, free of any application."""
    is_seized: bool
    """Whether some of it is still with the officers."""
    is_approved: bool
    """Whether some of it is approved, packed or on its way."""
    is_out: bool
    """Whether all that is left of it is out as samples."""
    counted_on: date | None
    """When what lies free in the store was counted last; None if some of it never was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What differs between installations: the appeal periods, and for how many days a count is good."""

    periods: AppealPeriods
    count_valid_days: int


def verdict(line: LineFacts, *, terms: Terms, today: date) -> Verdict:
    """Return whether a line may be destroyed today (行政处罚法 74: only after a decision that stands)."""
    if not line.is_left:
        return DESTROYED if line.is_destroyed else GONE
    stopped = _stopped(line, terms=terms, today=today)
    if stopped is not None:
        return stopped
    if line.is_stored:
        return _counted(line, terms=terms, today=today)
    if line.is_seized:
        return NOT_STORED
    if line.is_out:
        return OUT_AS_SAMPLES
    return APPROVED if line.is_approved else IN_APPROVAL


def _counted(line: LineFacts, *, terms: Terms, today: date) -> Verdict:
    """Return whether the count of what lies free in the store is good enough to apply."""
    if line.counted_on is None:
        return NOT_COUNTED
    if today > line.counted_on + timedelta(days=terms.count_valid_days):
        facts: dict[str, object] = {"day": line.counted_on, "days": terms.count_valid_days}
        return Verdict(Standing.WAIT, NOT_COUNTED.word, COUNT_TOO_OLD, facts)
    return MAY_APPLY


def _stopped(line: LineFacts, *, terms: Terms, today: date) -> Verdict | None:
    """Return what stops the destruction at every stage, at the scanner too; None if nothing does."""
    if line.hold is not None:
        kind, since = line.hold
        return Verdict(Standing.HOLD, ON_HOLD, HELD_REASON, {"kind": HOLD_NAMES[kind], "day": since})
    if not line.decision:
        return NO_DECISION
    if line.served_on is None:
        return NOT_SERVED
    last_day = terms.periods.end(line.served_on)
    if today <= last_day:
        return Verdict(Standing.HOLD, ON_HOLD, APPEAL_REASON, {"day": last_day})
    return None


def months_later(day: date, months: int) -> date:
    """Return the same day so many months later, or that month's last day (民法典 202)."""
    years, month = divmod(day.month - 1 + months, 12)
    last = monthrange(day.year + years, month + 1)[1]
    return date(day.year + years, month + 1, min(day.day, last))
