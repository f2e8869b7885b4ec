"""The facts of a line, as they are registered and as the journal keeps them."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from operator import attrgetter

from ledger.goods.classes import EnvClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is known of one line of a goods list before it is registered. Money is in fen."""

    name: str
    measure: str
    quantity: Decimal
    spec: str = ""
    brand: str = ""
    lot: str = ""
    producer: str = ""
    unit_price: int | None = None
    value: int | None = None
    category: str = ""
    env_class: EnvClass = EnvClass.GENERAL
    cause: str = ""
    seal: str = ""
    keeper: str = ""
    remark: str = ""
    stored_on: date | None = None
    fingerprint: str | None = None


LINE_FACTS = tuple(field.name for field in fields(Line))
_all_facts = attrgetter(*LINE_FACTS)
RECORDED = ("id", "code", "case_id", "number", *LINE_FACTS)
"""The columns of an item that its journal entry repeats."""


AMENDED = "goods.amended"
"""The act of an entry that says what a line said before and says now."""
AMENDABLE = tuple("name spec brand lot producer unit_price value category env_class seal remark".split())
"""What may be a typing error and nothing else: how much it is, and in which unit of measure, are movements."""


def facts_of(line: Line) -> dict[str, object]:
    """Return the values of an item's columns."""
    return dict(zip(LINE_FACTS, _all_facts(line), strict=True))


def recorded_facts(values: Iterable[object]) -> dict[str, object]:
    """Return a line, given as the values of RECORDED, as its journal entry keeps it: without what is empty."""
    pairs = zip(RECORDED, values, strict=True)
    return {name: plain_fact(value) for name, value in pairs if value is not None and value != ""}


def plain_fact(value: object) -> object:
    """Return a fact as JSON keeps it, nothing as a float."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value


def said_of(item: object) -> dict[str, object]:
    """Return what may be amended of an item, as JSON keeps it."""
    return {name: plain_fact(getattr(item, name)) for name in AMENDABLE}
