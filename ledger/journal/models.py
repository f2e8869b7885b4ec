"""The journal's tables. The database refuses to change or remove their rows; see ledger/guards.py."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ledger.db import BigId, Model, choice
from ledger.journal.workflow import Way


class JournalEntry(Model):
    """One business act. body is what was hashed, byte for byte; the other columns repeat it for queries."""

    __tablename__ = "journal_entry"
    __table_args__ = (
        Index("ix_journal_entry_unit_id_seq", "unit_id", "seq"),
        Index("ix_journal_entry_act_seq", "act", "seq"),
    )

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    recorded_at: Mapped[datetime]
    """When it was written down; never before the entry before it."""
    at: Mapped[datetime]
    """When it happened, as claimed."""
    act: Mapped[str] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(SmallInteger)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    leaf: Mapped[bytes] = mapped_column(LargeBinary(32))


class JournalHead(Model):
    """The one row that every writer takes first: how long the log is and what is needed to append to it."""

    __tablename__ = "journal_head"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(BigInteger)
    frontier: Mapped[bytes] = mapped_column(LargeBinary)
    recorded_at: Mapped[datetime]


class JournalCheckpoint(Model):
    """A signed statement of the log's size and root."""

    __tablename__ = "journal_checkpoint"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger, index=True)
    root: Mapped[bytes] = mapped_column(LargeBinary(32))
    note: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]


class Sending(Model):
    """That a checkpoint left the house: when, in which way, and where to."""

    __tablename__ = "sending"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    checkpoint_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("journal_checkpoint.id"), index=True)
    way: Mapped[Way] = mapped_column(choice(Way, "way"))
    target: Mapped[str] = mapped_column(String(500))
    """The addresses, or the folder."""
    sent_at: Mapped[datetime]
