"""Keep beside each line its stage and what the verdict on it says, so that lists find it by them; and by its seal."""

import sqlalchemy as sa
from alembic import op

from ledger import guards

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

WATCHED = ("position", "hold", "cases", "application", "application_line")
STAGES = "undecided kept detained unserved open_to_appeal final in_notice notice_over held"
KINDS = "may_apply approved in_approval not_counted not_stored out_as_samples on_hold must_not destroyed gone"


def upgrade() -> None:
    op.create_table(
        "judgement",
        sa.Column("item_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("stage", sa.Enum(*STAGES.split(), name="stage", native_enum=False, create_constraint=True, length=32)),
        sa.Column("kind", sa.Enum(*KINDS.split(), name="kind", native_enum=False, create_constraint=True, length=32)),
        sa.Column("until", sa.Date()),
        sa.Column("terms", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name="fk_judgement_item_id_item"),
        sa.PrimaryKeyConstraint("item_id", name="pk_judgement"),
    )
    op.execute("INSERT INTO judgement (item_id, terms) SELECT id, '' FROM item")
    op.create_index("ix_item_seal_id", "item", ["seal", "id"])
    op.create_index("ix_judgement_stage_item_id", "judgement", ["stage", "item_id"])
    op.create_index("ix_judgement_kind_item_id", "judgement", ["kind", "item_id"])
    op.create_index("ix_judgement_terms_until", "judgement", ["terms", "until"])
    guards.install(op.get_bind(), WATCHED)


def downgrade() -> None:
    op.drop_index("ix_item_seal_id", "item")
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for guard in guards.guards(op.get_bind().dialect.name):
        if isinstance(guard, guards.Voider):
            op.execute(f"DROP TRIGGER {guard.name}" + (f" ON {guard.table}" if is_postgresql else ""))
            if is_postgresql:
                op.execute(f"DROP FUNCTION {guard.name}()")
    op.drop_table("judgement")
