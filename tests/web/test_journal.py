from databases import ON_SQLITE
from factories import make_item
from sqlalchemy import select, text

from ledger.db import db
from ledger.journal.models import JournalEntry
from ledger.journal.note import open_note
from ledger.worker import run_until_done

pytestmark = ON_SQLITE


def test_the_journal_says_who_did_what_in_sentences(session, cast, visit):
    make_item(session, cast)

    page = visit("sun").get("/journal").text

    assert "登记案件 思市监案字〔2026〕1号" in page
    assert "期初入账 1 项" in page
    assert "林文静" in page


def test_an_entry_is_shown_as_it_was_hashed(session, cast, visit):
    make_item(session, cast)
    entry = session.scalars(select(JournalEntry).filter_by(act="goods.opening_balance")).one()

    page = visit("sun").get(f"/journal/{entry.seq}").text

    assert entry.leaf.hex() in page
    assert "opening_balance" in page


def test_the_books_are_checked_on_request_and_the_result_is_kept(app, session, cast, visit):
    make_item(session, cast)
    visitor = visit("sun")
    assert "账目还没有核对过" in visitor.get("/journal").text

    visitor.post("/journal/check")
    assert "正在核对账目" in visitor.get("/journal").text
    run_until_done(app)

    assert visitor.get("/journal/check").json["next"] == "/journal"
    assert "账目相符" in visitor.get("/journal").text


def test_what_does_not_agree_is_said_on_the_page(app, session, cast, visit):
    make_item(session, cast)
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE position SET quantity = quantity - 1000 WHERE account = 'stored'"))
    visitor = visit("sun")

    visitor.post("/journal/check")
    run_until_done(app)

    page = visitor.get("/journal").text
    assert "上次核对发现" in page
    assert "9000" in page


def test_pressing_check_twice_checks_once(app, session, cast, visit):
    visitor = visit("sun")

    visitor.post("/journal/check")
    visitor.post("/journal/check")
    run_until_done(app)

    assert len(session.scalars(select(JournalEntry).filter_by(act="books.verified")).all()) == 1


def test_a_checkpoint_is_signed_and_downloaded(cast, visit, verifier):
    visitor = visit("sun")
    assert visitor.get("/journal/checkpoints/latest", status=303).location == "/journal"

    visitor.post("/journal/checkpoints")
    note = visitor.get("/journal/checkpoints/latest")

    assert note.mimetype == "text/plain"
    assert open_note(note.text, verifier).size > 0
    assert "还没有外部人员保存检查点" in visitor.get("/journal/checkpoints").text
