"""Timestamps of manifests, work that is tried again, and where checkpoints went."""

import sqlalchemy as sa
from alembic import op

from ledger.db import BigId, UtcDateTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    check = "CONSTRAINT ck_manifest_timestamp_state CHECK (timestamp_state IN ('obtained', 'pending', 'refused'))"
    op.execute(f"ALTER TABLE manifest ADD COLUMN timestamp_state VARCHAR(32) {check}")
    op.add_column("manifest", sa.Column("timestamped_at", UtcDateTime(), nullable=True))
    op.add_column("manifest", sa.Column("timestamped_by", sa.String(length=200), nullable=True))
    op.add_column("job", sa.Column("tries", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("job", sa.Column("not_before", UtcDateTime(), nullable=True))
    op.create_table(
        "earlier_document",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("manifest_id", sa.Integer(), nullable=False),
        sa.Column("signed_seq", sa.BigInteger(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["manifest_id"], ["manifest.id"], name="fk_earlier_document_manifest_id_manifest"),
        sa.ForeignKeyConstraint(
            ["signed_seq"], ["journal_entry.seq"], name="fk_earlier_document_signed_seq_journal_entry"
        ),
        sa.PrimaryKeyConstraint("sha256", name="pk_earlier_document"),
    )
    op.create_table(
        "sending",
        sa.Column("id", BigId, nullable=False),
        sa.Column("checkpoint_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "way", sa.Enum("mail", "folder", name="way", native_enum=False, create_constraint=True, length=32), nullable=False
        ),
        sa.Column("target", sa.String(length=500), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["checkpoint_id"], ["journal_checkpoint.id"], name="fk_sending_checkpoint_id_journal_checkpoint"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sending"),
    )
    op.create_index("ix_sending_checkpoint_id", "sending", ["checkpoint_id"])


def downgrade() -> None:
    op.drop_table("sending")
    op.drop_table("earlier_document")
    op.drop_column("job", "not_before")
    op.drop_column("job", "tries")
    op.drop_column("manifest", "timestamped_by")
    op.drop_column("manifest", "timestamped_at")
    op.drop_column("manifest", "timestamp_state")
