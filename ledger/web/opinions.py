"""What pages show of what a chain decides, an application or a plan: who is next, and whether the person may sign."""

from collections.abc import Callable
from functools import partial

from flask import g
from flask_babel import gettext as _

from ledger.db import db
from ledger.destruction.deciding import Turn, check_decider
from ledger.destruction.models import Decided, OpinionMembers
from ledger.destruction.workflow import DECISION_NAMES
from ledger.errors import LedgerError
from ledger.permissions import Permission
from ledger.units.deputies import deputies_of, units_stood_for
from ledger.units.queries import holders
from ledger.web.access import me, now, own_units
from ledger.web.context import say, today


def of_decided(decided: Decided) -> dict[str, object]:
    """Return what a page shows of the opinions on it, and of who gives the next one."""
    turn, refusal = _look(decided) if decided.is_waiting else (None, None)
    return {
        "turn": turn,
        "may_sign": turn is not None,
        "refusal": refusal,
        "waited": waited_steps(decided),
        "waited_for": _waited_for(decided),
        "rounds": _rounds(decided),
        "decision_names": DECISION_NAMES,
    }


def turn_of(decided: Decided) -> Turn | None:
    """Return the step whose opinion the person who is signed in can give now, and for whom; None if they cannot."""
    return _look(decided)[0]


def may(decided: Decided, permission: Permission) -> bool:
    """Whether the person who is signed in holds a permission over its unit."""
    return decided.unit.id in _own(permission)


def may_for(decided: Decided) -> Callable[[Permission], bool]:
    """Return what says of a permission whether the person holds it over its unit."""
    return partial(may, decided)


def signing_units(permission: Permission) -> frozenset[int]:
    """Return the ids of the units for which the person may sign by a permission: the own one, or as a deputy."""
    return _own(permission) | units_stood_for(db.session(), me(), permission, on=today())


def _own(permission: Permission) -> frozenset[int]:
    """Return the units over which the person holds a permission; asked of many applications in one request."""
    known: dict[Permission, frozenset[int]] = g.setdefault("signing_units", {})
    if permission not in known:
        known[permission] = own_units(permission)
    return known[permission]


def _look(decided: Decided) -> tuple[Turn | None, str | None]:
    try:
        return check_decider(db.session(), decided, may=may_for(decided), by=me(), at=now()), None
    except LedgerError as refusal:
        return None, say(refusal)


def waited_steps(decided: Decided) -> str:
    """Return the names of the steps that are next."""
    return " · ".join(str(_(step.name)) for step in decided.open_steps)


def _waited_for(decided: Decided) -> list[str]:
    """Return the names of who could give the opinion that is next, and of those who stand in for them."""
    session = db.session()
    signed = {decided.asked_by and decided.asked_by.id, *(who for each in decided.given for who in each.people)}
    asked = {step.permission for step in decided.open_steps}
    people = dict.fromkeys(person for each in asked for person in holders(session, decided.unit, each))
    able = [person for person in people if person.id not in signed]
    named = deputies_of(session, [person.id for person in able], since=today())
    standing = [each for each in named if each.runs_on(today()) and each.deputy_id not in signed]
    return [person.name for person in able] + [
        _("%(name)s for %(other)s", name=each.deputy.name, other=each.person.name) for each in standing
    ]


def _rounds(decided: Decided) -> list[tuple[int, list[OpinionMembers]]]:
    """Return the opinions of each submission, the last one first."""
    revisions = range(decided.revision, 0, -1)
    return [(number, [each for each in decided.opinions if each.revision == number]) for number in revisions]
