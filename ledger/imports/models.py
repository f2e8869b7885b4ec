"""Imports of goods lists, from the file handed in to the lines in the books."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ledger.cases.models import Case
from ledger.db import Model, choice
from ledger.imports.workflow import Kind, State
from ledger.units.models import Unit, User


class GoodsImport(Model):
    """One file that somebody wants to bring into the books of a unit."""

    __tablename__ = "goods_import"
    __table_args__ = (
        Index("ix_goods_import_unit_id_id", "unit_id", "id"),
        Index("ix_goods_import_file", "unit_id", "file"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    kind: Mapped[Kind] = mapped_column(choice(Kind, "kind"))
    state: Mapped[State] = mapped_column(choice(State, "state"), default=State.CHECKING)
    file: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the file as it was handed in."""
    file_name: Mapped[str] = mapped_column(String(200))
    case_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("cases.id"))
    """The case of all lines, where the list itself names none."""
    mapping: Mapped[dict[str, dict[str, str]]] = mapped_column(JSON, default=dict)
    """Per sheet the fields that the user gave to columns: {sheet: {column letter: field}}."""
    staged: Mapped[str | None] = mapped_column(String(64))
    """SHA-256 of the checked rows that are or will be posted."""
    summary: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What the check found: counts of rows, cases, errors, and totals per unit of measure."""
    refusal: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """Why the file could not be read at all: code, message and facts."""
    rows_posted: Mapped[int] = mapped_column(default=0)
    """How many of the staged rows have been dealt with; where an interrupted import carries on."""
    lines_created: Mapped[int] = mapped_column(default=0)
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    custodian_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    handed_in_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    unit: Mapped[Unit] = relationship()
    case: Mapped[Case | None] = relationship()
    by: Mapped[User] = relationship(foreign_keys=[by_id])
    custodian: Mapped[User | None] = relationship(foreign_keys=[custodian_id])
