"""The way to the manifest: holds, stocktakes, applications, events, batches, scans, closing, manifests."""

import sqlalchemy as sa
from alembic import op

from ledger import guards
from ledger.db import BigId, Quantity, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

GUARDED = ("scan",)
TABLES = (
    "application",
    "event",
    "stocktake",
    "batch",
    "manifest",
    "opinion",
    "photo",
    "receiver",
    "scan",
    "site",
    "supervision",
    "application_line",
    "count_line",
    "hold",
    "run",
    "slot",
    "packing",
    "posting",
    "run_supervisor",
    "resolution",
)


def choice(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.create_table(
        "application",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column(
            "state",
            choice(("draft", "submitted", "returned", "approved", "refused", "withdrawn"), "state"),
            nullable=False,
        ),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("legal_basis", sa.String(length=300), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("applicant_id", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("submitted_at", UtcDateTime(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["applicant_id"], ["users.id"], name="fk_application_applicant_id_users"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_application_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_application"),
        sa.UniqueConstraint("number", name="uq_application_number"),
    )
    op.create_index("ix_application_state", "application", ["state"])
    op.create_index("ix_application_unit_id_id", "application", ["unit_id", "id"])
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("report_due_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            choice(("planning", "submitted", "approved", "open", "closing", "sealed", "cancelled"), "state"),
            nullable=False,
        ),
        sa.Column("plan_digest", sa.String(length=64), nullable=False),
        sa.Column("plan_opinion", sa.String(length=300), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("submitted_by_id", sa.Integer(), nullable=True),
        sa.Column("submitted_at", UtcDateTime(), nullable=True),
        sa.Column("returned_at", UtcDateTime(), nullable=True),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_at", UtcDateTime(), nullable=True),
        sa.Column("opened_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("reported_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("approved_by_id <> submitted_by_id", name="ck_event_approved_by_another"),
        sa.ForeignKeyConstraint(["approved_by_id"], ["users.id"], name="fk_event_approved_by_id_users"),
        sa.ForeignKeyConstraint(["created_by_id"], ["users.id"], name="fk_event_created_by_id_users"),
        sa.ForeignKeyConstraint(["ended_by_id"], ["users.id"], name="fk_event_ended_by_id_users"),
        sa.ForeignKeyConstraint(["submitted_by_id"], ["users.id"], name="fk_event_submitted_by_id_users"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_event_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
    )
    op.create_index("ix_event_unit_id_day", "event", ["unit_id", "day"])
    op.create_table(
        "stocktake",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(length=500), nullable=False),
        sa.Column(
            "state",
            choice(("counting", "recounting", "explaining", "confirming", "closed", "cancelled"), "state"),
            nullable=False,
        ),
        sa.Column("frozen_at", UtcDateTime(), nullable=False),
        sa.Column("last_movement_id", sa.BigInteger(), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=False),
        sa.Column("first_id", sa.Integer(), nullable=True),
        sa.Column("first_done_at", UtcDateTime(), nullable=True),
        sa.Column("second_id", sa.Integer(), nullable=True),
        sa.Column("second_done_at", UtcDateTime(), nullable=True),
        sa.Column("recounter_id", sa.Integer(), nullable=True),
        sa.Column("recount_done_at", UtcDateTime(), nullable=True),
        sa.Column("explained_by_id", sa.Integer(), nullable=True),
        sa.Column("confirmer_id", sa.Integer(), nullable=True),
        sa.Column("remark", sa.String(length=300), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("confirmer_id NOT IN (first_id, second_id)", name="ck_stocktake_another_confirmer"),
        sa.CheckConstraint("first_id <> second_id", name="ck_stocktake_two_counters"),
        sa.CheckConstraint("recounter_id NOT IN (first_id, second_id)", name="ck_stocktake_another_recounter"),
        sa.ForeignKeyConstraint(["confirmer_id"], ["users.id"], name="fk_stocktake_confirmer_id_users"),
        sa.ForeignKeyConstraint(["explained_by_id"], ["users.id"], name="fk_stocktake_explained_by_id_users"),
        sa.ForeignKeyConstraint(["first_id"], ["users.id"], name="fk_stocktake_first_id_users"),
        sa.ForeignKeyConstraint(["opened_by_id"], ["users.id"], name="fk_stocktake_opened_by_id_users"),
        sa.ForeignKeyConstraint(["recounter_id"], ["users.id"], name="fk_stocktake_recounter_id_users"),
        sa.ForeignKeyConstraint(["second_id"], ["users.id"], name="fk_stocktake_second_id_users"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_stocktake_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_stocktake"),
        sa.UniqueConstraint("unit_id", "number", name="uq_stocktake_unit_id_number"),
    )
    op.create_table(
        "batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("stem", sa.String(length=9), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("env_class", choice(("general", "electronic", "hazardous"), "env_class"), nullable=False),
        sa.Column(
            "method",
            choice(
                ("incineration", "hot_incineration", "crushing", "dismantling", "pulping", "landfill", "chemical"),
                "method",
            ),
            nullable=False,
        ),
        sa.Column("packer_id", sa.Integer(), nullable=True),
        sa.Column("checker_id", sa.Integer(), nullable=True),
        sa.Column("packed_at", UtcDateTime(), nullable=True),
        sa.Column("seal", sa.String(length=50), nullable=False),
        sa.Column("gross_kg", Quantity(), nullable=True),
        sa.Column("tare_kg", Quantity(), nullable=False),
        sa.Column("sealed_at", UtcDateTime(), nullable=True),
        sa.Column("is_expected", sa.Boolean(), nullable=False),
        sa.Column("printed", sa.String(length=12), nullable=False),
        sa.CheckConstraint("(sealed_at IS NULL) = (seal = '')", name="ck_batch_sealed_with_a_seal"),
        sa.CheckConstraint(
            "gross_kg IS NULL OR gross_kg > tare_kg AND tare_kg >= 0", name="ck_batch_heavier_than_its_box"
        ),
        sa.CheckConstraint("packer_id <> checker_id", name="ck_batch_packer_is_not_checker"),
        sa.ForeignKeyConstraint(["checker_id"], ["users.id"], name="fk_batch_checker_id_users"),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="fk_batch_event_id_event"),
        sa.ForeignKeyConstraint(["packer_id"], ["users.id"], name="fk_batch_packer_id_users"),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name="fk_batch_place_id_place"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_batch_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_batch"),
        sa.UniqueConstraint("code", name="uq_batch_code"),
        sa.UniqueConstraint("event_id", "number", name="uq_batch_event_id_number"),
        sa.UniqueConstraint("place_id", name="uq_batch_place_id"),
        sa.UniqueConstraint("stem", name="uq_batch_stem"),
    )
    op.create_index("ix_batch_unit_id", "batch", ["unit_id"])
    op.create_table(
        "manifest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("sm3", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", UtcDateTime(), nullable=False),
        sa.Column("sealed_by_id", sa.Integer(), nullable=False),
        sa.Column("sealed_seq", sa.BigInteger(), nullable=False),
        sa.Column("checkpoint_id", sa.BigInteger(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("pdf_sha256", sa.String(length=64), nullable=True),
        sa.Column("signed_at", UtcDateTime(), nullable=True),
        sa.Column("signed_seq", sa.BigInteger(), nullable=True),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["checkpoint_id"], ["journal_checkpoint.id"], name="fk_manifest_checkpoint_id_journal_checkpoint"
        ),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="fk_manifest_event_id_event"),
        sa.ForeignKeyConstraint(["sealed_by_id"], ["users.id"], name="fk_manifest_sealed_by_id_users"),
        sa.ForeignKeyConstraint(["sealed_seq"], ["journal_entry.seq"], name="fk_manifest_sealed_seq_journal_entry"),
        sa.ForeignKeyConstraint(["signed_seq"], ["journal_entry.seq"], name="fk_manifest_signed_seq_journal_entry"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_manifest_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_manifest"),
        sa.UniqueConstraint("code", name="uq_manifest_code"),
        sa.UniqueConstraint("event_id", name="uq_manifest_event_id"),
        sa.UniqueConstraint("number", name="uq_manifest_number"),
    )
    op.create_index("ix_manifest_pdf_sha256", "manifest", ["pdf_sha256"])
    op.create_table(
        "opinion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            choice(
                (
                    "registrar",
                    "custodian",
                    "unit_head",
                    "legal",
                    "finance",
                    "leader",
                    "organiser",
                    "site_staff",
                    "supervisor",
                    "auditor",
                    "admin",
                ),
                "role",
            ),
            nullable=False,
        ),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("decision", choice(("agree", "return", "refuse"), "decision"), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name="fk_opinion_application_id_application"),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name="fk_opinion_by_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_opinion"),
        sa.UniqueConstraint("application_id", "revision", "step", name="uq_opinion_application_id_revision_step"),
    )
    op.create_table(
        "photo",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("taken_at", UtcDateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name="fk_photo_by_id_users"),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="fk_photo_event_id_event"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_photo_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_photo"),
        sa.UniqueConstraint("event_id", "sha256", name="uq_photo_event_id_sha256"),
    )
    op.create_table(
        "receiver",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("env_class", choice(("general", "electronic", "hazardous"), "env_class"), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("licence", sa.String(length=100), nullable=False),
        sa.Column("licence_until", sa.Date(), nullable=True),
        sa.Column("form_no", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="fk_receiver_event_id_event"),
        sa.PrimaryKeyConstraint("id", name="pk_receiver"),
        sa.UniqueConstraint("event_id", "env_class", "name", name="uq_receiver_event_id_env_class_name"),
    )
    op.create_table(
        "scan",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.Column("stage", choice(("load", "receive", "destroy", "void"), "stage"), nullable=False),
        sa.Column("code", sa.String(length=200), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("offset_ms", sa.BigInteger(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=True),
        sa.Column("vehicle", sa.String(length=30), nullable=False),
        sa.Column("seal", choice(("whole", "broken"), "seal"), nullable=True),
        sa.Column("gross_kg", Quantity(), nullable=True),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("voids", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="fk_scan_event_id_event"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_scan_user_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_scan"),
    )
    op.create_index("ix_scan_event_id_received_at", "scan", ["event_id", "received_at"])
    op.create_table(
        "site",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("is_main", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="fk_site_event_id_event"),
        sa.PrimaryKeyConstraint("id", name="pk_site"),
        sa.UniqueConstraint("event_id", "name", name="uq_site_event_id_name"),
    )
    op.create_table(
        "supervision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("statement", sa.String(length=500), nullable=False),
        sa.Column("strokes", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("signed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="fk_supervision_event_id_event"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_supervision_user_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_supervision"),
        sa.UniqueConstraint("event_id", "user_id", name="uq_supervision_event_id_user_id"),
    )
    op.create_table(
        "application_line",
        sa.Column("id", BigId, nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("quantity", Quantity(), nullable=False),
        sa.Column("packed", Quantity(), nullable=False),
        sa.Column(
            "method",
            choice(
                ("incineration", "hot_incineration", "crushing", "dismantling", "pulping", "landfill", "chemical"),
                "method",
            ),
            nullable=False,
        ),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("0 <= packed AND packed <= quantity", name="ck_application_line_packed_at_most_all"),
        sa.CheckConstraint("quantity > 0", name="ck_application_line_something"),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name="fk_application_line_application_id_application"
        ),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name="fk_application_line_item_id_item"),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name="fk_application_line_place_id_place"),
        sa.PrimaryKeyConstraint("id", name="pk_application_line"),
        sa.UniqueConstraint(
            "application_id", "item_id", "place_id", name="uq_application_line_application_id_item_id_place_id"
        ),
    )
    op.create_index("ix_application_line_item_id", "application_line", ["item_id"])
    op.create_table(
        "count_line",
        sa.Column("id", BigId, nullable=False),
        sa.Column("stocktake_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("book", Quantity(), nullable=False),
        sa.Column("first", Quantity(), nullable=True),
        sa.Column("second", Quantity(), nullable=True),
        sa.Column("recount", Quantity(), nullable=True),
        sa.Column(
            "cause", choice(("damage", "loss", "clerical", "wrong_place", "surplus", "other"), "cause"), nullable=True
        ),
        sa.Column("explanation", sa.String(length=300), nullable=False),
        sa.Column("moved_meanwhile", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name="fk_count_line_item_id_item"),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name="fk_count_line_place_id_place"),
        sa.ForeignKeyConstraint(["stocktake_id"], ["stocktake.id"], name="fk_count_line_stocktake_id_stocktake"),
        sa.PrimaryKeyConstraint("id", name="pk_count_line"),
        sa.UniqueConstraint("stocktake_id", "item_id", "place_id", name="uq_count_line_stocktake_id_item_id_place_id"),
    )
    op.create_index("ix_count_line_item_id", "count_line", ["item_id"])
    op.create_table(
        "hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            choice(("review", "lawsuit", "stay", "evidence", "criminal_transfer", "other"), "kind"),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=False),
        sa.Column("released_at", UtcDateTime(), nullable=True),
        sa.Column("released_by_id", sa.Integer(), nullable=True),
        sa.Column("release_reason", sa.String(length=300), nullable=False),
        sa.CheckConstraint("(released_at IS NULL) = (released_by_id IS NULL)", name="ck_hold_released_by_somebody"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_hold_case_id_cases"),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name="fk_hold_item_id_item"),
        sa.ForeignKeyConstraint(["released_by_id"], ["users.id"], name="fk_hold_released_by_id_users"),
        sa.ForeignKeyConstraint(["set_by_id"], ["users.id"], name="fk_hold_set_by_id_users"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_hold_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_hold"),
    )
    op.create_index("ix_hold_case_id_released_at", "hold", ["case_id", "released_at"])
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("receiver_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "method",
            choice(
                ("incineration", "hot_incineration", "crushing", "dismantling", "pulping", "landfill", "chemical"),
                "method",
            ),
            nullable=False,
        ),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("opened_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("finished_at IS NULL OR finished_at >= started_at", name="ck_run_ends_after_it_began"),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="fk_run_event_id_event"),
        sa.ForeignKeyConstraint(["opened_by_id"], ["users.id"], name="fk_run_opened_by_id_users"),
        sa.ForeignKeyConstraint(["receiver_id"], ["receiver.id"], name="fk_run_receiver_id_receiver"),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_run_site_id_site"),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
        sa.UniqueConstraint("event_id", "number", name="uq_run_event_id_number"),
    )
    op.create_table(
        "slot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="fk_slot_event_id_event"),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_slot_site_id_site"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_slot_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_slot"),
        sa.UniqueConstraint("event_id", "unit_id", name="uq_slot_event_id_unit_id"),
    )
    op.create_table(
        "packing",
        sa.Column("id", BigId, nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("application_line_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", Quantity(), nullable=False),
        sa.Column("returned_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("quantity > 0", name="ck_packing_something"),
        sa.ForeignKeyConstraint(
            ["application_line_id"], ["application_line.id"], name="fk_packing_application_line_id_application_line"
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name="fk_packing_batch_id_batch"),
        sa.PrimaryKeyConstraint("id", name="pk_packing"),
    )
    op.create_index("ix_packing_application_line_id", "packing", ["application_line_id"])
    op.create_index("ix_packing_batch_id", "packing", ["batch_id"])
    op.create_table(
        "posting",
        sa.Column("id", BigId, nullable=False),
        sa.Column("scan_id", sa.String(length=36), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("stage", choice(("load", "receive", "destroy", "void"), "stage"), nullable=False),
        sa.Column("outcome", choice(("ok", "repeat", "waiting", "refused", "unknown"), "outcome"), nullable=False),
        sa.Column(
            "reason",
            choice(
                (
                    "bad_code",
                    "no_such_batch",
                    "label_void",
                    "other_event",
                    "event_not_open",
                    "not_in_plan",
                    "held",
                    "seal_broken",
                    "hazardous_papers",
                    "earlier_stage_missing",
                    "no_run",
                    "other_method",
                    "already_passed",
                    "nothing_to_take_back",
                    "needs_supervisor",
                    "later_stage_done",
                    "taken_back",
                    "books_differ",
                ),
                "reason",
            ),
            nullable=True,
        ),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("first_id", BigId, nullable=True),
        sa.Column("entry_seq", sa.BigInteger(), nullable=True),
        sa.Column("posted_at", UtcDateTime(), nullable=False),
        sa.Column("voided_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name="fk_posting_batch_id_batch"),
        sa.ForeignKeyConstraint(["entry_seq"], ["journal_entry.seq"], name="fk_posting_entry_seq_journal_entry"),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="fk_posting_event_id_event"),
        sa.ForeignKeyConstraint(["first_id"], ["posting.id"], name="fk_posting_first_id_posting"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_posting_run_id_run"),
        sa.ForeignKeyConstraint(["scan_id"], ["scan.id"], name="fk_posting_scan_id_scan"),
        sa.PrimaryKeyConstraint("id", name="pk_posting"),
        sa.UniqueConstraint("scan_id", name="uq_posting_scan_id"),
    )
    op.create_index("ix_posting_batch_id", "posting", ["batch_id"])
    op.create_index("ix_posting_event_id_outcome", "posting", ["event_id", "outcome"])
    op.create_index(
        "uq_posting_passed",
        "posting",
        ["event_id", "batch_id", "stage"],
        unique=True,
        sqlite_where=sa.text("outcome = 'ok' AND stage <> 'void' AND voided_at IS NULL"),
        postgresql_where=sa.text("outcome = 'ok' AND stage <> 'void' AND voided_at IS NULL"),
    )
    op.create_table(
        "run_supervisor",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_run_supervisor_run_id_run"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_run_supervisor_user_id_users"),
        sa.PrimaryKeyConstraint("run_id", "user_id", name="pk_run_supervisor"),
    )
    op.create_table(
        "resolution",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("posting_id", sa.BigInteger(), nullable=True),
        sa.Column("open", choice(("not_loaded", "not_received", "not_destroyed", "scan"), "open"), nullable=False),
        sa.Column(
            "way", choice(("stays_packed", "turned_back", "returned", "missing", "noted"), "way"), nullable=False
        ),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("written_by_id", sa.Integer(), nullable=False),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("(batch_id IS NULL) <> (posting_id IS NULL)", name="ck_resolution_of_one_thing"),
        sa.CheckConstraint("confirmed_by_id <> written_by_id", name="ck_resolution_two_people"),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name="fk_resolution_batch_id_batch"),
        sa.ForeignKeyConstraint(["confirmed_by_id"], ["users.id"], name="fk_resolution_confirmed_by_id_users"),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="fk_resolution_event_id_event"),
        sa.ForeignKeyConstraint(["posting_id"], ["posting.id"], name="fk_resolution_posting_id_posting"),
        sa.ForeignKeyConstraint(["written_by_id"], ["users.id"], name="fk_resolution_written_by_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_resolution"),
        sa.UniqueConstraint("event_id", "batch_id", name="uq_resolution_event_id_batch_id"),
        sa.UniqueConstraint("event_id", "posting_id", name="uq_resolution_event_id_posting_id"),
    )
    op.add_column("position", sa.Column("counted_at", UtcDateTime(), nullable=True))
    guards.install(op.get_bind(), GUARDED)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    with op.batch_alter_table("position") as position:
        position.drop_column("counted_at")
    if op.get_bind().dialect.name == "postgresql":
        for guard in guards.guards("postgresql"):
            if guard.table in GUARDED:
                op.execute(f"DROP FUNCTION {guard.name}()")
