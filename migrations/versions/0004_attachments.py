"""Pictures and documents of cases."""

import sqlalchemy as sa
from alembic import op

from ledger import guards
from ledger.db import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

GUARDED = ("attachment",)


def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("shown", sa.String(length=64), nullable=True),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name="fk_attachment_by_id_users"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_attachment_case_id_cases"),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name="fk_attachment_item_id_item"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_attachment_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_attachment"),
        sa.UniqueConstraint("case_id", "sha256", name="uq_attachment_case_id_sha256"),
    )
    guards.install(op.get_bind(), GUARDED)


def downgrade() -> None:
    op.drop_table("attachment")
    if op.get_bind().dialect.name == "postgresql":
        for guard in guards.guards("postgresql"):
            if guard.table in GUARDED:
                op.execute(f"DROP FUNCTION {guard.name}()")
