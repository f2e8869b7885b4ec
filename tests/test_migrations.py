"""The migrations make what the models say, there and back and on both databases, and the guards stand after each."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from databases import opened
from factories import NOON, make_cast, make_item
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from ledger import guards
from ledger.db import db
from ledger.goods.audit import verify_books
from ledger.goods.filters import Filter
from ledger.goods.queries import count_lines
from ledger.goods.search import INDEX
from ledger.journal.service import record_each, writing


@pytest.fixture
def empty(request, tmp_path, database_url):
    """An application on a database that was emptied again."""
    with opened(database_url, tmp_path) as app:
        downgrade(revision="base")
        yield app


def is_ours(thing, name, kind, reflected, compare_to):
    return not (kind == "table" and name.startswith(INDEX))


@pytest.mark.filterwarnings("ignore:.*expression-based index")  # which SQLite does not show
def test_the_newest_shape_is_what_the_models_say(app):
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": is_ours, "compare_type": True})
        assert compare_metadata(context, db.metadata) == []


@pytest.mark.usefixtures("empty")
def test_going_back_leaves_nothing_behind():
    left = {name for name in inspect(db.engine).get_table_names() if name != "alembic_version"}

    assert left == set()
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect() as connection:
            query = "SELECT count(*) FROM pg_proc WHERE proname LIKE 'guard%'"
            assert connection.execute(text(query)).scalar() == 0


@pytest.mark.usefixtures("empty")
def test_there_and_back_and_there_again_makes_a_database_that_works(verifier_of):
    upgrade()
    session = db.session()
    cast = make_cast(session)
    make_item(session, cast)

    assert count_lines(session, Filter(unit_ids=None, query="白酒")) == 1
    assert verify_books(session, verifier_of).findings == []
    with db.engine.connect() as connection:
        guards.assert_standing(connection)


@pytest.fixture
def verifier_of(empty):
    return empty.extensions["signer"].verifier()


def test_an_installed_database_is_left_as_it_is_by_upgrading_again(app, session, cast, verifier):
    make_item(session, cast)
    db.session.remove()

    upgrade()

    assert verify_books(db.session(), verifier).findings == []


def test_a_migration_that_loses_a_guard_does_not_go_through(app):
    with db.engine.begin() as connection:
        suffix = "" if connection.dialect.name == "sqlite" else " ON movement"
        connection.execute(text(f"DROP TRIGGER guard_movement_update{suffix}"))

    with pytest.raises(AssertionError, match="guard_movement_update"):
        upgrade()


ONE_BY_ONE = (
    guards.Guard("journal_entry", "insert", "NEW.seq <> (SELECT size FROM journal_head) + 1", "not the next entry"),
    guards.Guard("journal_head", "update", "NEW.size <> OLD.size + 1", "not the next step"),
)
"""What guarded the journal up to 0002."""


def note_three(session):
    with writing(session):
        record_each(session, "test.noted", by=None, at=NOON, unit=None, data=[{"n": 1}, {"n": 2}, {"n": 3}])


def test_a_database_that_took_entries_one_by_one_takes_several_after_upgrading(app, session, cast, verifier):
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0002'"))
        for guard in ONE_BY_ONE:
            guards.put(connection, guard)
    with pytest.raises(DBAPIError):
        note_three(session)
    db.session.remove()

    upgrade(revision="0003")

    note_three(db.session())
    assert verify_books(db.session(), verifier).findings == []
