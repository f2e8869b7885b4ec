"""What labels say, and what labels are printed on; drawing them is another module, which loads reportlab."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class LabelSheet(StrEnum):
    """What labels are printed on; millimetres."""

    SHEET_3X8 = "3x8"
    SHEET_2X7 = "2x7"
    SINGLE_100X70 = "100x70"
    SINGLE_60X40 = "60x40"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationLabel:
    """What the label of a storage location says."""

    name: str
    path: str
    """The names of the locations above it and its own."""
    unit: str
    code: str
    """Twelve signs."""
    payload: str
    """The address that the QR code holds, in capitals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What the label of a batch says."""

    batch: str
    """Number of the batch."""
    unit: str
    goods: Sequence[str]
    """The first names of what is in it."""
    names: int
    """How many names there are in all."""
    env_class: str
    """general, electronic or hazardous."""
    method: str
    seal: str
    """Number of the seal; empty if there is none yet."""
    code: str
    """Twelve signs."""
    event: str
    site: str
    number: int
    """Which of the unit's packages it is, and of how many."""
    of: int
    payload: str
    """The address that the QR code holds, in capitals."""
