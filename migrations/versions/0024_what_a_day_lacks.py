"""What a load or a run lacks is resolved like what did not come: once for each thing."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

POINTS = ("not_loaded", "not_received", "not_destroyed", "scan", "load")
LACKING = ("departure", "arrival", "run_pictures", "run_residue", "run_signatures")
ABOUT = ("batch_id", "posting_id", "load_id")
OF_ONE_THING = "ck_resolution_ck_resolution_of_one_thing"
"""As 0002 named it."""


def upgrade() -> None:
    with _resolution() as resolution:
        resolution.add_column(sa.Column("run_id", sa.Integer(), nullable=True))
        resolution.create_foreign_key(op.f("fk_resolution_run_id_run"), "run", ["run_id"], ["id"])
        resolution.create_unique_constraint(op.f("uq_resolution_event_id_run_id_open"), ["event_id", "run_id", "open"])
        resolution.drop_constraint(op.f("uq_resolution_event_id_load_id"), type_="unique")
        resolution.create_unique_constraint(
            op.f("uq_resolution_event_id_load_id_open"), ["event_id", "load_id", "open"]
        )
        _let_be(resolution, (*POINTS, *LACKING), (*ABOUT, "run_id"))


def downgrade() -> None:
    op.execute("DELETE FROM resolution WHERE open IN ({})".format(", ".join(f"'{each}'" for each in LACKING)))
    with _resolution() as resolution:
        _let_be(resolution, POINTS, ABOUT)
        resolution.drop_constraint(op.f("uq_resolution_event_id_load_id_open"), type_="unique")
        resolution.create_unique_constraint(op.f("uq_resolution_event_id_load_id"), ["event_id", "load_id"])
        resolution.drop_constraint(op.f("uq_resolution_event_id_run_id_open"), type_="unique")
        resolution.drop_constraint(op.f("fk_resolution_run_id_run"), type_="foreignkey")
        resolution.drop_column("run_id")


def _resolution():
    """Change the table; SQLite copies it for that, which no guard watches."""
    return op.batch_alter_table("resolution", reflect_kwargs={"resolve_fks": False})


def _let_be(resolution, points, about):
    """Change what the database takes as a point, and about which things."""
    resolution.drop_constraint(op.f("ck_resolution_open"), type_="check")
    asked = "open IN ({})".format(", ".join(f"'{point}'" for point in points))
    resolution.create_check_constraint(op.f("ck_resolution_open"), asked)
    resolution.drop_constraint(op.f(OF_ONE_THING), type_="check")
    one = " + ".join(f"CASE WHEN {name} IS NULL THEN 0 ELSE 1 END" for name in about) + " = 1"
    resolution.create_check_constraint(op.f(OF_ONE_THING), one)
