"""Sealed batches in stocktakes, counted by label, seal and weight; a container that is destroyed another way."""

import sqlalchemy as sa
from alembic import op

from ledger.db import Quantity, UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

CAUSES = ("damage", "loss", "clerical", "wrong_place", "surplus", "other")
CONDITIONS = ("whole", "broken", "gone")


def upgrade() -> None:
    op.create_table(
        "count_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stocktake_id", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("event", sa.String(length=100), nullable=False),
        sa.Column("label", sa.String(length=12), nullable=False),
        sa.Column("seal", sa.String(length=50), nullable=False),
        sa.Column("gross_kg", Quantity(), nullable=False),
        sa.Column("tolerance_kg", Quantity(), nullable=False),
        sa.Column("cause", _choice("cause", CAUSES), nullable=True),
        sa.Column("explanation", sa.String(length=300), nullable=False),
        sa.Column("moved_meanwhile", sa.Boolean(), nullable=False),
        sa.CheckConstraint("tolerance_kg >= 0", name="ck_count_batch_no_less_than_exact"),
        sa.ForeignKeyConstraint(["stocktake_id"], ["stocktake.id"], name="fk_count_batch_stocktake_id_stocktake"),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name="fk_count_batch_place_id_place"),
        sa.PrimaryKeyConstraint("id", name="pk_count_batch"),
        sa.UniqueConstraint("stocktake_id", "place_id", name="uq_count_batch_stocktake_id_place_id"),
    )
    op.create_index("ix_count_batch_place_id", "count_batch", ["place_id"])
    op.create_table(
        "count_reading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=32), nullable=False),
        sa.Column("condition", _choice("condition", CONDITIONS), nullable=False),
        sa.Column("label", sa.String(length=12), nullable=False),
        sa.Column("seal", sa.String(length=50), nullable=False),
        sa.Column("gross_kg", Quantity(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["count_batch.id"], name="fk_count_reading_batch_id_count_batch"),
        sa.PrimaryKeyConstraint("id", name="pk_count_reading"),
    )
    op.create_index("ix_count_reading_batch_id", "count_reading", ["batch_id"])
    for table in ("application_line", "batch"):
        op.add_column(table, sa.Column("container_method", sa.String(length=32), nullable=True))


def downgrade() -> None:
    for table in ("batch", "application_line"):
        op.drop_column(table, "container_method")
    op.drop_table("count_reading")
    op.drop_table("count_batch")


def _choice(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)
