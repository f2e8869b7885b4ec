"""The store ledger on the page, as a workbook and on paper: the same figures, for whom and when the address says."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from databases import ON_SQLITE
from factories import NOON, PASSWORD, make_case, make_item, make_stocktake
from openpyxl import load_workbook
from pdfs import flowing, fonts_of

from ledger.goods.rules import Account
from ledger.goods.service import Spot
from ledger.journal.service import writing
from ledger.store.rules import Disposal
from ledger.store.service import Paper, dispose

pytestmark = ON_SQLITE
YEAR = "since=2026-01-01&until=2026-12-31"
FILES = ("", "/ledger.xlsx", "/ledger.pdf")


@pytest.fixture
def goods(session, cast):
    """Ten bottles at the bureau, 3.5 kg at its district."""
    bottles = make_item(session, cast)
    make_item(session, cast, case=make_case(session, cast, unit=cast.district), stored="3.5", measure="公斤")
    return bottles


def sheets_of(answer):
    return {
        sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)]
        for sheet in load_workbook(BytesIO(answer.data))
    }


def text_of(answer, folder):
    (folder / "ledger.pdf").write_bytes(answer.data)
    return flowing(folder / "ledger.pdf")


def test_the_page_the_workbook_and_the_paper_say_the_same(goods, visit, tmp_path):
    lin = visit("lin")

    page = lin.get(f"/books?{YEAR}").text
    assert "2026年1月1日至2026年12月31日" in page
    assert "期初入账" in page
    sheets = sheets_of(lin.get(f"/books/ledger.xlsx?{YEAR}"))
    assert list(sheets) == ["说明", "保管合计", "执法人员保管", "仓库"]
    heads = ["计量单位", "期初结存", "本期增加", "期初入账", "本期减少", "期末结存", "在库"]
    assert sheets["仓库"] == [heads, ["瓶", 0, 10, 10, 0, 10, 10], ["公斤", 0, 3.5, 3.5, 0, 3.5, 3.5]]
    assert sheets["执法人员保管"] == [["计量单位", "期初结存", "本期增加", "本期减少", "期末结存"]]
    assert sheets["说明"][0] == ["罚没物品台账（年报）"]
    text = text_of(lin.get(f"/books/ledger.pdf?{YEAR}"), tmp_path)
    for words in (
        "罚没物品台账（年报）",
        "鹭江市市场监督管理局（含下级单位）",
        "瓶010期初入账10010在库10",
        "公斤03.5",
        "保管员",
        "第1页共1页",
    ):
        assert words in text
    assert all(row[-5:-2] == ["yes", "yes", "yes"] for row in fonts_of(tmp_path / "ledger.pdf"))


def test_a_unit_can_be_asked_for_alone_and_below(goods, cast, visit):
    lin = visit("lin")

    assert "公斤" in lin.get(f"/books?{YEAR}").text
    assert "公斤" not in lin.get(f"/books?{YEAR}&below=without").text
    assert "瓶" not in lin.get(f"/books?{YEAR}&unit={cast.district.id}").text
    assert "公斤" in visit("qian").get(f"/books?{YEAR}").text


@pytest.mark.parametrize("kind", FILES)
def test_another_units_ledger_does_not_exist(cast, visit, kind):
    for unit in (cast.bureau.id, cast.neighbour.id, 987654, "x"):
        visit("qian").get(f"/books{kind}?unit={unit}", status=404)
    visit("qian").get(f"/books{kind}?unit={cast.station.id}")


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("since=2026-05-01&until=2026-04-30", "结束日期不能早于开始日期"),
        ("since=morgen", "日期请写成 2027-3-15 这样"),
        ("since=0001-01-01", "1990"),
        ("until=", "请填写日期"),
    ],
)
def test_a_period_that_is_none_is_refused_beside_what_was_typed(visit, kind, asked, said):
    page = visit("lin").get(f"/books{kind}?{asked}", status=422).text

    assert said in page
    assert f'value="{asked.partition("=")[2].partition("&")[0]}"' in page


def test_usual_periods_are_one_step_away_and_stay_in_the_address(goods, cast, visit):
    page = visit("lin").get(f"/books?unit={cast.district.id}&below=without").text

    for name in ("本月", "本季度", "本半年", "本年"):
        assert name in page
    assert page.count(f"/books?unit={cast.district.id}&amp;below=without&amp;since=") == 5
    assert "上一期" in page
    assert 'aria-current="true">本年' in page


def test_who_counts_is_told_no_figure_of_that_measure_even_in_files(session, cast, goods, visit, tmp_path):
    make_stocktake(session, cast, goods)
    lin = visit("lin")

    assert "清点中" in lin.get(f"/books?{YEAR}").text
    assert sheets_of(lin.get(f"/books/ledger.xlsx?{YEAR}"))["仓库"][1:] == [
        ["公斤", 0, 3.5, 3.5, 0, 3.5, 3.5],
        ["瓶", "清点中", None, None, None, None, None],
    ]
    text = text_of(lin.get(f"/books/ledger.pdf?{YEAR}"), tmp_path)
    assert "瓶清点中清点中清点中清点中" in text
    assert "期初入账10" not in text
    assert "瓶010" in text_of(visit("sun").get(f"/books/ledger.pdf?{YEAR}"), tmp_path)


def test_a_period_before_the_ledger_began_holds_nothing(goods, visit):
    last = (NOON - timedelta(days=1)).date()

    assert "本期没有物品" in visit("lin").get(f"/books?since=2020-01-01&until={last}").text


LAST_MONTH = "since=2026-01-01&until=2026-01-31"


def test_a_period_is_closed_by_two_and_every_form_of_it_says_so(goods, cast, visit, tmp_path):
    zhao, beside = visit("zhao"), {"second": cast.cai.id, "second_password": PASSWORD}
    assert "本期结账" in zhao.get(f"/books?{LAST_MONTH}").text
    assert "本期结账" not in visit("lin").get(f"/books?{LAST_MONTH}").text

    zhao.post(f"/books/close?{LAST_MONTH}", beside | {"second_password": "wrong"}, status=422)
    closed = zhao.get(zhao.post(f"/books/close?{LAST_MONTH}", beside).location).text

    for words in ("本期已结账", "赵国华", "蔡晓明", "与结账时封存的数字一致"):
        assert words in closed
    assert "不一致，本表不得使用" not in text_of(zhao.get(f"/books/ledger.pdf?{LAST_MONTH}"), tmp_path)
    assert "保管员赵国华，复核人蔡晓明，日志第" in text_of(zhao.get(f"/books/ledger.pdf?{LAST_MONTH}"), tmp_path)
    said = sheets_of(zhao.get(f"/books/ledger.xlsx?{LAST_MONTH}"))["说明"]
    assert any("结账数据摘要" in row[0] for row in said)
    assert "已经结账" in zhao.get(zhao.post(f"/books/close?{LAST_MONTH}", beside).location).text


def test_the_report_to_finance_says_the_same_on_the_page_as_a_workbook_and_on_paper(
    session, cast, visit, goods, tmp_path
):
    case = make_case(session, cast, number="另案")
    valued = make_item(session, cast, case=case, value=99_900, category="酒类")
    [place] = [held.place_id for held in valued.positions if held.account is Account.STORED]
    with writing(session):
        paper = Paper(kind=Disposal.AUCTION, recipient="买受人", document="拍1号", reason="可用", proceeds=12_300)
        taken = {(valued.id, Spot(Account.STORED, place)): Decimal(3)}
        dispose(session, case, taken, paper=paper, custodian=cast.zhao, approver=cast.xie, at=NOON)
    half_year = "since=2026-07-01&until=2026-12-31"

    page = visit("lin").get(f"/books/finance?{half_year}").text
    sheets = sheets_of(visit("lin").get(f"/books/finance.xlsx?{half_year}"))
    text = text_of(visit("lin").get(f"/books/finance.pdf?{half_year}"), tmp_path)

    assert sheets["总体情况"][0][:6] == [
        "项目",
        "案件",
        "明细（项）",
        "其中未登记货值（项）",
        "货值（元）",
        "所得价款（元）",
    ]
    assert sheets["总体情况"][1:] == [
        ["期初结存", 0, 0, 0, "", "", 0, 0],
        ["本期增加", 3, 3, 2, 999, "", 3.5, 20],
        ["其中：期初入账", 3, 3, 2, 999, "", 3.5, 20],
        ["本期处置和减少", 1, 1, 0, 299.7, 123, 0, 3],
        ["其中：拍卖", 1, 1, 0, 299.7, 123, 0, 3],
        ["期末结存", 3, 3, 2, 699.3, "", 3.5, 17],
    ]
    assert [row[0] for row in sheets["按单位"][1:7]] == ["鹭江市市场监督管理局"] * 6
    for told in (page, text):
        assert "699.30" in told
        assert "123.00" in told
    assert "罚没财物清查盘存和处置情况（半年报）" in text
    assert "同级财政部门" in text


def test_who_counts_gets_no_report_to_finance(session, cast, goods, visit):
    make_stocktake(session, cast, goods)

    assert "清点结束后才显示本表" in visit("zhao").get("/books/finance").text
    visit("zhao").get("/books/finance.pdf", status=303)
    visit("sun").get("/books/finance.pdf")
