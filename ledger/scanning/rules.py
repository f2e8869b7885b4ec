"""What a scan of a batch leads to: the verdict, computed from what is known, the same on every device."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from ledger.duties import DutyConflict
from ledger.errors import N_, LedgerError, Message
from ledger.goods.rules import Account, Act


class Stage(StrEnum):
    """Where a batch is scanned; void takes another scan back."""

    LOAD = "load"
    RECEIVE = "receive"
    DESTROY = "destroy"
    VOID = "void"


WAY: tuple[Stage, ...] = (Stage.LOAD, Stage.RECEIVE, Stage.DESTROY)
"""The stages that a batch passes, in this order."""

STAGE_NAMES: dict[Stage, Message] = {
    Stage.LOAD: N_("Loading"),
    Stage.RECEIVE: N_("Arrival"),
    Stage.DESTROY: N_("Destruction"),
    Stage.VOID: N_("Taken back"),
}

MOVES: dict[Stage, tuple[Act, Account, Account]] = {
    Stage.LOAD: (Act.LOAD, Account.PACKED, Account.LOADED),
    Stage.RECEIVE: (Act.RECEIVE, Account.LOADED, Account.RECEIVED),
    Stage.DESTROY: (Act.DESTROY, Account.RECEIVED, Account.DESTROYED),
}


class Outcome(StrEnum):
    """What became of a scan."""

    OK = "ok"
    REPEAT = "repeat"
    WAITING = "waiting"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Seal(StrEnum):
    """How the seal looked."""

    WHOLE = "whole"
    BROKEN = "broken"


class Reason(StrEnum):
    """Why a scan was not posted, or not at once. Other programs rely on the values."""

    DEVICE_BLOCKED = "device_blocked"
    BAD_CODE = "bad_code"
    FOREIGN_LABEL = "foreign_label"
    NO_SUCH_BATCH = "no_such_batch"
    LABEL_VOID = "label_void"
    OTHER_EVENT = "other_event"
    EVENT_NOT_OPEN = "event_not_open"
    NOT_IN_PLAN = "not_in_plan"
    SAMPLE_FAILED = "sample_failed"
    HELD = "held"
    SEAL_BROKEN = "seal_broken"
    HAZARDOUS_PAPERS = "hazardous_papers"
    EARLIER_STAGE_MISSING = "earlier_stage_missing"
    NO_RUN = "no_run"
    OTHER_METHOD = "other_method"
    SAMPLE_DUE = "sample_due"
    ALREADY_PASSED = "already_passed"
    NOTHING_TO_TAKE_BACK = "nothing_to_take_back"
    NEEDS_SUPERVISOR = "needs_supervisor"
    LATER_STAGE_DONE = "later_stage_done"
    TAKEN_BACK = "taken_back"
    BOOKS_DIFFER = "books_differ"
    """The books do not hold what was scanned where it should be; facts say why."""


REASONS: dict[Reason, Message] = {
    Reason.DEVICE_BLOCKED: N_("This device is blocked for the event. What it scans is kept aside; ask the organiser."),
    Reason.BAD_CODE: N_("This is no label code. Wipe the label and scan again, or type its 12 signs."),
    Reason.FOREIGN_LABEL: N_("A label of a rehearsal and one of the real work do not go together. Put it aside."),
    Reason.NO_SUCH_BATCH: N_("No batch has this code. Put it aside and call the organiser."),
    Reason.LABEL_VOID: N_("This label was replaced by a newer one. Look for the newer label on the batch."),
    Reason.OTHER_EVENT: N_("This batch belongs to another event: %(event)s. Put it aside."),
    Reason.EVENT_NOT_OPEN: N_("The work of this event is not on. Ask the organiser."),
    Reason.NOT_IN_PLAN: N_("Not among the batches expected today. Put it aside and call the organiser."),
    Reason.SAMPLE_FAILED: N_("A sample of this unit failed: nothing of it is destroyed. Call the organiser."),
    Reason.HELD: N_("On hold: %(kind)s. Do not move it on; call the organiser."),
    Reason.SEAL_BROKEN: N_("The seal is broken. Put it aside and call a supervisor."),
    Reason.HAZARDOUS_PAPERS: N_(
        "Hazardous: the receiver’s licence or transfer form is missing. Do not load or unload it."
    ),
    Reason.EARLIER_STAGE_MISSING: N_("%(stage)s was not recorded yet. It is kept and posted as soon as that arrives."),
    Reason.NO_RUN: N_("Choose a run that is open."),
    Reason.OTHER_METHOD: N_("Approved for %(approved)s; this run is %(run)s. Take it to another run."),
    Reason.SAMPLE_DUE: N_("Drawn as a sample: open and count it before a supervisor first."),
    Reason.ALREADY_PASSED: N_("Recorded already, not counted again. Let it pass."),
    Reason.NOTHING_TO_TAKE_BACK: N_("There is nothing of this kind to take back."),
    Reason.NEEDS_SUPERVISOR: N_("A destruction is taken back on the event’s page, with a supervisor."),
    Reason.LATER_STAGE_DONE: N_("It has gone further already and cannot be taken back here."),
    Reason.TAKEN_BACK: N_("Taken back."),
    Reason.BOOKS_DIFFER: N_("The books say otherwise. Put it aside and call the organiser."),
}


class Sample(StrEnum):
    """What samples have to do with the destruction of a batch."""

    DUE = "due"
    """It was drawn itself and is not opened yet."""
    FAILED = "failed"
    """One of its unit failed, and nobody let the unit's goods go on since."""


REASON_NAMES: dict[Reason, Message] = {
    Reason.BAD_CODE: N_("Code not readable"),
    Reason.FOREIGN_LABEL: N_("Label of a rehearsal"),
    Reason.NO_SUCH_BATCH: N_("Unknown code"),
    Reason.LABEL_VOID: N_("Void label"),
    Reason.OTHER_EVENT: N_("Batch of another event"),
    Reason.EVENT_NOT_OPEN: N_("Scanned outside of the day"),
    Reason.NOT_IN_PLAN: N_("Not expected"),
    Reason.SAMPLE_FAILED: N_("Stopped by a failed sample"),
    Reason.HELD: N_("On hold"),
    Reason.SEAL_BROKEN: N_("Seal broken"),
    Reason.HAZARDOUS_PAPERS: N_("Papers for hazardous waste missing"),
    Reason.EARLIER_STAGE_MISSING: N_("Earlier stage not recorded"),
    Reason.NO_RUN: N_("No open run"),
    Reason.OTHER_METHOD: N_("Wrong method"),
    Reason.SAMPLE_DUE: N_("Sample not opened yet"),
    Reason.BOOKS_DIFFER: N_("Books say otherwise"),
}
"""What a scan that moved nothing is called where there is room for a few words only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that a verdict on a batch at a stage depends on."""

    device_is_blocked: bool
    label_is_current: bool
    is_of_event: bool
    event_name: str
    """Of the batch."""
    event_is_open: bool
    is_expected: bool
    passed: frozenset[Stage]
    """The stages that the batch has passed, not taken back."""
    sample: Sample | None
    hold: Message | None
    """The kind of hold that stands on any of its goods."""
    seal: Seal | None
    papers_are_good: bool
    """Whether somebody may take goods of its class; see Receiver.may_take."""
    run_is_open: bool
    approved_method: Message
    run_method: Message | None


GRACE = timedelta(minutes=15)
"""How long after its slot a unit still is on time."""
TOLERANCE, LEAST_TOLERANCE_KG = Decimal("0.02"), Decimal("0.5")
"""How much of its weight, and how many kilograms at least, a batch may differ from scale to scale."""


def weighs_otherwise(gross_kg: Decimal, packed_kg: Decimal | None) -> bool:
    """Whether a batch weighs more or less than it can when nothing changed since it was packed."""
    if packed_kg is None:
        return False
    return abs(gross_kg - packed_kg) > max(packed_kg * TOLERANCE, LEAST_TOLERANCE_KG)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a scan leads to."""

    outcome: Outcome
    reason: Reason | None = None
    facts: dict[str, object] | None = None


OK = Verdict(Outcome.OK)


def judge(stage: Stage, known: Known) -> Verdict:
    """Return the verdict on a batch at a stage, the first ruling that applies deciding."""
    return next((verdict for applies, verdict in _rulings(stage, known) if applies), OK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """What is known of a scan that another one of its event takes back."""

    stage: Stage
    outcome: Outcome
    is_taken_back: bool
    went_on: bool
    """Whether its batch has passed a later stage."""


def judge_void(undone: Undone | None) -> Verdict:
    """Return the verdict on taking a scan back, None standing for one that is not there."""
    is_there = undone is not None and undone.stage is not Stage.VOID and not undone.is_taken_back
    if undone is None or not is_there or undone.outcome not in (Outcome.OK, Outcome.WAITING):
        return _refused(Reason.NOTHING_TO_TAKE_BACK)
    if undone.outcome is Outcome.OK and undone.stage is Stage.DESTROY:
        return _refused(Reason.NEEDS_SUPERVISOR)
    if undone.outcome is Outcome.OK and undone.went_on:
        return _refused(Reason.LATER_STAGE_DONE)
    return Verdict(Outcome.OK, Reason.TAKEN_BACK)


def _rulings(stage: Stage, known: Known) -> Iterator[tuple[bool, Verdict]]:
    """Yield what may speak against posting, in this order: device, label, plan, goods, run, way."""
    yield known.device_is_blocked, _refused(Reason.DEVICE_BLOCKED)
    yield not known.label_is_current, _refused(Reason.LABEL_VOID)
    yield not known.is_of_event, _refused(Reason.OTHER_EVENT, event=known.event_name)
    yield stage in known.passed, Verdict(Outcome.REPEAT, Reason.ALREADY_PASSED)
    yield not known.event_is_open, _refused(Reason.EVENT_NOT_OPEN)
    yield not known.is_expected, _refused(Reason.NOT_IN_PLAN)
    if stage is Stage.DESTROY:
        yield known.sample is Sample.FAILED, _refused(Reason.SAMPLE_FAILED)
    yield known.hold is not None, _refused(Reason.HELD, kind=known.hold)
    yield known.seal is Seal.BROKEN, _refused(Reason.SEAL_BROKEN)
    yield not known.papers_are_good, _refused(Reason.HAZARDOUS_PAPERS)
    if stage is Stage.DESTROY:
        yield not known.run_is_open, _refused(Reason.NO_RUN)
        is_other = known.run_method != known.approved_method
        yield is_other, _refused(Reason.OTHER_METHOD, approved=known.approved_method, run=known.run_method)
    earlier = next((before for before in WAY[: WAY.index(stage)] if before not in known.passed), None)
    facts: dict[str, object] = {"stage": STAGE_NAMES[earlier]} if earlier else {}
    yield earlier is not None, Verdict(Outcome.WAITING, Reason.EARLIER_STAGE_MISSING, facts)
    if stage is Stage.DESTROY:
        yield known.sample is Sample.DUE, _refused(Reason.SAMPLE_DUE)


def _refused(reason: Reason, **facts: object) -> Verdict:
    return Verdict(Outcome.REFUSED, reason, facts)


class DeviceBlocked(LedgerError):
    """A ticket for a device that was blocked."""

    code = "device_blocked"
    message = N_("This device is blocked for the event. Ask the organiser.")


class DeviceNotThere(LedgerError):
    """A device that was blocked already, or whose block was lifted."""

    code = "device_not_there"
    message = N_("Somebody did this already. Load the page again.")


class ScansMissing(LedgerError):
    """A device that says it is done, but whose scans are not all here."""

    code = "scans_missing"
    message = N_("%(count)s scans of this device have not arrived. Let it upload them first.")


class DevicesOut(LedgerError):
    """The end of a day on which a device may still hold scans."""

    code = "devices_out"
    message = N_("Devices that have not reported yet: %(numbers)s. Have them report, or write them off.")


class WrittenOffAlone(LedgerError):
    """A device that one person writes off."""

    code = "written_off_alone"
    message = N_("Somebody else has to confirm this.")
    is_business_act = True


class RunClosed(LedgerError):
    """A run that has ended."""

    code = "run_closed"
    message = N_("Run %(number)s has ended.")


class RunNeedsTwo(LedgerError):
    """A run without two different supervisors."""

    code = "run_needs_two"
    message = N_("A run needs two different supervisors.")
    is_business_act = True


class TookPart(DutyConflict):
    """A supervisor who had a part in goods of the run."""

    message = N_("%(name)s cannot watch this: already %(earlier)s of goods that belong to it.")


class EventNotOpen(LedgerError):
    """Work on site outside of the day."""

    code = "event_not_open"
    message = N_("The work of this event is not on.")


class NothingToTakeBack(LedgerError):
    """A batch that is not recorded as destroyed."""

    code = "nothing_to_take_back"
    message = N_("Batch %(number)s is not recorded as destroyed.")


class NotToInspect(LedgerError):
    """A batch that was not drawn, has not arrived, or is destroyed."""

    code = "not_to_inspect"
    message = N_("Batch %(number)s is not on site as a sample to be opened.")


class InspectedAlready(LedgerError):
    """A sample that was opened."""

    code = "inspected_already"
    message = N_("Batch %(number)s was opened and counted already.")


class NotAllCounted(LedgerError):
    """A sample of which a line was not counted, or other lines than it holds."""

    code = "not_all_counted"
    message = N_("Enter how much there is of every line; 0 if there is nothing.")


class LiftedAlready(LedgerError):
    """A sample that stops nothing."""

    code = "lifted_already"
    message = N_("This sample does not stop the goods of the unit any more. Load the page again.")
