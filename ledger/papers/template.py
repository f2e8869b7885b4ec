"""What a bureau sets of its manifests where the program has words and columns of its own.

manifest.json keeps it, so that a manifest is drawn in later years by the template that it was issued with.
"""

from collections.abc import Sequence
from typing import Literal, TypedDict

Column = Literal["brand", "lot", "price"]


class Template(TypedDict):
    """One version of a bureau's template."""

    version: int
    """Counted from 1."""
    texts: dict[str, str]
    """By the names of FIELDS in ledger.manifests.template; what is left to the program is not there."""
    columns: list[Column]
    """What the lines say behind the specification, in this order."""
    with_party: bool
    red_head: bool


def text_of(template: Template | None, name: str, otherwise: str) -> str:
    """Return a text as the bureau has it, or else the program's own."""
    return (template["texts"].get(name) if template else None) or otherwise


def columns_of(template: Template | None) -> Sequence[Column]:
    """Return the further columns of the lines."""
    return template["columns"] if template else ()


def has_red_head(template: Template | None) -> bool:
    """Whether the bureau's name and the line under the number are red."""
    return template is None or template["red_head"]
