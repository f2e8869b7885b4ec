from factories import make_item
from sqlalchemy import text

from ledger import guards
from ledger.db import db
from ledger.journal.log import Frontier, leaf_hash
from ledger.journal.note import open_note


def run(app, *words):
    db.session.rollback()
    return app.test_cli_runner().invoke(args=["journal", *words])


def test_good_books_are_said_to_be_good(app, session, cast):
    make_item(session, cast)

    done = run(app, "verify")

    assert done.exit_code == 0
    assert "1 movements" in done.output
    assert "OK" in done.output


def test_what_was_changed_is_named_and_the_status_says_so(app, session, cast):
    make_item(session, cast)
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE item SET name = '空瓶'"))

    done = run(app, "verify")

    assert done.exit_code == 1
    assert "WRONG  Line 1 no longer says what entry" in done.output


def test_a_checkpoint_kept_outside_shows_a_history_that_was_rewritten(app, session, cast, tmp_path, verifier):
    kept = tmp_path / "checkpoint.txt"
    kept.write_text(run(app, "checkpoint").stdout, "utf-8")
    assert run(app, "verify", str(kept)).exit_code == 0

    rewrite_history(app)

    assert run(app, "verify").exit_code == 0  # by itself the new past looks right
    done = run(app, "verify", str(kept))
    assert done.exit_code == 1
    assert "History was rewritten between entry 0" in done.output


def rewrite_history(app):
    """Do what somebody with the database and the key can do: change an entry and compute everything anew."""
    db.session.rollback()  # or its open reading would keep the guards from being dropped
    with db.engine.begin() as connection:
        for guard in guards.guards(connection.dialect.name):
            suffix = "" if connection.dialect.name == "sqlite" else f" ON {guard.table}"
            connection.execute(text(f"DROP TRIGGER {guard.name}{suffix}"))
        connection.execute(text("DELETE FROM journal_checkpoint"))
        frontier = Frontier()
        rows = connection.execute(text("SELECT seq, body FROM journal_entry ORDER BY seq")).all()
        for seq, body in rows:
            changed = bytes(body).replace("林文静".encode(), "林静文".encode())
            change = text("UPDATE journal_entry SET body = :body, leaf = :leaf WHERE seq = :seq")
            connection.execute(change, {"body": changed, "leaf": leaf_hash(changed), "seq": seq})
            frontier = frontier.append(leaf_hash(changed))
        connection.execute(text("UPDATE journal_head SET frontier = :packed"), {"packed": frontier.pack()})
        guards.install(connection)


def test_a_checkpoint_can_be_opened_with_the_printed_key(app, session, cast):
    note, key = run(app, "checkpoint").stdout, run(app, "key").stdout.strip()

    assert open_note(note, key).size > 0


def test_a_checkpoint_of_somebody_else_is_told(app, session, cast, tmp_path):
    foreign = tmp_path / "foreign.txt"
    foreign.write_text("ledger.local\n3\nAAAA\n\n— ledger.local AAAA\n", "utf-8")

    done = run(app, "verify", str(foreign))

    assert done.exit_code == 1
    assert "not signed by this installation's key" in done.output
