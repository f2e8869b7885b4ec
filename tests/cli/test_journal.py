from attacks import rewrite_history
from factories import make_item
from sqlalchemy import text

from ledger.db import db
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
    assert f"{kept} is the first that does not fit: history was rewritten between entry 0" in done.output


def test_a_checkpoint_can_be_opened_with_the_printed_key(app, session, cast):
    note, key = run(app, "checkpoint").stdout, run(app, "key").stdout.strip()

    assert open_note(note, key).size > 0


def test_a_checkpoint_of_somebody_else_is_told(app, session, cast, tmp_path):
    foreign = tmp_path / "foreign.txt"
    foreign.write_text("ledger.local\n3\nAAAA\n\n— ledger.local AAAA\n", "utf-8")

    done = run(app, "verify", str(foreign))

    assert done.exit_code == 1
    assert "not signed by this installation's key" in done.output
