"""Samples drawn when the day begins, what was found in them, what they stop; how far batches are, and their worth."""

import sqlalchemy as sa
from alembic import op

from ledger.db import UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

BEFORE = (
    "bad_code no_such_batch label_void other_event event_not_open not_in_plan held seal_broken hazardous_papers "
    "earlier_stage_missing no_run other_method already_passed nothing_to_take_back needs_supervisor later_stage_done "
    "taken_back books_differ"
).split()
ADDED = ("sample_failed", "sample_due")
WAY = ("load", "receive", "destroy")
PASSED = """
UPDATE batch SET passed = '{stage}' WHERE id IN (
SELECT batch_id FROM posting WHERE stage = '{stage}' AND outcome = 'ok' AND voided_at IS NULL)
"""
PEOPLE = {"opened_by_id": False, "witness_id": False, "lifted_by_id": True, "confirmed_by_id": True}


def upgrade() -> None:
    op.add_column("event", sa.Column("seed", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("batch", sa.Column("is_sample", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("batch", sa.Column("value", sa.BigInteger(), nullable=True))
    op.add_column("batch", sa.Column("passed", sa.String(length=10), nullable=False, server_default=""))
    for stage in WAY:
        op.execute(PASSED.format(stage=stage))
    op.create_table(
        "inspection",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("event_id", "unit_id", "batch_id")),
        *(sa.Column(name, sa.Integer(), nullable=is_nullable) for name, is_nullable in PEOPLE.items()),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column(
            "seal",
            sa.Enum("whole", "broken", name="seal", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        *(sa.Column(name, sa.String(length=50), nullable=False) for name in ("seal_found", "new_seal")),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("deviation", sa.String(length=500), nullable=False),
        sa.Column("is_passed", sa.Boolean(), nullable=False),
        sa.Column("lifted_at", UtcDateTime(), nullable=True),
        sa.Column("lift_reason", sa.String(length=500), nullable=False),
        sa.CheckConstraint("opened_by_id <> witness_id", name="ck_inspection_two_people"),
        sa.CheckConstraint("lifted_by_id <> confirmed_by_id", name="ck_inspection_lifted_by_two"),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="fk_inspection_event_id_event"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_inspection_unit_id_unit"),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name="fk_inspection_batch_id_batch"),
        *(sa.ForeignKeyConstraint([name], ["users.id"], name=f"fk_inspection_{name}_users") for name in PEOPLE),
        sa.PrimaryKeyConstraint("id", name="pk_inspection"),
        sa.UniqueConstraint("batch_id", name="uq_inspection_batch_id"),
    )
    op.create_index("ix_inspection_event_id", "inspection", ["event_id"])
    _let_reason_be((*BEFORE, *ADDED))


def downgrade() -> None:
    op.execute("UPDATE posting SET reason = 'held' WHERE reason IN ('sample_failed', 'sample_due')")
    _let_reason_be(BEFORE)
    op.drop_table("inspection")
    op.drop_column("batch", "passed")
    op.drop_column("batch", "value")
    op.drop_column("batch", "is_sample")
    op.drop_column("event", "seed")


def _let_reason_be(reasons: tuple[str, ...] | list[str]) -> None:
    """Change which reasons the database takes; SQLite copies the table for it, which no guard watches."""
    asked = "reason IN ({})".format(", ".join(f"'{reason}'" for reason in reasons))
    with op.batch_alter_table("posting") as batch:
        batch.drop_constraint(op.f("ck_posting_reason"), type_="check")
        batch.create_check_constraint(op.f("ck_posting_reason"), asked)
