"""Figures beside their targets: how all that is measured is printed and kept."""

import os
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from ledger.config import PROJECT

_NUMBER = re.compile(r"[\d,.]*\d")


class Figure(NamedTuple):
    """One line of the report."""

    work: str
    found: str
    target: str
    peer: str = ""

    @property
    def ratio(self) -> float:
        """How well the target is met: 1 just so, 2 twice as well. The first number of each counts."""
        found, target = (float(_NUMBER.findall(text)[0].replace(",", "")) for text in (self.found, self.target))
        return found / target if self.target.startswith("≥") else target / found


def report(figures: Iterable[Figure], of: str) -> None:
    """Print the figures as they come and append them to docs/benchmarks.md; of says what they were taken on."""
    rows = [f"\n## {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores{of}\n"]
    rows += ["| work | found | target | ratio | beside it |", "| --- | --- | --- | ---: | --- |"]
    for figure in figures:
        cells = (figure.work, figure.found, figure.target, f"{figure.ratio:.2f}", figure.peer)
        rows.append(f"| {' | '.join(cells)} |")
        print(f"{figure.ratio:5.2f}  {figure.work:32} {figure.found:48} {figure.target:18} {figure.peer}", flush=True)
    with (PROJECT / "docs" / "benchmarks.md").open("a", encoding="utf-8") as kept:
        kept.write("\n".join(rows) + "\n")
