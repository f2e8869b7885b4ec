"""Planned counts, what is found beside the list, what is spoilt, and what a counter had entered before."""

import sqlalchemy as sa
from alembic import op

from ledger.db import Quantity, UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KINDS = ("quarter", "half_year", "handover", "before_event", "unannounced", "as_needed")
SCOPES = ("store", "locations", "cases")
HOLDS = ("review", "lawsuit", "stay", "evidence", "criminal_transfer", "other")
SHORTAGE = "shortage"
FILLED = """
INSERT INTO count_place (stocktake_id, place_id) SELECT DISTINCT stocktake_id, place_id FROM count_line
"""


def upgrade() -> None:
    op.create_table(
        "count_plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("kind", _choice("kind", KINDS), nullable=False),
        sa.Column("scope", _choice("scope", SCOPES), nullable=False),
        sa.Column("scope_ids", sa.JSON(), nullable=False),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("first_id", sa.Integer(), nullable=True),
        sa.Column("second_id", sa.Integer(), nullable=True),
        sa.Column("planned_by_id", sa.Integer(), nullable=False),
        sa.Column("planned_at", UtcDateTime(), nullable=False),
        sa.Column("stocktake_id", sa.Integer(), nullable=True),
        sa.Column("cancelled_at", UtcDateTime(), nullable=True),
        sa.Column("remark", sa.String(length=300), nullable=False),
        sa.CheckConstraint("first_id <> second_id", name="ck_count_plan_two_counters"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_count_plan_unit_id_unit"),
        sa.ForeignKeyConstraint(["first_id"], ["users.id"], name="fk_count_plan_first_id_users"),
        sa.ForeignKeyConstraint(["second_id"], ["users.id"], name="fk_count_plan_second_id_users"),
        sa.ForeignKeyConstraint(["planned_by_id"], ["users.id"], name="fk_count_plan_planned_by_id_users"),
        sa.ForeignKeyConstraint(["stocktake_id"], ["stocktake.id"], name="fk_count_plan_stocktake_id_stocktake"),
        sa.PrimaryKeyConstraint("id", name="pk_count_plan"),
        sa.UniqueConstraint("stocktake_id", name="uq_count_plan_stocktake_id"),
    )
    op.create_index("ix_count_plan_unit_id_due_on", "count_plan", ["unit_id", "due_on"])
    op.create_table(
        "count_place",
        sa.Column("stocktake_id", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["stocktake_id"], ["stocktake.id"], name="fk_count_place_stocktake_id_stocktake"),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name="fk_count_place_place_id_place"),
        sa.PrimaryKeyConstraint("stocktake_id", "place_id", name="pk_count_place"),
    )
    op.create_index("ix_count_place_place_id", "count_place", ["place_id"])
    op.execute(FILLED)
    op.create_table(
        "count_extra",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stocktake_id", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("spec", sa.String(length=200), nullable=False),
        sa.Column("measure", sa.String(length=20), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=True),
        sa.Column("first", Quantity(), nullable=True),
        sa.Column("second", Quantity(), nullable=True),
        sa.Column("recount", Quantity(), nullable=True),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("explanation", sa.String(length=300), nullable=False),
        sa.Column("moved_meanwhile", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["stocktake_id"], ["stocktake.id"], name="fk_count_extra_stocktake_id_stocktake"),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name="fk_count_extra_place_id_place"),
        sa.ForeignKeyConstraint(["line_id"], ["count_line.id"], name="fk_count_extra_line_id_count_line"),
        sa.PrimaryKeyConstraint("id", name="pk_count_extra"),
    )
    op.create_index("ix_count_extra_stocktake_id", "count_extra", ["stocktake_id"])
    for name in ("first_spoilt", "second_spoilt", "recount_spoilt"):
        op.add_column("count_line", sa.Column(name, Quantity(), nullable=True))
    op.add_column("count_line", sa.Column("changes", sa.JSON(), nullable=False, server_default="[]"))
    _let_hold_be((*HOLDS, SHORTAGE))


def downgrade() -> None:
    op.execute(f"UPDATE hold SET kind = 'other' WHERE kind = '{SHORTAGE}'")
    _let_hold_be(HOLDS)
    for name in ("changes", "recount_spoilt", "second_spoilt", "first_spoilt"):
        op.drop_column("count_line", name)
    for table in ("count_extra", "count_place", "count_plan"):
        op.drop_table(table)


def _choice(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _let_hold_be(kinds: tuple[str, ...]) -> None:
    """Change which kinds of hold the database takes; SQLite copies the table for it, which no guard watches."""
    asked = "kind IN ({})".format(", ".join(f"'{kind}'" for kind in kinds))
    with op.batch_alter_table("hold") as batch:
        batch.drop_constraint(op.f("ck_hold_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_hold_kind"), asked)
