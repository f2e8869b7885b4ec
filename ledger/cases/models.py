"""Cases."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ledger.cases.rules import PAPERS, CaseFacts, HoldKind
from ledger.db import BigId, Model, choice
from ledger.goods.models import Item
from ledger.units.models import Unit, User


class Case(Model):
    """One case of one unit, with the numbers exactly as printed on its papers."""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("unit_id", "number_key"),
        Index("ix_cases_unit_id_id", "unit_id", "id"),
        Index("ix_cases_served_on_decision", "served_on", "decision"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    number: Mapped[str] = mapped_column(String(100))
    number_key: Mapped[str] = mapped_column(String(100), index=True)
    """number with every spelling of brackets and widths made equal."""
    party: Mapped[str] = mapped_column(String(200), default="")
    """Empty for ownerless goods."""
    cause: Mapped[str] = mapped_column(String(200), default="")
    decision: Mapped[str] = mapped_column(String(100), default="")
    decision_key: Mapped[str] = mapped_column(String(100), default="", index=True)
    served_on: Mapped[date | None] = mapped_column(Date)
    kept_on: Mapped[date | None] = mapped_column(Date)
    detained_on: Mapped[date | None] = mapped_column(Date)
    detained_until: Mapped[date | None] = mapped_column(Date)
    noticed_on: Mapped[date | None] = mapped_column(Date)
    noticed_until: Mapped[date | None] = mapped_column(Date)
    version: Mapped[int] = mapped_column(default=1)
    """Raised by every amendment, so that of two people who amend at once the second is told."""
    line_count: Mapped[int] = mapped_column(BigInteger, default=0)
    """How many lines its goods list has; the next line takes the next number."""
    registered_at: Mapped[datetime]
    registered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    unit: Mapped[Unit] = relationship()
    registered_by: Mapped[User | None] = relationship()
    items: Mapped[list[Item]] = relationship(order_by=Item.number, viewonly=True)

    @property
    def facts(self) -> CaseFacts:
        """What its papers say."""
        return CaseFacts(number=self.number, **{name: getattr(self, name) for name in PAPERS})


class Hold(Model):
    """Why goods must not be destroyed for now: of a whole case, or of one of its lines."""

    __tablename__ = "hold"
    __table_args__ = (
        CheckConstraint("(released_at IS NULL) = (released_by_id IS NULL)", name="released_by_somebody"),
        Index("ix_hold_case_id_released_at", "case_id", "released_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("cases.id"))
    item_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("item.id"))
    """The one line it stops; None for all lines of the case, those still to come too."""
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    kind: Mapped[HoldKind] = mapped_column(choice(HoldKind, "kind"))
    reason: Mapped[str] = mapped_column(String(300))
    set_at: Mapped[datetime]
    set_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    released_at: Mapped[datetime | None]
    released_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    release_reason: Mapped[str] = mapped_column(String(300), default="")

    unit: Mapped[Unit] = relationship()
    case: Mapped[Case] = relationship()
    set_by: Mapped[User] = relationship(foreign_keys=[set_by_id])
    released_by: Mapped[User | None] = relationship(foreign_keys=[released_by_id])


class Attachment(Model):
    """A picture or a document that belongs to a case, or to one of its lines. Rows are only added."""

    __tablename__ = "attachment"
    __table_args__ = (UniqueConstraint("case_id", "sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("cases.id"))
    item_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("item.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    name: Mapped[str] = mapped_column(String(200))
    """What it is, in words."""
    sha256: Mapped[str] = mapped_column(String(64))
    """Of the file as it was handed in, which is evidence."""
    shown: Mapped[str | None] = mapped_column(String(64))
    """SHA-256 of the copy of a picture to look at, without the place and the device it was taken with."""
    added_at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))

    unit: Mapped[Unit] = relationship()
    case: Mapped[Case] = relationship()
    item: Mapped[Item | None] = relationship()
    by: Mapped[User] = relationship()
