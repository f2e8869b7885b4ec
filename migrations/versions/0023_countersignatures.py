"""Signatures of people in the documents of manifests, and whose word on the seal's certificate could not be had."""

import sqlalchemy as sa
from alembic import op

from ledger.db import UtcDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "countersignature",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("manifest_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("certificate", sa.String(length=64), nullable=False),
        sa.Column("is_known", sa.Boolean(), nullable=False),
        sa.Column("signed_at", UtcDateTime(), nullable=False),
        sa.Column("handed_in_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["manifest_id"], ["manifest.id"], name="fk_countersignature_manifest_id_manifest"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_countersignature_user_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_countersignature"),
        sa.UniqueConstraint("manifest_id", "field", name="uq_countersignature_manifest_id_field"),
    )
    op.add_column("manifest", sa.Column("unreached", sa.String(length=500), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("manifest", "unreached")
    op.drop_table("countersignature")
