"""All that was entered of each line of a count, figures that devices send, and batches that were open meanwhile."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from ledger.db import Quantity, UtcDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

TAKEN = ("kept", "moved", "late", "wrong")
TABLES = ("count_line", "count_extra")
PARTS = {"first_counter": "first", "second_counter": "second", "recounter": "recount"}


def upgrade() -> None:
    op.create_table(
        "count_entry",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("stocktake_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("row", sa.String(length=30), nullable=False),
        sa.Column("typed", sa.JSON(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("offset_ms", sa.BigInteger(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column(
            "taken",
            sa.Enum(*TAKEN, name="taken", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("told", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["stocktake_id"], ["stocktake.id"], name="fk_count_entry_stocktake_id_stocktake"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_count_entry_user_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_count_entry"),
    )
    op.create_index("ix_count_entry_stocktake_id_taken", "count_entry", ["stocktake_id", "taken"])
    op.add_column("count_reading", sa.Column("valid", sa.String(length=12), nullable=False, server_default=""))
    op.add_column("stocktake", sa.Column("being_packed", sa.JSON(), nullable=False, server_default="[]"))
    for name in TABLES:
        op.add_column(name, sa.Column("notes", sa.JSON(), nullable=False, server_default="[]"))
        _rewrite(name, "changes", "notes", _noted)
        op.drop_column(name, "changes")


def downgrade() -> None:
    for name in TABLES:
        op.add_column(name, sa.Column("changes", sa.JSON(), nullable=False, server_default="[]"))
        _rewrite(name, "notes", "changes", _changed)
        op.drop_column(name, "notes")
    op.drop_column("stocktake", "being_packed")
    op.drop_column("count_reading", "valid")
    op.drop_table("count_entry")


def _rewrite(name: str, source: str, target: str, rewritten: Any) -> None:
    """Carry over what was entered, where something was changed."""
    figures = [sa.column(column, Quantity()) for column in PARTS.values()]
    if name == "count_line":
        figures += [sa.column(f"{column}_spoilt", Quantity()) for column in PARTS.values()]
    table = sa.table(name, sa.column("id"), sa.column(source, sa.JSON()), sa.column(target, sa.JSON()), *figures)
    connection = op.get_bind()
    for row in connection.execute(sa.select(table)).mappings().all():
        if kept := json.loads(row[source]) if isinstance(row[source], str) else row[source]:
            connection.execute(table.update().where(table.c.id == row["id"]).values({target: rewritten(kept, row)}))


def _noted(changes: list[list[Any]], row: Any) -> list[list[Any]]:
    """Return all that was entered; when what was entered first was, nobody has kept."""
    notes = []
    for part, column in PARTS.items():
        since = ""
        for _, figure, until in (change for change in changes if change[0] == part):
            notes.append([part, figure, 0, since])
            since = until
        if since and row[column] is not None:
            spoilt = row.get(f"{column}_spoilt") or 0
            notes.append([part, int(row[column] * 1000), int(spoilt * 1000), since])
    return sorted(notes, key=lambda note: note[3])


def _changed(notes: list[list[Any]], _row: Any) -> list[list[Any]]:
    """Return what was entered before something else was."""
    changes = []
    for part in PARTS:
        mine = [note for note in notes if note[0] == part]
        changes += [
            [part, before[1], after[3]] for before, after in zip(mine, mine[1:], strict=False) if before[1] != after[1]
        ]
    return changes
