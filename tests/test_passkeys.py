"""Passkeys in a real browser, with a device that Chromium makes up (CDP WebAuthn)."""

from datetime import UTC, date, datetime

import pytest
from browser import check_page, serving, sign_in, take_pictures
from databases import ON_SQLITE
from factories import PASSWORD, make_application, make_case, make_counted, submit
from playwright.sync_api import expect
from sqlalchemy import select

from ledger.destruction.models import Opinion

pytestmark = ON_SQLITE


@pytest.fixture
def site(app):
    with serving(app) as address:
        yield address.replace("127.0.0.1", "localhost")  # passkeys belong to names


@pytest.fixture
def device(context, page):
    """A phone that knows its owner; returns the function that tells whether it still does."""
    cdp = context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    able = {"hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}
    made = cdp.send(
        "WebAuthn.addVirtualAuthenticator", {"options": {"protocol": "ctap2", "transport": "internal", **able}}
    )
    key = {"authenticatorId": made["authenticatorId"]}
    return lambda knows: cdp.send("WebAuthn.setUserVerified", {**key, "isUserVerified": knows})


@pytest.fixture
def waiting(session, cast):
    """Three applications that wait for Liu."""
    now = datetime.now(UTC)
    case = make_case(session, cast, served_on=date(2020, 1, 1))
    made = []
    for name in ("假冒白酒", "假冒箱包", "劣质口罩"):
        goods = make_counted(session, cast, case=case, name=name, at=now, at_location=name)
        made.append(make_application(session, cast, goods, at=now))
        submit(session, made[-1], at=now)
    return made


def proofs(session):
    session.rollback()
    return [given.proof for given in session.scalars(select(Opinion).order_by(Opinion.id))]


def enrol(page):
    page.goto("/account")
    page.get_by_role("link", name="添加通行密钥").click()
    page.get_by_label("通行密钥名称").fill("手机")
    page.get_by_label("您的密码").fill(PASSWORD)
    page.locator("main form .btn-primary").click()
    page.get_by_role("heading", name="生成通行密钥").wait_for()
    check_page(page)
    page.locator("main form .btn-primary").click()
    page.get_by_text("今后签批须使用").wait_for()
    take_pictures(page, "account-passkey")
    check_page(page)


def test_a_passkey_is_made_signs_several_at_once_and_once_each(page, context, session, cast, device, waiting):
    sign_in(page, "liu", PASSWORD)
    enrol(page)
    one, *others = waiting
    sent = []
    page.on("request", lambda request: sent.append(request.post_data) if request.url.endswith("/opinion") else None)

    page.goto(f"/applications/{one.id}")
    take_pictures(page, "sign-by-passkey")
    check_page(page)
    device(knows=False)
    page.locator("#sign button[type=submit]").click()
    page.get_by_text("通行密钥没有用成").wait_for()
    assert proofs(session) == []
    device(knows=True)
    page.locator("#sign button[type=submit]").click()
    page.get_by_text("已签批").first.wait_for()
    assert [(given["way"], given["digests"]) for given in proofs(session)] == [("passkey", [one.digest])]

    again = context.request.post(
        f"/applications/{others[0].id}/opinion",
        data=sent[-1],
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert "已经用过或超时" in again.text()

    page.goto("/applications/sign")
    page.get_by_label("全选没有暂缓的").check()
    take_pictures(page, "sign-several")
    check_page(page)
    page.locator("#sign button[type=submit]").click()
    page.get_by_text("已签批 2 份申请").wait_for()
    assert [given["digests"] for given in proofs(session)][1:] == [sorted(each.digest for each in others)] * 2

    page.goto("/account")
    page.get_by_role("link", name="移除通行密钥").click()
    check_page(page)
    page.locator("main form .btn-primary").click()
    page.get_by_text("通行密钥已移除").wait_for()
    expect(page.get_by_text("目前只凭密码")).to_be_visible()
