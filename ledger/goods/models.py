"""Lines of goods, places, positions and movements."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

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


class Place(Model):
    """Where goods can be."""

    __tablename__ = "place"
    __table_args__ = (
        UniqueConstraint("unit_id", "parent_id", "kind", "name"),
        # Two of a kind at the top of a unit's tree would both have a parent of NULL, which is equal to nothing.
        Index("uq_place_top", "unit_id", "kind", "name", unique=True,
              sqlite_where=text("parent_id IS NULL"), postgresql_where=text("parent_id IS NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"))
    kind: Mapped[PlaceKind] = mapped_column(choice(PlaceKind, "kind"))
    name: Mapped[str] = mapped_column(String(100))

    unit: Mapped[Unit | None] = relationship()
    parent: Mapped["Place | None"] = relationship(remote_side=[id])


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


class Movement(Model):
    """A quantity of one line that went from one position to another. Rows are only added."""

    __tablename__ = "movement"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="something"),
        CheckConstraint("source_account <> target_account OR source_place_id <> target_place_id", name="elsewhere"),
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
