"""Chains of approval that a unit sets, and the steps that each application was submitted to."""

import sqlalchemy as sa
from alembic import op

from ledger import guards
from ledger.db import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

GUARDED = ("chain",)
ROLES = ("registrar custodian unit_head legal finance leader organiser site_staff supervisor auditor admin").split()
USED = ("unit_head", "legal", "finance", "leader")
"""The one chain until now, a step a stage."""


def upgrade() -> None:
    op.create_table(
        "chain",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=False),
        sa.Column("beside_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("beside_id <> set_by_id", name="ck_chain_two_people"),
        sa.ForeignKeyConstraint(["beside_id"], ["users.id"], name="fk_chain_beside_id_users"),
        sa.ForeignKeyConstraint(["set_by_id"], ["users.id"], name="fk_chain_set_by_id_users"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_chain_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_chain"),
    )
    op.create_index("ix_chain_unit_id", "chain", ["unit_id"])
    op.create_table(
        "application_step",
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(*ROLES, name="role", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("is_collective", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name="fk_application_step_application_id_application"
        ),
        sa.PrimaryKeyConstraint("application_id", "number", name="pk_application_step"),
    )
    op.execute("ALTER TABLE application RENAME COLUMN step TO stage")
    op.add_column("opinion", sa.Column("minutes", sa.String(length=200), nullable=False, server_default=""))
    for number, role in enumerate(USED):
        op.execute(
            "INSERT INTO application_step (application_id, number, stage, role, is_collective) "  # noqa: S608 - ours
            f"SELECT id, {number}, {number}, '{role}', false FROM application WHERE revision > 0"
        )
    guards.install(op.get_bind(), GUARDED)


def downgrade() -> None:
    with op.batch_alter_table("opinion") as opinion:
        opinion.drop_column("minutes")
    op.execute("ALTER TABLE application RENAME COLUMN stage TO step")
    op.drop_table("application_step")
    op.drop_table("chain")
    if op.get_bind().dialect.name == "postgresql":
        for guard in guards.guards("postgresql"):
            if guard.table in GUARDED:
                op.execute(f"DROP FUNCTION {guard.name}()")
