"""Runs, scans and their postings."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ledger.db import BigId, Model, Quantity, choice
from ledger.destruction.workflow import Method
from ledger.events.models import Batch, Event, Photo, Receiver, Site
from ledger.scanning.rules import Outcome, Reason, Seal, Stage
from ledger.scanning.workflow import Signs
from ledger.units.models import Unit, User

run_supervisor = Table(
    "run_supervisor",
    Model.metadata,
    Column("run_id", ForeignKey("run.id"), primary_key=True),
    Column("user_id", ForeignKey("users.id"), primary_key=True),
)

run_photo = Table(
    "run_photo",
    Model.metadata,
    Column("run_id", ForeignKey("run.id"), primary_key=True),
    Column("photo_id", ForeignKey("photo.id"), primary_key=True),
)
load_escort = Table(
    "load_escort",
    Model.metadata,
    Column("load_id", ForeignKey("load.id"), primary_key=True),
    Column("user_id", ForeignKey("users.id"), primary_key=True),
)


class Run(Model):
    """One run of a furnace or machine (炉次), watched by two supervisors."""

    __tablename__ = "run"
    __table_args__ = (
        UniqueConstraint("event_id", "number"),
        CheckConstraint("finished_at IS NULL OR finished_at >= started_at", name="ends_after_it_began"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    receiver_id: Mapped[int] = mapped_column(ForeignKey("receiver.id"))
    number: Mapped[int]
    method: Mapped[Method] = mapped_column(choice(Method, "method"))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    video: Mapped[str] = mapped_column(String(300), default="")
    """Where a recording of it is kept: camera, file or disk, and from when to when."""
    residue_kg: Mapped[Decimal | None] = mapped_column(Quantity)
    income: Mapped[int | None] = mapped_column(BigInteger)
    """In fen, from selling what was left as scrap."""
    receipt_no: Mapped[str] = mapped_column(String(100), default="")
    """Of the treasury, for the income."""

    event: Mapped[Event] = relationship()
    site: Mapped[Site] = relationship(lazy="joined")
    receiver: Mapped[Receiver] = relationship(lazy="joined")
    supervisors: Mapped[list[User]] = relationship(secondary=run_supervisor, order_by=User.id)
    photos: Mapped[list[Photo]] = relationship(secondary=run_photo, order_by=Photo.id)
    signatures: Mapped[list["Signature"]] = relationship(order_by="Signature.id", foreign_keys="Signature.run_id")

    @property
    def is_open(self) -> bool:
        """Whether batches can still go into it."""
        return self.finished_at is None


class Load(Model):
    """What one vehicle brings to the site for a unit (一车): who drives and escorts it, what it weighs, its slips."""

    __tablename__ = "load"
    __table_args__ = (
        UniqueConstraint("event_id", "number"),
        CheckConstraint("tare_kg < gross_kg", name="heavier_than_empty"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    number: Mapped[int]
    plate: Mapped[str] = mapped_column(String(30))
    driver: Mapped[str] = mapped_column(String(64))
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    gross_kg: Mapped[Decimal | None] = mapped_column(Quantity)
    """Of the full vehicle, on the weighbridge of the site (过磅)."""
    tare_kg: Mapped[Decimal | None] = mapped_column(Quantity)
    """Of the empty one."""
    weighed_at: Mapped[datetime | None]
    weighed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    departed_seq: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("journal_entry.seq"))
    """The entry that holds the slip of departure as both sides signed it."""
    arrived_seq: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("journal_entry.seq"))

    event: Mapped[Event] = relationship()
    unit: Mapped[Unit] = relationship(lazy="joined")
    weighed_by: Mapped[User | None] = relationship(foreign_keys=[weighed_by_id])
    escorts: Mapped[list[User]] = relationship(secondary=load_escort, order_by=User.id)
    signatures: Mapped[list["Signature"]] = relationship(order_by="Signature.id", foreign_keys="Signature.load_id")

    @property
    def net_kg(self) -> Decimal | None:
        """What the load weighs by the weighbridge, None as long as it was not weighed full and empty."""
        return None if self.gross_kg is None or self.tare_kg is None else self.gross_kg - self.tare_kg


class Signature(Model):
    """What somebody signed on site, on the screen or on paper that was photographed: the slip of a load, or a run."""

    __tablename__ = "signature"
    __table_args__ = (
        UniqueConstraint("load_id", "signs"),
        UniqueConstraint("run_id", "user_id"),
        CheckConstraint("(load_id IS NULL) <> (run_id IS NULL)", name="of_one_thing"),
        CheckConstraint("(strokes IS NULL) <> (paper = '')", name="on_screen_or_paper"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    load_id: Mapped[int | None] = mapped_column(ForeignKey("load.id"))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))
    signs: Mapped[Signs] = mapped_column(choice(Signs, "signs"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    strokes: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """The drawn signature as points; see Strokes in ledger.papers.content."""
    paper: Mapped[str] = mapped_column(String(64), default="")
    """SHA-256 of the picture of a paper that was signed by hand, in the file store; empty for what is drawn."""
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of what was signed."""
    signed_at: Mapped[datetime]

    user: Mapped[User] = relationship(lazy="joined")


class Inspection(Model):
    """What was found in a batch that was drawn as a sample and opened on site before a supervisor."""

    __tablename__ = "inspection"
    __table_args__ = (
        UniqueConstraint("batch_id"),
        CheckConstraint("opened_by_id <> witness_id", name="two_people"),
        CheckConstraint("lifted_by_id <> confirmed_by_id", name="lifted_by_two"),
        Index("ix_inspection_event_id", "event_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"))
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    witness_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
    seal: Mapped[Seal] = mapped_column(choice(Seal, "seal"))
    seal_found: Mapped[str] = mapped_column(String(50))
    new_seal: Mapped[str] = mapped_column(String(50))
    """Under which it was closed again."""
    counts: Mapped[list[list[int]]] = mapped_column(JSON)
    """Of each line its id, how much was found and how much was packed, in thousandths."""
    deviation: Mapped[str] = mapped_column(String(500), default="")
    """What else is not as it was packed."""
    is_passed: Mapped[bool]
    lifted_at: Mapped[datetime | None]
    """When the goods of the unit could go on after all."""
    lifted_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    lift_reason: Mapped[str] = mapped_column(String(500), default="")

    batch: Mapped[Batch] = relationship()
    opened_by: Mapped[User] = relationship(foreign_keys=[opened_by_id])
    witness: Mapped[User] = relationship(foreign_keys=[witness_id])
    lifted_by: Mapped[User | None] = relationship(foreign_keys=[lifted_by_id])
    confirmed_by: Mapped[User | None] = relationship(foreign_keys=[confirmed_by_id])

    @property
    def stops(self) -> bool:
        """Whether nothing of its unit may be destroyed at the event because of it."""
        return not self.is_passed and self.lifted_at is None


class Device(Model):
    """A device that somebody scans with at an event, and the ticket under which its scans come."""

    __tablename__ = "device"
    __table_args__ = (
        UniqueConstraint("event_id", "name", "user_id"),
        CheckConstraint("(blocked_at IS NULL) = (blocked_by_id IS NULL)", name="blocked_by_somebody"),
        CheckConstraint("written_off_by_id <> confirmed_by_id", name="written_off_by_two"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(String(64))
    """The id that it gave itself, which all its scans carry."""
    number: Mapped[int]
    """By which people call it at the event, whoever holds it."""
    ticket_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of the ticket; only the device has the ticket itself."""
    issued_at: Mapped[datetime]
    pack: Mapped[str] = mapped_column(String(64), default="")
    """What it judges by, as it was handed out last; see ledger.scanning.pack.mark_of. Empty if it has nothing."""
    offset_ms: Mapped[int | None] = mapped_column(BigInteger)
    """How far its clock is behind, as it found when it asked for that."""
    blocked_at: Mapped[datetime | None]
    blocked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reported_at: Mapped[datetime | None]
    """When it said last that nothing is left on it."""
    tally: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """What it then said of itself, see ledger.scanning.devices.report; for all who hold it."""
    written_off_at: Mapped[datetime | None]
    written_off_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str] = mapped_column(String(300), default="")
    """Why it was written off."""

    event: Mapped[Event] = relationship()
    user: Mapped[User] = relationship(foreign_keys=[user_id], lazy="joined")
    blocked_by: Mapped[User | None] = relationship(foreign_keys=[blocked_by_id])
    written_off_by: Mapped[User | None] = relationship(foreign_keys=[written_off_by_id])
    confirmed_by: Mapped[User | None] = relationship(foreign_keys=[confirmed_by_id])


class Scan(Model):
    """What a device says happened. Kept as it came, whatever the books make of it; rows are only added."""

    __tablename__ = "scan"
    __table_args__ = (Index("ix_scan_event_id_received_at", "event_id", "received_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    """A UUID that the device made before it sent anything."""
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    device: Mapped[str] = mapped_column(String(64))
    seq: Mapped[int] = mapped_column(BigInteger)
    """The device's own count, which keeps the order when its clock is changed."""
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    operator: Mapped[str] = mapped_column(String(64))
    stage: Mapped[Stage] = mapped_column(choice(Stage, "stage"))
    code: Mapped[str] = mapped_column(String(200))
    """As it was read."""
    at: Mapped[datetime]
    """By the device's clock."""
    received_at: Mapped[datetime]
    offset_ms: Mapped[int] = mapped_column(BigInteger)
    """How far the device's clock was behind ours when it sent this."""
    estimated_ms: Mapped[int | None] = mapped_column(BigInteger)
    """The same as the device knew it when this was scanned, if it did; its clock may have been changed since."""
    run: Mapped[int | None]
    vehicle: Mapped[str] = mapped_column(String(30), default="")
    seal: Mapped[Seal | None] = mapped_column(choice(Seal, "seal"))
    gross_kg: Mapped[Decimal | None] = mapped_column(Quantity)
    note: Mapped[str] = mapped_column(String(300), default="")
    voids: Mapped[str | None] = mapped_column(String(36))

    user: Mapped[User] = relationship(lazy="joined")


class Posting(Model):
    """What became of a scan: one row each, which changes when what it waited for arrives or when it is taken back."""

    __tablename__ = "posting"
    __table_args__ = (
        Index(
            "uq_posting_passed",
            "event_id",
            "batch_id",
            "stage",
            unique=True,
            sqlite_where=text("outcome = 'ok' AND stage <> 'void' AND voided_at IS NULL"),
            postgresql_where=text("outcome = 'ok' AND stage <> 'void' AND voided_at IS NULL"),
        ),
        Index("ix_posting_event_id_outcome", "event_id", "outcome"),
        Index("ix_posting_batch_id", "batch_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    scan_id: Mapped[str] = mapped_column(ForeignKey("scan.id"), unique=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id"))
    stage: Mapped[Stage] = mapped_column(choice(Stage, "stage"))
    outcome: Mapped[Outcome] = mapped_column(choice(Outcome, "outcome"))
    reason: Mapped[Reason | None] = mapped_column(choice(Reason, "reason"))
    facts: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))
    first_id: Mapped[int | None] = mapped_column(ForeignKey("posting.id"))
    """The posting that a repeat repeats."""
    entry_seq: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("journal_entry.seq"))
    posted_at: Mapped[datetime]
    voided_at: Mapped[datetime | None]

    event: Mapped[Event] = relationship()
    scan: Mapped[Scan] = relationship(lazy="joined")
    batch: Mapped[Batch | None] = relationship()
    run: Mapped[Run | None] = relationship()
    first: Mapped["Posting | None"] = relationship(remote_side=[id])

    @property
    def happened_at(self) -> datetime:
        """When the scan was made, by the device's clock put right."""
        known = self.scan.estimated_ms
        return self.scan.at + timedelta(milliseconds=self.scan.offset_ms if known is None else known)
