"""Applications, their lines, and the sign-offs of the chain."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ledger.db import BigId, Model, Quantity, choice
from ledger.destruction.workflow import Decision, Method, State
from ledger.goods.models import Item, Place
from ledger.permissions import Role
from ledger.units.models import Unit, User


class Application(Model):
    """A unit's application to destroy some of its goods."""

    __tablename__ = "application"
    __table_args__ = (
        UniqueConstraint("number"),
        Index("ix_application_unit_id_id", "unit_id", "id"),
        Index("ix_application_state", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    number: Mapped[str] = mapped_column(String(60))
    state: Mapped[State] = mapped_column(choice(State, "state"), default=State.DRAFT)
    revision: Mapped[int] = mapped_column(default=0)
    """How often it was submitted."""
    step: Mapped[int] = mapped_column(default=0)
    """How many steps of the chain have agreed to this revision."""
    legal_basis: Mapped[str] = mapped_column(String(300))
    reason: Mapped[str] = mapped_column(String(500), default="")
    digest: Mapped[str] = mapped_column(String(64), default="")
    """SHA-256 of the exact content as it was submitted last; see ledger.destruction.digest."""
    applicant_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]

    unit: Mapped[Unit] = relationship()
    applicant: Mapped[User] = relationship()
    lines: Mapped[list["ApplicationLine"]] = relationship(
        back_populates="application", order_by="ApplicationLine.id", cascade="all, delete-orphan"
    )
    opinions: Mapped[list["Opinion"]] = relationship(back_populates="application", order_by="Opinion.id")


class ApplicationLine(Model):
    """Goods of one line at one location that the application covers."""

    __tablename__ = "application_line"
    __table_args__ = (
        UniqueConstraint("application_id", "item_id", "place_id"),
        CheckConstraint("quantity > 0", name="something"),
        CheckConstraint("0 <= packed AND packed <= quantity", name="packed_at_most_all"),
        Index("ix_application_line_item_id", "item_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    item_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("item.id"))
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id"))
    quantity: Mapped[Decimal] = mapped_column(Quantity)
    packed: Mapped[Decimal] = mapped_column(Quantity, default=Decimal(0))
    """How much of it was packed into batches."""
    method: Mapped[Method] = mapped_column(choice(Method, "method"))
    digest: Mapped[str] = mapped_column(String(64), default="")
    withdrawn_at: Mapped[datetime | None]
    """When it was taken out of an approved application; voids nothing else."""

    application: Mapped[Application] = relationship(back_populates="lines")
    item: Mapped[Item] = relationship(lazy="joined")
    place: Mapped[Place] = relationship(lazy="joined")

    @property
    def open(self) -> Decimal:
        """What is still to be packed."""
        return Decimal(0) if self.withdrawn_at else self.quantity - self.packed


class Opinion(Model):
    """What one step of the chain said of one revision, signed over its digest."""

    __tablename__ = "opinion"
    __table_args__ = (UniqueConstraint("application_id", "revision", "step"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    revision: Mapped[int]
    step: Mapped[int]
    """Its place in the chain, from 0."""
    role: Mapped[Role] = mapped_column(choice(Role, "role"))
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
    decision: Mapped[Decision] = mapped_column(choice(Decision, "decision"))
    text: Mapped[str] = mapped_column(String(500))
    digest: Mapped[str] = mapped_column(String(64))
    proof: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """How the person proved who they are; see ledger.units.passkeys. The journal has the same."""

    application: Mapped[Application] = relationship(back_populates="opinions")
    by: Mapped[User] = relationship(lazy="joined")
