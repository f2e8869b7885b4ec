"""What people add to a sealed event: the pictures of a report, certificates that came back, what the public is told."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ledger.db import Model
from ledger.events.models import Event, Photo, Receiver
from ledger.units.models import User


class ReportPicture(Model):
    """A picture that a unit chose for its report on an event, with what is written under it."""

    __tablename__ = "report_picture"

    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    photo_id: Mapped[int] = mapped_column(ForeignKey("photo.id"), primary_key=True)
    caption: Mapped[str] = mapped_column(String(200))

    photo: Mapped[Photo] = relationship(lazy="joined")


class Certificate(Model):
    """A certificate of destruction as it came back from a receiver, with the receiver's stamp."""

    __tablename__ = "certificate"
    __table_args__ = (UniqueConstraint("receiver_id", "sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    receiver_id: Mapped[int] = mapped_column(ForeignKey("receiver.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    shown: Mapped[str | None] = mapped_column(String(64))
    """Of a picture, the copy to look at; nothing of a PDF."""
    added_at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))

    receiver: Mapped[Receiver] = relationship()
    by: Mapped[User] = relationship(lazy="joined")


class PublicResult(Model):
    """What the public is told of an event (打假成果), as long as it is released."""

    __tablename__ = "public_result"
    __table_args__ = (CheckConstraint("(released_at IS NULL) = (released_by_id IS NULL)", name="released_by_somebody"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), unique=True)
    cases: Mapped[str] = mapped_column(Text)
    """Chosen cases without the people in them, a paragraph each."""
    released_at: Mapped[datetime | None]
    released_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    event: Mapped[Event] = relationship()
    released_by: Mapped[User | None] = relationship()
