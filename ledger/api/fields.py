"""Members of a JSON body: each is described to other programs and read by the same table."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from ledger.api.errors import BadValue
from ledger.errors import N_, Message

LARGEST_KEY = 2**31 - 1
LARGEST_COUNT = 2**63 - 1
YEARS = range(1900, 2500)
"""Of times that are taken. A device's clock is never argued with; but sums of times have to stay times."""
_UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_KILOGRAMS = r"[0-9]{1,7}(\.[0-9]{1,3})?"

Schema = Mapping[str, object]


class Unfit(Exception):
    """A value that is not what a field wants."""


@dataclass(frozen=True, slots=True)
class Field:
    """One member: what it must be, in words and as a JSON schema, and how it is read, which may raise Unfit."""

    wanted: Message
    schema: Schema
    read: Callable[[Any], Any]
    is_required: bool = True
    about: str = ""


def read_members(fields: Mapping[str, Field], sent: object, where: str) -> dict[str, Any]:
    """Return the members of a JSON object that are there, as read; others than those of the table are passed over.

    A member that may be left out may be null as well. Raises BadValue, naming the member below where.
    """
    if not isinstance(sent, dict):
        raise BadValue(where=where, wanted=N_("a JSON object"))
    found = {}
    for name, field in fields.items():
        value = sent.get(name)
        if value is None and not field.is_required:
            continue
        try:
            found[name] = field.read(value)
        except Unfit:
            raise BadValue(where=f"{where}.{name}".removeprefix("body."), wanted=field.wanted) from None
    return found


def schema_of(fields: Mapping[str, Field]) -> Schema:
    """Return the JSON schema of an object with these members."""
    return {
        "type": "object",
        "required": [name for name, field in fields.items() if field.is_required],
        "properties": {name: {**field.schema, "description": field.about} for name, field in fields.items()},
    }


def text(most: int, about: str, *, least: int = 1, is_required: bool = True) -> Field:
    """Return a field for a text of so many characters."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or not least <= len(value) <= most or "\0" in value:
            raise Unfit
        return value

    wanted = N_("a text, neither empty nor too long") if least else N_("a text that is not too long")
    return Field(wanted, {"type": "string", "minLength": least, "maxLength": most}, read, is_required, about)


def pattern(signs: str, wanted: Message, about: str, *, is_required: bool = True) -> Field:
    """Return a field for a text of a certain form."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(signs, value):
            raise Unfit
        return value

    return Field(wanted, {"type": "string", "pattern": f"^{signs}$"}, read, is_required, about)


def uuid(about: str, *, is_required: bool = True) -> Field:
    """Return a field for a UUID."""
    return pattern(_UUID, N_("a UUID in small letters"), about, is_required=is_required)


def kilograms(about: str) -> Field:
    """Return a field for a weight, a decimal text: JSON's numbers are binary fractions."""
    field = pattern(_KILOGRAMS, N_("a weight in kilograms as text, like “12.5”"), about, is_required=False)
    return Field(field.wanted, field.schema, lambda value: Decimal(field.read(value)), is_required=False, about=about)


def whole(most: int, about: str, *, least: int = 1, is_required: bool = True) -> Field:
    """Return a field for a whole number."""

    def read(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise Unfit
        return value

    schema = {"type": "integer", "minimum": least, "maximum": most}
    return Field(N_("a whole number that is not too large"), schema, read, is_required, about)


def one_of(kind: type[StrEnum], about: str, *, is_required: bool = True) -> Field:
    """Return a field for one of kind's words."""

    def read(value: Any) -> StrEnum:
        try:
            return kind(value)
        except ValueError:
            raise Unfit from None

    schema = {"type": "string", "enum": [member.value for member in kind]}
    return Field(N_("one of the words of the interface"), schema, read, is_required, about)


def moment(about: str) -> Field:
    """Return a field for a point in time."""

    def read(value: Any) -> datetime:
        try:
            at = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            raise Unfit from None
        if at.tzinfo is None or at.year not in YEARS:
            raise Unfit
        return at.astimezone(UTC)

    wanted = N_("a time with its offset, like 2027-03-15T09:14:03+08:00")
    return Field(wanted, {"type": "string", "format": "date-time"}, read, about=about)


def several(most: int, of: Schema, about: str, *, least: int = 1) -> Field:
    """Return a field for a list whose members the caller reads."""

    def read(value: Any) -> list[Any]:
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise Unfit
        return value

    schema = {"type": "array", "items": of, "minItems": least, "maxItems": most}
    wanted = N_("a list that is neither empty nor too long") if least else N_("a list that is not too long")
    return Field(wanted, schema, read, about=about)
