"""Stocktakes and what was found of each line."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ledger.db import BigId, Model, Quantity, choice
from ledger.duties import Part
from ledger.goods.models import Item, Place
from ledger.stocktake.figures import COLUMN, Counted
from ledger.stocktake.rules import Change, Condition, Fault, Finding, Noted, Taken, changes_in
from ledger.stocktake.workflow import Cause, Kind, Scope, State
from ledger.units.models import Unit, User


class CountPlan(Model):
    """A count that is due on a day; it begins when its stocktake is opened."""

    __tablename__ = "count_plan"
    __table_args__ = (
        Index("ix_count_plan_unit_id_due_on", "unit_id", "due_on"),
        CheckConstraint("first_id <> second_id", name="two_counters"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    kind: Mapped[Kind] = mapped_column(choice(Kind, "kind"))
    scope: Mapped[Scope] = mapped_column(choice(Scope, "scope"))
    scope_ids: Mapped[list[int]] = mapped_column(JSON)
    """The locations or cases; empty for the whole store."""
    words: Mapped[str] = mapped_column(String(500))
    """The names of the locations or the numbers of the cases."""
    due_on: Mapped[date] = mapped_column(Date)
    first_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    second_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    planned_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    planned_at: Mapped[datetime]
    stocktake_id: Mapped[int | None] = mapped_column(ForeignKey("stocktake.id"), unique=True)
    cancelled_at: Mapped[datetime | None]
    remark: Mapped[str] = mapped_column(String(300), default="")
    """Why it was cancelled."""

    unit: Mapped[Unit] = relationship()
    first: Mapped[User | None] = relationship(foreign_keys=[first_id])
    second: Mapped[User | None] = relationship(foreign_keys=[second_id])
    planned_by: Mapped[User] = relationship(foreign_keys=[planned_by_id])
    stocktake: Mapped["Stocktake | None"] = relationship(back_populates="plan")

    @property
    def is_waiting(self) -> bool:
        """Whether it is still to begin."""
        return self.stocktake_id is None and self.cancelled_at is None

    @property
    def named(self) -> list[User]:
        """Those who are to count, as far as they were named."""
        return [person for person in (self.first, self.second) if person is not None]


class CountPlace(Model):
    """A location of which a stocktake counts all goods."""

    __tablename__ = "count_place"

    stocktake_id: Mapped[int] = mapped_column(ForeignKey("stocktake.id"), primary_key=True)
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id"), primary_key=True, index=True)


class Stocktake(Model):
    """One count of some goods of a unit, against the books as they were when it began."""

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
    """The names of the locations, or the numbers of the cases."""
    state: Mapped[State] = mapped_column(choice(State, "state"), default=State.COUNTING)
    frozen_at: Mapped[datetime]
    being_packed: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    """The open batches that held goods of what is counted, which it does not count: number and event of each."""
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
    extras: Mapped[list["CountExtra"]] = relationship(back_populates="stocktake", order_by="CountExtra.id")
    batches: Mapped[list["CountBatch"]] = relationship(back_populates="stocktake", order_by="CountBatch.id")
    plan: Mapped[CountPlan | None] = relationship(back_populates="stocktake")

    @property
    def kind(self) -> Kind:
        """Why it is held."""
        return self.plan.kind if self.plan else Kind.AS_NEEDED

    @property
    def is_of_store(self) -> bool:
        """Whether it is of the unit's whole store."""
        return self.plan is not None and self.plan.scope is Scope.STORE

    @property
    def rows(self) -> list["CountLine | CountExtra"]:
        """Its lines, and what was found beside them."""
        return [*self.lines, *self.extras]

    @property
    def counters(self) -> frozenset[int]:
        """The ids of those who counted or are counting, the recounter too."""
        return frozenset(each for each in (self.first_id, self.second_id, self.recounter_id) if each is not None)

    def counter_as(self, part: Part) -> str:
        """Return the name of who counts or counted as part."""
        people = {Part.FIRST_COUNTER: self.first, Part.SECOND_COUNTER: self.second, Part.RECOUNTER: self.recounter}
        person = people[part]
        return person.name if person else ""

    def done_at(self, part: Part) -> datetime | None:
        """When the one who counts as part finished; None if they have not."""
        at: datetime | None = getattr(self, f"{COLUMN[part]}_done_at")
        return at

    def lines_for(self, part: Part) -> list["CountLine"]:
        """Return the lines to be counted as part: those of the books with what they added, or what is disputed."""
        return [line for line in self.lines if line.is_for(part)]

    def extras_for(self, part: Part) -> list["CountExtra"]:
        """Return the goods without a line that they added as part, or those that are disputed."""
        return [extra for extra in self.extras if extra.is_for(part)]

    def batches_for(self, part: Part) -> list["CountBatch"]:
        """Return the sealed batches to be counted as part: all of them, or those that are disputed."""
        return [batch for batch in self.batches if batch.is_for(part)]


class CountLine(Counted, Model):
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
    first_spoilt: Mapped[Decimal | None] = mapped_column(Quantity)
    second_spoilt: Mapped[Decimal | None] = mapped_column(Quantity)
    recount_spoilt: Mapped[Decimal | None] = mapped_column(Quantity)
    cause: Mapped[Cause | None] = mapped_column(choice(Cause, "cause"))

    stocktake: Mapped[Stocktake] = relationship(back_populates="lines")
    item: Mapped[Item] = relationship(lazy="joined")
    place: Mapped[Place] = relationship(lazy="joined")

    @property
    def booked(self) -> Decimal:
        """What the books said when they were frozen."""
        return self.book

    @property
    def spoilt(self) -> Decimal:
        """How much of what is there somebody found spoilt; the most, where they differ."""
        return max(each or Decimal(0) for each in (self.first_spoilt, self.second_spoilt, self.recount_spoilt))

    @property
    def needs_a_word(self) -> bool:
        """Whether somebody has to explain it: it differs, or is spoilt."""
        return self.differs or (bool(self.spoilt) and not self.moved_meanwhile)

    def spoilt_by(self, part: Part) -> Decimal | None:
        """What the one who counts as part found spoilt."""
        found: Decimal | None = getattr(self, f"{COLUMN[part]}_spoilt")
        return found

    def settle(self, part: Part, noted: Noted) -> None:
        """Let this be what was found by the one who counts as part."""
        super().settle(part, noted)
        setattr(self, f"{COLUMN[part]}_spoilt", noted.spoilt or None)


class CountExtra(Counted, Model):
    """Goods that no line of the unit's books is known for: their label is unknown, or they have none."""

    __tablename__ = "count_extra"

    id: Mapped[int] = mapped_column(primary_key=True)
    stocktake_id: Mapped[int] = mapped_column(ForeignKey("stocktake.id"), index=True)
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id"))
    label: Mapped[str] = mapped_column(String(12), default="")
    """The code on their label; empty if they have none."""
    name: Mapped[str] = mapped_column(String(200))
    spec: Mapped[str] = mapped_column(String(200), default="")
    measure: Mapped[str] = mapped_column(String(20))
    line_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("count_line.id"))
    """The line they are taken for, of which as much is missing elsewhere."""

    stocktake: Mapped[Stocktake] = relationship(back_populates="extras")
    place: Mapped[Place] = relationship(lazy="joined")
    line: Mapped[CountLine | None] = relationship()

    @property
    def needs_a_word(self) -> bool:
        """Whether somebody has to say what they are: they are there, and taken for no line."""
        return self.differs and self.line_id is None


class CountBatch(Model):
    """One sealed batch in a stocktake: what the books said of it, and what each person found."""

    __tablename__ = "count_batch"
    __table_args__ = (
        UniqueConstraint("stocktake_id", "place_id"),
        CheckConstraint("tolerance_kg >= 0", name="no_less_than_exact"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    stocktake_id: Mapped[int] = mapped_column(ForeignKey("stocktake.id"))
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id"), index=True)
    number: Mapped[str] = mapped_column(String(40))
    event: Mapped[str] = mapped_column(String(100))
    """The name of the event for which it was packed."""
    label: Mapped[str] = mapped_column(String(12))
    seal: Mapped[str] = mapped_column(String(50))
    gross_kg: Mapped[Decimal] = mapped_column(Quantity)
    tolerance_kg: Mapped[Decimal] = mapped_column(Quantity)
    """By how much a weight may differ."""
    cause: Mapped[Cause | None] = mapped_column(choice(Cause, "cause"))
    explanation: Mapped[str] = mapped_column(String(300), default="")
    moved_meanwhile: Mapped[bool] = mapped_column(default=False)
    """Whether it was opened or loaded during the count, so that it says nothing about this batch."""

    stocktake: Mapped[Stocktake] = relationship(back_populates="batches")
    readings: Mapped[list["CountReading"]] = relationship(back_populates="batch", order_by="CountReading.id")

    @property
    def book(self) -> Finding:
        """What the books said when they were frozen."""
        return Finding(Condition.WHOLE, self.label, self.seal, self.gross_kg, self.label)

    @property
    def result(self) -> Finding | None:
        """What was found in the end."""
        recount = self.found_by(Part.RECOUNTER)
        return recount or (None if self.is_disputed else self.found_by(Part.FIRST_COUNTER))

    @property
    def is_disputed(self) -> bool:
        """Whether the two counters found it different, though nobody moved it."""
        first, second = self.found_by(Part.FIRST_COUNTER), self.found_by(Part.SECOND_COUNTER)
        return bool(first and second and first.faults(second, self.tolerance_kg)) and not self.moved_meanwhile

    @property
    def faults(self) -> list[Fault]:
        """In what it is not as the books say; empty as long as nothing is certain."""
        return [] if self.result is None or self.moved_meanwhile else self.result.faults(self.book, self.tolerance_kg)

    @property
    def changes(self) -> list[Change[Finding]]:
        """Each finding that was changed later: as which part, from what to what, and when."""
        return changes_in((each.part, each.finding, each.at.isoformat()) for each in self._in_order)

    def is_for(self, part: Part) -> bool:
        """Whether it is to be counted as part."""
        return part is not Part.RECOUNTER or self.is_disputed

    def found_by(self, part: Part) -> Finding | None:
        """What was found by the one who counts as part."""
        reading = self._last_of(part)
        return reading.finding if reading else None

    def _last_of(self, part: Part) -> "CountReading | None":
        return next((each for each in reversed(self._in_order) if each.part == part), None)

    @property
    def _in_order(self) -> list["CountReading"]:
        return sorted(self.readings, key=lambda each: each.at)


class CountReading(Model):
    """What somebody found of a sealed batch. Rows are only added: what each part found last counts."""

    __tablename__ = "count_reading"

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("count_batch.id"), index=True)
    part: Mapped[Part] = mapped_column(choice(Part, "part", is_checked=False))
    condition: Mapped[Condition] = mapped_column(choice(Condition, "condition"))
    label: Mapped[str] = mapped_column(String(12))
    valid: Mapped[str] = mapped_column(String(12), default="")
    """The label that counted when this was found: it may have been printed anew during the count."""
    seal: Mapped[str] = mapped_column(String(50))
    gross_kg: Mapped[Decimal | None] = mapped_column(Quantity)
    at: Mapped[datetime]

    batch: Mapped[CountBatch] = relationship(back_populates="readings")

    @property
    def finding(self) -> Finding:
        """What was found."""
        return Finding(self.condition, self.label, self.seal, self.gross_kg, self.valid or self.batch.label)


class CountEntry(Model):
    """What a device sent of a count, as it was typed, and what became of it."""

    __tablename__ = "count_entry"
    __table_args__ = (Index("ix_count_entry_stocktake_id_taken", "stocktake_id", "taken"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    """Made by the device, so that what is sent twice is kept once."""
    stocktake_id: Mapped[int] = mapped_column(ForeignKey("stocktake.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    device: Mapped[str] = mapped_column(String(64))
    row: Mapped[str] = mapped_column(String(30))
    """Of what it is: “line-12”, “extra-3” or “batch-4”."""
    typed: Mapped[dict[str, str]] = mapped_column(JSON)
    at: Mapped[datetime]
    """When, by the device's clock."""
    offset_ms: Mapped[int] = mapped_column(BigInteger)
    """By how much that clock was behind ours."""
    received_at: Mapped[datetime]
    taken: Mapped[Taken] = mapped_column(choice(Taken, "taken"))
    told: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """What the counter was told besides: a message and its facts."""

    user: Mapped[User] = relationship()
