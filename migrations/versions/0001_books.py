"""The books: units and people, cases and lines, places, positions, movements, and the journal over them."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from ledger import guards
from ledger.db import BigId, Quantity, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ACCOUNTS = (
    "party",
    "found",
    "seized",
    "stored",
    "packed",
    "loaded",
    "received",
    "destroyed",
    "sampled",
    "consumed",
    "returned",
    "transferred",
    "auctioned",
    "donated",
    "reallocated",
    "scrapped",
    "missing",
)


GUARDED = ("journal_entry", "journal_checkpoint", "journal_head", "movement")


def choice(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.create_table(
        "journal_checkpoint",
        sa.Column("id", BigId, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_journal_checkpoint"),
    )
    op.create_index("ix_journal_checkpoint_size", "journal_checkpoint", ["size"])

    op.create_table(
        "journal_head",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("id = 1", name="ck_journal_head_one_row"),
        sa.PrimaryKeyConstraint("id", name="pk_journal_head"),
    )
    op.create_table(
        "unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("short_name", sa.String(length=32), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["parent_id"], ["unit.id"], name="fk_unit_parent_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_unit"),
        sa.UniqueConstraint("code", name="uq_unit_code"),
        sa.UniqueConstraint("name", name="uq_unit_name"),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("session_version", sa.Integer(), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=True),
        sa.Column("disabled_at", UtcDateTime(), nullable=True),
        sa.Column("failed_attempts", sa.Integer(), nullable=False),
        sa.Column("locked_until", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("login", name="uq_users_login"),
    )
    op.create_table(
        "cases",
        sa.Column("id", BigId, nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=100), nullable=False),
        sa.Column("number_key", sa.String(length=100), nullable=False),
        sa.Column("party", sa.String(length=200), nullable=False),
        sa.Column("cause", sa.String(length=200), nullable=False),
        sa.Column("decision", sa.String(length=100), nullable=False),
        sa.Column("decision_key", sa.String(length=100), nullable=False),
        sa.Column("served_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("line_count", sa.BigInteger(), nullable=False),
        sa.Column("registered_at", UtcDateTime(), nullable=False),
        sa.Column("registered_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["registered_by_id"], ["users.id"], name="fk_cases_registered_by_id_users"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_cases_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
        sa.UniqueConstraint("unit_id", "number_key", name="uq_cases_unit_id_number_key"),
    )
    op.create_index("ix_cases_decision_key", "cases", ["decision_key"])
    op.create_index("ix_cases_number_key", "cases", ["number_key"])
    op.create_index("ix_cases_unit_id_id", "cases", ["unit_id", "id"])

    op.create_table(
        "credential_reset",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("requested_by_id", sa.Integer(), nullable=False),
        sa.Column("requested_at", UtcDateTime(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("confirmed_by_id <> requested_by_id", name="ck_credential_reset_two_administrators"),
        sa.CheckConstraint(
            "requested_by_id <> user_id AND confirmed_by_id <> user_id", name="ck_credential_reset_another_person"
        ),
        sa.ForeignKeyConstraint(["confirmed_by_id"], ["users.id"], name="fk_credential_reset_confirmed_by_id_users"),
        sa.ForeignKeyConstraint(["requested_by_id"], ["users.id"], name="fk_credential_reset_requested_by_id_users"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_credential_reset_user_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_credential_reset"),
    )
    op.create_index("ix_credential_reset_user_id", "credential_reset", ["user_id"])

    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("state", choice(("queued", "running", "done", "failed"), "state"), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("queued_at", UtcDateTime(), nullable=False),
        sa.Column("leased_until", UtcDateTime(), nullable=True),
        sa.Column("error", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name="fk_job_by_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
    )
    op.create_index("ix_job_state_id", "job", ["state", "id"])

    op.create_table(
        "journal_entry",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("act", sa.String(length=64), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name="fk_journal_entry_actor_id_users"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_journal_entry_unit_id_unit"),
        sa.PrimaryKeyConstraint("seq", name="pk_journal_entry"),
    )
    op.create_index("ix_journal_entry_act_seq", "journal_entry", ["act", "seq"])
    op.create_index("ix_journal_entry_unit_id_seq", "journal_entry", ["unit_id", "seq"])

    op.create_table(
        "membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
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
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_membership_unit_id_unit"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_membership_user_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_membership"),
        sa.UniqueConstraint("user_id", "unit_id", "role", name="uq_membership_user_id_unit_id_role"),
    )
    op.create_index("ix_membership_unit_id", "membership", ["unit_id"])

    op.create_table(
        "place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            choice(("outside", "custody", "location", "batch", "laboratory", "receiver"), "kind"),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["place.id"], name="fk_place_parent_id_place"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_place_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_place"),
        sa.UniqueConstraint("unit_id", "parent_id", "kind", "name", name="uq_place_unit_id_parent_id_kind_name"),
    )
    op.create_index(
        "uq_place_top",
        "place",
        ["unit_id", "kind", "name"],
        unique=True,
        sqlite_where=sa.text("parent_id IS NULL"),
        postgresql_where=sa.text("parent_id IS NULL"),
    )

    op.create_table(
        "goods_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("kind", choice(("goods_list", "opening_balance"), "kind"), nullable=False),
        sa.Column(
            "state",
            choice(("checking", "unreadable", "checked", "waiting", "posting", "posted", "discarded"), "state"),
            nullable=False,
        ),
        sa.Column("file", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("staged", sa.String(length=64), nullable=True),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.Column("refusal", sa.JSON(), nullable=True),
        sa.Column("rows_posted", sa.Integer(), nullable=False),
        sa.Column("lines_created", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("custodian_id", sa.Integer(), nullable=True),
        sa.Column("handed_in_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name="fk_goods_import_by_id_users"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_goods_import_case_id_cases"),
        sa.ForeignKeyConstraint(["custodian_id"], ["users.id"], name="fk_goods_import_custodian_id_users"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_goods_import_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_goods_import"),
    )
    op.create_index("ix_goods_import_file", "goods_import", ["unit_id", "file"])
    op.create_index("ix_goods_import_unit_id_id", "goods_import", ["unit_id", "id"])

    op.create_table(
        "item",
        sa.Column("id", BigId, nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("spec", sa.String(length=200), nullable=False),
        sa.Column("brand", sa.String(length=200), nullable=False),
        sa.Column("lot", sa.String(length=200), nullable=False),
        sa.Column("producer", sa.String(length=200), nullable=False),
        sa.Column("measure", sa.String(length=20), nullable=False),
        sa.Column("quantity", Quantity(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=True),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.Column("category", sa.String(length=100), nullable=False),
        sa.Column("env_class", choice(("general", "electronic", "hazardous"), "env_class"), nullable=False),
        sa.Column("cause", sa.String(length=200), nullable=False),
        sa.Column("seal", sa.String(length=200), nullable=False),
        sa.Column("keeper", sa.String(length=200), nullable=False),
        sa.Column("remark", sa.String(length=500), nullable=False),
        sa.Column("stored_on", sa.Date(), nullable=True),
        sa.Column("fingerprint", sa.String(length=64), nullable=True),
        sa.Column("search_text", sa.String(), nullable=False),
        sa.Column("registered_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("quantity > 0", name="ck_item_something"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_item_case_id_cases"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_item_unit_id_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_item"),
        sa.UniqueConstraint("case_id", "fingerprint", name="uq_item_case_id_fingerprint"),
        sa.UniqueConstraint("case_id", "number", name="uq_item_case_id_number"),
        sa.UniqueConstraint("code", name="uq_item_code"),
    )
    op.create_index("ix_item_case_id", "item", ["case_id"])
    op.create_index("ix_item_unit_id_id", "item", ["unit_id", "id"])

    op.create_table(
        "movement",
        sa.Column("id", BigId, nullable=False),
        sa.Column("entry_seq", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "act",
            choice(
                (
                    "register",
                    "opening_balance",
                    "store_in",
                    "relocate",
                    "sample",
                    "sample_back",
                    "sample_consumed",
                    "dispose",
                    "pack",
                    "unpack",
                    "load",
                    "receive",
                    "turn_back",
                    "return_from_site",
                    "destroy",
                    "void_destroy",
                    "confirm_missing",
                    "found_again",
                    "book_surplus",
                    "counter_entry",
                ),
                "act",
            ),
            nullable=False,
        ),
        sa.Column("quantity", Quantity(), nullable=False),
        sa.Column("source_account", choice(ACCOUNTS, "source_account"), nullable=False),
        sa.Column("source_place_id", sa.Integer(), nullable=False),
        sa.Column("target_account", choice(ACCOUNTS, "target_account"), nullable=False),
        sa.Column("target_place_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name="ck_movement_something"),
        sa.CheckConstraint(
            "source_account <> target_account OR source_place_id <> target_place_id", name="ck_movement_elsewhere"
        ),
        sa.ForeignKeyConstraint(["entry_seq"], ["journal_entry.seq"], name="fk_movement_entry_seq_journal_entry"),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name="fk_movement_item_id_item"),
        sa.ForeignKeyConstraint(["source_place_id"], ["place.id"], name="fk_movement_source_place_id_place"),
        sa.ForeignKeyConstraint(["target_place_id"], ["place.id"], name="fk_movement_target_place_id_place"),
        sa.PrimaryKeyConstraint("id", name="pk_movement"),
    )
    op.create_index("ix_movement_entry_seq", "movement", ["entry_seq"])
    op.create_index("ix_movement_item_id", "movement", ["item_id"])

    op.create_table(
        "position",
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("account", choice(ACCOUNTS, "account"), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("quantity", Quantity(), nullable=False),
        sa.Column("reserved", Quantity(), nullable=False),
        sa.CheckConstraint(
            "account IN ('party', 'found') AND reserved = 0 OR 0 <= reserved AND reserved <= quantity",
            name="ck_position_covered",
        ),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name="fk_position_item_id_item"),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name="fk_position_place_id_place"),
        sa.PrimaryKeyConstraint("item_id", "account", "place_id", name="pk_position"),
    )
    op.create_index("ix_position_place_id", "position", ["place_id"])

    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE item_grams USING fts5(grams, content='', detail=none, tokenize=unicode61)")
    else:
        op.execute("CREATE TABLE item_grams (rowid BIGINT PRIMARY KEY REFERENCES item (id), grams TEXT[] NOT NULL)")
        op.execute("CREATE INDEX ix_item_grams_grams ON item_grams USING gin (grams)")
    head = sa.table(
        "journal_head",
        sa.column("id"),
        sa.column("size"),
        sa.column("frontier", sa.LargeBinary),
        sa.column("recorded_at", UtcDateTime),
    )
    op.bulk_insert(head, [{"id": 1, "size": 0, "frontier": b"", "recorded_at": datetime(1970, 1, 1, tzinfo=UTC)}])
    op.execute("INSERT INTO place (kind, name) VALUES ('outside', 'outside')")
    guards.install(connection, GUARDED)


def downgrade() -> None:
    op.drop_table("item_grams")
    for table in (
        "position",
        "movement",
        "item",
        "goods_import",
        "place",
        "membership",
        "journal_entry",
        "job",
        "credential_reset",
        "cases",
        "users",
        "unit",
        "journal_head",
        "journal_checkpoint",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for guard in guards.guards("postgresql"):
            if guard.table in GUARDED:
                op.execute(f"DROP FUNCTION {guard.name}()")
