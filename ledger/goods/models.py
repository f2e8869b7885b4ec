"""Lines of goods, places, positions and movements."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    func,
    literal_column,
    text,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from ledger.db import BigId, Model, Quantity, choice
from ledger.goods.classes import EnvClass
from ledger.goods.rules import Account, Act, PlaceKind
from ledger.units.models import Unit


class Item(Model):
    """One line of a goods list. Its facts are what was registered; its quantities lie in positions."""

    __tablename__ = "item"
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        UniqueConstraint("case_id", "fingerprint"),
        Index("ix_item_unit_id_id", "unit_id", "id"),
        Index("ix_item_category_id", "category", "id"),
        Index("ix_item_env_class_id", "env_class", "id"),
        Index("ix_item_seal_id", "seal", "id"),
        CheckConstraint("quantity > 0", name="something"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    case_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("cases.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    number: Mapped[int]
    """Its place on the case's goods list, counted from 1."""
    name: Mapped[str] = mapped_column(String(200))
    spec: Mapped[str] = mapped_column(String(200), default="")
    brand: Mapped[str] = mapped_column(String(200), default="")
    lot: Mapped[str] = mapped_column(String(200), default="")
    producer: Mapped[str] = mapped_column(String(200), default="")
    measure: Mapped[str] = mapped_column(String(20))
    """The unit of measure, a name of ledger.goods.measures."""
    quantity: Mapped[Decimal] = mapped_column(Quantity)
    """As listed at registering; it never changes."""
    unit_price: Mapped[int | None] = mapped_column(BigInteger)
    """In fen."""
    value: Mapped[int | None] = mapped_column(BigInteger)
    """In fen, for the whole quantity."""
    category: Mapped[str] = mapped_column(String(100), default="")
    env_class: Mapped[EnvClass] = mapped_column(choice(EnvClass, "env_class"))
    cause: Mapped[str] = mapped_column(String(200), default="")
    seal: Mapped[str] = mapped_column(String(200), default="")
    keeper: Mapped[str] = mapped_column(String(200), default="")
    remark: Mapped[str] = mapped_column(String(500), default="")
    stored_on: Mapped[date | None] = mapped_column(Date)
    """Since when it lay in the store before the ledger began, as the imported list says."""
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    """Of the imported row it came from, so that the same row never comes in twice."""
    search_text: Mapped[str] = mapped_column(String)
    """What the search looks through, folded; see ledger.goods.search."""
    registered_at: Mapped[datetime]

    unit: Mapped[Unit] = relationship()
    positions: Mapped[list["Position"]] = relationship(back_populates="item")

    @property
    def held_since(self) -> date | datetime:
        """Since when the unit has held it: in the store before the ledger began, or else registered."""
        return self.stored_on or self.registered_at


class _DayInBeijing(FunctionElement[date]):
    """The day of a moment, as an index can have it."""

    type = Date()
    inherit_cache = True


@compiles(_DayInBeijing)
def _day_in_beijing(element: _DayInBeijing, compiler: SQLCompiler, **options: Any) -> str:
    moment = compiler.process(element.clauses, **options)
    if compiler.dialect.name == "sqlite":
        return f"date({moment}, '+8 hours')"
    return f"CAST(timezone('Asia/Shanghai', {moment}) AS DATE)"


WORTH = func.coalesce(Item.value, -Item.id)
"""The value of a line, to sort by: those without one come after all others, no two of them alike."""
HELD_SINCE = func.coalesce(Item.stored_on, _DayInBeijing(Item.registered_at))
"""The day since when a line is held: in the store before the ledger began, or else registered."""


SEPARATOR = " › "
"""Stands between the names of a path."""


class Place(Model):
    """Where goods can be."""

    __tablename__ = "place"
    __table_args__ = (
        UniqueConstraint("unit_id", "parent_id", "kind", "name"),
        # Two of a kind at the top of a unit's tree would both have a parent of NULL, which is equal to nothing.
        Index("uq_place_top", "unit_id", "kind", "name", unique=True,
              sqlite_where=text("parent_id IS NULL"), postgresql_where=text("parent_id IS NULL")),
        Index("uq_place_code", "code", unique=True),
        Index("ix_place_parent_id", "parent_id"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"))
    kind: Mapped[PlaceKind] = mapped_column(choice(PlaceKind, "kind"))
    name: Mapped[str] = mapped_column(String(100))
    code: Mapped[str | None] = mapped_column(String(12))
    """Of a location's label; see ledger.codes. Other places have none here."""
    closed_at: Mapped[datetime | None]
    """Since when no goods may come to a location any more."""

    unit: Mapped[Unit | None] = relationship()
    parent: Mapped["Place | None"] = relationship(remote_side=[id])

    @property
    def path(self) -> str:
        """The names from the top of the unit's tree down to this place."""
        return f"{self.parent.path}{SEPARATOR}{self.name}" if self.parent else self.name


class Position(Model):
    """How much of a line is at an account and a place, and how much of that is spoken for."""

    __tablename__ = "position"
    __table_args__ = (
        CheckConstraint(
            "account IN ('party', 'found') AND reserved = 0 OR 0 <= reserved AND reserved <= quantity", name="covered"
        ),
        Index(
            "ix_position_account_item_id",
            "account",
            "item_id",
            sqlite_where=text("quantity > 0"),
            postgresql_where=text("quantity > 0"),
        ),
        Index(
            "ix_position_place_id_account_item_id",
            "place_id",
            "account",
            "item_id",
            sqlite_where=text("quantity > 0"),
            postgresql_where=text("quantity > 0"),
        ),
        Index(
            "ix_position_reserved", "item_id", sqlite_where=text("reserved > 0"), postgresql_where=text("reserved > 0")
        ),
    )

    item_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("item.id"), primary_key=True)
    account: Mapped[Account] = mapped_column(choice(Account, "account"), primary_key=True)
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id"), primary_key=True, index=True)
    quantity: Mapped[Decimal] = mapped_column(Quantity)
    reserved: Mapped[Decimal] = mapped_column(Quantity, default=Decimal(0))
    counted_at: Mapped[datetime | None]
    """When a stocktake last found, or put right, what lies here; goods that come in make it void."""

    item: Mapped[Item] = relationship(back_populates="positions")
    place: Mapped[Place] = relationship(lazy="joined")

    @property
    def free(self) -> Decimal:
        """What can be moved."""
        return self.quantity - self.reserved


HOLDS_SOME = Position.quantity > literal_column("0")
"""Whether anything lies at a position. With the 0 in the statement a partial index alone can tell."""


class Movement(Model):
    """A quantity of one line that went from one position to another. Rows are only added."""

    __tablename__ = "movement"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="something"),
        CheckConstraint("source_account <> target_account OR source_place_id <> target_place_id", name="elsewhere"),
        Index("ix_movement_source_place_id_entry_seq", "source_place_id", "entry_seq"),
        Index("ix_movement_target_place_id_entry_seq", "target_place_id", "entry_seq"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    entry_seq: Mapped[int] = mapped_column(BigInteger, ForeignKey("journal_entry.seq"), index=True)
    item_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("item.id"), index=True)
    act: Mapped[Act] = mapped_column(choice(Act, "act"))
    quantity: Mapped[Decimal] = mapped_column(Quantity)
    source_account: Mapped[Account] = mapped_column(choice(Account, "source_account"))
    source_place_id: Mapped[int] = mapped_column(ForeignKey("place.id"))
    target_account: Mapped[Account] = mapped_column(choice(Account, "target_account"))
    target_place_id: Mapped[int] = mapped_column(ForeignKey("place.id"))

    item: Mapped[Item] = relationship()
    source_place: Mapped[Place] = relationship(foreign_keys=[source_place_id])
    target_place: Mapped[Place] = relationship(foreign_keys=[target_place_id])


class Carried(Model):
    """One sum that is carried forward: of the movements of a unit's goods, up to an entry; see ledger.goods.sums."""

    __tablename__ = "carried"

    seq: Mapped[int] = mapped_column(BigInteger, ForeignKey("journal_entry.seq"), primary_key=True, autoincrement=False)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    category: Mapped[str] = mapped_column(String(100), primary_key=True)
    measure: Mapped[str] = mapped_column(String(20), primary_key=True)
    act: Mapped[Act] = mapped_column(choice(Act, "act", is_checked=False), primary_key=True)
    source: Mapped[Account] = mapped_column(choice(Account, "source", is_checked=False), primary_key=True)
    target: Mapped[Account] = mapped_column(choice(Account, "target", is_checked=False), primary_key=True)
    quantity: Mapped[Decimal] = mapped_column(Quantity)
    value: Mapped[Decimal] = mapped_column(Quantity)
    """In fen, to thousandths: what part of the lines' values went that way."""


class Carry(Model):
    """All sums are there that are carried forward at an entry: the database lets nobody change them while this stands.

    Removing it gives them up; they are made anew when somebody needs them.
    """

    __tablename__ = "carry"

    seq: Mapped[int] = mapped_column(BigInteger, ForeignKey("journal_entry.seq"), primary_key=True, autoincrement=False)


Index("ix_item_worth", WORTH, Item.id)
Index("ix_item_held_since", HELD_SINCE, Item.id)
