import re
from datetime import date
from decimal import Decimal

import pytest
from databases import ON_SQLITE
from factories import NOON, PASSWORD, balances, make_case, make_item
from sqlalchemy import func, select

from ledger.cases.models import Case, Hold
from ledger.cases.service import register_lines
from ledger.goods.audit import verify_books
from ledger.goods.classes import EnvClass
from ledger.goods.lines import Line
from ledger.goods.models import Item
from ledger.goods.rules import Account
from ledger.journal.models import JournalEntry
from ledger.journal.service import writing

pytestmark = ON_SQLITE

PAPERS = {
    "unit": 1,
    "number": "马市监处罚〔2026〕193号",
    "party": "某超市",
    "cause": "销售假酒",
    "decision": "马市监处罚〔2026〕193号",
    "served_on": "2026.3.15",
}
LINE = {"name": "假冒白酒", "measure": "瓶", "quantity": "1,200", "value": "3,600.50"}


def test_a_case_is_registered_and_leads_to_its_goods(session, cast, visit):
    answer = visit("lin").post("/cases", PAPERS)

    case = session.scalars(select(Case)).one()
    assert answer.location == f"/cases/{case.id}"
    assert (case.number, str(case.served_on), case.registered_by_id) == (PAPERS["number"], "2026-03-15", cast.lin.id)


def test_the_same_number_in_another_spelling_is_the_same_case(session, cast, visit):
    visitor = visit("lin")
    visitor.post("/cases", PAPERS)

    page = visitor.post("/cases", {**PAPERS, "number": "马市监处罚[2026]193号"}, status=409).text

    assert "本单位已有案件" in page
    assert session.scalar(select(func.count()).select_from(Case)) == 1


def test_two_units_may_have_the_same_number(session, cast, visit):
    visit("lin").post("/cases", PAPERS)

    visit("lin").post("/cases", {**PAPERS, "unit": cast.district.id})

    assert session.scalar(select(func.count()).select_from(Case)) == 2


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("number", "", "请照文书填写编号"),
        ("number", "9" * 101, "最多 100 字"),
        ("served_on", "2026-13-01", "日期请写成"),
        ("served_on", "昨天", "日期请写成"),
        ("decision", "", "已送达的决定书应有文号"),
    ],
)
def test_what_was_typed_stays_beside_what_is_wrong_with_it(cast, visit, field, value, says):
    page = visit("lin").post("/cases", {**PAPERS, field: value}, status=422).text

    assert says in page
    assert 'value="某超市"' in page


def test_a_registrar_cannot_register_for_a_unit_above_or_beside(cast, visit):
    visitor = visit("qian")

    for unit in (cast.bureau, cast.neighbour):
        visitor.post("/cases", {**PAPERS, "unit": unit.id}, status=422)
    visitor.post("/cases", {**PAPERS, "unit": cast.station.id})


def test_a_line_is_registered_into_the_officers_custody(session, cast, visit, verifier):
    case = make_case(session, cast)

    visit("lin").post(f"/cases/{case.id}/lines", {**LINE, "name": "假冒农药", "lot": "00295716"})

    item = session.scalars(select(Item)).one()
    assert (item.quantity, item.value, item.lot, item.number) == (Decimal(1200), 360050, "00295716", 1)
    assert item.env_class is EnvClass.HAZARDOUS  # as its name suggests
    assert balances(session, item) == {Account.PARTY: -1200, Account.SEIZED: 1200}
    assert verify_books(session, verifier).findings == []


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("name", "", "请填写品名"),
        ("quantity", "一批", "数量要写数字"),
        ("quantity", "约30", "不收约数"),
        ("quantity", "-3", "数量要大于 0"),
        ("quantity", "", "没有数量"),
        ("quantity", "2.5", "要写整数"),
        ("measure", "", "没有计量单位"),
        ("measure", "魔法", "不是已知的计量单位"),
        ("value", "很多", "不是金额"),
    ],
)
def test_a_line_follows_the_rules_of_the_import(session, cast, visit, field, value, says):
    case = make_case(session, cast)

    page = visit("lin").post(f"/cases/{case.id}/lines", {**LINE, field: value}, status=422).text

    assert says in page
    assert session.scalar(select(func.count()).select_from(Item)) == 0


def test_the_goods_list_to_print_has_every_line_and_totals_per_unit_of_measure(session, cast, visit):
    case = make_case(session, cast)
    make_item(session, cast, case=case, stored="12")
    make_item(session, cast, case=case, stored="3.5", measure="公斤", name="䶮𬭚堃牌茶叶")

    page = visit("lin").get(f"/cases/{case.id}/list").text

    assert "䶮𬭚堃牌茶叶" in page
    assert "以下空白" in page
    assert "见证人（签名）" in page
    assert page.index("12 ") < page.index("3.5 ")


def test_cases_are_found_by_number_decision_or_party(session, cast, visit):
    make_case(session, cast, number="兴市监案字[2019]妆61号", party="美丽化妆品店", decision="兴处〔2019〕6号")
    visitor = visit("lin")

    for query in ("兴市监案字〔2019〕妆61", "（2019）6号", "化妆品"):
        assert "妆61号" in visitor.get("/cases", query_string={"q": query}).text, query
    assert "没有找到" in visitor.get("/cases?q=无此案").text


def test_user_text_is_never_markup(session, cast, visit):
    attack = '<b onclick="alert(1)">酒</b>'
    case = make_case(session, cast, party=attack)
    item = make_item(session, cast, case=case, name=attack)

    for path in (f"/cases/{case.id}", f"/cases/{case.id}/list", f"/goods/{item.id}", "/goods", "/cases", "/"):
        page = visit("lin").get(path).text
        assert "<b onclick" not in page, path


def test_papers_are_amended_with_a_reason_and_the_goods_follow(session, cast, visit):
    case = make_case(session, cast, decision="", served_on=None)
    item = make_item(session, cast, case=case)
    visitor = visit("lin")
    papers = {"party": case.party, "decision": "思处〔2020〕9号", "served_on": "2020-1-5", "version": 1}

    visitor.post(f"/cases/{case.id}/amend", papers, status=422)  # without a reason
    visitor.post(f"/cases/{case.id}/amend", {**papers, "reason": "决定书已送达"})

    assert "还没有清点" in visitor.get(f"/goods/{item.id}").text
    assert "更正案件" in visitor.get("/journal").text


MEASURES = {"unit": 1, "number": "一", "party": "某店", "kept_on": "2026-11-2", "detained_on": "2026-11-5"}


def test_a_measure_has_its_usual_term_and_is_extended_by_amending(session, cast, visit):
    visitor = visit("lin")
    visitor.post("/cases", MEASURES)
    case = session.scalars(select(Case)).one()
    assert (case.kept_on, case.detained_on, case.detained_until) == tuple(date(2026, *day) for day in DAYS)
    assert "查封、扣押" in visitor.get("/cases").text

    papers = {**MEASURES, "version": 1, "reason": "延长三十日", "detained_until": "2027-1-4"}
    visitor.post(f"/cases/{case.id}/amend", papers)

    entry = session.scalars(select(JournalEntry).filter_by(act="case.amended")).one()
    assert b'"changed":{"detained_until":["2026-12-05","2027-01-04"]}' in entry.body
    assert "2027年1月4日" in visitor.get(f"/cases/{case.id}").text


DAYS = ((11, 2), (11, 5), (12, 5))


@pytest.mark.parametrize(
    ("papers", "says"),
    [
        ({"detained_until": "2027-1-5"}, "可再延长 30 日"),
        ({"detained_until": "2026-11-4"}, "截止日不能早于开始日"),
        ({"detained_on": "", "detained_until": "2026-11-9"}, "截止日不能早于开始日"),
        ({"noticed_on": "2026-11-5"}, "有当事人的不是无主物品"),
        ({"party": "", "noticed_on": "昨天", "noticed_until": "2026-11-9"}, "日期请写成"),
    ],
)
def test_measures_that_cannot_be_are_refused(cast, visit, papers, says):
    assert says in visit("lin").post("/cases", {**MEASURES, **papers}, status=422).text


def test_a_measure_whose_term_ran_out_is_shown_with_the_goods(session, cast, visit):
    days = {"detained_on": date(2026, 1, 1), "detained_until": date(2026, 1, 31)}
    case = make_case(session, cast, decision="", served_on=None, **days)
    make_item(session, cast, case=case, name="假冒农药", env_class=EnvClass.HAZARDOUS)
    visitor = visit("lin")

    for path in (f"/cases/{case.id}", "/goods/1", "/goods/quality"):
        page = visitor.get(path).text
        assert "措施期限已届满" in page, path
        assert "危险废物只能交有资质的处置单位" in page, path
    assert 'href="/goods/quality"' in visitor.get("/").text
    assert "2026年2月1日" in visitor.get(f"/cases/{case.id}").text


def test_who_amends_second_sees_what_the_first_wrote(session, cast, visit):
    case = make_case(session, cast)
    visitor, papers = visit("lin"), {"party": "甲", "version": 1, "reason": "x"}
    visitor.post(f"/cases/{case.id}/amend", papers)

    answer = visitor.post(f"/cases/{case.id}/amend", {**papers, "party": "乙"})

    page = visitor.get(answer.location).text
    assert "有人刚刚更正过" in page
    assert 'value="甲"' in page


HELD = {"kind": "review", "reason": "当事人申请复议，思府复〔2026〕12号"}


@pytest.mark.parametrize("login", ["lin", "liu", "huang", "xie"])
def test_a_hold_on_a_case_stops_all_its_lines_until_it_is_released(session, cast, visit, login):
    case = make_case(session, cast, served_on=date(2020, 1, 1))
    items = [make_item(session, cast, case=case) for _ in range(2)]
    visitor, here = visit(login), f"/cases/{case.id}"

    visitor.post(f"{here}/holds", HELD)

    page = visitor.get(here).text
    assert "暂缓：行政复议" in page
    assert HELD["reason"] in page
    assert "复议决定书送达后解除" in page
    assert all(
        "起行政复议" in visitor.get("/goods").text and "暂缓：" in visitor.get(f"/goods/{item.id}").text
        for item in items
    )
    hold = session.scalars(select(Hold)).one()
    visitor.post(f"/cases/holds/{hold.id}/release")
    assert "暂缓：行政复议" in visitor.get(here).text  # not without a reason
    visitor.post(f"/cases/holds/{hold.id}/release", {"reason": "复议维持"})
    visitor.post(f"/cases/holds/{hold.id}/release", {"reason": "again"})

    page = visitor.get(here).text
    assert "暂缓：行政复议" not in page
    assert "已解除的暂缓" in page
    assert "复议维持" in page
    assert "还没有清点" in page
    assert len(session.scalars(select(JournalEntry).filter_by(act="hold.released")).all()) == 1


def test_a_hold_needs_a_reason_and_keeps_what_was_chosen(session, cast, visit):
    case = make_case(session, cast)

    page = visit("huang").post(f"/cases/{case.id}/holds", {"kind": "lawsuit", "reason": ""}, status=422).text

    assert "请写明理由和文书编号" in page
    assert '<option selected value="lawsuit">' in page
    assert '<details class="unfold" data-menu open>' in page
    assert session.scalars(select(Hold)).all() == []


def test_who_may_not_hold_sees_the_hold_but_no_way_to_change_it(session, cast, visit):
    case = make_case(session, cast)
    visit("huang").post(f"/cases/{case.id}/holds", HELD)
    hold = session.scalars(select(Hold)).one()

    for login in ("zhao", "sun"):
        page = visit(login).get(f"/cases/{case.id}").text
        assert "暂缓：行政复议" in page
        assert "设置暂缓" not in page
        assert "解除暂缓" not in page
        visit(login).post(f"/cases/holds/{hold.id}/release", {"reason": "x"}, status=403)
    session.refresh(hold)
    assert hold.released_at is None


@pytest.fixture
def handed(session, cast):
    """A case whose two lines are with the officers."""
    case = make_case(session, cast)
    with writing(session):
        lines = [
            Line(name="劣质电线", measure="卷", quantity=Decimal(24)),
            Line(name="洗衣液", measure="公斤", quantity=Decimal("7.5")),
        ]
        register_lines(session, case, lines, by=cast.lin, at=NOON)
    return case


def seen(visitor, case):
    """The number by which the form knows whether goods have moved since."""
    page = visitor.get(f"/cases/{case.id}/store").text
    return re.search(r'name="seen"[^>]*value="(\d+)"', page)[1]


def received(visitor, cast, case, *quantities, **more):
    """What a custodian sends who takes these quantities in."""
    lines = {f"line-{item.id}": quantity for item, quantity in zip(case.items, quantities, strict=True)}
    form = {"location": "A-01-3", "second": cast.lin.id, "second_password": PASSWORD, "seen": seen(visitor, case)}
    return {**form, **lines, **more}


def test_goods_are_taken_in_by_custodian_and_handler_together(session, cast, visit, handed, verifier):
    zhao, here = visit("zhao"), f"/cases/{handed.id}/store"
    assert "物品入库" in zhao.get("/").text
    assert "物品入库" not in visit("lin").get("/").text
    assert "由本单位保管员与移交人一起办理入库" in visit("lin").get(f"/cases/{handed.id}").text
    assert 'value="24"' in zhao.get(here).text

    zhao.post(here, received(zhao, cast, handed, "20", "0"))

    first, second = handed.items
    assert balances(session, first) == {Account.PARTY: -24, Account.SEIZED: 4, Account.STORED: 20}
    assert balances(session, second)[Account.SEIZED] == Decimal("7.5")
    entry = session.scalars(select(JournalEntry).filter_by(act="goods.store_in")).one()
    assert entry.actor_id == cast.zhao.id
    assert b'"handler":{"id":%d' % cast.lin.id in entry.body
    zhao.post(here, received(zhao, cast, handed, "4", "7.5"))
    assert "都已入库" in zhao.get(here).text
    assert "物品入库" not in zhao.get("/").text
    assert verify_books(session, verifier).findings == []


def test_the_same_form_sent_twice_takes_in_once(session, cast, visit, handed):
    zhao, here = visit("zhao"), f"/cases/{handed.id}/store"
    form = received(zhao, cast, handed, "10", "0")

    zhao.post(here, form)
    again = zhao.post(here, form)

    assert "可能就是这张表已经办过" in zhao.get(again.location).text
    assert balances(session, handed.items[0])[Account.STORED] == 10


@pytest.mark.parametrize(
    ("quantities", "more", "status", "says"),
    [
        (("", ""), {}, 422, "请填写收到的数量"),
        (("0", "0"), {}, 422, "请填写收到的数量"),
        (("2.5", "1"), {}, 422, "要写整数"),
        (("-1", "1"), {}, 422, "不能小于 0"),
        (("24", "1"), {"location": ""}, 422, "请填写库位"),
        (("24", "1"), {"second": ""}, 422, "请选择"),
        (("24", "1"), {"second_password": "wrong"}, 422, "密码"),
        (("25", "1"), {}, 303, "可动用 24"),
    ],
)
def test_nothing_is_taken_in_that_is_not_right(session, cast, visit, handed, quantities, more, status, says):
    zhao, here = visit("zhao"), f"/cases/{handed.id}/store"

    answer = zhao.post(here, received(zhao, cast, handed, *quantities, **more), status=status)

    assert says in (answer.text if status == 422 else zhao.get(answer.location).text)
    assert not any(Account.STORED in balances(session, item) for item in handed.items)


def test_handler_and_custodian_are_two(session, cast, visit, handed):
    form = received(visit("zhao"), cast, handed, "24", "1", second=cast.zhao.id)

    visit("zhao").post(f"/cases/{handed.id}/store", form, status=422)  # not among those who are offered

    assert not any(Account.STORED in balances(session, item) for item in handed.items)
