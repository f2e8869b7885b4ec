import pytest
from databases import ON_SQLITE
from days import items_of, make_day
from factories import NOON, PASSWORD, balances, make_user
from pages import Visitor
from sqlalchemy import func, select

from ledger.events.models import Event
from ledger.events.workflow import State
from ledger.goods.rules import Account
from ledger.journal.models import JournalEntry
from ledger.journal.service import writing
from ledger.permissions import Role
from ledger.scanning import service
from ledger.scanning.models import Posting, Run
from ledger.scanning.rules import Stage

pytestmark = ON_SQLITE


@pytest.fixture
def day(session, cast):
    return make_day(session, cast, batches=2)


@pytest.fixture
def run_form(day, cast):
    """A run as the organiser fills it in."""
    return {
        "site": day.site.id,
        "receiver": day.receiver.id,
        "method": "incineration",
        "supervisor": cast.pan.id,
        "other_supervisor": cast.yu.id,
    }


def page_of(visitor, day):
    return visitor.get(f"/events/{day.event.id}/day").text


def test_the_heading_says_what_is_left_until_nothing_is(day, visit):
    assert "<h1>还有 2 批没有销毁</h1>" in page_of(visit("chen"), day)

    run = day.open_run()
    for batch in day.batches:
        for stage in (Stage.LOAD, Stage.RECEIVE, Stage.DESTROY):
            day.scan(stage, batch, run=run.number)
    assert "<h1>各批都已销毁，还有炉次没有结束</h1>" in page_of(visit("chen"), day)

    visit("chen").post(f"/events/{day.event.id}/runs/{run.id}/finish")
    assert "<h1>各批都已销毁，可以结束现场工作</h1>" in page_of(visit("chen"), day)


def test_the_last_scans_stand_there_with_what_became_of_them(day, visit):
    day.scan(Stage.LOAD)
    day.scan(Stage.LOAD)
    day.scan(Stage.DESTROY, day.batches[1])
    day.scan(Stage.LOAD, code="gibberish")

    page = page_of(visit("chen"), day)

    for word in ("已记入", "重复", "拒绝", "未知", "gibberish", "请先选一个进行中的炉次"):
        assert word in page, word


def test_a_units_people_see_their_own_goods_and_no_others(session, cast, day, visit):
    day.scan(Stage.LOAD)

    page = page_of(visit("qian"), day)

    assert day.batch.number not in page
    assert cast.bureau.name not in page.split("<main")[1]
    assert "开始炉次" not in page


def test_a_day_that_has_not_begun_shows_nothing_yet(session, cast, visit):
    day = make_day(session, cast, is_open=False)

    page = page_of(visit("chen"), day)

    assert "<h1>现场工作还没有开始</h1>" in page
    assert "结束现场工作" not in page


def test_a_run_is_opened_with_two_supervisors(session, cast, day, visit, run_form):
    visit("chen").post(f"/events/{day.event.id}/runs", run_form)

    run = session.scalars(select(Run)).one()
    assert {person.login for person in run.supervisors} == {"pan", "yu"}
    assert "潘玉兰、余振宇" in page_of(visit("chen"), day)


def test_one_person_cannot_watch_twice(session, cast, day, visit, run_form):
    page = visit("chen").post(f"/events/{day.event.id}/runs", {**run_form, "other_supervisor": cast.pan.id}, status=409)

    assert "两位不同的监销人" in page.text
    assert session.scalar(select(func.count(Run.id))) == 0


def test_who_had_a_part_in_the_goods_is_named_before_and_refused_after(session, cast, day, visit, run_form):
    with writing(session):
        packer_too = make_user(session, "both", "两职", cast.bureau, Role.SUPERVISOR)
    count_in(session, day, packer_too)

    page = visit("chen").get(f"/events/{day.event.id}/runs/new").text
    assert "主会场：两职不能监督：已是其中物品的扫码人。" in page

    form = {**run_form, "supervisor": packer_too.id}
    answer = visit("chen").post(f"/events/{day.event.id}/runs", form, status=409).text
    assert "两职不能监督：已是其中物品的扫码人。" in answer
    assert f'<option selected value="{packer_too.id}">' in answer
    assert session.scalar(select(func.count(Run.id))) == 0
    assert session.scalars(select(JournalEntry).filter_by(act="refused")).one()


def count_in(session, day, person):
    """Let a person scan the day's first batch."""
    with writing(session):
        service.take(session, [day.fact(Stage.LOAD, user_id=person.id)], at=NOON)


@pytest.mark.parametrize(
    ("field", "value"), [("site", 99), ("method", "landfill"), ("supervisor", ""), ("receiver", "x")]
)
def test_a_run_of_something_else_is_refused_beside_the_field(session, day, visit, run_form, field, value):
    visit("chen").post(f"/events/{day.event.id}/runs", {**run_form, field: value}, status=422)

    assert session.scalar(select(func.count(Run.id))) == 0


def test_a_run_ends_once(session, day, visit):
    run = day.open_run()
    path = f"/events/{day.event.id}/runs/{run.id}/finish"

    visit("chen").post(path)
    visit("chen").post(path)

    assert session.scalars(select(Run)).one().finished_at
    assert session.scalar(select(func.count()).where(JournalEntry.act == "run.finished")) == 1


def test_a_run_of_another_event_is_not_there(session, cast, day, visit):
    other = make_day(session, cast)
    run = other.open_run()

    visit("chen").post(f"/events/{day.event.id}/runs/{run.id}/finish", status=404)

    assert session.get_one(Run, run.id).is_open


def test_a_destruction_is_taken_back_by_site_staff_before_a_supervisor(session, cast, day, visit):
    run = day.open_run()
    for stage in (Stage.LOAD, Stage.RECEIVE):
        day.scan(stage)
    posting = day.scan(Stage.DESTROY, run=run.number)
    path = f"/events/{day.event.id}/scans/{posting.id}/take-back"
    assert f'href="{path}"' in page_of(visit("guo"), day)
    assert path not in page_of(visit("chen"), day)
    visit("guo").get(path)

    visit("guo").post(path, {"reason": "扫错了", "second": cast.pan.id, "second_password": PASSWORD})

    assert balances(session, items_of(day)[0]) == {Account.PARTY: -10, Account.RECEIVED: 10}
    assert "撤销" in page_of(visit("guo"), day)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"second_password": "wrong"}, "密码不对"),
        ({"second": ""}, "请选择"),
        ({"reason": ""}, "请说明原因"),
    ],
)
def test_a_destruction_is_not_taken_back_without_the_supervisor(session, cast, day, visit, changed, says):
    run = day.open_run()
    for stage in (Stage.LOAD, Stage.RECEIVE):
        day.scan(stage)
    posting = day.scan(Stage.DESTROY, run=run.number)
    form = {"reason": "扫错了", "second": cast.pan.id, "second_password": PASSWORD, **changed}

    page = visit("guo").post(f"/events/{day.event.id}/scans/{posting.id}/take-back", form, status=422).text

    assert says in page
    assert session.get_one(Posting, posting.id).voided_at is None


def test_only_a_supervisor_of_the_run_stands_by(session, cast, day, visit):
    run = day.open_run()
    for stage in (Stage.LOAD, Stage.RECEIVE):
        day.scan(stage)
    posting = day.scan(Stage.DESTROY, run=run.number)
    form = {"reason": "扫错了", "second": cast.chen.id, "second_password": PASSWORD}

    visit("guo").post(f"/events/{day.event.id}/scans/{posting.id}/take-back", form, status=422)

    assert session.get_one(Posting, posting.id).voided_at is None


def test_the_work_ends_when_every_run_has(session, day, visit):
    run, chen = day.open_run(), visit("chen")

    chen.post(f"/events/{day.event.id}/closing")
    assert "第 1 炉次还没有结束" in page_of(chen, day)

    chen.post(f"/events/{day.event.id}/runs/{run.id}/finish")
    answer = chen.post(f"/events/{day.event.id}/closing")
    assert answer.location == f"/events/{day.event.id}/closing"
    assert session.get_one(Event, day.event.id).state is State.CLOSING


def test_only_who_organises_runs_the_day(session, cast, day, visit, run_form):
    run = day.open_run()
    for login in ("guo", "pan", "lin", "sun"):
        visit(login).post(f"/events/{day.event.id}/runs", run_form, status=403)
        visit(login).post(f"/events/{day.event.id}/runs/{run.id}/finish", status=403)
        visit(login).post(f"/events/{day.event.id}/closing", status=403)
    with writing(session):
        make_user(session, "elsewhere", "区局组织", cast.district, Role.ORGANISER)
    visitor = Visitor(visit("chen")._app)  # noqa: SLF001
    visitor.sign_in("elsewhere", PASSWORD)
    visitor.post(f"/events/{day.event.id}/closing", status=403)

    assert session.get_one(Run, run.id).is_open
    assert session.get_one(Event, day.event.id).state is State.OPEN


def test_what_is_open_stands_on_top_with_what_to_do(session, day, visit):
    assert "没有待处理事项" not in page_of(visit("chen"), day)  # both batches are late
    for batch in day.batches:
        day.scan(Stage.LOAD, batch)
        day.scan(Stage.RECEIVE, batch)
    assert "没有待处理事项" in page_of(visit("chen"), day)

    day.scan(Stage.DESTROY)
    page = page_of(visit("chen"), day)

    assert "待处理事项" in page
    assert "没有进行中的炉次" in page
    assert "后来的扫码没有纠正的，在收尾时说明" in page
    assert f'href="/batches/{day.batch.code}"' in page
