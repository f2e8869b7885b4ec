"""What pages show of what a chain decides, an application or a plan: who is next, and whether the person may sign."""

from collections.abc import Callable

from flask_babel import gettext as _

from ledger.db import db
from ledger.destruction.deciding import check_decider
from ledger.destruction.models import Decided, OpinionMembers, StepMembers
from ledger.destruction.workflow import DECISION_NAMES
from ledger.errors import LedgerError
from ledger.permissions import Permission
from ledger.units.models import User
from ledger.units.queries import holders
from ledger.web.access import me, now, own_units
from ledger.web.context import say


def of_decided(decided: Decided) -> dict[str, object]:
    """Return what a page shows of the opinions on it, and of who gives the next one."""
    refusal = refusal_for(decided) if decided.is_waiting else None
    return {
        "step": my_step(decided),
        "may_sign": decided.is_waiting and refusal is None,
        "refusal": refusal,
        "waited": waited_steps(decided),
        "waited_for": waited_for(decided),
        "rounds": rounds(decided),
        "decision_names": DECISION_NAMES,
    }


def refusal_for(decided: Decided) -> str | None:
    """Return why the person who is signed in cannot give the opinion that is next; None if they can."""
    try:
        check_decider(db.session(), decided, may=may_for(decided), by=me(), at=now())
    except LedgerError as refusal:
        return say(refusal)
    return None


def waits_for_me(decided: Decided) -> bool:
    """Whether nothing keeps the person from giving the opinion that is next, if they hold its permission."""
    try:
        check_decider(db.session(), decided, may=lambda _permission: True, by=me(), at=now())
    except LedgerError:
        return False
    return True


def may_for(decided: Decided) -> Callable[[Permission], bool]:
    """Return whether the person who is signed in holds a permission over its unit."""
    unit_id = decided.unit.id
    return lambda permission: unit_id in own_units(permission)


def my_step(decided: Decided) -> StepMembers | None:
    """Return the step whose opinion the person would give."""
    may = may_for(decided)
    return next((step for step in decided.open_steps if may(step.permission)), None)


def waited_steps(decided: Decided) -> str:
    """Return the names of the steps that are next."""
    return " · ".join(str(_(step.name)) for step in decided.open_steps)


def waited_for(decided: Decided) -> list[User]:
    """Return who could give the opinion that is next."""
    signed = {decided.asked_by and decided.asked_by.id, *(each.by_id for each in decided.given)}
    asked = {step.permission for step in decided.open_steps}
    people = [person for each in asked for person in holders(db.session(), decided.unit, each)]
    return [person for person in dict.fromkeys(people) if person.id not in signed]


def rounds(decided: Decided) -> list[tuple[int, list[OpinionMembers]]]:
    """Return the opinions of each submission, the last one first."""
    revisions = range(decided.revision, 0, -1)
    return [(number, [each for each in decided.opinions if each.revision == number]) for number in revisions]
