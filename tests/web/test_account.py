from databases import ON_SQLITE
from factories import NOON, PASSWORD
from sqlalchemy import select

from ledger.journal.models import JournalEntry
from ledger.journal.service import writing
from ledger.units import service

pytestmark = ON_SQLITE

NEW = "two calm otters paddle"


def change(visitor, current=PASSWORD, new=NEW, again=None, status=303):
    data = {"current": current, "new": new, "again": again or new}
    return visitor.post("/account/password", data, status=status)


def test_a_new_password_counts_at_once_and_ends_other_sessions(session, cast, visit, stranger):
    here, elsewhere = visit("lin"), visit("lin")

    change(here)

    here.get("/goods")
    elsewhere.get("/goods", status=303)
    stranger.sign_in("lin", NEW)
    assert session.scalars(select(JournalEntry).filter_by(act="user.password_changed")).one().actor_id == cast.lin.id


def test_it_takes_the_present_password_a_good_new_one_and_no_slip(visit):
    visitor = visit("lin")

    assert "登录名或密码不对" in change(visitor, current="wrong", status=422).text
    assert "不易猜到" in change(visitor, new="password123", status=422).text
    assert "不易猜到" in change(visitor, new="lin林文静lin", status=422).text
    assert "不易猜到" in change(visitor, new="短", status=422).text
    assert "两次填写不一致" in change(visitor, again="another one entirely", status=422).text


def test_with_a_one_time_password_nothing_opens_before_it_is_changed(app, session, cast, stranger):
    with writing(session):
        reset = service.request_reset(session, cast.lin, reason="forgotten", by=cast.wu, at=NOON)
        service.confirm_reset(session, reset, service.hash_password("once-only-once-3"), by=cast.zheng, at=NOON)

    stranger.sign_in("lin", "once-only-once-3")

    assert stranger.get("/goods", status=303).location == "/account"
    assert stranger.post("/cases", {"number": "1"}).location == "/account"
    change(stranger, current="once-only-once-3")
    stranger.get("/goods")
