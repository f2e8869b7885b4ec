"""Which batches of a unit are opened on site: drawn by a rule that anybody can follow (docs/sampling.md)."""

from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Sampling:
    """How many of a unit's batches are drawn: so many of a hundred, rounded up, but at least so many."""

    percent: int
    least: int

    def size(self, batches: int) -> int:
        """Return how many of so many batches are drawn."""
        return min(batches, max(self.least, -(-batches * self.percent // 100)))


def draw(seed: str, stems: Collection[str], sampling: Sampling) -> list[str]:
    """Return those of a unit's batches that are drawn, by the first nine signs of their codes, the first drawn first.

    seed is the hash of the journal entry that began the day, in hexadecimal: nobody knows it before all is sealed.
    """
    return sorted(stems, key=lambda stem: lot(seed, stem))[: sampling.size(len(stems))]


def lot(seed: str, stem: str) -> str:
    """Return the lot of a batch; the smallest are drawn."""
    return sha256(f"{seed}:{stem}".encode()).hexdigest()
