from datetime import date

import pytest
from databases import ON_SQLITE
from factories import NOON, PASSWORD, make_stocktake
from occasions import DAY, make_approved, make_batch, make_event, make_plan, sign_plan
from pdfs import flowing
from sqlalchemy import func, select

from ledger.destruction.workflow import Decision
from ledger.events import plan as plans
from ledger.events import service
from ledger.events.models import Event, Site
from ledger.events.workflow import State
from ledger.journal.models import JournalEntry
from ledger.journal.service import writing

pytestmark = ON_SQLITE
HEAD = {"name": "春季集中统一销毁", "day": "2027.3.15", "report_due_on": "20270320"}
SITE = {"site": "环卫处置中心", "address": "环卫路1号", "is_main": "y"}
RECEIVER = {"env_class": "general", "receiver": "环卫处置中心"}
HAZARDOUS = {
    "env_class": "hazardous",
    "receiver": "危废公司",
    "licence": "闽危废 001",
    "licence_until": "2027.12.31",
    "form_no": "3502-2027-00417",
}
APPROVE = {"decision": "agree", "phrase": "", "text": "同意", "password": PASSWORD}


@pytest.fixture
def event(session, cast):
    return make_plan(session, cast, cast.bureau, cast.district)


@pytest.fixture
def submitted(session, cast, event):
    with writing(session):
        plans.submit_plan(session, event, by=cast.chen, at=NOON)
    return event


def send_back(session, event, *, by):
    given = {"decision": Decision.RETURN, "text": "改", "digest": event.digest, "may": lambda _: True}
    plans.decide_plan(session, event, **given, by=by, at=NOON)


def acts(session):
    return session.scalars(
        select(JournalEntry.act).where(JournalEntry.act.startswith("event.")).order_by(JournalEntry.seq)
    ).all()


def test_an_event_is_planned_step_by_step_and_approved_by_the_leader(session, cast, visit):
    organiser, leader = visit("chen"), visit("xie")
    here = organiser.post("/events", {**HEAD, "unit": cast.bureau.id}).location
    assert "方案还缺 3 项内容" in organiser.get(here).text

    organiser.post(f"{here}/sites", SITE)
    site = session.scalars(select(Site)).one()
    organiser.post(f"{here}/receivers", RECEIVER)
    organiser.post(f"{here}/receivers", HAZARDOUS)
    organiser.post(f"{here}/slots", {"unit": cast.district.id, "site_id": site.id, "clock": "9：30"})
    page = organiser.get(here).text
    assert "方案已齐，请提交审批" in page
    assert "09:30" in page
    organiser.post(f"{here}/submit")
    assert "方案等待：分管领导" in organiser.get(here).text

    event = session.scalars(select(Event)).one()
    page = leader.get(here).text
    assert "请审批这份方案" in page
    assert event.digest in page
    leader.post(f"{here}/decide", {**APPROVE, "digest": event.digest})

    session.refresh(event)
    assert (event.state, event.approved_by_id, event.given[-1].text) == (State.APPROVED, cast.xie.id, "同意")
    assert "方案已批，还没有装批" in organiser.get(here).text
    assert acts(session) == ["event.planned", "event.plan_submitted", "event.plan_approved"]


def test_a_new_event_is_proposed_for_the_next_15_march(visit):
    page = visit("chen").get("/events/new").text
    today = date.today()  # noqa: DTZ011 - the page knows Beijing's day only
    year = today.year + (today > date(today.year, 3, 15))

    assert f'value="{year}-03-15"' in page
    assert f'value="{year}-03-20"' in page


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("name", "", "请填写活动名称"),
        ("day", "", "请填写日期"),
        ("day", "三月", "日期请写成"),
        ("report_due_on", "2027-3-14", "报送期限不能早于销毁日期"),
    ],
)
def test_what_is_wrong_with_a_new_event_is_said_and_the_rest_kept(session, cast, visit, field, value, says):
    page = visit("chen").post("/events", {**HEAD, "unit": cast.bureau.id, field: value}, status=422).text

    assert says in page
    assert "2027-03-20" in page or "2027-03-14" in page
    assert session.scalar(select(func.count()).select_from(Event)) == 0


@pytest.mark.parametrize("missing", ["licence", "licence_until", "form_no"])
def test_a_receiver_of_hazardous_waste_needs_its_papers_and_says_so(session, visit, event, missing):
    page = visit("chen").post(f"/events/{event.id}/receivers", {**HAZARDOUS, missing: ""}, status=409).text

    assert "许可证号、有效期、联单号都要填写" in page
    assert 'value="危废公司"' in page
    session.refresh(event)
    assert len(event.receivers) == 1


@pytest.mark.parametrize(("clock", "said"), [("25:00", False), ("9.30", False), ("", False), ("9点05分", True)])
def test_a_time_of_day_is_read_as_people_write_it(session, cast, visit, event, clock, said):
    slot = {"unit": cast.station.id, "site_id": event.sites[0].id, "clock": clock}
    answer = visit("chen").post(f"/events/{event.id}/slots", slot, status=303 if said else 422)

    session.refresh(event)
    assert len(event.slots) == (3 if said else 2)
    assert said or "时间" in answer.text


def test_parts_of_the_plan_are_taken_out_again(session, visit, event):
    visitor = visit("chen")
    for kind, part in (("slots", event.slots[0]), ("receivers", event.receivers[0]), ("sites", event.sites[0])):
        visitor.post(f"/events/{event.id}/{kind}/{part.id}/remove")

    session.expire_all()
    assert (event.slots, event.receivers, event.sites) == ([], [], [])


def test_parts_of_another_event_are_not_there_to_remove(session, cast, visit, event):
    other = make_plan(session, cast)

    visit("chen").post(f"/events/{event.id}/sites/{other.sites[0].id}/remove", status=404)
    session.expire_all()
    assert len(other.sites) == 1


def test_only_units_that_the_organiser_answers_for_are_given_a_slot(session, cast, visit):
    event = make_plan(session, cast, cast.district, organiser=cast.district)
    slot = {"unit": cast.neighbour.id, "site_id": event.sites[0].id, "clock": "9:30"}

    visit("chen").post(f"/events/{event.id}/slots", slot, status=422)
    session.refresh(event)
    assert len(event.slots) == 1


def test_an_incomplete_plan_is_not_submitted(session, cast, visit):
    with writing(session):
        event = service.plan_event(session, cast.bureau, name="空", day=DAY, report_due_on=DAY, by=cast.chen, at=NOON)
    visitor = visit("chen")

    assert 'aria-describedby="lacks"' in visitor.get(f"/events/{event.id}").text
    visitor.post(f"/events/{event.id}/submit")
    assert "方案还缺" in visitor.get(f"/events/{event.id}").text
    session.refresh(event)
    assert event.state is State.PLANNING


def test_a_submitted_plan_cannot_be_changed_behind_the_leaders_back(session, visit, submitted):
    before = submitted.digest
    page = visit("chen").post(f"/events/{submitted.id}/sites", SITE, status=409).text

    assert "不能再这样办理" in page
    session.refresh(submitted)
    assert len(submitted.sites) == 1
    assert plans.plan_digest(submitted) == before


def test_the_signature_needs_the_password(session, visit, submitted):
    data = {**APPROVE, "digest": submitted.digest}
    page = visit("xie").post(f"/events/{submitted.id}/decide", {**data, "password": "wrong password"}, status=422).text

    assert "密码不对" in page
    assert ">同意</textarea>" in page.replace("\r\n", "").replace("\n", "")
    session.refresh(submitted)
    assert submitted.state is State.SUBMITTED


def test_a_plan_that_changed_meanwhile_is_shown_anew_and_not_signed(session, cast, visit, submitted):
    leader, seen = visit("xie"), submitted.digest
    with writing(session):
        send_back(session, submitted, by=cast.liu)
        service.add_site(submitted, name="分会场", address="", is_main=False)
        plans.submit_plan(session, submitted, by=cast.chen, at=NOON)

    page = leader.post(f"/events/{submitted.id}/decide", {**APPROVE, "digest": seen}, status=409).text

    session.refresh(submitted)
    assert "您打开页面后内容有改动，没有签批" in page
    assert f'name="digest" type="hidden" value="{submitted.digest}"' in page
    assert seen not in page
    assert (submitted.state, submitted.approved_by) == (State.SUBMITTED, None)


def test_the_leader_sends_a_plan_back_with_an_opinion(session, visit, submitted):
    leader, here = visit("xie"), f"/events/{submitted.id}"
    back = {"decision": "return", "digest": submitted.digest, "password": PASSWORD}
    assert "请写明原因，让申请人知道怎么改" in leader.post(f"{here}/decide", back, status=422).text

    leader.post(f"{here}/decide", {**back, "text": "时间太早"})

    page = visit("chen").get(here).text
    assert "方案被退回，请修改后再提交" in page
    assert "时间太早" in page


def test_pressing_twice_approves_once(session, visit, submitted):
    leader, data = visit("xie"), {**APPROVE, "digest": submitted.digest}
    leader.post(f"/events/{submitted.id}/decide", data)
    leader.post(f"/events/{submitted.id}/decide", data, status=409)

    assert acts(session).count("event.plan_approved") == 1


def test_an_approved_plan_is_taken_up_again_and_moved_with_a_reason(session, cast, visit):
    event, visitor = make_event(session, cast, cast.district), visit("chen")
    here = f"/events/{event.id}"
    assert "请写明原因" in visitor.post(f"{here}/revise", {"revise-reason": ""}, status=422).text
    visitor.post(f"{here}/revise", {"revise-reason": "暴雨"})
    visitor.post(here, {**HEAD, "day": "2027-3-17"})
    visitor.post(f"{here}/submit")

    session.refresh(event)
    assert (event.state, event.day, event.approved_by) == (State.SUBMITTED, date(2027, 3, 17), None)
    assert event.slots[0].at.date() == date(2027, 3, 17)


def test_a_page_says_that_an_approval_is_void_and_which_applications_came_later(session, cast, visit):
    event, visitor = make_event(session, cast, cast.bureau), visit("chen")
    here = f"/events/{event.id}"
    assert "审批已失效" not in visitor.get(here).text
    visitor.post(f"{here}/revise", {"revise-reason": "暴雨"})
    assert "审批已失效" in visitor.get(here).text

    visitor.post(f"{here}/submit")
    [line] = make_approved(session, cast)
    page = visitor.get(here).text
    assert "1 份申请在方案之后获批" in page
    assert line.application.number in page


def test_an_event_is_cancelled_with_a_reason(session, cast, visit):
    event, visitor = make_event(session, cast), visit("chen")
    visitor.post(f"/events/{event.id}/cancel", {"cancel-reason": "暴雨"})

    assert "活动已取消" in visitor.get(f"/events/{event.id}").text
    visitor.post(f"/events/{event.id}/open")
    session.refresh(event)
    assert event.state is State.CANCELLED


def test_beginning_the_day_says_first_how_many_batches_will_be_expected(session, cast, visit):
    event = make_event(session, cast)
    first, second = make_approved(session, cast, ["甲", "乙"])
    sealed, unsealed = make_batch(session, cast, event, [first]), make_batch(session, cast, event, [second], seal="")
    visitor = visit("chen")

    page = visitor.get(f"/events/{event.id}").text
    assert "已封 1 批，这些就是应到批次" in page
    assert "1 批已装未封，不列入应到" in page
    visitor.post(f"/events/{event.id}/open")

    session.expire_all()
    assert (sealed.is_expected, unsealed.is_expected) == (True, False)
    assert f'href="/events/{event.id}/day"' in visitor.get(f"/events/{event.id}").text


def test_a_unit_sees_the_event_with_its_own_slot_and_batches_only(session, cast, visit):
    event = make_event(session, cast, cast.bureau, cast.district, cast.neighbour)
    [ours] = make_approved(session, cast, ["湖东假酒"], unit=cast.neighbour, applicant=cast.qian)
    [theirs] = make_approved(session, cast, ["思岭假烟"], unit=cast.district, number="2号", applicant=cast.qian)
    mine, other = make_batch(session, cast, event, [ours]), make_batch(session, cast, event, [theirs])
    neighbour = visit("feng")

    for path in (f"/events/{event.id}", f"/events/{event.id}?unit={cast.district.id}"):
        page = neighbour.get(path).text
        assert "思岭" not in page
        assert other.number not in page
    assert mine.number in neighbour.get(f"/events/{event.id}").text
    for login in ("chen", "sun"):  # who organises, and who audits
        page = visit(login).get(f"/events/{event.id}?unit={cast.district.id}").text
        assert "湖东区" in page
        assert other.number in page


def test_only_the_organiser_is_offered_what_changes_the_plan_and_only_the_leader_what_decides(visit, submitted):
    here = f"/events/{submitted.id}"
    for login in ("sun", "lin", "qian", "chen"):
        assert f"{here}/decide" not in visit(login).get(here).text
    for login in ("sun", "lin", "qian", "xie"):
        assert f"{here}/cancel" not in visit(login).get(here).text


@pytest.mark.parametrize("act", ["sites", "receivers", "slots", "submit", "revise", "cancel", "open"])
def test_who_does_not_organise_changes_nothing(session, visit, event, act):
    visit("qian").post(f"/events/{event.id}/{act}", {**SITE, **RECEIVER, "revise-reason": "x"}, status=403)
    visit("xie").post(f"/events/{event.id}/{act}", status=403)

    session.refresh(event)
    assert event.state is State.PLANNING
    assert len(event.sites) == 1


def test_approved_goods_without_an_event_wait_for_the_organiser(session, cast, visit):
    chen = visit("chen")
    assert "有已批物品，请安排" not in chen.get("/").text
    make_approved(session, cast, ["甲", "乙"])

    page = chen.get("/").text
    assert "有已批物品，请安排销毁活动" in page
    assert "2 项已批物品还没有销毁活动" in page
    assert 'href="/events/new"' in page
    assert "有已批物品，请安排" not in visit("zhao").get("/").text

    make_event(session, cast, cast.bureau)
    assert "有已批物品，请安排" not in chen.get("/").text


def test_plans_wait_on_the_first_page_of_who_is_next(session, cast, visit, submitted):
    leader, organiser = visit("xie"), visit("chen")
    assert "审批销毁活动方案" in leader.get("/").text
    assert "审批销毁活动方案" not in organiser.get("/").text

    with writing(session):
        send_back(session, submitted, by=cast.xie)

    assert "审批销毁活动方案" not in leader.get("/").text
    assert "修改退回的方案" in organiser.get("/").text


def test_goods_to_pack_and_batches_to_seal_wait_for_the_units_own_people(session, cast, visit):
    event = make_event(session, cast, cast.bureau, cast.district)
    first, _ = make_approved(session, cast, ["甲", "乙"])
    batch = make_batch(session, cast, event, [first], seal="")

    page = visit("zhao").get("/").text
    assert "装批：1 项已批物品" in page
    assert f'href="/batches/{batch.code}"' in page
    for login in ("qian", "chen", "sun"):
        assert "装批" not in visit(login).get("/").text


def test_the_plan_manifest_says_what_was_frozen_and_where_the_plan_is(session, cast, visit, tmp_path):
    [line] = make_approved(session, cast, ["𬭚牌白酒"], stored="1200", value=90_000)
    make_approved(session, cast, ["区局假酒"], unit=cast.district, applicant=cast.qian, number="湖市监案字〔2026〕2号")
    event = make_plan(session, cast, cast.bureau, cast.district)
    here, file = f"/events/{event.id}/plan.pdf", tmp_path / "plan.pdf"

    def drawn(login="chen"):
        file.write_bytes(visit(login).get(here).data)
        return flowing(file)

    assert "草案，未提交" in drawn()
    with writing(session):
        plans.submit_plan(session, event, by=cast.chen, at=NOON)
    returned = event.digest
    with writing(session):
        send_back(session, event, by=cast.xie)
        service.change_head(event, name="春季集中销毁", day=DAY, report_due_on=DAY)
    text = drawn()
    assert "已退回修改" in text
    assert "春季集中销毁" not in text, "what was sent back, not what it is being changed to"
    sign_plan(session, cast, event)
    text = drawn()
    application = line.application
    for words in (
        *("春季集中销毁", "已批准", "第2次提交", "【同意】同意", event.digest, returned, "【退回修改】改"),
        *("同平区处置中心（环卫路1号）", "环卫处置中心", "2027年3月15日09:30", application.number, application.digest),
        *("𬭚牌白酒", "区局假酒", "1,210瓶", "900.00元（另有1项", "思市监处罚〔2026〕1号", "办案单位2个", "以下空白"),
    ):
        assert words in text, words
    assert "黄记" not in text, "no party"
    assert f'href="{here}"' in visit("chen").get(f"/events/{event.id}").text


def test_a_unit_gets_its_own_goods_of_the_plan_and_who_counts_them_nothing_meanwhile(session, cast, visit, tmp_path):
    [line] = make_approved(session, cast, ["𬭚牌白酒"])
    make_approved(session, cast, ["区局假酒"], unit=cast.district, applicant=cast.qian, number="湖市监案字〔2026〕2号")
    event = make_event(session, cast, cast.bureau, cast.district)
    here = f"/events/{event.id}/plan.pdf"

    (tmp_path / "plan.pdf").write_bytes(visit("qian").get(here).data)
    text = flowing(tmp_path / "plan.pdf")
    assert "（方案摘录）" in text
    assert "区局假酒" in text
    assert "白酒" not in text
    assert line.application.number not in text

    make_stocktake(session, cast, line.item)
    visit("zhao").get(here, status=409)
    visit("chen").get(here)
