"""What a case is, and when its goods may be destroyed: why not, and from when; computed here and nowhere else."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
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
    kept_on: date | None = None
    """When the goods were registered and kept in advance (行政处罚法 56)."""
    detained_on: date | None = None
    """When they were seized or sealed off (行政强制法 25)."""
    detained_until: date | None = None
    """The last day of that measure, its extension included."""
    noticed_on: date | None = None
    """When the public notice of ownerless goods was published."""
    noticed_until: date | None = None
    """The last day on which somebody may claim them."""

    @property
    def notice_ends(self) -> date | None:
        """The last day of the notice by which ownerless goods are dealt with; None if they are dealt with otherwise."""
        return None if self.party or self.decision else self.noticed_until


PAPERS = tuple(each.name for each in fields(CaseFacts) if each.name != "number")
"""What can be amended; the number is what the case is known by and stays."""


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
    """How far a case is on its way to a decision or a notice that stands; or that something stops its goods."""

    UNDECIDED = "undecided"
    KEPT = "kept"
    DETAINED = "detained"
    UNSERVED = "unserved"
    OPEN_TO_APPEAL = "open_to_appeal"
    FINAL = "final"
    IN_NOTICE = "in_notice"
    NOTICE_OVER = "notice_over"
    HELD = "held"


STAGE_NAMES: dict[Stage, Message] = {
    Stage.UNDECIDED: N_("No decision, measure not stated"),
    Stage.KEPT: N_("Registered and kept in advance"),
    Stage.DETAINED: N_("Seized or sealed off"),
    Stage.UNSERVED: N_("Decision not served"),
    Stage.OPEN_TO_APPEAL: N_("In the appeal period"),
    Stage.FINAL: N_("Appeal period over"),
    Stage.IN_NOTICE: N_("Ownerless, notice running"),
    Stage.NOTICE_OVER: N_("Ownerless, notice over"),
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
NO_NOTICE = Verdict(Standing.STOP, MUST_NOT, N_("neither a decision nor a notice of ownerless goods yet"))
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
NOTICE_REASON = N_("public notice until %(day)s")
HELD_REASON = N_("%(kind)s since %(day)s")


class Kind(StrEnum):
    """What verdicts are told apart by: one for each word."""

    MAY_APPLY = "may_apply"
    APPROVED = "approved"
    IN_APPROVAL = "in_approval"
    NOT_COUNTED = "not_counted"
    NOT_STORED = "not_stored"
    OUT_AS_SAMPLES = "out_as_samples"
    ON_HOLD = "on_hold"
    MUST_NOT = "must_not"
    DESTROYED = "destroyed"
    GONE = "gone"


KIND_WORDS: dict[Kind, Message] = {
    Kind.MAY_APPLY: MAY_APPLY.word,
    Kind.APPROVED: APPROVED.word,
    Kind.IN_APPROVAL: IN_APPROVAL.word,
    Kind.NOT_COUNTED: NOT_COUNTED.word,
    Kind.NOT_STORED: NOT_STORED.word,
    Kind.OUT_AS_SAMPLES: OUT_AS_SAMPLES.word,
    Kind.ON_HOLD: ON_HOLD,
    Kind.MUST_NOT: MUST_NOT,
    Kind.DESTROYED: DESTROYED.word,
    Kind.GONE: GONE.word,
}
_KINDS = {word: kind for kind, word in KIND_WORDS.items()}


def kind_of(said: Verdict) -> Kind:
    """Return the kind of a verdict."""
    return _KINDS[said.word]


@dataclass(frozen=True, slots=True)
class AppealPeriods:
    """How long after service a decision can be challenged; both are settings of the installation."""

    review_days: int
    suit_months: int

    def end(self, served_on: date) -> date:
        """Return the last day on which the decision can be challenged (行政复议法 20, 行政诉讼法 46)."""
        return max(served_on + timedelta(days=self.review_days), months_later(served_on, self.suit_months))


def stage_of(case: CaseFacts, *, periods: AppealPeriods, today: date) -> Stage:
    """Return how far a case is today by its papers; whether something holds its goods is another matter."""
    if case.decision:
        if case.served_on is None:
            return Stage.UNSERVED
        return Stage.OPEN_TO_APPEAL if today <= periods.end(case.served_on) else Stage.FINAL
    if case.notice_ends is not None:
        return Stage.IN_NOTICE if today <= case.notice_ends else Stage.NOTICE_OVER
    if case.detained_on is not None:
        return Stage.DETAINED
    return Stage.UNDECIDED if case.kept_on is None else Stage.KEPT


DAYS_TO_DECIDE_ON_KEPT = 7
"""Working days (行政处罚法 56, 85)."""
DETENTION_DAYS = 30
"""For which goods may be seized or sealed off, and once more after an extension (行政强制法 25)."""


def term_of(case: CaseFacts) -> date | None:
    """Return the last day of the measure by which the goods of an undecided case are held; None if nobody stated it."""
    if case.decision or case.notice_ends is not None:
        return None
    if case.detained_on is not None:
        return case.detained_until
    return case.kept_on and working_days_later(case.kept_on, DAYS_TO_DECIDE_ON_KEPT)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFacts:
    """What decides whether a line may be destroyed."""

    case: CaseFacts
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


@dataclass(frozen=True, slots=True)
class Check:
    """One condition of destruction: how it is met, or what stands in the way."""

    name: Message
    is_met: bool
    says: Verdict
    """While it is not met, the verdict on the line if all conditions before it are met."""
    met_from: date | None = None
    """The first day on which it can be met, if it is not; None where nobody can tell."""


def checks(line: LineFacts, *, terms: Terms, today: date) -> list[Check]:
    """Return all that must be so before a line may be destroyed, in the order in which it stops (行政处罚法 74)."""
    return [
        _not_held(line),
        *_legal(line.case, periods=terms.periods, today=today),
        *_handled(line, terms=terms, today=today),
    ]


def verdict(line: LineFacts, *, terms: Terms, today: date) -> Verdict:
    """Return whether a line may be destroyed today: the first thing in the way, or that nothing is."""
    if not line.is_left:
        return DESTROYED if line.is_destroyed else GONE
    return next((check.says for check in checks(line, terms=terms, today=today) if not check.is_met), APPROVED)


def same_until(line: LineFacts, *, terms: Terms, today: date) -> date | None:
    """Return the last day on which a line's stage and verdict stay as they are today if nobody does anything.

    None if they stay so for ever.
    """
    case, counted_on = line.case, line.counted_on
    ends = (
        case.notice_ends,
        terms.periods.end(case.served_on) if case.served_on else None,
        counted_on + timedelta(days=terms.count_valid_days) if counted_on else None,
    )
    return min((end for end in ends if end and end >= today), default=None)


def earliest_day(found: Sequence[Check], *, today: date) -> date | None:
    """Return the first day on which a line with these checks can be destroyed; None if nobody can tell."""
    days = [check.met_from for check in found if not check.is_met]
    return None if None in days else max([today, *(day for day in days if day)])


IN_STORE, COUNTED, APPLIED_FOR = N_("Lies in the store"), N_("Count is good"), N_("Destruction approved")
DECIDED, SERVED, APPEAL_OVER = N_("Confiscated by a decision"), N_("Decision served"), N_("Appeal period over")


def _not_held(line: LineFacts) -> Check:
    name = N_("Nothing holds it")
    if line.hold is None:
        return _met(name, N_("no review, lawsuit, stay, evidence or criminal case"))
    kind, since = line.hold
    return _unmet(name, Verdict(Standing.HOLD, ON_HOLD, HELD_REASON, {"kind": HOLD_NAMES[kind], "day": since}))


def _legal(case: CaseFacts, *, periods: AppealPeriods, today: date) -> list[Check]:
    """Return the checks of the decision that was served and stands, or of the notice of ownerless goods."""
    if case.notice_ends is not None:
        notice = _met(N_("Public notice of ownerless goods"), N_("published on %(day)s"), day=case.noticed_on or "—")
        return [notice, _over(N_("Notice period over"), case.notice_ends, NOTICE_REASON, today=today)]
    if not case.decision:
        missing = NO_DECISION if case.party else NO_NOTICE
        return [_unmet(DECIDED, missing), _unmet(SERVED, NOT_SERVED), _unmet(APPEAL_OVER, NOT_SERVED)]
    decided = _met(DECIDED, N_("%(number)s"), number=case.decision)
    if case.served_on is None:
        return [decided, _unmet(SERVED, NOT_SERVED), _unmet(APPEAL_OVER, NOT_SERVED)]
    served = _met(SERVED, N_("on %(day)s"), day=case.served_on)
    return [decided, served, _over(APPEAL_OVER, periods.end(case.served_on), APPEAL_REASON, today=today)]


def _over(name: Message, last_day: date, reason: Message, *, today: date) -> Check:
    """Return the check that a period is over whose last day this is."""
    next_day = last_day + timedelta(days=1)
    if today > last_day:
        return _met(name, N_("since %(day)s"), day=next_day)
    return _unmet(name, Verdict(Standing.HOLD, ON_HOLD, reason, {"day": last_day}), met_from=next_day)


def _handled(line: LineFacts, *, terms: Terms, today: date) -> list[Check]:
    """Return the checks of what the unit does itself, any day: store, count, apply."""
    to_apply = _unmet(APPLIED_FOR, MAY_APPLY, met_from=today)
    if line.is_stored:
        return [_met(IN_STORE, N_("free of any application")), _counted(line, terms=terms, today=today), to_apply]
    if line.is_seized:
        return [_unmet(IN_STORE, NOT_STORED, met_from=today), _unmet(COUNTED, NOT_COUNTED, met_from=today), to_apply]
    if line.is_out:
        return [_unmet(IN_STORE, OUT_AS_SAMPLES), _unmet(COUNTED, NOT_COUNTED, met_from=today), to_apply]
    given = N_("when it was applied for")
    decided = _unmet(APPLIED_FOR, IN_APPROVAL, met_from=today)
    if line.is_approved:
        decided = _met(APPLIED_FOR, N_("by an application"))
    return [_met(IN_STORE, given), _met(COUNTED, given), decided]


def _counted(line: LineFacts, *, terms: Terms, today: date) -> Check:
    """Return the check that the count of what lies free in the store is good enough to apply."""
    if line.counted_on is None:
        return _unmet(COUNTED, NOT_COUNTED, met_from=today)
    last_day = line.counted_on + timedelta(days=terms.count_valid_days)
    if today <= last_day:
        return _met(COUNTED, N_("on %(day)s, good until %(until)s"), day=line.counted_on, until=last_day)
    facts: dict[str, object] = {"day": line.counted_on, "days": terms.count_valid_days}
    return _unmet(COUNTED, Verdict(Standing.WAIT, NOT_COUNTED.word, COUNT_TOO_OLD, facts), met_from=today)


def _met(name: Message, reason: Message, **facts: object) -> Check:
    return Check(name, is_met=True, says=Verdict(Standing.OK, N_("Met"), reason, facts))


def _unmet(name: Message, says: Verdict, met_from: date | None = None) -> Check:
    return Check(name, is_met=False, says=says, met_from=met_from)


def kept_before(today: date) -> date:
    """Return the first day of keeping in advance whose term has not run out today; all before it have."""
    day = today
    while working_days_later(day - timedelta(days=1), DAYS_TO_DECIDE_ON_KEPT) >= today:
        day -= timedelta(days=1)
    return day


def working_days_later(day: date, days: int) -> date:
    """Return the day so many working days later; which days the State Council moves in a year is not known here."""
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < _SATURDAY
    return day


_SATURDAY = 5


def months_later(day: date, months: int) -> date:
    """Return the same day so many months later, or that month's last day (民法典 202)."""
    years, month = divmod(day.month - 1 + months, 12)
    last = monthrange(day.year + years, month + 1)[1]
    return date(day.year + years, month + 1, min(day.day, last))
