"""Plans of events are decided by chains, over the applications that they cover; deputies and waivers."""

import sqlalchemy as sa
from alembic import op

from ledger.db import UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

PARTS = (
    "handler custodian registrar first_counter second_counter recounter confirmer applicant approver packer checker "
    "scanner inspector supervisor closer"
).split()
ROLES = ("registrar custodian unit_head legal finance leader organiser site_staff supervisor auditor admin").split()


def _role() -> sa.Column[str]:
    kind = sa.Enum(*ROLES, name="role", native_enum=False, create_constraint=True, length=32)
    return sa.Column("role", kind, nullable=False)


def upgrade() -> None:
    op.create_table(
        "event_application",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="fk_event_application_event_id_event"),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name="fk_event_application_application_id_application"
        ),
        sa.PrimaryKeyConstraint("event_id", "application_id", name="pk_event_application"),
    )
    op.create_table(
        "plan_step",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        _role(),
        sa.Column("is_collective", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="fk_plan_step_event_id_event"),
        sa.PrimaryKeyConstraint("event_id", "number", name="pk_plan_step"),
    )
    op.create_table(
        "plan_opinion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        _role(),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column(
            "decision",
            sa.Enum(
                "agree", "return", "refuse", name="decision", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("minutes", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("proof", sa.JSON(), nullable=True),
        sa.Column("stands_for_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["stands_for_id"], ["users.id"], name="fk_plan_opinion_stands_for_id_users"),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name="fk_plan_opinion_by_id_users"),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="fk_plan_opinion_event_id_event"),
        sa.PrimaryKeyConstraint("id", name="pk_plan_opinion"),
        sa.UniqueConstraint("event_id", "revision", "step", name="uq_plan_opinion_event_id_revision_step"),
    )
    for name in ("revision", "stage"):
        op.add_column("event", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.add_column("chain", sa.Column("is_of_plans", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE event SET revision = 1 WHERE submitted_by_id IS NOT NULL")
    op.execute(
        "INSERT INTO plan_step (event_id, number, stage, role, is_collective) "
        "SELECT id, 0, 0, 'leader', false FROM event WHERE revision = 1"
    )
    op.execute(
        "INSERT INTO plan_opinion (event_id, revision, step, role, by_id, at, decision, text, minutes, digest) "
        "SELECT id, 1, 0, 'leader', approved_by_id, approved_at, 'agree', plan_opinion, '', plan_digest "
        "FROM event WHERE approved_by_id IS NOT NULL ORDER BY id"
    )
    op.execute("UPDATE event SET approved_by_id = NULL, approved_at = NULL WHERE state = 'planning'")
    op.drop_column("event", "plan_opinion")
    _let_people_stand_in()
    _let_duties_be_waived()


def _let_people_stand_in() -> None:
    op.create_table(
        "deputy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("deputy_id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("named_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("deputy_id <> person_id", name="ck_deputy_another_person"),
        sa.CheckConstraint("first_day <= last_day", name="ck_deputy_days_in_order"),
        sa.ForeignKeyConstraint(["person_id"], ["users.id"], name="fk_deputy_person_id_users"),
        sa.ForeignKeyConstraint(["deputy_id"], ["users.id"], name="fk_deputy_deputy_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_deputy"),
    )
    for column in ("person_id", "deputy_id"):
        op.create_index(f"ix_deputy_{column}", "deputy", [column])
    op.execute(
        "ALTER TABLE opinion ADD COLUMN stands_for_id INTEGER "
        "CONSTRAINT fk_opinion_stands_for_id_users REFERENCES users (id)"
    )


def _let_duties_be_waived() -> None:
    part, other = (
        sa.Enum(*PARTS, name=name, native_enum=False, create_constraint=True, length=32) for name in ("part", "other")
    )
    op.create_table(
        "waiver",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("part", part, nullable=False),
        sa.Column("other", other, nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("is_approved", sa.Boolean(), nullable=False),
        sa.Column("opinion", sa.String(length=300), nullable=False),
        sa.Column("proof", sa.JSON(), nullable=True),
        sa.CheckConstraint(
            "decided_by_id <> asked_by_id AND decided_by_id <> person_id", name="ck_waiver_decided_by_another"
        ),
        sa.CheckConstraint("(decided_by_id IS NULL) = (decided_at IS NULL)", name="ck_waiver_decided_by_somebody"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_waiver_unit_id_unit"),
        sa.ForeignKeyConstraint(["person_id"], ["users.id"], name="fk_waiver_person_id_users"),
        sa.ForeignKeyConstraint(["asked_by_id"], ["users.id"], name="fk_waiver_asked_by_id_users"),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name="fk_waiver_decided_by_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_waiver"),
    )
    op.create_index("ix_waiver_unit_id", "waiver", ["unit_id"])
    op.create_table(
        "batch_waiver",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("waiver_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name="fk_batch_waiver_batch_id_batch"),
        sa.ForeignKeyConstraint(["waiver_id"], ["waiver.id"], name="fk_batch_waiver_waiver_id_waiver"),
        sa.PrimaryKeyConstraint("batch_id", "waiver_id", name="pk_batch_waiver"),
    )


def downgrade() -> None:
    op.drop_table("batch_waiver")
    op.drop_table("waiver")
    with op.batch_alter_table("opinion") as opinion:
        opinion.drop_column("stands_for_id")
    op.drop_table("deputy")
    op.add_column("event", sa.Column("plan_opinion", sa.String(length=300), nullable=False, server_default=""))
    op.execute("DELETE FROM chain WHERE is_of_plans")
    for table, name in (("chain", "is_of_plans"), ("event", "stage"), ("event", "revision")):
        op.drop_column(table, name)
    for table in ("plan_opinion", "plan_step", "event_application"):
        op.drop_table(table)
