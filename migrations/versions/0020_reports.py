"""Reports of every unit, their pictures, certificates that came back, and what the public is told."""

import sqlalchemy as sa
from alembic import op

from ledger.db import UtcDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("reported_at", UtcDateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="fk_report_event_id_event"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_report_unit_id_unit"),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name="fk_report_by_id_users"),
        sa.PrimaryKeyConstraint("event_id", "unit_id", name="pk_report"),
    )
    op.execute(
        "INSERT INTO report (event_id, unit_id, reported_at) "
        "SELECT id, unit_id, reported_at FROM event WHERE reported_at IS NOT NULL"
    )
    op.drop_column("event", "reported_at")
    op.create_table(
        "report_picture",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.Column("caption", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_report_picture_unit_id_unit"),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name="fk_report_picture_photo_id_photo"),
        sa.PrimaryKeyConstraint("unit_id", "photo_id", name="pk_report_picture"),
    )
    op.create_table(
        "certificate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("receiver_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("shown", sa.String(length=64), nullable=True),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="fk_certificate_event_id_event"),
        sa.ForeignKeyConstraint(["receiver_id"], ["receiver.id"], name="fk_certificate_receiver_id_receiver"),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name="fk_certificate_by_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_certificate"),
        sa.UniqueConstraint("receiver_id", "sha256", name="uq_certificate_receiver_id_sha256"),
    )
    op.create_table(
        "public_result",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("cases", sa.Text(), nullable=False),
        sa.Column("released_at", UtcDateTime(), nullable=True),
        sa.Column("released_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(released_at IS NULL) = (released_by_id IS NULL)", name="ck_public_result_released_by_somebody"
        ),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="fk_public_result_event_id_event"),
        sa.ForeignKeyConstraint(["released_by_id"], ["users.id"], name="fk_public_result_released_by_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_public_result"),
        sa.UniqueConstraint("event_id", name="uq_public_result_event_id"),
    )


def downgrade() -> None:
    for table in ("public_result", "certificate", "report_picture"):
        op.drop_table(table)
    op.add_column("event", sa.Column("reported_at", UtcDateTime(), nullable=True))
    op.execute(
        "UPDATE event SET reported_at = (SELECT report.reported_at FROM report "
        "WHERE report.event_id = event.id AND report.unit_id = event.unit_id)"
    )
    op.drop_table("report")
