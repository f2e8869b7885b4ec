"""Stocktakes and what was found of each line."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ledger.db import BigId, Model, Quantity, choice
from ledger.duties import Part
from ledger.goods.models import Item, Place
from ledger.stocktake.workflow import Cause, Figures, State
from ledger.units.models import Unit, User

COLUMN = {Part.FIRST_COUNTER: "first", Part.SECOND_COUNTER: "second", Part.RECOUNTER: "recount"}
"""How the columns are called that keep what each of those who count has found."""


class Stocktake(Model):
    """One count of some locations of a unit, against the books as they were when it began."""

    __tablename__ = "stocktake"
    __table_args__ = (
        UniqueConstraint("unit_id", "number"),
        CheckConstraint("first_id <> second_id", name="two_counters"),
        CheckConstraint("recounter_id NOT IN (first_id, second_id)", name="another_recounter"),
        CheckConstraint("confirmer_id NOT IN (first_id, second_id)", name="another_confirmer"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    number: Mapped[int]
    """Counted per unit, from 1."""
    scope: Mapped[str] = mapped_column(String(500))
    """The names of the locations."""
    state: Mapped[State] = mapped_column(choice(State, "state"), default=State.COUNTING)
    frozen_at: Mapped[datetime]
    last_movement_id: Mapped[int] = mapped_column(BigInteger)
    """The newest movement of goods when the books were frozen; what moved later came or went during the count."""
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    first_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    first_done_at: Mapped[datetime | None]
    second_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    second_done_at: Mapped[datetime | None]
    recounter_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    recount_done_at: Mapped[datetime | None]
    explained_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    confirmer_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    remark: Mapped[str] = mapped_column(String(300), default="")
    """Why it was sent back or cancelled, in the words of who did."""
    closed_at: Mapped[datetime | None]

    unit: Mapped[Unit] = relationship()
    opened_by: Mapped[User] = relationship(foreign_keys=[opened_by_id])
    first: Mapped[User | None] = relationship(foreign_keys=[first_id])
    second: Mapped[User | None] = relationship(foreign_keys=[second_id])
    recounter: Mapped[User | None] = relationship(foreign_keys=[recounter_id])
    explained_by: Mapped[User | None] = relationship(foreign_keys=[explained_by_id])
    confirmer: Mapped[User | None] = relationship(foreign_keys=[confirmer_id])
    lines: Mapped[list["CountLine"]] = relationship(back_populates="stocktake", order_by="CountLine.id")

    @property
    def counters(self) -> frozenset[int]:
        """The ids of those who counted or are counting, the recounter too."""
        return frozenset(each for each in (self.first_id, self.second_id, self.recounter_id) if each is not None)

    def done_at(self, part: Part) -> datetime | None:
        """When the one who counts as part finished; None if they have not."""
        at: datetime | None = getattr(self, f"{COLUMN[part]}_done_at")
        return at

    def lines_for(self, part: Part) -> list["CountLine"]:
        """Return the lines to be counted as part: all, or those on which the two counters disagree."""
        return [line for line in self.lines if part is not Part.RECOUNTER or line.is_disputed]


class CountLine(Model):
    """One line of goods at one location: what the books said, and what each person found."""

    __tablename__ = "count_line"
    __table_args__ = (
        UniqueConstraint("stocktake_id", "item_id", "place_id"),
        Index("ix_count_line_item_id", "item_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    stocktake_id: Mapped[int] = mapped_column(ForeignKey("stocktake.id"))
    item_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("item.id"))
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id"))
    book: Mapped[Decimal] = mapped_column(Quantity)
    first: Mapped[Decimal | None] = mapped_column(Quantity)
    second: Mapped[Decimal | None] = mapped_column(Quantity)
    recount: Mapped[Decimal | None] = mapped_column(Quantity)
    cause: Mapped[Cause | None] = mapped_column(choice(Cause, "cause"))
    explanation: Mapped[str] = mapped_column(String(300), default="")
    moved_meanwhile: Mapped[bool] = mapped_column(default=False)
    """Whether goods came or went during the count, so that it says nothing about this line."""

    stocktake: Mapped[Stocktake] = relationship(back_populates="lines")
    item: Mapped[Item] = relationship(lazy="joined")
    place: Mapped[Place] = relationship(lazy="joined")

    @property
    def figures(self) -> Figures:
        """All that was found, and what the books said."""
        return Figures(self.book, self.first, self.second, self.recount)

    @property
    def is_disputed(self) -> bool:
        """Whether the two counters found different quantities of goods that nobody moved."""
        return self.figures.disagree and not self.moved_meanwhile

    @property
    def differs(self) -> bool:
        """Whether what was found of goods that nobody moved is not what the books say."""
        return bool(self.figures.difference) and not self.moved_meanwhile

    def found_by(self, part: Part) -> Decimal | None:
        """What was found by the one who counts as part."""
        found: Decimal | None = getattr(self, COLUMN[part])
        return found
