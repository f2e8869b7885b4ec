from datetime import timedelta

import pytest
from databases import ON_SQLITE
from factories import NOON, PASSWORD
from pages import Visitor

from ledger.db import db
from ledger.journal.service import writing
from ledger.units import service
from ledger.units.models import User
from ledger.units.rules import FREE_ATTEMPTS, LONGEST_WAIT, wait_after
from ledger.web import access


def try_to_sign_in(visitor, login, password):
    return visitor.post("/login", {"login": login, "password": password}, status=422).text


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test sets; returns the function that moves it on."""
    shown = [access.now()]
    for module in ("ledger.web.login", "ledger.web.account", "ledger.web.access"):
        monkeypatch.setattr(f"{module}.now", lambda: shown[0])

    def forward(**amount):
        shown[0] += timedelta(**amount)

    return forward


@ON_SQLITE
def test_signing_in_leads_to_the_page_that_was_asked_for(cast, stranger):
    asked = stranger.get("/goods?q=%E9%85%92", status=303)

    answer = stranger.post(asked.location, {"login": "lin", "password": PASSWORD, "next": "/goods?q=%E9%85%92"})

    assert answer.location == "/goods?q=%E9%85%92"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_signing_in_never_leads_out_of_the_house(cast, stranger, elsewhere):
    answer = stranger.post("/login", {"login": "lin", "password": PASSWORD, "next": elsewhere})

    assert answer.location == "/"


@ON_SQLITE
def test_capital_letters_and_blanks_in_the_sign_in_name_do_not_matter(cast, stranger):
    stranger.post("/login", {"login": " LIN ", "password": PASSWORD})


@ON_SQLITE
def test_it_is_not_said_whether_the_name_or_the_password_was_wrong(cast, stranger):
    wrong_password, wrong_name = (try_to_sign_in(stranger, login, "x" * 12) for login in ("lin", "nobody"))

    assert "登录名或密码不对" in wrong_password
    assert "登录名或密码不对" in wrong_name


@ON_SQLITE
def test_after_too_many_wrong_passwords_even_the_right_one_has_to_wait(app, session, cast, stranger, clock):
    for _ in range(FREE_ATTEMPTS):
        try_to_sign_in(stranger, "lin", "wrong password")

    assert "秒后再试" in try_to_sign_in(stranger, "lin", PASSWORD)

    clock(seconds=31)
    stranger.sign_in("lin", PASSWORD)
    assert db.session.get(User, cast.lin.id).failed_attempts == 0


def test_waiting_grows_and_ends_at_a_quarter_of_an_hour():
    waits = [wait_after(attempts).total_seconds() for attempts in range(FREE_ATTEMPTS - 1, FREE_ATTEMPTS + 8)]

    assert waits[:4] == [0, 30, 60, 120]
    assert wait_after(1000) == LONGEST_WAIT


@ON_SQLITE
def test_a_session_ends_after_its_hours(cast, visit, clock):
    visitor = visit("lin")
    clock(hours=11)
    visitor.get("/goods")

    clock(hours=2)

    visitor.get("/goods", status=303)


@ON_SQLITE
def test_a_disabled_person_is_out_at_once_and_stays_out(session, cast, visit, stranger):
    visitor = visit("lin")
    with writing(session):
        service.disable_user(session, cast.lin, by=cast.wu, at=NOON)

    visitor.get("/goods", status=303)
    try_to_sign_in(stranger, "lin", PASSWORD)


@ON_SQLITE
def test_a_session_from_before_is_worth_nothing_after_signing_out_everywhere(app, cast, visit):
    phone, desk = visit("lin"), visit("lin")

    phone.post("/account/end-sessions")

    for visitor in (phone, desk):
        visitor.get("/goods", status=303)


@ON_SQLITE
def test_signing_out_ends_the_session(cast, visit):
    visitor = visit("lin")

    visitor.post("/login/out")

    visitor.get("/goods", status=303)


@ON_SQLITE
def test_the_session_cookie_names_no_password_and_cannot_be_made_up(app, cast):
    visitor = Visitor(app)
    visitor._client.set_cookie("ledger", "eyJfdXNlcl9pZCI6IjE6MSJ9.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb")  # noqa: SLF001

    visitor.get("/goods", status=303)


@ON_SQLITE
def test_the_language_is_chosen_before_signing_in_and_kept_after(session, cast, stranger):
    assert stranger.get("/login").text.count('lang="zh-CN"') >= 1

    stranger.post("/login/language", {"locale": "en"})
    assert '<html lang="en"' in stranger.get("/login").text

    stranger.post("/login", {"login": "lin", "password": PASSWORD})
    stranger.post("/login/language", {"locale": "en", "next": "/goods"})
    assert '<html lang="en"' in stranger.get("/goods").text
    assert session.get(User, cast.lin.id).locale == "en"
