"""How open points were resolved, what supervisors signed, and the manifests."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ledger.db import Model, choice
from ledger.events.models import Batch, Event
from ledger.manifests.workflow import Open, Timestamp, Way
from ledger.scanning.models import Load, Posting, Run
from ledger.units.models import Unit, User

_ABOUT = ("batch_id", "posting_id", "load_id", "run_id")
_ONE_OF_THEM = " + ".join(f"CASE WHEN {name} IS NULL THEN 0 ELSE 1 END" for name in _ABOUT) + " = 1"


class Resolution(Model):
    """What happened to a batch, behind a scan, or why a load or a run lacks something; in writing, by two."""

    __tablename__ = "resolution"
    __table_args__ = (
        UniqueConstraint("event_id", "batch_id"),
        UniqueConstraint("event_id", "posting_id"),
        UniqueConstraint("event_id", "load_id", "open"),
        UniqueConstraint("event_id", "run_id", "open"),
        CheckConstraint(_ONE_OF_THEM, name="of_one_thing"),
        CheckConstraint("confirmed_by_id <> written_by_id", name="two_people"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id"))
    posting_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("posting.id"))
    load_id: Mapped[int | None] = mapped_column(ForeignKey("load.id"))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))
    open: Mapped[Open] = mapped_column(choice(Open, "open"))
    way: Mapped[Way] = mapped_column(choice(Way, "way"))
    text: Mapped[str] = mapped_column(String(500))
    written_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    confirmed_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]

    batch: Mapped[Batch | None] = relationship()
    posting: Mapped[Posting | None] = relationship()
    load: Mapped[Load | None] = relationship()
    run: Mapped[Run | None] = relationship()
    written_by: Mapped[User] = relationship(foreign_keys=[written_by_id])
    confirmed_by: Mapped[User] = relationship(foreign_keys=[confirmed_by_id])


class Supervision(Model):
    """What a supervisor says they saw, signed by hand over the digest of what was destroyed."""

    __tablename__ = "supervision"
    __table_args__ = (UniqueConstraint("event_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    statement: Mapped[str] = mapped_column(String(500))
    strokes: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The drawn signature as points; see Strokes in ledger.papers.content."""
    digest: Mapped[str] = mapped_column(String(64))
    signed_at: Mapped[datetime]

    event: Mapped[Event] = relationship()
    user: Mapped[User] = relationship(lazy="joined")


class Manifest(Model):
    """The destruction manifest of an event: its sealed content, and the signed document once it is made."""

    __tablename__ = "manifest"
    __table_args__ = (UniqueConstraint("event_id"), UniqueConstraint("number"))

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    number: Mapped[str] = mapped_column(String(60))
    code: Mapped[str] = mapped_column(String(12), unique=True)
    """What is typed at the public page instead of handing in the file."""
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    """manifest.json, byte for byte."""
    sha256: Mapped[str] = mapped_column(String(64))
    sm3: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime]
    sealed_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    sealed_seq: Mapped[int] = mapped_column(BigInteger, ForeignKey("journal_entry.seq"))
    checkpoint_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("journal_checkpoint.id"))
    """The checkpoint that the printed proof leads to."""
    pages: Mapped[int | None]
    pdf_sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    """Of the signed document, which lies in the file store; None as long as it is not made."""
    signed_at: Mapped[datetime | None]
    signed_seq: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("journal_entry.seq"))
    receipt: Mapped[str | None] = mapped_column(Text)
    timestamp_state: Mapped[Timestamp | None] = mapped_column(choice(Timestamp, "timestamp_state"))
    """None where no authority was asked."""
    timestamped_at: Mapped[datetime | None]
    """The time as the authority has it."""
    timestamped_by: Mapped[str | None] = mapped_column(String(200))
    unreached: Mapped[str] = mapped_column(String(500), default="", server_default="")
    """The machines that did not say whether the seal's certificate holds when it signed; names with spaces between."""

    event: Mapped[Event] = relationship()
    unit: Mapped[Unit] = relationship()
    sealed_by: Mapped[User] = relationship()
    countersignatures: Mapped[list["Countersignature"]] = relationship(order_by="Countersignature.id")
    earlier: Mapped[list["EarlierDocument"]] = relationship(order_by="EarlierDocument.signed_seq")
    """Its documents before this one, oldest first."""


class Countersignature(Model):
    """A person's signature in a manifest's document, with a certificate of their own, as they handed it in."""

    __tablename__ = "countersignature"
    __table_args__ = (UniqueConstraint("manifest_id", "field"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    manifest_id: Mapped[int] = mapped_column(ForeignKey("manifest.id"))
    field: Mapped[str] = mapped_column(String(40))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    subject: Mapped[str] = mapped_column(String(200))
    """The name on the certificate."""
    certificate: Mapped[str] = mapped_column(String(64))
    """Its SHA-256."""
    is_known: Mapped[bool]
    """Whether it led to an authority that the installation trusted when it was handed in."""
    signed_at: Mapped[datetime]
    """As the signature itself says."""
    handed_in_at: Mapped[datetime]

    user: Mapped[User] = relationship()


class EarlierDocument(Model):
    """A manifest's signed document before a timestamp or a person's signature was added: it can still be checked."""

    __tablename__ = "earlier_document"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    manifest_id: Mapped[int] = mapped_column(ForeignKey("manifest.id"))
    signed_seq: Mapped[int] = mapped_column(BigInteger, ForeignKey("journal_entry.seq"))
    receipt: Mapped[str] = mapped_column(Text)
