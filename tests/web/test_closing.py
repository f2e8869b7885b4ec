import orjson
import pytest
from browser import check_page, sign_in, take_pictures
from databases import ON_SQLITE
from days import STROKES, items_of, make_day
from factories import PASSWORD, balances, make_user
from pages import Visitor
from playwright.sync_api import expect
from sqlalchemy import func, select

from ledger.events.models import Event
from ledger.events.photos import PhotoStage, add_photo
from ledger.events.workflow import State
from ledger.goods.rules import Account
from ledger.jobs.models import Job
from ledger.journal.models import JournalEntry
from ledger.journal.service import writing
from ledger.manifests.content import sheet_digest
from ledger.manifests.models import Manifest, Resolution, Supervision
from ledger.permissions import Role
from ledger.scanning.models import Posting
from ledger.scanning.rules import Outcome, Stage

pytestmark = ON_SQLITE


@pytest.fixture
def day(session, cast):
    """Two batches, of which the first was destroyed; the second was loaded and never arrived."""
    day = make_day(session, cast, batches=2)
    day.scan(Stage.LOAD, day.batches[1])
    day.destroy(day.batch)
    day.end()
    return day


@pytest.fixture
def done(session, cast):
    """A batch that was destroyed; nothing is open."""
    day = make_day(session, cast)
    day.destroy()
    day.end()
    return day


@pytest.fixture
def chen(visit):
    return visit("chen")


def closing(day, *more):
    return "/".join((f"/events/{day.event.id}/closing", *map(str, more)))


def way(cast, chosen, **changed):
    return {"way": chosen, "text": "车辆故障", "second": cast.liu.id, "second_password": PASSWORD, **changed}


def signature(session, day, **changed):
    return {
        "statement": "我亲眼见到销毁。",
        "strokes": orjson.dumps(STROKES).decode(),
        "digest": sheet_digest(session, day.event),
        "password": PASSWORD,
        **changed,
    }


def count_of(session, model):
    session.rollback()
    return session.scalar(select(func.count()).select_from(model))


def test_the_heading_counts_the_steps_and_the_button_says_why_it_is_blocked(cast, day, chen):
    page = chen.get(closing(day)).text

    assert "<h1>还差 2 步才能出销毁清单</h1>" in page
    assert '<span id="left">说明 1 项差异 · 等 2 位监销人签名</span>' in page
    assert 'disabled aria-describedby="left"><span>生成销毁清单</span>' in page
    assert "装车后未到" in page


def test_lines_that_differ_come_first_and_those_that_agree_are_folded(day, chen):
    page = chen.get(closing(day)).text
    assert page.count("假冒白酒") == 1
    assert "待说明" in page
    assert "另有 1 项六处一致。" in page

    everything = chen.get(closing(day) + "?all=1").text
    assert everything.count("假冒白酒") == 2
    assert everything.index("待说明") < everything.index("一致</span>")


def test_the_custodian_takes_turned_back_goods_in_and_somebody_else_confirms(session, cast, day, visit):
    zhao, batch = visit("zhao"), day.batches[1]
    page = zhao.get(closing(day, "not_received", batch.id)).text
    assert batch.seal in page

    zhao.post(closing(day, "not_received", batch.id), way(cast, "turned_back"))

    row = session.scalars(select(Resolution)).one()
    assert (row.way, row.text, row.written_by_id, row.confirmed_by_id) == (
        "turned_back",
        "车辆故障",
        cast.zhao.id,
        cast.liu.id,
    )
    assert balances(session, items_of(day)[1]) == {Account.PARTY: -10, Account.PACKED: 10}
    after = zhao.get(closing(day)).text
    assert "赵国华写明，刘建国确认" in after
    assert "已说明" in after


def test_who_is_not_the_custodian_is_told_who_is_and_cannot_bring_goods_back(session, cast, day, chen):
    path = closing(day, "not_received", day.batches[1].id)

    page = chen.get(path).text
    assert "由该单位保管员登录后写明" in page
    assert "赵国华" in page
    assert 'value="turned_back"' not in page

    chen.post(path, way(cast, "turned_back"), status=422)
    assert count_of(session, Resolution) == 0
    chen.post(path, way(cast, "missing"))
    assert balances(session, items_of(day)[1]) == {Account.PARTY: -10, Account.MISSING: 10}


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"text": ""}, "请写明情况"),
        ({"way": ""}, "请选择情况"),
        ({"second_password": "wrong"}, "密码不对"),
        ({"second": ""}, "请选择和您一起办理的人"),
    ],
)
def test_a_point_is_not_resolved_without_a_word_and_two_people(session, cast, day, chen, changed, says):
    given = {**way(cast, "missing"), **changed}

    page = chen.post(closing(day, "not_received", day.batches[1].id), given, status=422).text

    assert says in page
    assert 'rows="4"' in page
    assert count_of(session, Resolution) == 0
    assert balances(session, items_of(day)[1]) == {Account.PARTY: -10, Account.LOADED: 10}


def test_nobody_confirms_what_they_wrote_nor_who_may_not_confirm_differences(session, cast, day, visit):
    for login, second in (("zhao", cast.zhao), ("zhao", cast.lin), ("zhao", cast.chen)):
        visit(login).post(
            closing(day, "not_received", day.batches[1].id), way(cast, "missing", second=second.id), status=422
        )

    assert count_of(session, Resolution) == 0


def test_a_point_is_resolved_once(session, cast, day, chen):
    path = closing(day, "not_received", day.batches[1].id)
    chen.post(path, way(cast, "missing"))

    assert chen.post(path, way(cast, "missing")).location == closing(day)
    chen.get(path, status=303)
    assert count_of(session, Resolution) == 1


def test_a_scan_that_was_not_taken_is_explained(session, cast, visit, chen):
    day = make_day(session, cast)
    day.scan(Stage.LOAD, code="gibberish")
    day.destroy()
    day.end()
    posting = session.scalars(select(Posting).where(Posting.outcome == Outcome.UNKNOWN)).one()
    page = chen.get(closing(day)).text
    assert "gibberish" in page
    assert "gibberish" in chen.get(closing(day, "scan", posting.id)).text

    chen.post(closing(day, "scan", posting.id), way(cast, "noted"))

    assert "<h1>还差 1 步才能出销毁清单</h1>" in chen.get(closing(day)).text
    visit("zhao").get(closing(day, "scan", posting.id), status=303)


def test_whose_part_it_is_not_writes_nothing(session, cast, day, visit):
    for login in ("lin", "guo", "sun", "pan"):
        visit(login).get(closing(day, "not_received", day.batches[1].id), status=403)
        visit(login).post(closing(day, "not_received", day.batches[1].id), way(cast, "missing"), status=403)

    assert count_of(session, Resolution) == 0


def test_another_unit_sees_the_closing_without_our_goods(cast, day, visit):
    page = visit("qian").get(closing(day)).text

    for word in (day.batches[1].number, "假冒白酒", "写说明"):
        assert word not in page
    visit("qian").get(closing(day, "not_received", day.batches[1].id), status=404)


# Signatures.


def test_a_supervisor_signs_at_the_organisers_screen_with_the_own_password(session, cast, done, chen):
    path = closing(done, "signatures", cast.pan.id)
    page = chen.get(path).text
    assert "<h1>潘玉兰作为监销人签名</h1>" in page
    assert "请把设备交给潘玉兰" in page
    assert "10 瓶" in page
    short = sheet_digest(session, done.event)
    assert f"{short[:4]} {short[4:8]} {short[8:12]}" in page

    chen.post(path, signature(session, done))

    row = session.scalars(select(Supervision)).one()
    assert (row.user_id, row.statement, row.digest) == (cast.pan.id, "我亲眼见到销毁。", short)
    assert "潘玉兰的签名" in chen.get(closing(done)).text


def test_the_prepared_sentences_name_site_and_times(cast, done, chen):
    path = closing(done, "signatures", cast.pan.id)

    assert "我在主会场，自2026年11月24日 12:00至2026年11月24日 12:00" in chen.get(path).text
    assert "我核对了随机抽取的" in chen.get(path + "?sentence=1").text
    chen.get(path + "?sentence=x")
    chen.get(path + "?sentence=-7")


def test_a_supervisor_may_sign_at_the_own_screen(session, cast, done, visit):
    visit("pan").post(closing(done, "signatures", cast.pan.id), signature(session, done))

    assert count_of(session, Supervision) == 1


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"password": "wrong"}, "密码不对"),
        ({"password": ""}, "由签名人本人输入密码"),
        ({"statement": " "}, "请写明您见到的情况"),
        ({"strokes": ""}, "请在框里签名"),
        ({"strokes": '{"width": 640, "height": 240, "strokes": [[[10, 10, 0, 0.5]]]}'}, "请在框里签名"),
    ],
)
def test_nothing_is_signed_without_word_hand_and_password(session, cast, done, chen, changed, says):
    page = chen.post(closing(done, "signatures", cast.pan.id), signature(session, done, **changed), status=422).text

    assert says in page
    assert count_of(session, Supervision) == 0


def test_the_organisers_password_signs_for_nobody_else(app, session, cast, done, chen):
    chen.post(closing(done, "signatures", cast.pan.id), signature(session, done, password="organiser"), status=422)  # noqa: S106

    assert count_of(session, Supervision) == 0


def test_what_changed_since_the_page_was_opened_is_not_signed(session, cast, done, chen):
    answer = chen.post(closing(done, "signatures", cast.pan.id), signature(session, done, digest="0" * 64))

    assert answer.location == closing(done)
    assert "没有签批" in chen.get(closing(done)).text
    assert count_of(session, Supervision) == 0


def test_only_supervisors_of_the_runs_sign_and_only_who_organises_hands_over(session, cast, done, visit, chen):
    chen.get(closing(done, "signatures", cast.lin.id), status=404)
    for login in ("guo", "yu", "lin"):
        visit(login).get(closing(done, "signatures", cast.pan.id), status=403)
        visit(login).post(closing(done, "signatures", cast.pan.id), signature(session, done), status=403)

    assert count_of(session, Supervision) == 0


def test_a_signature_whose_content_changed_is_said_to_be_void(session, cast, day, chen):
    chen.post(closing(day, "not_received", day.batches[1].id), way(cast, "missing"))
    day.sign(cast.pan)
    day.sign(cast.yu)
    assert "<h1>说明和签名都已齐全，可以出销毁清单</h1>" in chen.get(closing(day)).text

    with writing(session):
        add_photo(
            session,
            day.event,
            unit=cast.bureau,
            stage=PhotoStage.SCENE,
            subject="现场",
            sha256="0" * 64,
            by=cast.guo,
            at=day.event.ended_at,
        )

    page = chen.get(closing(day)).text
    assert page.count("签名之后内容有改动，这次签名不再有效，需要重新签名。") == 2
    assert "等 2 位监销人签名" in page
    chen.post(closing(day, "signatures", cast.pan.id), signature(session, day))
    assert "等 1 位监销人签名" in chen.get(closing(day)).text


# The manifest.


def test_the_manifest_is_issued_and_its_document_is_made_by_the_worker(session, cast, done, chen):
    done.sign(cast.pan)
    done.sign(cast.yu)

    answer = chen.post(closing(done, "manifest"))

    manifest = session.scalars(select(Manifest)).one()
    assert answer.location == f"/manifests/{manifest.id}"
    assert session.scalars(select(Job)).one().subject_id == manifest.id
    assert session.get_one(Event, done.event.id).state is State.SEALED
    page = chen.get(closing(done)).text
    assert "<h1>销毁清单已出具</h1>" in page
    assert f'href="/manifests/{manifest.id}"' in page
    assert "生成销毁清单" not in page


def test_the_manifest_waits_for_two_signatures_and_for_every_point(session, cast, day, done, chen):
    done.sign(cast.pan)

    for waiting in (day, done):
        assert chen.post(closing(waiting, "manifest")).location == closing(waiting)
    assert count_of(session, Manifest) == 0


def test_only_who_organises_issues_it(session, cast, done, visit):
    done.sign(cast.pan)
    done.sign(cast.yu)

    for login in ("guo", "pan", "lin", "xie", "sun"):
        visit(login).post(closing(done, "manifest"), status=403)

    assert count_of(session, Manifest) == 0


def test_a_supervisor_who_also_organises_does_not_issue_what_they_signed(app, session, cast, done):
    with writing(session):
        both = make_user(session, "both", "两职", cast.bureau, Role.ORGANISER)
    done.sign(cast.pan)
    done.sign(cast.yu)
    with writing(session):
        session.scalars(select(Supervision).filter_by(user_id=cast.yu.id)).one().user = both
    visitor = Visitor(app)
    visitor.sign_in("both", PASSWORD)

    visitor.post(closing(done, "manifest"))

    assert count_of(session, Manifest) == 0
    assert session.scalars(select(JournalEntry).filter_by(act="refused")).one()


def test_there_is_no_closing_before_the_work_ends(session, cast, visit):
    day = make_day(session, cast)

    visit("chen").get(closing(day), status=404)
    visit("chen").get(closing(day, "not_received", day.batch.id), status=404)


def test_the_question_about_an_open_point_fits_on_desk_and_phone(day, page):
    sign_in(page, "chen", PASSWORD)

    page.goto(closing(day, "not_received", day.batches[1].id))

    expect(page.locator("h1")).to_contain_text("装车后未到")
    take_pictures(page, "closing-point")
    check_page(page)


def test_a_supervisor_finds_on_the_first_page_what_is_to_be_signed_until_it_is(session, cast, done, visit):
    place = closing(done, "signatures", cast.pan.id)
    assert f'href="{place}"' in visit("pan").get("/").text
    assert "请签名：您监销的活动" not in visit("guo").get("/").text
    assert "去签名" in visit("pan").get(closing(done)).text

    visit("pan").post(place, signature(session, done))

    assert "请签名：您监销的活动" not in visit("pan").get("/").text
    assert "请签名：您监销的活动" in visit("yu").get("/").text


def test_nothing_waits_for_a_supervisor_while_points_are_open(day, visit):
    assert "请签名：您监销的活动" not in visit("pan").get("/").text


def test_the_event_leads_to_its_closing_once_the_day_is_over(done, chen):
    page = chen.get(f"/events/{done.event.id}").text

    assert f'href="{closing(done)}"' in page
    assert "去现场进度" not in page
