"""Scans come in by the interface; what each leads to is proved in tests/scanning."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from databases import ON_SQLITE
from days import items_of, make_day
from factories import NOON, PASSWORD, balances, make_unit, make_user
from hypothesis import given, settings
from hypothesis import strategies as st
from lumps import SCANS, lump_of, scan_of, send
from pages import Visitor
from sqlalchemy import func, select

from ledger.codes import new_code
from ledger.goods.rules import Account
from ledger.journal.models import JournalEntry
from ledger.journal.service import writing
from ledger.permissions import Role
from ledger.scanning.models import Posting, Scan
from ledger.scanning.rules import REASONS, Outcome, Reason, Stage
from ledger.web import access


def count_of(session, model):
    session.rollback()
    return session.scalar(select(func.count()).select_from(model))


def test_a_scan_moves_the_goods_and_says_what_was_taken(session, day, guo):
    [result] = send(guo, scan_of(day))

    assert (result["verdict"], result["reason"]) == ("ok", None)
    assert result["message"] == "假冒白酒 10 瓶"
    assert result["goods"] == "鹭江市市场监督管理局，共 1 批，第 1 批"
    [item] = items_of(day)
    assert balances(session, item) == {Account.PARTY: -10, Account.LOADED: 10}


@ON_SQLITE
def test_a_device_that_named_itself_is_told_by_its_first_signs(day, guo):
    sent = {**lump_of(scan_of(day), scan_of(day)), "device": "5b587742-bc02-4e19-a619-9d2661f6d77c"}

    _first, repeat = guo.send(SCANS, sent)["results"]

    assert repeat["first"]["device"] == "设备 5b58"


@ON_SQLITE
def test_a_batch_of_several_goods_says_how_many_more_there_are(session, cast, guo):
    day = make_day(session, cast, batches=2, lines=3)

    [result] = send(guo, scan_of(day, code=day.batches[1].code))

    assert result["message"] == "假冒白酒 10 瓶，另有 2 项"
    assert result["goods"] == "鹭江市市场监督管理局，共 2 批，第 2 批"


@ON_SQLITE
def test_what_is_said_is_said_in_the_readers_language(day, guo):
    guo.post("/login/language", {"locale": "en"})

    [result] = send(guo, scan_of(day, code="nothing"))

    assert result["message"] == REASONS[Reason.BAD_CODE]


def test_a_repeat_says_when_by_whom_and_on_which_device(day, guo):
    first = scan_of(day, at=(NOON - timedelta(minutes=5)).isoformat())

    send(guo, first)
    [result] = send(guo, scan_of(day))

    assert (result["verdict"], result["reason"]) == ("repeat", "already_passed")
    assert result["message"] == "已记录过，不再计数。放行。"
    assert set(result["first"]) == {"at", "by", "device"}
    assert result["first"]["by"] == "郭小军"
    assert result["first"]["device"] == "手机 1 号"


@ON_SQLITE
def test_a_time_is_told_by_our_clock_however_wrong_the_devices_is(day, guo, monkeypatch):
    monkeypatch.setattr("ledger.api.v1.scans.now", lambda: NOON)
    an_hour_slow = NOON - timedelta(hours=1)
    scan = scan_of(day, at=(an_hour_slow - timedelta(minutes=2)).isoformat())

    guo.send(SCANS, lump_of(scan, now=an_hour_slow.isoformat()))
    [result] = send(guo, scan_of(day))

    assert result["first"]["at"] == "2026-11-24T11:58:00+08:00"


@pytest.mark.parametrize("at", ["1970-01-01T00:00:00+08:00", "2101-01-01T00:00:00+14:00", "2026-11-24T12:00:00Z"])
@ON_SQLITE
def test_no_scan_is_turned_away_for_its_time(day, guo, at):
    [result] = send(guo, scan_of(day, at=at))

    assert result["verdict"] == "ok"


def test_the_same_scan_again_is_answered_with_its_present_outcome(session, day, guo):
    early = scan_of(day, "receive")
    assert send(guo, early)[0]["verdict"] == "waiting"
    send(guo, scan_of(day, "load"))

    [again] = send(guo, early)

    assert (again["verdict"], again["reason"]) == ("ok", None)
    assert count_of(session, Scan) == 2


def test_a_scan_that_was_taken_back_counts_no_more(session, day, guo):
    load = scan_of(day)
    send(guo, load)

    [void] = send(guo, scan_of(day, "void", voids=load["id"]))
    [again] = send(guo, load)

    assert (void["verdict"], void["reason"], void["message"]) == ("ok", "taken_back", "已撤销。")
    assert (again["verdict"], again["reason"]) == ("refused", "taken_back")
    assert balances(session, items_of(day)[0]) == {Account.PARTY: -10, Account.PACKED: 10}


def test_each_scan_of_a_lump_has_its_own_outcome(day, guo):
    run = day.open_run()
    scans = [
        scan_of(day, "destroy", run=run.number),
        scan_of(day, "receive", gross_kg="12.5", seal="whole"),
        scan_of(day, code="7KD4-M2QX-9R41"),
        scan_of(day, code=new_code()),
        scan_of(day, vehicle="闽D 12345", note="第一车"),
        scan_of(day),
    ]

    verdicts = [result["verdict"] for result in send(guo, *scans)]

    assert verdicts == ["ok", "ok", "unknown", "unknown", "ok", "repeat"]


def test_all_that_a_device_says_is_kept_as_it_came(session, day, guo):
    scan = scan_of(
        day,
        code=f"HTTPS://X/Q/{day.batch.code}",
        gross_kg="12.5",
        seal="whole",
        vehicle="闽D 12345",
        note="第一车",
        seq=2**63 - 1,
    )

    send(guo, scan)

    kept = session.get_one(Scan, scan["id"])
    assert (kept.code, kept.gross_kg, kept.vehicle, kept.note) == (scan["code"], Decimal("12.5"), "闽D 12345", "第一车")
    assert (kept.seq, kept.operator, kept.device, kept.at) == (2**63 - 1, "郭小军", "手机 1 号", NOON)


def test_a_day_of_five_hundred_scans_comes_in_at_once(session, cast, guo):
    day = make_day(session, cast, batches=3)
    scans = [scan_of(day, code=day.batches[number % 3].code) for number in range(499)]
    scans.append(scan_of(day, code="gibberish"))

    results = send(guo, *scans)

    verdicts = [result["verdict"] for result in results]
    assert [verdicts.count(verdict) for verdict in ("ok", "repeat", "unknown")] == [3, 496, 1]
    assert count_of(session, Scan) == 500


@ON_SQLITE
def test_more_than_five_hundred_are_refused_whole(session, day, guo):
    answer = guo.send(SCANS, lump_of(*(scan_of(day) for _ in range(501))), status=422)

    assert answer == {"error": "bad_value", "message": "scans 应为非空且不过长的列表。"}
    assert count_of(session, Scan) == 0


def test_a_body_that_is_too_large_is_refused(session, day, guo):
    answer = guo.send(SCANS, lump_of(scan_of(day), padding="x" * (1 << 20)), status=413)

    assert answer["error"] == "request_entity_too_large"
    assert count_of(session, Scan) == 0


@pytest.mark.parametrize(
    ("members", "where"),
    [
        ({"id": "7"}, "id"),
        ({"id": None}, "id"),
        ({"seq": -1}, "seq"),
        ({"seq": True}, "seq"),
        ({"seq": 2**63}, "seq"),
        ({"event": 2**31}, "event"),
        ({"code": ""}, "code"),
        ({"code": "x" * 201}, "code"),
        ({"code": "a\0b"}, "code"),
        ({"stage": "burn"}, "stage"),
        ({"stage": ["load"]}, "stage"),
        ({"at": "2026-11-24T12:00:00"}, "at"),
        ({"at": "yesterday"}, "at"),
        ({"at": 1_700_000_000}, "at"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "at"),
        ({"run": 0}, "run"),
        ({"voids": "x"}, "voids"),
        ({"seal": "torn"}, "seal"),
        ({"gross_kg": 12.5}, "gross_kg"),
        ({"gross_kg": "12.5000"}, "gross_kg"),
        ({"gross_kg": "-1"}, "gross_kg"),
        ({"gross_kg": "1e3"}, "gross_kg"),
        ({"note": "x" * 301}, "note"),
    ],
)
@ON_SQLITE
def test_what_cannot_be_understood_is_named_and_nothing_is_kept(session, day, guo, members, where):
    answer = guo.send(SCANS, lump_of(scan_of(day), scan_of(day, **members)), status=422)

    assert answer["error"] == "bad_value"
    assert answer["message"].startswith(f"scans[1].{where} 应为")
    assert count_of(session, Scan) == 0


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "7", '"x"', "null", "{}", '{"device": "x", "now": "x", "scans": []}', "NaN"]
)
@ON_SQLITE
def test_a_body_that_is_no_lump_is_refused(day, guo, body):
    assert guo.send(SCANS, body, status=422)["error"] == "bad_value"


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(
    members=st.dictionaries(
        st.sampled_from(["id", "seq", "event", "code", "stage", "at", "run", "voids", "seal", "gross_kg", "note"]), json
    )
)
@ON_SQLITE
@settings(max_examples=150)
def test_nothing_that_a_program_can_send_breaks_it(day, guo, members):
    lump = lump_of(scan_of(day, **members))

    answer = guo._client.post(SCANS, json=lump, headers={"X-CSRFToken": guo._token()})  # noqa: SLF001

    assert answer.status_code in (200, 403, 422)
    assert set(answer.json) in ({"results"}, {"error", "message"})


def test_the_same_scan_ten_times_at_once_is_kept_once(app, session, day, cast):
    scan = scan_of(day)

    results = at_once(app, [scan] * 10)

    assert [result["verdict"] for result in results] == ["ok"] * 10
    assert count_of(session, Scan) == 1
    assert balances(session, items_of(day)[0]) == {Account.PARTY: -10, Account.LOADED: 10}


def test_of_two_scanners_of_one_batch_one_is_told_of_the_other(app, session, day, cast):
    results = at_once(app, [scan_of(day), scan_of(day)])

    ok, repeat = sorted(results, key=lambda result: result["verdict"])
    assert (ok["verdict"], repeat["verdict"]) == ("ok", "repeat")
    assert repeat["first"]["device"] == "手机 1 号"
    assert balances(session, items_of(day)[0]) == {Account.PARTY: -10, Account.LOADED: 10}


def at_once(app, scans):
    """Send each scan by a device of its own, all at the same moment."""
    devices = [Visitor(app) for _ in scans]
    for device in devices:
        device.sign_in("guo", PASSWORD)
    tokens = [device._token() for device in devices]  # noqa: SLF001
    start = Barrier(len(scans))

    def post(device, token, scan):
        start.wait()
        answer = device._client.post(SCANS, json=lump_of(scan), headers={"X-CSRFToken": token})  # noqa: SLF001
        assert answer.status_code == 200
        return answer.json["results"][0]

    with ThreadPoolExecutor(len(scans)) as pool:
        return list(pool.map(post, devices, tokens, scans))


# Who may.


@ON_SQLITE
def test_a_stranger_is_told_to_sign_in_not_sent_elsewhere(day, stranger):
    assert stranger.send(SCANS, lump_of(scan_of(day)), status=401)["error"] == "sign_in_needed"


@ON_SQLITE
def test_a_request_without_anything_is_told_to_sign_in(app, day):
    answer = app.test_client().post(SCANS, json=lump_of(scan_of(day)))

    assert (answer.status_code, answer.json["error"]) == (401, "sign_in_needed")


@ON_SQLITE
def test_a_signed_in_request_without_the_token_is_refused(session, day, guo):
    answer = guo._client.post(SCANS, json=lump_of(scan_of(day)))  # noqa: SLF001

    assert (answer.status_code, answer.json["error"]) == (400, "csrf_token")
    assert count_of(session, Scan) == 0


@ON_SQLITE
def test_an_expired_sign_in_is_said_and_the_scan_can_be_sent_again(session, day, guo, monkeypatch):
    later = access.now() + timedelta(hours=13)
    scan = scan_of(day)
    with monkeypatch.context() as clock:
        clock.setattr(access, "now", lambda: later)
        assert guo.send(SCANS, lump_of(scan), status=401)["error"] == "sign_in_needed"
    assert count_of(session, Scan) == 0

    assert send(guo, scan)[0]["verdict"] == "ok"


@pytest.mark.parametrize("login", ["lin", "zhao", "sun", "wu", "chen", "pan"])
@ON_SQLITE
def test_who_is_not_site_staff_cannot_scan_and_the_attempt_is_in_the_journal(session, day, visit, login):
    assert visit(login).send(SCANS, lump_of(scan_of(day)), status=403)["error"] == "not_permitted"

    assert count_of(session, Scan) == 0
    assert session.scalars(select(JournalEntry).filter_by(act="refused")).one()


@ON_SQLITE
def test_who_must_set_a_password_first_is_told_so(session, cast, day, guo):
    with writing(session):
        cast.guo.must_change_password = True

    assert guo.send(SCANS, lump_of(scan_of(day)), status=409)["error"] == "password_needed"


@ON_SQLITE
def test_site_staff_of_a_unit_scan_for_the_event_above_them(app, session, cast, day):
    with writing(session):
        make_user(session, "district", "区局", cast.district, Role.SITE_STAFF)
    visitor = Visitor(app)
    visitor.sign_in("district", PASSWORD)

    assert send(visitor, scan_of(day))[0]["verdict"] == "ok"


def test_an_event_that_is_not_ones_own_is_refused_like_one_that_is_not_there(app, session, day):
    with writing(session):
        elsewhere = make_unit(session, "X", "另一市市场监督管理局", None)
        make_user(session, "stranger", "外人", elsewhere, Role.SITE_STAFF)
    visitor = Visitor(app)
    visitor.sign_in("stranger", PASSWORD)

    for event in (day.event.id, 987_654):
        answer = visitor.send(SCANS, lump_of(scan_of(day, event=event)), status=403)
        assert answer["error"] == "not_permitted"
        assert answer["message"].startswith("scans[0].event：")
    assert count_of(session, Scan) == 0


def test_what_was_not_taken_is_in_the_journal(session, day, guo):
    send(guo, scan_of(day, code=new_code()))

    entry = session.scalars(select(JournalEntry).filter_by(act="scan.refused")).one()
    assert b'"reason":"no_such_batch"' in entry.body


def test_the_outcome_is_stored_beside_the_scan(session, day, guo):
    [result] = send(guo, scan_of(day, "receive"))

    posting = session.scalars(select(Posting)).one()
    assert (posting.outcome, posting.stage, result["message"]) == (
        Outcome.WAITING,
        Stage.RECEIVE,
        "还没有装车记录。本次已留存，等前一环节上传后自动入账。",
    )
