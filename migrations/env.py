"""How migrations run: on the application's own engine, each in a transaction, the guards asserted at the end."""

from alembic import context
from flask import current_app

from ledger import guards
from ledger.goods.search import INDEX


def is_ours(thing: object, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:  # noqa: ARG001, FBT001
    """Leave the search index out of comparisons: it is one table here, a virtual one with shadows there."""
    return not (kind == "table" and name is not None and name.startswith(INDEX))


database = current_app.extensions["migrate"].db

with database.engine.connect() as connection:
    is_sqlite = connection.dialect.name == "sqlite"
    if is_sqlite:  # changing a table copies and drops it, which no row that names one of its rows may stop
        connection.connection.execute("PRAGMA foreign_keys=OFF")
    context.configure(
        connection=connection,
        target_metadata=database.metadata,
        include_object=is_ours,
        render_as_batch=is_sqlite,
        compare_type=True,
    )
    with context.begin_transaction():
        before = context.get_context().get_current_heads()
        context.run_migrations()
        if context.get_context().get_current_heads():
            guards.assert_standing(connection)
        is_changed = before != context.get_context().get_current_heads()
        if is_sqlite and is_changed and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise RuntimeError("a row names another that is not there")
    if is_sqlite:
        connection.connection.execute("PRAGMA foreign_keys=ON")
