"""Let a transaction append several entries before the head moves on: it then moves to the last one, at once."""

from alembic import op

from ledger import guards

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

GUARDED = ("journal_entry", "journal_head")


def upgrade() -> None:
    guards.install(op.get_bind(), GUARDED)


def downgrade() -> None:
    pass  # the guards of this code stand at every version of the tables
