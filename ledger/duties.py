"""Separation of duties: which parts in one matter one person may not hold together. No exemption for anyone."""

from collections.abc import Iterable, Mapping
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
)
_COUNT = (Part.FIRST_COUNTER, Part.SECOND_COUNTER, Part.RECOUNTER, Part.CONFIRMER)

APART: frozenset[frozenset[Part]] = frozenset(
    frozenset(pair)
    for pair in [
        # 罚没财物管理办法: enforcing is apart from keeping.
        (Part.HANDLER, Part.CUSTODIAN),
        # An opening balance has no handler any more; its registrar stands in that place.
        (Part.REGISTRAR, Part.CUSTODIAN),
        *combinations(_COUNT, 2),
        (Part.APPLICANT, Part.APPROVER),
        # 罚没财物管理办法: keeping is apart from disposing.
        (Part.CUSTODIAN, Part.APPROVER),
        (Part.PACKER, Part.CHECKER),
        (Part.CHECKER, Part.APPLICANT),
        # What comes out of a batch comes out before two people, too.
        (Part.CHECKER, Part.CUSTODIAN),
        *((Part.SUPERVISOR, part) for part in _WATCHED),
        (Part.CLOSER, Part.SUPERVISOR),
    ]
)
"""Pairs of parts that two different people must hold."""

ONCE: frozenset[Part] = frozenset({Part.APPROVER, Part.SUPERVISOR})
"""Parts held by several people, all of them different."""


class DutyConflict(LedgerError):
    """The person already holds a part in this matter that must be somebody else's."""

    code = "duty_conflict"
    message = N_("Somebody else has to do this as %(part)s: you are already the %(earlier)s of the same goods.")
    is_business_act = True


def check_duty(part: Part, person: int, earlier: Mapping[Part, Iterable[int]]) -> None:
    """Let person take part in a matter in which earlier says who did what already.

    Raises DutyConflict, naming the earlier part, if one person may not hold both.
    """
    for other, people in earlier.items():
        apart = frozenset({part, other}) in APART or (part is other and part in ONCE)
        if apart and person in people:
            raise DutyConflict(part=PART_NAMES[part], earlier=PART_NAMES[other])
