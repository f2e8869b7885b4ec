"""Events, their sites, receivers and slots, and batches."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, ForeignKey, Index, String, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ledger.codes import shown
from ledger.db import BigId, Model, Quantity, choice
from ledger.destruction.models import Application, ApplicationLine, Decided, OpinionMembers, StepMembers
from ledger.destruction.workflow import Method, Treatment
from ledger.errors import LedgerError
from ledger.events.workflow import STATE_NAMES, EventMovedOn, State
from ledger.goods.classes import EnvClass
from ledger.goods.models import Place
from ledger.units.models import Unit, User, Waiver

PLANNED = Table(
    "event_application",
    Model.metadata,
    Column("event_id", ForeignKey("event.id"), primary_key=True),
    Column("application_id", ForeignKey("application.id"), primary_key=True),
)
"""The applications that the plan of an event covers, as it was submitted last."""


class Event(Decided, Model):
    """One day of destruction, organised by a unit."""

    __tablename__ = "event"
    __table_args__ = (
        CheckConstraint("approved_by_id <> submitted_by_id", name="approved_by_another"),
        Index("ix_event_unit_id_day", "unit_id", "day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    name: Mapped[str] = mapped_column(String(100))
    day: Mapped[date] = mapped_column(Date)
    report_due_on: Mapped[date] = mapped_column(Date)
    state: Mapped[State] = mapped_column(choice(State, "state"), default=State.PLANNING)
    digest: Mapped[str] = mapped_column("plan_digest", String(64), default="")
    """SHA-256 of the plan as it was submitted last; see ledger.events.plan.plan_digest."""
    created_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    submitted_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]
    """When the plan came back from its chain; nothing once it is submitted again."""
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """Who agreed last, as long as the approval holds."""
    approved_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    seed: Mapped[str] = mapped_column(String(64), default="")
    """Hash of the journal entry that began the day, by which samples were drawn; empty if none were."""
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """Who closes the event; no supervisor of it."""

    unit: Mapped[Unit] = relationship()
    submitted_by: Mapped[User | None] = relationship(foreign_keys=[submitted_by_id])
    approved_by: Mapped[User | None] = relationship(foreign_keys=[approved_by_id])
    ended_by: Mapped[User | None] = relationship(foreign_keys=[ended_by_id])
    sites: Mapped[list["Site"]] = relationship(back_populates="event", order_by="Site.id")
    receivers: Mapped[list["Receiver"]] = relationship(back_populates="event", order_by="Receiver.id")
    slots: Mapped[list["Slot"]] = relationship(back_populates="event", order_by="Slot.at, Slot.id")
    batches: Mapped[list["Batch"]] = relationship(back_populates="event", order_by="Batch.number")
    applications: Mapped[list[Application]] = relationship(secondary=PLANNED, order_by=Application.id)
    steps: Mapped[list["PlanStep"]] = relationship(order_by="PlanStep.number", cascade="all, delete-orphan")
    """The chain of this revision of the plan, as it was when it was submitted."""
    opinions: Mapped[list["PlanOpinion"]] = relationship(order_by="PlanOpinion.id")
    reports: Mapped[list["Report"]] = relationship(order_by="Report.reported_at")

    @property
    def reporting(self) -> list[Unit]:
        """The units that report on it: who organises it, on all of it, and who arrives, on its own goods."""
        return [self.unit, *(slot.unit for slot in self.slots if slot.unit_id != self.unit_id)]

    def report_of(self, unit_id: int) -> "Report | None":
        """Return that a unit's report was handed in, None as long as it was not."""
        return next((report for report in self.reports if report.unit_id == unit_id), None)

    @property
    def is_waiting(self) -> bool:
        """Whether opinions are given on its plan now."""
        return self.state is State.SUBMITTED

    @property
    def moved_on(self) -> LedgerError:
        """The refusal of what can no longer be done."""
        return EventMovedOn(state=STATE_NAMES[self.state])

    @property
    def asked_by(self) -> User | None:
        """Who submitted its plan last."""
        return self.submitted_by


class Report(Model):
    """That a unit's report on an event was handed in."""

    __tablename__ = "report"

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    reported_at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """Nobody in the rows of earlier versions, which kept the day alone; the journal knows."""

    by: Mapped[User | None] = relationship()


class PlanStep(StepMembers, Model):
    """One step of the chain that decides a revision of a plan."""

    __tablename__ = "plan_step"

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)


class PlanOpinion(OpinionMembers, Model):
    """What one step of the chain said of one revision of a plan."""

    __tablename__ = "plan_opinion"
    __table_args__ = (UniqueConstraint("event_id", "revision", "step"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))


class Site(Model):
    """A place of destruction: the main one or a branch."""

    __tablename__ = "site"
    __table_args__ = (UniqueConstraint("event_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    name: Mapped[str] = mapped_column(String(100))
    address: Mapped[str] = mapped_column(String(200), default="")
    is_main: Mapped[bool] = mapped_column(default=False)

    event: Mapped[Event] = relationship(back_populates="sites")


class Receiver(Model):
    """Who takes and treats goods of one environmental class at the event."""

    __tablename__ = "receiver"
    __table_args__ = (UniqueConstraint("event_id", "env_class", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    env_class: Mapped[EnvClass] = mapped_column(choice(EnvClass, "env_class"))
    name: Mapped[str] = mapped_column(String(100))
    licence: Mapped[str] = mapped_column(String(100), default="")
    """Number of the hazardous-waste licence (危险废物经营许可证)."""
    licence_until: Mapped[date | None] = mapped_column(Date)
    form_no: Mapped[str] = mapped_column(String(100), default="")
    """Number of the transfer form (危险废物转移联单)."""

    event: Mapped[Event] = relationship(back_populates="receivers")

    def may_take(self, env_class: EnvClass, day: date) -> bool:
        """Whether its papers allow it to take goods of this class on this day (固废法 79–82)."""
        if self.env_class is not env_class:
            return False
        if env_class is not EnvClass.HAZARDOUS:
            return True
        return bool(self.licence and self.form_no and self.licence_until and self.licence_until >= day)


class Slot(Model):
    """When a unit arrives at which site."""

    __tablename__ = "slot"
    __table_args__ = (UniqueConstraint("event_id", "unit_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    at: Mapped[datetime]

    event: Mapped[Event] = relationship(back_populates="slots")
    unit: Mapped[Unit] = relationship(lazy="joined")
    site: Mapped[Site] = relationship(lazy="joined")


WAIVED = Table(
    "batch_waiver",
    Model.metadata,
    Column("batch_id", ForeignKey("batch.id"), primary_key=True),
    Column("waiver_id", ForeignKey("waiver.id"), primary_key=True),
)
"""The waivers without which a batch could not have been packed by those who packed it."""


class Batch(Model):
    """A box, sack or pallet of one unit's approved goods of one environmental class and method. It is a place too."""

    __tablename__ = "batch"
    __table_args__ = (
        UniqueConstraint("event_id", "number"),
        UniqueConstraint("place_id"),
        CheckConstraint("packer_id <> checker_id", name="packer_is_not_checker"),
        CheckConstraint("(sealed_at IS NULL) = (seal = '')", name="sealed_with_a_seal"),
        CheckConstraint("gross_kg IS NULL OR gross_kg > tare_kg AND tare_kg >= 0", name="heavier_than_its_box"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id"))
    number: Mapped[str] = mapped_column(String(40))
    stem: Mapped[str] = mapped_column(String(9), unique=True)
    """The nine random signs that all generations of its label share."""
    code: Mapped[str] = mapped_column(String(12), unique=True)
    """Of the label that counts; a reprint voids the older ones."""
    env_class: Mapped[EnvClass] = mapped_column(choice(EnvClass, "env_class"))
    method: Mapped[Method] = mapped_column(choice(Method, "method"))
    container_method: Mapped[Method | None] = mapped_column(choice(Method, "container_method", is_checked=False))
    """How the containers are destroyed, where that is another way than their contents."""
    packer_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    checker_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    packed_at: Mapped[datetime | None]
    """When something was put in last."""
    seal: Mapped[str] = mapped_column(String(50), default="")
    gross_kg: Mapped[Decimal | None] = mapped_column(Quantity)
    """Packing weight, with the box."""
    tare_kg: Mapped[Decimal] = mapped_column(Quantity, default=Decimal(0))
    """Of the box or pallet alone."""
    sealed_at: Mapped[datetime | None]
    is_expected: Mapped[bool] = mapped_column(default=False)
    """Whether it was packed when the event was opened, so that it is missed if it does not come."""
    passed: Mapped[str] = mapped_column(String(10), default="")
    """The last stage of its way that it passed, as the scans that count say; empty if none. So counting is quick."""
    value: Mapped[int | None] = mapped_column(BigInteger)
    """In fen, of what names a value, as the lines were when the day began: a wall adds it up."""
    is_sample: Mapped[bool] = mapped_column(default=False)
    """Whether it was drawn to be opened and counted on site before it is destroyed."""
    printed: Mapped[str] = mapped_column(String(12), default="")
    """The code of the label that was printed last; empty if none was."""

    event: Mapped[Event] = relationship(back_populates="batches")
    unit: Mapped[Unit] = relationship(lazy="joined")
    place: Mapped[Place] = relationship()
    packer: Mapped[User | None] = relationship(foreign_keys=[packer_id])
    checker: Mapped[User | None] = relationship(foreign_keys=[checker_id])
    contents: Mapped[list["Packing"]] = relationship(back_populates="batch", order_by="Packing.id")
    waivers: Mapped[list[Waiver]] = relationship(secondary=WAIVED, order_by=Waiver.id)

    @property
    def treatment(self) -> Treatment:
        """How what is in it is destroyed."""
        return Treatment(self.method, self.container_method)

    @property
    def is_sealed(self) -> bool:
        """Whether it is closed and may be loaded."""
        return self.sealed_at is not None

    @property
    def net_kg(self) -> Decimal:
        """What the goods weigh; 0 as long as it is not weighed."""
        return Decimal(0) if self.gross_kg is None else self.gross_kg - self.tare_kg

    @property
    def held(self) -> list["Packing"]:
        """What it holds now."""
        return [each for each in self.contents if each.returned_at is None]

    @property
    def is_printed(self) -> bool:
        """Whether the label that counts was printed."""
        return self.printed == self.code

    @property
    def shown_code(self) -> str:
        """The code as people read it."""
        return shown(self.code)


class Packing(Model):
    """How much of which approved goods a batch holds."""

    __tablename__ = "packing"
    __table_args__ = (CheckConstraint("quantity > 0", name="something"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    application_line_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("application_line.id"), index=True)
    quantity: Mapped[Decimal] = mapped_column(Quantity)
    returned_at: Mapped[datetime | None]
    """When it came back from the site to the store; kept, because it had been there."""

    batch: Mapped[Batch] = relationship(back_populates="contents")
    line: Mapped[ApplicationLine] = relationship(lazy="joined")


class Photo(Model):
    """A picture of the event: what, at which stage, when, by whom."""

    __tablename__ = "photo"
    __table_args__ = (UniqueConstraint("event_id", "sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    stage: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    """Of the picture as it is kept: upright, without the camera's data."""
    taken_at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))

    event: Mapped[Event] = relationship()
    unit: Mapped[Unit] = relationship()
    by: Mapped[User] = relationship()
