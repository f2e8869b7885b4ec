"""By which measure the goods of a case are held, and the public notice of ownerless ones; not stated for those known."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

DAYS = ("kept_on", "detained_on", "detained_until", "noticed_on", "noticed_until")


def upgrade() -> None:
    for name in DAYS:
        op.add_column("cases", sa.Column(name, sa.Date(), nullable=True))


def downgrade() -> None:
    for name in reversed(DAYS):
        op.drop_column("cases", name)
