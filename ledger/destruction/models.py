"""Applications, their lines, and the chains and sign-offs that decide about them, and about the plans of events."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from ledger.cases.rules import Kind, Stage
from ledger.db import BigId, Model, Quantity, choice
from ledger.destruction.chain import OPINES
from ledger.destruction.workflow import STATE_NAMES, ApplicationMovedOn, Decision, Method, State, Treatment
from ledger.errors import LedgerError, Message
from ledger.goods.models import Item, Place
from ledger.permissions import ROLE_NAMES, Permission, Role
from ledger.units.models import Unit, User


class StepMembers:
    """The members of one step of the chain that decides a revision."""

    number: Mapped[int] = mapped_column(primary_key=True)
    """Its place in the chain, from 0."""
    stage: Mapped[int]
    role: Mapped[Role] = mapped_column(choice(Role, "role"))
    is_collective: Mapped[bool]

    @property
    def permission(self) -> Permission:
        """What who gives its opinion needs."""
        return OPINES[self.role]

    @property
    def name(self) -> Message:
        """What it is called."""
        return ROLE_NAMES[self.role]


class OpinionMembers:
    """The members of what one step of the chain said of one revision, signed over its digest."""

    id: Mapped[int] = mapped_column(primary_key=True)
    revision: Mapped[int]
    step: Mapped[int]
    """Its place in the chain, from 0."""
    role: Mapped[Role] = mapped_column(choice(Role, "role"))
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
    decision: Mapped[Decision] = mapped_column(choice(Decision, "decision"))
    text: Mapped[str] = mapped_column(String(500))
    minutes: Mapped[str] = mapped_column(String(200), default="")
    """The minutes of the meeting that decided, where one had to."""
    digest: Mapped[str] = mapped_column(String(64))
    proof: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """How the person proved who they are; see ledger.units.passkeys. The journal has the same."""
    stands_for_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """Whose step it was, if somebody else gave the opinion as a deputy."""

    @declared_attr
    def by(cls) -> Mapped[User]:  # noqa: N805 - declared for each class
        """Who gave it."""
        return relationship(lazy="joined", foreign_keys=[cls.by_id])  # type: ignore[list-item]

    @declared_attr
    def stands_for(cls) -> Mapped[User | None]:  # noqa: N805 - declared for each class
        """In whose place they gave it, as a deputy."""
        return relationship(lazy="joined", foreign_keys=[cls.stands_for_id])  # type: ignore[list-item]

    @property
    def people(self) -> list[int]:
        """The ids of who gave it and of whom they stood in for: neither takes another part in the matter."""
        return [self.by_id, *([self.stands_for_id] if self.stands_for_id else [])]


class Decided:
    """What a chain decides: an application, or the plan of an event."""

    revision: Mapped[int] = mapped_column(default=0)
    """How often it was submitted."""
    stage: Mapped[int] = mapped_column(default=0)
    """Which stage of its chain is next in this revision."""
    if TYPE_CHECKING:
        unit: Mapped[Unit]
        digest: Mapped[str]
        steps: Any
        opinions: Any

    @property
    @abstractmethod
    def is_waiting(self) -> bool:
        """Whether opinions are given on it now."""

    @property
    @abstractmethod
    def moved_on(self) -> LedgerError:
        """The refusal of what can no longer be done."""

    @property
    @abstractmethod
    def asked_by(self) -> User | None:
        """Who submitted it last."""

    @property
    def given(self) -> "Sequence[OpinionMembers]":
        """The opinions on this revision."""
        return [each for each in self.opinions if each.revision == self.revision]

    @property
    def open_steps(self) -> "Sequence[StepMembers]":
        """The steps whose opinion is next."""
        if not self.is_waiting:
            return []
        given = {each.step for each in self.given}
        return [step for step in self.steps if step.stage == self.stage and step.number not in given]


class Application(Decided, Model):
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
    steps: Mapped[list["Step"]] = relationship(order_by="Step.number", cascade="all, delete-orphan", lazy="selectin")
    """The chain of this revision, as it was when it was submitted."""

    @property
    def is_waiting(self) -> bool:
        """Whether opinions are given on it now."""
        return self.state is State.SUBMITTED

    @property
    def moved_on(self) -> LedgerError:
        """The refusal of what can no longer be done."""
        return ApplicationMovedOn(state=STATE_NAMES[self.state])

    @property
    def asked_by(self) -> User:
        """Who submitted it last."""
        return self.applicant


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
    """Where the goods lie; it follows them when they are relocated."""
    origin_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"))
    """Where they lay when they were applied for, if that is elsewhere by now: there they were counted."""
    quantity: Mapped[Decimal] = mapped_column(Quantity)
    packed: Mapped[Decimal] = mapped_column(Quantity, default=Decimal(0))
    """How much of it was packed into batches."""
    method: Mapped[Method] = mapped_column(choice(Method, "method"))
    container_method: Mapped[Method | None] = mapped_column(choice(Method, "container_method", is_checked=False))
    """How the container is destroyed, where that is another way than its contents."""
    digest: Mapped[str] = mapped_column(String(64), default="")
    withdrawn_at: Mapped[datetime | None]
    """When it was taken out of an approved application; voids nothing else."""

    application: Mapped[Application] = relationship(back_populates="lines")
    item: Mapped[Item] = relationship(lazy="joined")
    place: Mapped[Place] = relationship(lazy="joined", foreign_keys=[place_id])
    origin: Mapped[Place | None] = relationship(foreign_keys=[origin_id])

    @property
    def treatment(self) -> Treatment:
        """How it is destroyed."""
        return Treatment(self.method, self.container_method)

    @property
    def signed_place(self) -> Place:
        """The location that the sign-offs of this line name."""
        return self.origin or self.place

    @property
    def open(self) -> Decimal:
        """What is still to be packed."""
        return Decimal(0) if self.withdrawn_at else self.quantity - self.packed


class Step(StepMembers, Model):
    """One step of the chain that decides a revision of an application."""

    __tablename__ = "application_step"

    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), primary_key=True)


class Chain(Model):
    """A chain that a unit set for itself and the units below it; of several the newest counts. Rows are only added."""

    __tablename__ = "chain"
    __table_args__ = (CheckConstraint("beside_id <> set_by_id", name="two_people"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    is_of_plans: Mapped[bool] = mapped_column(default=False)
    """Whether it decides the plans of events and not applications."""
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """The members of each ledger.destruction.chain.ChainStep."""
    set_at: Mapped[datetime]
    set_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    beside_id: Mapped[int] = mapped_column(ForeignKey("users.id"))

    unit: Mapped[Unit] = relationship()
    set_by: Mapped[User] = relationship(foreign_keys=[set_by_id])
    beside: Mapped[User] = relationship(foreign_keys=[beside_id])


class Opinion(OpinionMembers, Model):
    """What one step of the chain said of one revision of an application."""

    __tablename__ = "opinion"
    __table_args__ = (UniqueConstraint("application_id", "revision", "step"),)

    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))

    application: Mapped[Application] = relationship(back_populates="opinions")


class Judgement(Model):
    """At what stage a line is and of what kind the verdict on it, kept for lists to find it by; never to decide by.

    Where one is missing or void, a list is late, not wrong: see ledger.destruction.judging.
    """

    __tablename__ = "judgement"
    __table_args__ = (
        Index("ix_judgement_stage_item_id", "stage", "item_id"),
        Index("ix_judgement_kind_item_id", "kind", "item_id"),
        Index("ix_judgement_terms_until", "terms", "until"),
    )

    item_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("item.id"), primary_key=True, autoincrement=False)
    stage: Mapped[Stage | None] = mapped_column(choice(Stage, "stage"))
    kind: Mapped[Kind | None] = mapped_column(choice(Kind, "kind"))
    until: Mapped[date | None] = mapped_column(Date)
    """The last day on which both are so if nobody does anything; None if that is for ever."""
    terms: Mapped[str] = mapped_column(String(40))
    """Under which terms it was judged; the database empties it when something changes on which this rests."""
