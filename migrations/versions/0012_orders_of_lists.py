"""Walk lists by value and by how long goods are held; find what is spoken for without the rest."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

DAY = {
    "sqlite": "date(registered_at, '+8 hours')",
    "postgresql": "CAST(timezone('Asia/Shanghai', registered_at) AS DATE)",
}


def upgrade() -> None:
    day = DAY[op.get_bind().dialect.name]
    op.create_index("ix_item_worth", "item", [sa.text("coalesce(value, -id)"), "id"])
    op.create_index("ix_item_held_since", "item", [sa.text(f"coalesce(stored_on, {day})"), "id"])
    where = sa.text("reserved > 0")
    op.create_index("ix_position_reserved", "position", ["item_id"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_index("ix_position_reserved", "position")
    op.drop_index("ix_item_held_since", "item")
    op.drop_index("ix_item_worth", "item")
