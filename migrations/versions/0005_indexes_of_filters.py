"""Find the lines of an account, a category, an environmental class or a stage of their cases without reading all."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_item_category_id": ("item", ["category", "id"]),
    "ix_item_env_class_id": ("item", ["env_class", "id"]),
    "ix_cases_served_on_decision": ("cases", ["served_on", "decision"]),
}
OF_ACCOUNTS = "ix_position_account_item_id"


def upgrade() -> None:
    for name, (table, columns) in INDEXES.items():
        op.create_index(name, table, columns)
    held = sa.text("quantity > 0")
    op.create_index(OF_ACCOUNTS, "position", ["account", "item_id"], sqlite_where=held, postgresql_where=held)


def downgrade() -> None:
    op.drop_index(OF_ACCOUNTS, "position")
    for name, (table, _) in INDEXES.items():
        op.drop_index(name, table)
