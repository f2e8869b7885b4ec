"""Periods of the store ledger that are closed, and sums of movements that are carried forward."""

import sqlalchemy as sa
from alembic import op

from ledger import guards
from ledger.db import BigId, Quantity, UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

GUARDED = ("period_closing", "carry", "carried")
SPANS = ("month", "quarter", "half_year", "year")


def upgrade() -> None:
    op.create_table(
        "period_closing",
        sa.Column("id", BigId, nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column(
            "span", sa.Enum(*SPANS, name="span", native_enum=False, create_constraint=True, length=32), nullable=False
        ),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("entry_seq", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=False),
        sa.Column("custodian_id", sa.Integer(), nullable=False),
        sa.Column("checker_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_period_closing_unit_id_unit"),
        sa.ForeignKeyConstraint(
            ["entry_seq"], ["journal_entry.seq"], name="fk_period_closing_entry_seq_journal_entry"
        ),
        sa.ForeignKeyConstraint(["custodian_id"], ["users.id"], name="fk_period_closing_custodian_id_users"),
        sa.ForeignKeyConstraint(["checker_id"], ["users.id"], name="fk_period_closing_checker_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_period_closing"),
        sa.UniqueConstraint("entry_seq", name="uq_period_closing_entry_seq"),
        sa.UniqueConstraint("unit_id", "first", "last", name="uq_period_closing_unit_id_first_last"),
    )
    op.create_table(
        "carry",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["journal_entry.seq"], name="fk_carry_seq_journal_entry"),
        sa.PrimaryKeyConstraint("seq", name="pk_carry"),
    )
    op.create_table(
        "carried",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("unit_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("category", sa.String(length=100), nullable=False),
        sa.Column("measure", sa.String(length=20), nullable=False),
        *(sa.Column(name, sa.String(length=32), nullable=False) for name in ("act", "source", "target")),
        sa.Column("quantity", Quantity(), nullable=False),
        sa.Column("value", Quantity(), nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["journal_entry.seq"], name="fk_carried_seq_journal_entry"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_carried_unit_id_unit"),
        sa.PrimaryKeyConstraint(
            "seq", "unit_id", "category", "measure", "act", "source", "target", name="pk_carried"
        ),
    )
    guards.install(op.get_bind(), GUARDED)


def downgrade() -> None:
    for table in reversed(GUARDED):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for guard in guards.guards("postgresql"):
            if guard.table in GUARDED:
                op.execute(f"DROP FUNCTION {guard.name}()")
