"""Direct attacks on the recorded history, past every line of our own code: refused, or named by the check."""

import pytest
from factories import NOON, make_item
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ledger import guards
from ledger.db import db
from ledger.goods.audit import verify_books
from ledger.journal.service import make_checkpoint, writing

COLUMNS = "recorded_at, at, act, version, actor_id, unit_id, body, leaf"
COPY = f"SELECT seq, {COLUMNS} FROM journal_entry WHERE seq = 1"
LAST = "WHERE seq = (SELECT max(seq) FROM journal_entry)"
SPOTS = "source_account, source_place_id, target_account, target_place_id"
ATTACKS = {
    "an entry changed": "UPDATE journal_entry SET act = 'nothing' WHERE seq = 1",
    "an entry removed": "DELETE FROM journal_entry WHERE seq = 1",
    "the last entry removed": f"DELETE FROM journal_entry {LAST}",
    "an entry twice": f"INSERT INTO journal_entry {COPY}",
    "a gap": f"INSERT INTO journal_entry SELECT seq + 9, {COLUMNS} FROM journal_entry {LAST}",
    "a negative number": f"INSERT INTO journal_entry SELECT -1, {COLUMNS} FROM journal_entry WHERE seq = 1",
    "an entry before the last": "INSERT INTO journal_entry SELECT seq + 1, '1999-01-01 00:00:00', at, act, version, "
    f"actor_id, unit_id, body, leaf FROM journal_entry {LAST}",
    "the head set back": "UPDATE journal_head SET size = size - 1",
    "the head run ahead": "UPDATE journal_head SET size = size + 1",
    "the head removed": "DELETE FROM journal_head",
    "a movement changed": "UPDATE movement SET quantity = 1",
    "a movement removed": "DELETE FROM movement",
    "a movement without an entry": f"INSERT INTO movement (entry_seq, item_id, act, quantity, {SPOTS}) "
    f"SELECT 99999, item_id, act, quantity, {SPOTS} FROM movement",
    "a checkpoint changed": "UPDATE journal_checkpoint SET note = ''",
    "a checkpoint removed": "DELETE FROM journal_checkpoint",
}
ON_SQLITE = {
    "an entry replaced": f"REPLACE INTO journal_entry {COPY}",
    "a movement replaced": "REPLACE INTO movement SELECT * FROM movement",
    "a checkpoint replaced": "REPLACE INTO journal_checkpoint SELECT * FROM journal_checkpoint",
    "the head replaced": "REPLACE INTO journal_head SELECT * FROM journal_head",
}
ON_POSTGRESQL = {
    "the journal emptied": "TRUNCATE journal_entry CASCADE",
    "the movements emptied": "TRUNCATE movement",
    "a movement removed as a replica": "SET LOCAL session_replication_role = replica; DELETE FROM movement",
}


@pytest.fixture
def books(app, session, cast, verifier):
    """Books with a line and a signed checkpoint."""
    make_item(session, cast)
    with writing(session):
        make_checkpoint(session, app.extensions["signer"], at=NOON)
    assert verify_books(session, verifier).findings == []
    session.rollback()
    return session


def attack(statement):
    with db.engine.begin() as connection:
        for part in statement.split(";"):
            connection.execute(text(part))


def without_guards(*statements):
    """Do what somebody with full access to the database can do."""
    with db.engine.begin() as connection:
        for guard in guards.guards(connection.dialect.name):
            suffix = "" if connection.dialect.name == "sqlite" else f" ON {guard.table}"
            connection.execute(text(f"DROP TRIGGER {guard.name}{suffix}"))
        for statement in statements:
            connection.execute(text(statement))
        guards.install(connection)


def found(session, verifier, *checkpoints):
    return " ".join(str(finding) for finding in verify_books(session, verifier, checkpoints).findings)


@pytest.mark.parametrize("name", ATTACKS)
def test_the_database_refuses(books, verifier, name):
    with pytest.raises(DBAPIError):
        attack(ATTACKS[name])

    assert found(books, verifier) == ""


@pytest.mark.parametrize("name", [*ON_SQLITE, *ON_POSTGRESQL])
def test_the_database_refuses_what_only_it_can_do(books, verifier, name):
    attacks = ON_SQLITE if db.engine.dialect.name == "sqlite" else ON_POSTGRESQL
    statement = attacks.get(name, ATTACKS["a movement removed"])

    with pytest.raises(DBAPIError):
        attack(statement)

    assert found(books, verifier) == ""


def test_an_entry_changed_past_the_guards_is_named(books, verifier):
    without_guards("UPDATE journal_entry SET body = leaf WHERE seq = 3")

    assert "Entry 3: its bytes and its hash do not agree." in found(books, verifier)


def test_a_missing_entry_is_named(books, verifier):
    constraint = "SET session_replication_role = replica" if db.engine.dialect.name == "postgresql" else "SELECT 1"
    without_guards(constraint, "DELETE FROM journal_entry WHERE seq = 5")

    assert "Entry 5 is missing." in found(books, verifier)


def test_a_relabelled_entry_is_named(books, verifier):
    without_guards("UPDATE journal_entry SET act = 'user.added' WHERE seq = 1")

    assert "Entry 1: its columns do not say what its bytes say." in found(books, verifier)


def test_a_changed_movement_is_named(books, verifier):
    without_guards("UPDATE movement SET quantity = quantity - 1000")

    assert "its movements in the database are not those it records" in found(books, verifier)


def test_a_removed_movement_is_named(books, verifier):
    without_guards("DELETE FROM movement")

    assert "holds 0 movements, the journal records 1" in found(books, verifier)


def test_a_changed_balance_is_named(books, verifier):
    attack("UPDATE position SET quantity = quantity - 1000 WHERE account = 'stored'")

    assert "the books hold 9000 thousandths, the journal says 10000" in found(books, verifier)


def test_a_changed_line_is_named(books, verifier):
    attack("UPDATE item SET name = '空瓶'")

    assert "no longer says what entry" in found(books, verifier)


def test_dropped_guards_are_named(books, verifier):
    with db.engine.begin() as connection:
        table = "" if connection.dialect.name == "sqlite" else " ON movement"
        connection.execute(text(f"DROP TRIGGER guard_movement_delete{table}"))

    assert "The database no longer guards its records: guard_movement_delete." in found(books, verifier)


def test_a_guard_that_was_made_toothless_is_named(books, verifier):
    with db.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER guard_movement_delete"))
            toothless = "CREATE TRIGGER guard_movement_delete BEFORE DELETE ON movement WHEN 1 = 0 BEGIN SELECT 1; END"
            connection.execute(text(toothless))
        else:
            connection.execute(text("ALTER TABLE movement DISABLE TRIGGER guard_movement_delete"))

    assert "guard_movement_delete" in found(books, verifier)
