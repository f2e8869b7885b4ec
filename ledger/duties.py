"""Separation of duties: which parts in one matter one person may not hold together. No exemption for anyone."""

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from itertools import combinations

from ledger.errors import N_, LedgerError, Message


class Part(StrEnum):
    """What a person did, or is about to do, in one matter: a hand-over, a count, an application, a batch, a run."""

    HANDLER = "handler"
    CUSTODIAN = "custodian"
    REGISTRAR = "registrar"
    FIRST_COUNTER = "first_counter"
    SECOND_COUNTER = "second_counter"
    RECOUNTER = "recounter"
    CONFIRMER = "confirmer"
    APPLICANT = "applicant"
    APPROVER = "approver"
    PACKER = "packer"
    CHECKER = "checker"
    SCANNER = "scanner"
    SUPERVISOR = "supervisor"
    INSPECTOR = "inspector"
    DISPATCHER = "dispatcher"
    ESCORT = "escort"
    TAKER = "taker"
    CLOSER = "closer"


PART_NAMES: dict[Part, Message] = {
    Part.HANDLER: N_("handler"),
    Part.CUSTODIAN: N_("custodian"),
    Part.REGISTRAR: N_("registrar"),
    Part.FIRST_COUNTER: N_("first counter"),
    Part.SECOND_COUNTER: N_("second counter"),
    Part.RECOUNTER: N_("recounter"),
    Part.CONFIRMER: N_("confirmer"),
    Part.APPLICANT: N_("applicant"),
    Part.APPROVER: N_("approver"),
    Part.PACKER: N_("packer"),
    Part.CHECKER: N_("checker"),
    Part.SCANNER: N_("scanner"),
    Part.SUPERVISOR: N_("supervisor"),
    Part.INSPECTOR: N_("opener of a sample"),
    Part.DISPATCHER: N_("who handed it over at departure"),
    Part.ESCORT: N_("escort"),
    Part.TAKER: N_("who took it over on site"),
    Part.CLOSER: N_("closer of the event"),
}

_WATCHED = (
    Part.REGISTRAR,
    Part.HANDLER,
    Part.CUSTODIAN,
    Part.FIRST_COUNTER,
    Part.SECOND_COUNTER,
    Part.RECOUNTER,
    Part.CONFIRMER,
    Part.APPLICANT,
    Part.APPROVER,
    Part.PACKER,
    Part.CHECKER,
    Part.SCANNER,
    Part.INSPECTOR,
    Part.DISPATCHER,
    Part.ESCORT,
    Part.TAKER,
)
_COUNT = (Part.FIRST_COUNTER, Part.SECOND_COUNTER, Part.RECOUNTER, Part.CONFIRMER)
_ROAD = (Part.DISPATCHER, Part.ESCORT, Part.TAKER)

HAND_OVER = N_(
    "Who enforces does not keep the goods: both sides of a hand-over are different people (罚没财物管理办法)."
)
OPENING = N_("In an opening balance the registrar stands for who handed over: somebody else confirms as custodian.")
COUNT = N_("A count is worth something only if each figure is another person's (行政处罚法 42).")
APPROVAL = N_("Nobody decides about the own application.")
DISPOSAL = N_("Who keeps goods does not decide about them: keeping is apart from disposing (罚没财物管理办法).")
PACKING = N_("A batch is packed before the eyes of somebody else (行政处罚法 42).")
CHECK = N_("Who wants goods destroyed does not check that they are all in the batch.")
UNPACK = N_("What comes out of a batch comes out before two people, too (行政处罚法 42).")
WATCH = N_("Who watches a destruction had no part in the goods before: supervisors come from outside.")
INSPECTION = N_("Who opens a sample did not pack it, and does not confirm that a failed one is settled.")
ROAD = N_("Who hands a load over, who escorts it and who takes it over are different people (罚没财物管理办法).")
CLOSING = N_("Who closes an event does not watch over it.")
EACH_ONE = N_("Several people hold this part, and all of them are different.")

APART: dict[frozenset[Part], Message] = {
    frozenset(pair): reason
    for reason, pairs in {
        HAND_OVER: [(Part.HANDLER, Part.CUSTODIAN)],
        OPENING: [(Part.REGISTRAR, Part.CUSTODIAN)],
        COUNT: combinations(_COUNT, 2),
        APPROVAL: [(Part.APPLICANT, Part.APPROVER)],
        DISPOSAL: [(Part.CUSTODIAN, Part.APPROVER)],
        PACKING: [(Part.PACKER, Part.CHECKER)],
        CHECK: [(Part.CHECKER, Part.APPLICANT)],
        UNPACK: [(Part.CHECKER, Part.CUSTODIAN)],
        WATCH: ((Part.SUPERVISOR, part) for part in _WATCHED),
        INSPECTION: ((Part.INSPECTOR, part) for part in (Part.PACKER, Part.CHECKER, Part.CONFIRMER)),
        ROAD: combinations(_ROAD, 2),
        CLOSING: [(Part.CLOSER, Part.SUPERVISOR)],
    }.items()
    for pair in pairs
}
"""Pairs of parts that two different people must hold, and why."""

WAIVABLE: frozenset[frozenset[Part]] = frozenset({frozenset({Part.CHECKER, Part.APPLICANT})})
"""Pairs that no law keeps apart, only the rule of the house: a small station may have nobody else for a time, and an
approved waiver lets one person hold both. What a law asks for, nobody can waive."""

ONCE: frozenset[Part] = frozenset({Part.APPROVER, Part.SUPERVISOR})
"""Parts held by several people, all of them different."""


class DutyConflict(LedgerError):
    """The person already holds a part in this matter that must be somebody else's."""

    code = "duty_conflict"
    message = N_("Somebody else has to do this as %(part)s: you are already the %(earlier)s of the same goods. %(why)s")
    is_business_act = True


class SecondPersonNeeded(LedgerError):
    """What one person wrote and confirmed."""

    code = "second_person_needed"
    message = N_("Somebody else has to confirm this.")
    is_business_act = True


def why_apart(one: Part, other: Part) -> Message | None:
    """Return why one person may not hold both parts in one matter; None if they may."""
    if one is other:
        return EACH_ONE if one in ONCE else None
    return APART.get(frozenset({one, other}))


def check_duty(
    part: Part, person: int, earlier: Mapping[Part, Iterable[int]], *, waived: Collection[frozenset[Part]] = ()
) -> None:
    """Let person take part in a matter in which earlier says who did what already; waived pairs of parts go together.

    Raises DutyConflict, naming the earlier part, if one person may not hold both.
    """
    for other, people in earlier.items():
        why = why_apart(part, other)
        if why and person in people and frozenset({part, other}) not in waived:
            raise DutyConflict(part=PART_NAMES[part], earlier=PART_NAMES[other], why=why)
