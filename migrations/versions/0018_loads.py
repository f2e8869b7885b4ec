"""Loads with their weights and signed hand-over slips; what is left of a run, its pictures and signatures."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from ledger.db import UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

PARTS = (
    "handler custodian registrar first_counter second_counter recounter confirmer applicant approver packer checker "
    "scanner supervisor inspector closer"
).split()
ROAD = ("dispatcher", "escort", "taker")
POINTS = ("not_loaded", "not_received", "not_destroyed", "scan")
LOAD = "load"
ONE_OF_TWO = "(batch_id IS NULL) <> (posting_id IS NULL)"
ONE_OF_THREE = (
    "CASE WHEN batch_id IS NULL THEN 0 ELSE 1 END + CASE WHEN posting_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN load_id IS NULL THEN 0 ELSE 1 END = 1"
)
OF_ONE_THING = "ck_resolution_ck_resolution_of_one_thing"
"""As 0002 named it."""
AS_IT_IS = {"reflect_kwargs": {"resolve_fks": False}}


def upgrade() -> None:
    op.create_table(
        "load",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("plate", sa.String(length=30), nullable=False),
        sa.Column("driver", sa.String(length=64), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=False),
        sa.Column("gross_kg", sa.BigInteger(), nullable=True),
        sa.Column("tare_kg", sa.BigInteger(), nullable=True),
        sa.Column("weighed_at", UtcDateTime(), nullable=True),
        sa.Column("weighed_by_id", sa.Integer(), nullable=True),
        sa.Column("departed_seq", sa.BigInteger(), nullable=True),
        sa.Column("arrived_seq", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("tare_kg < gross_kg", name="heavier_than_empty"),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="fk_load_event_id_event"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_load_unit_id_unit"),
        sa.ForeignKeyConstraint(["opened_by_id"], ["users.id"], name="fk_load_opened_by_id_users"),
        sa.ForeignKeyConstraint(["weighed_by_id"], ["users.id"], name="fk_load_weighed_by_id_users"),
        sa.ForeignKeyConstraint(["departed_seq"], ["journal_entry.seq"], name="fk_load_departed_seq_journal_entry"),
        sa.ForeignKeyConstraint(["arrived_seq"], ["journal_entry.seq"], name="fk_load_arrived_seq_journal_entry"),
        sa.PrimaryKeyConstraint("id", name="pk_load"),
        sa.UniqueConstraint("event_id", "number", name="uq_load_event_id_number"),
    )
    for table, one, other, target in (
        ("load_escort", "load_id", "user_id", "users"),
        ("run_photo", "run_id", "photo_id", "photo"),
    ):
        first = one.removesuffix("_id")
        op.create_table(
            table,
            sa.Column(one, sa.Integer(), nullable=False),
            sa.Column(other, sa.Integer(), nullable=False),
            sa.ForeignKeyConstraint([one], [f"{first}.id"], name=f"fk_{table}_{one}_{first}"),
            sa.ForeignKeyConstraint([other], [f"{target}.id"], name=f"fk_{table}_{other}_{target}"),
            sa.PrimaryKeyConstraint(one, other, name=f"pk_{table}"),
        )
    op.create_table(
        "signature",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("load_id", sa.Integer(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column(
            "signs",
            sa.Enum(
                *("hands_over", "sets_out", "arrives", "takes_over", "watched"),
                name="signs",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("strokes", sa.JSON(), nullable=True),
        sa.Column("paper", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("signed_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("(load_id IS NULL) <> (run_id IS NULL)", name="of_one_thing"),
        sa.CheckConstraint("(strokes IS NULL) <> (paper = '')", name="on_screen_or_paper"),
        sa.ForeignKeyConstraint(["load_id"], ["load.id"], name="fk_signature_load_id_load"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_signature_run_id_run"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_signature_user_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_signature"),
        sa.UniqueConstraint("load_id", "signs", name="uq_signature_load_id_signs"),
        sa.UniqueConstraint("run_id", "user_id", name="uq_signature_run_id_user_id"),
    )
    op.add_column("run", sa.Column("video", sa.String(length=300), nullable=False, server_default=""))
    op.add_column("run", sa.Column("residue_kg", sa.BigInteger(), nullable=True))
    op.add_column("run", sa.Column("income", sa.BigInteger(), nullable=True))
    op.add_column("run", sa.Column("receipt_no", sa.String(length=100), nullable=False, server_default=""))
    with op.batch_alter_table("resolution", **AS_IT_IS) as resolution:
        resolution.add_column(sa.Column("load_id", sa.Integer(), nullable=True))
        resolution.create_foreign_key(op.f("fk_resolution_load_id_load"), "load", ["load_id"], ["id"])
        resolution.create_unique_constraint(op.f("uq_resolution_event_id_load_id"), ["event_id", "load_id"])
        resolution.drop_constraint(op.f(OF_ONE_THING), type_="check")
        resolution.create_check_constraint(op.f(OF_ONE_THING), ONE_OF_THREE)
    _let_be("resolution", ("open",), (*POINTS, LOAD))
    _let_be("waiver", ("part", "other"), (*PARTS, *ROAD))


def downgrade() -> None:
    _let_be("waiver", ("part", "other"), PARTS)
    op.execute("DELETE FROM resolution WHERE load_id IS NOT NULL")
    _let_be("resolution", ("open",), POINTS)
    with op.batch_alter_table("resolution", **AS_IT_IS) as resolution:
        resolution.drop_constraint(op.f(OF_ONE_THING), type_="check")
        resolution.create_check_constraint(op.f(OF_ONE_THING), ONE_OF_TWO)
        resolution.drop_constraint(op.f("uq_resolution_event_id_load_id"), type_="unique")
        resolution.drop_constraint(op.f("fk_resolution_load_id_load"), type_="foreignkey")
        resolution.drop_column("load_id")
    for name in ("receipt_no", "income", "residue_kg", "video"):
        op.drop_column("run", name)
    for table in ("signature", "run_photo", "load_escort", "load"):
        op.drop_table(table)


def _let_be(table: str, columns: Sequence[str], values: Sequence[str]) -> None:
    """Change what the database takes in these columns; SQLite copies the table for it, which no guard watches."""
    with op.batch_alter_table(table, **AS_IT_IS) as batch:
        for column in columns:
            batch.drop_constraint(op.f(f"ck_{table}_{column}"), type_="check")
            asked = "{} IN ({})".format(column, ", ".join(f"'{value}'" for value in values))
            batch.create_check_constraint(op.f(f"ck_{table}_{column}"), asked)
