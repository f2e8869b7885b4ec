"""Locations with labels, closed ones among them, and what a location's page reads; where applied-for goods lay."""

import sqlalchemy as sa
from alembic import op

from ledger.codes import new_code
from ledger.db import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

HELD = sa.text("quantity > 0")
INDEXES = {
    "uq_place_code": ("place", ["code"], {"unique": True}),
    "ix_place_parent_id": ("place", ["parent_id"], {}),
    "ix_movement_source_place_id_entry_seq": ("movement", ["source_place_id", "entry_seq"], {}),
    "ix_movement_target_place_id_entry_seq": ("movement", ["target_place_id", "entry_seq"], {}),
    "ix_position_place_id_account_item_id": (
        "position",
        ["place_id", "account", "item_id"],
        {"sqlite_where": HELD, "postgresql_where": HELD},
    ),
}
ORIGIN = "fk_application_line_origin_id_place"


def upgrade() -> None:
    op.add_column("place", sa.Column("code", sa.String(length=12), nullable=True))
    op.add_column("place", sa.Column("closed_at", UtcDateTime(), nullable=True))
    # In one statement, because SQLite adds a foreign key with its column or never.
    op.execute(f"ALTER TABLE application_line ADD COLUMN origin_id INTEGER CONSTRAINT {ORIGIN} REFERENCES place (id)")
    connection = op.get_bind()
    place = sa.table("place", sa.column("id"), sa.column("kind"), sa.column("code"))
    rows = [
        {"key": key, "given": new_code()}
        for key in connection.scalars(sa.select(place.c.id).where(place.c.kind == "location"))
    ]
    if rows:
        given = sa.update(place).where(place.c.id == sa.bindparam("key")).values(code=sa.bindparam("given"))
        connection.execute(given, rows)
    for name, (table, columns, options) in INDEXES.items():
        op.create_index(name, table, columns, **options)


def downgrade() -> None:
    for name, (table, _, _) in INDEXES.items():
        op.drop_index(name, table)
    op.drop_column("application_line", "origin_id")
    op.drop_column("place", "closed_at")
    op.drop_column("place", "code")
