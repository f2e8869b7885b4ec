"""Which columns the list of goods shows: as the address says, or as the person chose last in this session."""

from collections.abc import Iterable
from enum import StrEnum

from flask import request, session

from ledger.errors import N_, Message


class Column(StrEnum):
    """A column that can be left out; the name of the goods cannot."""

    QUANTITY = "quantity"
    CATEGORY = "category"
    BRAND = "brand"
    SPEC = "spec"
    LOT = "lot"
    PRODUCER = "producer"
    SEAL = "seal"
    VALUE = "value"
    ENV_CLASS = "env_class"
    CODE = "code"
    CASE = "case"
    DECISION = "decision"
    UNIT = "unit"
    PLACE = "place"
    HELD_SINCE = "held_since"
    VERDICT = "verdict"


COLUMN_NAMES: dict[Column, Message] = {
    Column.QUANTITY: N_("Quantity"),
    Column.CATEGORY: N_("Category"),
    Column.BRAND: N_("Brand"),
    Column.SPEC: N_("Specification (model)"),
    Column.LOT: N_("Lot"),
    Column.PRODUCER: N_("Producer"),
    Column.SEAL: N_("Seal number"),
    Column.VALUE: N_("Value in yuan"),
    Column.ENV_CLASS: N_("Environmental class"),
    Column.CODE: N_("Code"),
    Column.CASE: N_("Case / party"),
    Column.DECISION: N_("Penalty decision"),
    Column.UNIT: N_("Case unit"),
    Column.PLACE: N_("Where it is"),
    Column.HELD_SINCE: N_("Held since"),
    Column.VERDICT: N_("May it be destroyed?"),
}
USUAL = (Column.QUANTITY, Column.CASE, Column.PLACE, Column.VERDICT)
_KEPT = "columns"
_BETWEEN = "."


def columns() -> tuple[Column, ...]:
    """Return the columns to show, in the order of the list."""
    said = request.args.get("show") or session.get(_KEPT, "")
    return _known(str(said).split(_BETWEEN)) or USUAL


def shown_here() -> str | None:
    """Return the columns as the links of the list carry them on; None if these are the usual ones."""
    chosen = columns()
    return None if chosen == USUAL else _BETWEEN.join(chosen)


def choose(names: Iterable[str]) -> str | None:
    """Remember a choice for this session and return it for the address; None for the usual columns or no choice."""
    chosen = _known(names) or USUAL
    session[_KEPT] = _BETWEEN.join(chosen)
    return None if chosen == USUAL else session[_KEPT]


def _known(names: Iterable[str]) -> tuple[Column, ...]:
    wanted = set(names)
    return tuple(column for column in Column if column in wanted)
