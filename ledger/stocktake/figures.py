"""What each person found of some goods at a place, and what they had entered before."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from ledger.db import Quantity, from_thousandths, thousandths
from ledger.duties import Part
from ledger.stocktake.rules import Change, Noted, changes_in
from ledger.stocktake.workflow import Figures

COLUMN = {Part.FIRST_COUNTER: "first", Part.SECOND_COUNTER: "second", Part.RECOUNTER: "recount"}
"""How the columns are called that keep what each of those who count has found."""


class Counted:
    """What each person found of some goods at a place."""

    first: Mapped[Decimal | None] = mapped_column(Quantity)
    second: Mapped[Decimal | None] = mapped_column(Quantity)
    recount: Mapped[Decimal | None] = mapped_column(Quantity)
    notes: Mapped[list[list[int | str]]] = mapped_column(JSON, default=list)
    """All that was entered, in the order of time: as which part, thousandths, how many of them spoilt, and when."""
    explanation: Mapped[str] = mapped_column(String(300), default="")
    moved_meanwhile: Mapped[bool] = mapped_column(default=False)
    """Whether goods came or went during the count, so that it says nothing about this line."""

    @property
    def booked(self) -> Decimal:
        """What the books said when they were frozen: nothing, of goods that are on no list."""
        return Decimal(0)

    @property
    def figures(self) -> Figures:
        """All that was found, and what the books said; who does not name a find has found nothing of it."""
        nothing = Decimal(0) if self.is_find else None
        first, second = (nothing if found is None else found for found in (self.first, self.second))
        return Figures(self.booked, first, second, self.recount)

    @property
    def is_find(self) -> bool:
        """Whether it was found where the books hold nothing of it; the other counter is not told."""
        return not self.booked

    @property
    def is_disputed(self) -> bool:
        """Whether the two counters found different quantities of goods that nobody moved."""
        return self.figures.disagree and not self.moved_meanwhile

    @property
    def differs(self) -> bool:
        """Whether what was found of goods that nobody moved is not what the books say."""
        return bool(self.figures.difference) and not self.moved_meanwhile

    @property
    def changes(self) -> list[Change[Noted]]:
        """Each figure that was changed later: as which part, from what to what, and when."""
        return changes_in(
            (Part(str(part)), Noted(from_thousandths(int(found)), from_thousandths(int(spoilt))), str(at))
            for part, found, spoilt, at in self.notes
        )

    def is_for(self, part: Part) -> bool:
        """Whether it is to be counted as part."""
        if part is Part.RECOUNTER:
            return self.is_disputed
        return not self.is_find or self.found_by(part) is not None

    def found_by(self, part: Part) -> Decimal | None:
        """What was found by the one who counts as part."""
        found: Decimal | None = getattr(self, COLUMN[part])
        return found

    def spoilt_by(self, part: Part) -> Decimal | None:  # noqa: ARG002 - lines know it
        """What the one who counts as part found spoilt; of goods without a line nobody is asked."""
        return None

    def note(self, part: Part, noted: Noted, *, at: datetime) -> None:
        """Keep what somebody found, beside all that they had entered before; what was found last counts."""
        notes = list(self.notes)
        if (before := self.found_by(part)) is not None and not any(note[0] == part for note in notes):
            notes.append([part, thousandths(before), thousandths(self.spoilt_by(part) or Decimal(0)), ""])
        notes.append([part, thousandths(noted.found), thousandths(noted.spoilt), at.isoformat()])
        self.notes = sorted(notes, key=lambda note: str(note[3]))
        _, found, spoilt, _ = next(note for note in reversed(self.notes) if note[0] == part)
        self.settle(part, Noted(from_thousandths(int(found)), from_thousandths(int(spoilt))))

    def settle(self, part: Part, noted: Noted) -> None:
        """Let this be what was found by the one who counts as part."""
        setattr(self, COLUMN[part], noted.found)
