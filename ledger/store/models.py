"""Periods of the store ledger that are closed. The database refuses to change or remove them; see ledger/guards.py."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ledger.db import BigId, Model, choice
from ledger.goods.periods import Period, Span
from ledger.units.models import Unit, User


class PeriodClosing(Model):
    """The figures of a unit, with those below it, and a period that is over, as two people sealed them (结账)."""

    __tablename__ = "period_closing"
    __table_args__ = (UniqueConstraint("unit_id", "first", "last"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    span: Mapped[Span] = mapped_column(choice(Span, "span"))
    first: Mapped[date]
    last: Mapped[date]
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the figures; see ledger.store.closing."""
    entry_seq: Mapped[int] = mapped_column(BigInteger, ForeignKey("journal_entry.seq"), unique=True)
    closed_at: Mapped[datetime]
    custodian_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    checker_id: Mapped[int] = mapped_column(ForeignKey("users.id"))

    unit: Mapped[Unit] = relationship()
    custodian: Mapped[User] = relationship(foreign_keys=[custodian_id])
    checker: Mapped[User] = relationship(foreign_keys=[checker_id])

    @property
    def period(self) -> Period:
        """Which days are closed."""
        return Period(self.first, self.last)
