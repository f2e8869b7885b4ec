"""Walk lists by value and by how long goods are held; find what lies at a place, or is spoken for, without the rest."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0005"
branch_labels = None
depends_on = None

DAY = {
    "sqlite": "date(registered_at, '+8 hours')",
    "postgresql": "CAST(timezone('Asia/Shanghai', registered_at) AS DATE)",
}
OF_POSITIONS = {
    "ix_position_place_id_item_id": (["place_id", "item_id"], "quantity > 0"),
    "ix_position_reserved": (["item_id"], "reserved > 0"),
}


def upgrade() -> None:
    day = DAY[op.get_bind().dialect.name]
    op.create_index("ix_item_worth", "item", [sa.text("coalesce(value, -id)"), "id"])
    op.create_index("ix_item_held_since", "item", [sa.text(f"coalesce(stored_on, {day})"), "id"])
    for name, (columns, condition) in OF_POSITIONS.items():
        where = sa.text(condition)
        op.create_index(name, "position", columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name in OF_POSITIONS:
        op.drop_index(name, "position")
    op.drop_index("ix_item_held_since", "item")
    op.drop_index("ix_item_worth", "item")
