"""Who signs proves who they are: by passkey, by password and code, or by password while they have nothing more."""

import html
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread
from urllib.parse import unquote

import pytest
from authenticator import PRESENT, Authenticator
from databases import ON_SQLITE
from factories import PASSWORD, make_application, make_case, make_counted, submit
from sqlalchemy import select

from ledger.db import db
from ledger.destruction.models import Application, Opinion
from ledger.goods.audit import UNPROVED, verify_books
from ledger.journal.models import JournalEntry
from ledger.journal.service import record, writing
from ledger.units import onetime, service
from ledger.units.models import CodeGenerator, Passkey, SignNonce, User
from ledger.units.passkeys import check, holds
from ledger.units.rules import PasskeyRefused
from ledger.web.words import content

NOW = datetime.now(UTC)
"""Pages judge counts by the real day, and codes by the real moment."""


@pytest.fixture
def goods(session, cast):
    case = make_case(session, cast, served_on=date(2020, 1, 1))
    return [make_counted(session, cast, case=case, name=name, at=NOW, at_location=name) for name in ("酒", "包")]


@pytest.fixture
def submitted(session, cast, goods):
    made = make_application(session, cast, *goods, at=NOW)
    submit(session, made, at=NOW)
    return made


@pytest.fixture
def two(session, cast, goods):
    made = [make_application(session, cast, item, at=NOW) for item in goods]
    for each in made:
        submit(session, each, at=NOW)
    return made


@pytest.fixture
def liu(visit):
    return visit("liu")


@pytest.fixture
def passkey(liu):
    """A passkey of Liu's."""
    return enrol(liu, Authenticator())


def enrol(visitor, device, name="办公室电脑"):
    page = visitor.post("/account/passkeys/new", {"name": name, "password": PASSWORD}, status=200).text
    options = json.loads(html.unescape(re.search(r'data-passkey="([^"]+)"', page)[1]))
    visitor.post("/account/passkeys", {"name": name, "passkey": device.make(options)})
    return device


def opinion(application, **more):
    return {"digest": application.digest, "decision": "agree", "text": "同意", **more}


def ask(visitor, application, **more):
    """What a passkey is given to sign for an opinion."""
    return visitor.post(address(application), opinion(application, passkey="ask", **more), status=200).json


def address(application):
    return f"/applications/{application.id}/opinion"


def opinions(session):
    session.rollback()
    return session.scalars(select(Opinion).order_by(Opinion.id)).all()


def acts(session, start):
    session.rollback()
    return [
        act for act in session.scalars(select(JournalEntry.act).order_by(JournalEntry.seq)) if act.startswith(start)
    ]


def set_up_codes(app, visitor, login):
    """Set a code generator up, and return what it shows some steps of thirty seconds from now."""
    visitor.post("/account/codes/new", {"password": PASSWORD}, status=200)
    key = app.extensions["settings"].secret_key
    generator = db.session.scalars(select(CodeGenerator).join(User).where(User.login == login)).one()
    sealed = generator.secret

    def shown(steps: int = 0) -> str:
        totp = onetime._totp(onetime._box(key).decrypt(sealed))  # noqa: SLF001 - what the person's phone knows
        return totp.generate(int(datetime.now(UTC).timestamp()) + 30 * steps).decode()

    shown.first = shown(-1)
    visitor.post("/account/codes", {"code": shown.first})
    return shown


# By passkey


def test_a_passkey_signs_exactly_the_content_and_the_proof_can_be_checked_by_anybody(
    session, liu, passkey, submitted, verifier
):
    liu.post(address(submitted), opinion(submitted, passkey=passkey.sign(ask(liu, submitted))))

    [given] = opinions(session)
    entry = session.scalars(select(JournalEntry).filter_by(act="application.agreed")).one()
    assert given.proof == content(entry)["data"]["proof"]
    assert (given.proof["way"], given.proof["digests"]) == ("passkey", [submitted.digest])
    assert check(given.proof) == 1
    assert holds(content(entry))
    assert verify_books(session, verifier).findings == []
    with pytest.raises(PasskeyRefused):
        check({**given.proof, "digests": ["0" * 64]})
    assert session.scalars(select(Passkey)).one().used_at


@ON_SQLITE
def test_a_signature_is_taken_once(session, liu, passkey, two):
    answer = passkey.sign(ask(liu, two[0]))
    liu.post(address(two[0]), opinion(two[0], passkey=answer))

    page = liu.post(address(two[1]), opinion(two[1], passkey=answer), status=422).text

    assert "已经用过或超时" in page
    assert len(opinions(session)) == 1


@ON_SQLITE
@pytest.mark.parametrize("wrong", ["unverified", "origin", "decision", "content", "key", "stale", "garbage"])
def test_a_signature_of_something_else_or_by_somebody_else_is_refused_in_words(session, liu, passkey, two, wrong):
    first, second = two
    options = ask(
        liu, second if wrong == "content" else first, **({"decision": "refuse"} if wrong == "decision" else {})
    )
    other = Authenticator()
    other.id = passkey.id
    signing: dict[str, Callable[[], str]] = {
        "unverified": lambda: passkey.sign(options, flags=PRESENT),
        "origin": lambda: passkey.sign(options, origin="https://evil.example"),
        "key": lambda: other.sign(options),
        "garbage": lambda: '{"nonce": 1}',
    }
    answer = signing.get(wrong, lambda: passkey.sign(options))()
    if wrong == "stale":
        with writing(session):
            session.scalars(select(SignNonce)).one().made_at -= timedelta(minutes=6)

    page = liu.post(address(first), opinion(first, passkey=answer), status=422).text

    assert ("用过或超时" in page) if wrong in ("stale", "decision") else ("不是这份内容" in page)
    assert opinions(session) == []


@ON_SQLITE
def test_nobody_signs_with_another_persons_passkey(session, liu, passkey, visit, submitted):
    huang = visit("huang")
    liu.post(address(submitted), opinion(submitted, passkey=passkey.sign(ask(liu, submitted))))

    page = huang.post(address(submitted), opinion(submitted, passkey=passkey.sign(ask(huang, submitted))), status=422)

    assert "没有登记在您的账号下" in page.text
    assert len(opinions(session)) == 1


@ON_SQLITE
def test_who_has_a_passkey_signs_by_password_alone_no_more(session, liu, passkey, submitted):
    page = liu.get(f"/applications/{submitted.id}").text
    assert "您用通行密钥签批" in page
    assert 'name="password"' not in page

    page = liu.post(address(submitted), opinion(submitted, password=PASSWORD), status=422).text

    assert "用通行密钥签批，只能在本人设备上使用" in page
    assert opinions(session) == []


@ON_SQLITE
def test_a_device_that_counts_backwards_is_noted(session, liu, passkey, two):
    passkey.count = 8
    liu.post(address(two[0]), opinion(two[0], passkey=passkey.sign(ask(liu, two[0]))))
    passkey.count = 3
    liu.post(address(two[1]), opinion(two[1], passkey=passkey.sign(ask(liu, two[1]))))

    assert "user.passkey_counted_back" in acts(session, "user.")


@ON_SQLITE
def test_a_number_given_out_for_a_sign_off_makes_no_passkey(session, liu, submitted):
    options, device = ask(liu, submitted), Authenticator()

    answer = liu.post("/account/passkeys", {"name": "x", "passkey": device.make(options)})

    assert answer.location == "/account/passkeys/new"
    assert session.scalars(select(Passkey)).all() == []


@ON_SQLITE
def test_what_one_signs_with_is_changed_only_by_what_one_signs_with(session, liu, passkey):
    key = session.scalars(select(Passkey)).one().id
    removal = f"/account/passkeys/{key}/remove"
    liu.post(removal, {"password": PASSWORD}, status=422)
    liu.post("/account/codes/new", {"password": PASSWORD}, status=422)
    liu.post("/account/passkeys/new", {"name": "y", "password": PASSWORD}, status=422)

    liu.post(removal, {"passkey": passkey.sign(liu.post(removal, {"passkey": "ask"}, status=200).json)})

    assert acts(session, "user.passkey") == ["user.passkey_added", "user.passkey_removed"]
    assert session.scalars(select(Passkey)).all() == []


@ON_SQLITE
def test_a_reset_by_two_administrators_takes_passkeys_and_codes_along(app, session, cast, liu, passkey, visit):
    huang = visit("huang")
    set_up_codes(app, huang, "huang")
    for person in (cast.liu, cast.huang):
        with writing(session):
            reset = service.request_reset(session, person, reason="丢失", by=cast.wu, at=NOW)
            service.confirm_reset(session, reset, service.hash_password("once-only-once-3"), by=cast.zheng, at=NOW)

    assert acts(session, "user.passkey_removed") == ["user.passkey_removed"]
    assert acts(session, "user.codes_removed") == ["user.codes_removed"]
    assert not session.scalars(select(Passkey)).all()
    assert not session.scalars(select(CodeGenerator)).all()


@ON_SQLITE
def test_checking_the_books_finds_a_proof_that_proves_nothing(session, cast, liu, passkey, submitted, verifier):
    liu.post(address(submitted), opinion(submitted, passkey=passkey.sign(ask(liu, submitted))))
    proof = opinions(session)[0].proof
    with writing(session):
        data = {"id": 99, "digest": "1" * 64, "proof": proof}
        record(session, "application.agreed", by=cast.liu, at=NOW, unit=cast.bureau, data=data)

    assert [finding.message for finding in verify_books(session, verifier).findings] == [UNPROVED]


# By code


def test_each_code_is_taken_once_even_by_two_at_once(app, session, visit, two):
    visitors = [visit("liu"), visit("liu")]
    shown = set_up_codes(app, visitors[0], "liu")
    gate, code = Barrier(2), shown()

    def sign(visitor, application_id, fields):
        gate.wait()
        visitor._client.post(f"/applications/{application_id}/opinion", data=fields)  # noqa: SLF001 - any answer will do

    threads = []
    for visitor, each in zip(visitors, two, strict=True):
        fields = {**opinion(each, password=PASSWORD, code=code), "csrf_token": visitor._token()}  # noqa: SLF001
        threads.append(Thread(target=sign, args=(visitor, each.id, fields)))
    session.rollback()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [given.proof for given in opinions(session)] == [{"way": "code"}]


@ON_SQLITE
def test_a_code_goes_with_the_password_and_wrong_ones_have_to_wait(app, session, liu, two):
    shown = set_up_codes(app, liu, "liu")

    def refused(**fields):
        return liu.post(address(two[0]), opinion(two[0], **fields), status=422).text

    assert "动态口令应用现在显示的六位数字" in refused(password=PASSWORD)
    assert "口令不对，或已经用过" in refused(password=PASSWORD, code=shown.first), (
        "the first code confirmed the generator"
    )
    assert "口令不对，或已经用过" in refused(password=PASSWORD, code=shown(9))
    assert "密码不对" in refused(password="no", code=shown())  # noqa: S106 - the wrong one
    code = shown()
    liu.post(address(two[0]), opinion(two[0], password=PASSWORD, code=f" {code[:3]} {code[3:]} "))
    for _ in range(5):
        last = liu.post(address(two[1]), opinion(two[1], password=PASSWORD, code=code), status=422).text
    assert "口令不对，或已经用过" in last
    assert "秒后再试" in liu.post(address(two[1]), opinion(two[1], password=PASSWORD, code=shown(1)), status=422).text
    assert len(opinions(session)) == 1


@ON_SQLITE
def test_the_secret_is_kept_under_the_installations_key_and_never_shown_again(app, session, liu):
    page = liu.post("/account/codes/new", {"password": PASSWORD}, status=200).text
    secret = re.search(r'<span class="code">([A-Z2-7 ]+)</span>', page)[1]
    generator = session.scalars(select(CodeGenerator)).one()
    assert onetime.text_of(generator.secret, app.extensions["settings"].secret_key) == secret
    assert onetime.step_of("000000", generator.secret, "another key", at=NOW) == 0
    assert "口令不对" in liu.post("/account/codes", {"code": "000000"}, status=422).text

    shown = set_up_codes(app, liu, "liu")

    liu.post("/account/codes", {"code": shown()}, status=404)
    assert secret not in liu.get("/account").text
    assert all(b"secret" not in entry.body for entry in session.scalars(select(JournalEntry)))


@ON_SQLITE
def test_a_second_person_adds_the_own_code(app, session, cast, goods, visit):
    shown = set_up_codes(app, visit("xie"), "xie")
    [item, _] = goods
    here = f"/store/{item.case_id}/dispose?line={item.id}"
    page = visit("zhao").get(here).text
    assert 'name="second_code"' in page
    fields = {name: unquote(value) for name, value in re.findall(r'name="(seen)"[^>]*value="([^"]*)"', page)}
    fields |= {re.search(r'name="(take-[^"]+)"', page)[1]: "1", "second": cast.xie.id, "second_password": PASSWORD}
    fields |= {"kind": "return_to_party", "recipient": "某超市", "document": "1号", "reason": "退还"}

    assert "六位数字" in visit("zhao").post(here, fields, status=422).text
    visit("zhao").post(here, {**fields, "second_code": shown()})


# What an installation demands


@pytest.fixture
def demanding(app):
    app.extensions["settings"] = replace(app.extensions["settings"], demands_second_factor=True)
    app.jinja_env.globals["demands_second_factor"] = True


@ON_SQLITE
def test_an_installation_may_demand_more_than_a_password_of_everybody(app, session, demanding, liu, submitted):
    page = liu.get(f"/applications/{submitted.id}").text
    assert 'name="password"' not in page
    page = liu.post(address(submitted), opinion(submitted, password=PASSWORD), status=422).text
    assert "签批不能只凭密码" in page

    shown = set_up_codes(app, liu, "liu")
    liu.post(address(submitted), opinion(submitted, password=PASSWORD, code=shown()))

    assert len(opinions(session)) == 1


# Several at once


def picked(applications):
    return [f"{each.id}:{each.digest}" for each in applications]


@ON_SQLITE
def test_several_are_agreed_to_under_one_signature_over_all_their_contents(session, liu, passkey, two):
    page = liu.get("/applications/sign").text
    assert all(value in page for value in picked(two))
    fields = {"item": picked(two), "phrase": "情况属实，同意销毁。", "text": "尽快。"}

    options = liu.post("/applications/sign", {**fields, "passkey": "ask"}, status=200).json
    liu.post("/applications/sign", {**fields, "passkey": passkey.sign(options)})

    given = opinions(session)
    assert [each.text for each in given] == ["情况属实，同意销毁。尽快。"] * 2
    assert given[0].proof == given[1].proof
    assert given[0].proof["digests"] == sorted(each.digest for each in two)
    assert all(holds(content(entry)) for entry in session.scalars(select(JournalEntry)))


@ON_SQLITE
def test_what_changed_meanwhile_or_is_not_ones_turn_is_left_out_and_said(session, cast, liu, goods, two):
    first, second = two
    seen = picked(two)
    with writing(session):
        session.get_one(Application, first.id).digest = "0" * 64

    answer = liu.post("/applications/sign", {"item": seen, "password": PASSWORD})
    page = liu.get(answer.location).text

    assert "已签批 1 份申请" in page
    assert f"未签：{first.number}。" in page
    assert [each.application_id for each in opinions(session)] == [second.id]
    liu.post("/applications/sign", {"item": seen[1:], "password": PASSWORD})
    assert len(opinions(session)) == 1, "the next opinion is another step's"
    liu.post("/applications/sign", {"item": [], "password": PASSWORD}, status=422)
