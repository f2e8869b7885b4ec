import csv
import html
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO, StringIO
from urllib.parse import parse_qs, unquote, urlsplit
from zipfile import ZipFile

import orjson
import pytest
from browser import check_page, sign_in
from databases import ON_SQLITE
from factories import (
    NOON,
    PASSWORD,
    TERMS,
    hand_in,
    make_application,
    make_case,
    make_counted,
    make_item,
    make_stocktake,
    submit,
)
from pdfs import flowing
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from ledger.cases.models import Hold
from ledger.cases.service import register_lines, store_in
from ledger.codes import shown
from ledger.goods.lines import Line
from ledger.goods.models import Item, Movement
from ledger.goods.queries import PAGE
from ledger.journal.models import JournalEntry
from ledger.journal.service import writing
from ledger.reports import listing
from ledger.web.context import today
from ledger.worker import run_until_done

TODAY = today()
"""Pages judge by the real day."""


@pytest.fixture
def goods(session, cast):
    """A line with every text that people look for."""
    case = make_case(
        session, cast, number="思市监案字〔2026〕0103号", party="鹭江市郑记服装店", decision="思处罚〔2026〕103号"
    )
    return make_item(
        session, cast, case=case, name="假冒茅台白酒（飞天）", brand="茅台/五粮液", lot="00295716", seal="封600079"
    )


@pytest.mark.parametrize(
    "query",
    [
        "白酒",
        "茅台 白酒",
        "酒",
        "茅台白酒(飞天)",
        "五粮液",
        "00295716",
        "封600079",
        "思市监案字[2026]0103号",
        "思市监案字（2026）0103号",
        "思市监案字【2026】",
        "(2026)103号",
        "郑记服装",
        "思处罚 白酒",
    ],
)
def test_a_line_is_found_by_any_of_its_texts(goods, visit, query):
    page = visit("lin").get("/goods", query_string={"q": query}).text

    assert f'href="/goods/{goods.id}"' in page


def test_a_line_is_found_by_its_code_however_it_is_typed(goods, visit):
    visitor = visit("lin")

    for text in (goods.code, goods.code.lower(), shown(goods.code), f"https://ledger.example/Q/{goods.code}"):
        assert f'href="/goods/{goods.id}"' in visitor.get("/goods", query_string={"q": text}).text, text


@pytest.mark.parametrize(
    "query", ["红酒", "台茅", "白酒 红酒", "0295717", "%", "_", "' OR 1=1 --", '"', "AND", "*", "白酒*"]
)
def test_what_does_not_occur_is_not_found_and_harms_nothing(goods, visit, query):
    assert "没有找到" in visit("lin").get("/goods", query_string={"q": query}).text


def test_paging_shows_every_line_once_there_and_back(session, cast, visit):
    case = make_case(session, cast)
    number = 2 * PAGE + 7
    with writing(session):
        register_lines(
            session, case, [Line(name=f"货{n}", measure="件", quantity=1) for n in range(number)], by=cast.lin, at=NOON
        )
    visitor, seen, path = visit("lin"), [], "/goods"

    while path:
        page = visitor.get(path).text
        seen += re.findall(r'href="/goods/(\d+)"', page)
        path = next(iter(re.findall(r'href="([^"]+)" rel="next"', page)), "").replace("&amp;", "&")
        back = next(iter(re.findall(r'href="([^"]+)" rel="prev"', page)), "").replace("&amp;", "&")

    assert len(seen) == len(set(seen)) == number
    assert [int(key) for key in seen] == sorted(map(int, seen), reverse=True)
    assert re.findall(r'href="/goods/(\d+)"', visitor.get(back).text) == seen[PAGE : 2 * PAGE]


def test_the_page_of_a_line_tells_its_life_and_where_it_is(goods, visit):
    page = visit("lin").get(f"/goods/{goods.id}").text

    for words in ("期初入账 10 瓶", "在库 A-01-1", "林文静", shown(goods.code), "思处罚〔2026〕103号", "一般固体废物"):
        assert words in page, words


@pytest.mark.parametrize(
    ("papers", "says"),
    [
        ({"decision": "", "served_on": None}, "还没有处罚决定书"),
        ({"served_on": None}, "决定书还没有送达"),
        ({"served_on": date(2999, 1, 1)}, "复议诉讼期到 2999年7月1日"),
        ({"served_on": date(2020, 1, 1)}, "还没有清点"),
    ],
)
def test_list_and_page_say_alike_whether_it_may_be_destroyed(session, cast, visit, papers, says):
    item = make_item(session, cast, case=make_case(session, cast, **papers))
    visitor = visit("lin")

    for path in ("/goods", f"/goods/{item.id}", f"/cases/{item.case_id}"):
        assert says in visitor.get(path).text, path


def test_goods_that_the_officers_hold_are_to_be_stored_first(session, cast, visit):
    case = make_case(session, cast, served_on=date(2020, 1, 1))
    with writing(session):
        [item_id] = register_lines(session, case, [Line(name="货", measure="件", quantity=1)], by=cast.lin, at=NOON)

    assert "还没有入库" in visit("lin").get(f"/goods/{item_id}").text
    assert f"/goods/{item_id}" in visit("lin").get("/goods?account=seized").text
    assert "没有找到" in visit("lin").get("/goods?account=stored").text


def test_tobacco_is_led_to_its_bureau(session, cast, visit):
    case = make_case(session, cast)
    smoke, other = make_item(session, cast, case=case, name="假冒中华香烟"), make_item(session, cast, case=case)
    way = f"/store/{smoke.case_id}/dispose?line={smoke.id}"

    page = visit("zhao").get(f"/goods/{smoke.id}").text
    assert "烟草制品应移送烟草部门" in page
    assert page.count(f'href="{way}"') == 2  # among the acts, and beside the reason
    assert visit("lin").get(f"/goods/{smoke.id}").text.count(f'href="{way}"') == 0
    assert "烟草制品应移送烟草部门" not in visit("zhao").get(f"/goods/{other.id}").text


def test_a_hold_on_a_line_stops_it_alone(session, cast, visit):
    case = make_case(session, cast, served_on=date(2020, 1, 1))
    held, free = make_item(session, cast, case=case, name="甲"), make_item(session, cast, case=case, name="乙")
    huang = visit("huang")

    huang.post(f"/goods/{held.id}/holds", {"kind": "evidence", "reason": ""}, status=422)
    huang.post(f"/goods/{held.id}/holds", {"kind": "evidence", "reason": "作为证据，思检证〔2026〕3号"})

    assert "暂缓：证据留存" in huang.get(f"/goods/{held.id}").text
    assert "暂缓：" not in huang.get(f"/goods/{free.id}").text
    page = huang.get(f"/cases/{case.id}").text
    assert "暂缓：证据留存" in page  # named with its line on the page of the case
    hold = session.scalars(select(Hold)).one()
    answer = huang.post(f"/cases/holds/{hold.id}/release", {"reason": "不再需要"})
    assert answer.location == f"/goods/{held.id}"
    assert "不再需要" in huang.get(answer.location).text


def test_lines_can_be_chosen_by_who_may_apply_for_them(session, cast, visit, goods):
    below = make_item(session, cast, case=make_case(session, cast, unit=cast.district))
    box = '<input class="form-check-input" type="checkbox" name="item" value="{}"'

    for login, may in (
        ("lin", (True, True)),
        ("qian", (False, True)),
        ("zhao", (False, False)),
        ("xie", (False, False)),
    ):
        page = visit(login).get("/goods").text
        assert (box.format(goods.id) in page, box.format(below.id) in page) == may, login
        assert ("用选中的物品建申请" in page) is any(may), login


def test_a_line_tells_which_applications_cover_it(session, cast, visit):
    now = datetime.now(UTC)
    case = make_case(session, cast, served_on=date(2020, 1, 1))
    item = make_counted(session, cast, case=case, at=now)
    other = make_item(session, cast, case=case, at_location="B")
    application = make_application(session, cast, item, at=now)
    submit(session, application, at=now)
    visitor = visit("sun")

    page = visitor.get(f"/goods/{item.id}").text

    assert f'href="/applications/{application.id}">{application.number}</a>' in page
    assert "第 1 步，共 4 步，办案机构负责人" in page
    assert application.number not in visitor.get(f"/goods/{other.id}").text


@pytest.mark.parametrize("account", ["seized", "packed", "destroyed", "missing"])
def test_a_list_of_an_account_without_goods_says_so(goods, visit, account):
    page = visit("lin").get(f"/goods?account={account}").text

    assert "没有找到" in page
    assert f'href="/goods/{goods.id}"' not in page


def test_filters_stand_in_the_address_and_stay_in_every_link(session, cast, visit):
    case = make_case(session, cast)
    with writing(session):
        lines = [Line(name=f"酒{n}", measure="件", quantity=1, category="酒类") for n in range(PAGE + 1)]
        register_lines(session, case, lines, by=cast.lin, at=NOON)
    below = make_item(session, cast, case=make_case(session, cast, unit=cast.district), name="区里的", category="酒类")
    visitor, address = visit("lin"), f"/goods?unit={cast.bureau.id}&category=酒类&account=seized&q=酒"

    page = visitor.get(address).text

    assert "筛选（已设 2 项）" in page
    assert page.count('href="/goods/') == PAGE
    links = [html.unescape(link) for link in re.findall(r'href="(/goods\?[^"]+)"', page)]
    by_text = {parse_qs(urlsplit(link).query).get("after", [""])[0]: parse_qs(urlsplit(link).query) for link in links}
    older = next(asked for after, asked in by_text.items() if after)
    assert {key: value[0] for key, value in older.items()} | {"after": ""} == {
        "unit": str(cast.bureau.id), "category": "酒类", "account": "seized", "q": "酒", "after": ""
    }  # fmt: skip
    assert "/goods?q=酒" in [unquote(link) for link in links]  # clears the filters
    assert f'href="/goods/{below.id}"' not in visitor.get(f"/goods?unit={cast.bureau.id}&location=B").text
    only_below = visitor.get(f"/goods?unit={cast.district.id}").text
    assert [f'href="/goods/{below.id}"'] == re.findall(r'href="/goods/\d+"', only_below)


@pytest.mark.parametrize("nonsense", ["unit=x", "unit=999", "stage=x", "account=x", "env_class=x", "before=x"])
def test_a_filter_that_says_nothing_sensible_lets_everything_through(goods, visit, nonsense):
    page = visit("lin").get(f"/goods?{nonsense}").text

    assert f'href="/goods/{goods.id}"' in page
    assert "已设" not in page


def test_another_units_lines_are_not_found_by_naming_it(session, cast, goods, visit):
    page = visit("qian").get(f"/goods?unit={cast.bureau.id}").text

    assert f'href="/goods/{goods.id}"' not in page


@ON_SQLITE
def test_filters_work_by_keyboard_and_on_a_phone(page, session, cast):
    make_item(session, cast, case=make_case(session, cast), category="酒类", name="白酒")
    make_item(session, cast, case=make_case(session, cast, number="另案"), name="口罩")
    sign_in(page, "lin", PASSWORD)
    page.goto("/goods")

    page.get_by_text("筛选", exact=True).focus()
    page.keyboard.press("Enter")
    check_page(page)
    page.get_by_role("textbox", name="物品类别").fill("酒类")
    page.keyboard.press("Enter")

    page.get_by_text("筛选（已设 1 项）").wait_for()
    assert page.locator("tbody tr").count() == 1
    page.get_by_role("link", name="清除筛选").click()
    page.get_by_text("口罩").wait_for()


def exported(visitor, kind, **filters):
    """The file that comes out of the list."""
    with visitor.post("/goods/export", {kind: "", **filters}, status=200) as answer:
        content = answer.data
    assert answer.headers["Content-Disposition"].startswith("attachment")
    return content


def cells_of(kind, content):
    """The cells of a workbook's rows, or of a text's."""
    if kind == "csv":
        assert content.startswith(b"\xef\xbb\xbf")
        assert content.count(b"\n") == content.count(b"\r\n")
        return list(csv.reader(StringIO(content.decode("utf-8-sig"), newline="")))
    return CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()


def test_the_list_is_exported_as_it_is_filtered_and_the_journal_says_so(session, cast, goods, visit):
    make_item(session, cast, case=make_case(session, cast, number="另案"), name="口罩", category="医疗器械")
    visitor = visit("sun")

    heads, *rows = cells_of("xlsx", exported(visitor, "xlsx", q="白酒", account="stored"))

    assert dict(zip(heads, rows[0], strict=True)) == {
        "编码": shown(goods.code), "办案单位": "鹭江市市场监督管理局", "案件编号": "思市监案字〔2026〕0103号",
        "当事人": "鹭江市郑记服装店", "处罚决定书文号": "思处罚〔2026〕103号", "品名": "假冒茅台白酒（飞天）",
        "品牌": "茅台/五粮液", "规格（型号）": "", "批号": "00295716", "生产者": "", "封条编号": "封600079",
        "保管起始日": date(2026, 11, 24), "物品类别": "", "环境类别": "一般固体废物",
        "数量": 10.0, "计量单位": "瓶", "货值（元）": "", "在哪里": "在库 A-01-1 10 瓶", "登记日期": date(2026, 11, 24),
    }  # fmt: skip
    assert len(rows) == 1
    said = session.scalars(select(JournalEntry).filter_by(act="goods.exported")).one()
    assert orjson.loads(said.body)["data"] == {
        "format": "xlsx", "filters": {"q": "白酒", "account": "stored"}, "lines": 1
    }  # fmt: skip
    assert said.actor_id == cast.sun.id
    assert "导出了物品清单 1 项" in visitor.get("/journal").text


def test_columns_are_chosen_for_the_address_and_for_later_in_the_session(session, cast, visit):
    case = make_case(session, cast)
    item = make_item(session, cast, case=case, brand="茅台", value=123456, stored_on=date(2020, 5, 6))
    visitor, columns = visit("lin"), {"column": ["value", "brand", "held_since", "decision"], "q": "白酒"}

    chosen = visitor.post("/goods/columns", columns)

    assert unquote(chosen.location) == "/goods?q=白酒&show=brand.value.decision.held_since"
    for path in (chosen.location, "/goods"):  # whoever is given the address sees them, and so does Lin from now on
        page = visitor.get(path).text
        for label, text in {"品牌": "茅台", "货值（元）": "1,234.56", "保管起始日": "2020年5月6日"}.items():
            assert re.search(f'data-l="{label}"[^>]*>(<span class="nb">)?{text}<', page), label
        assert case.decision in page
        assert "期初" not in page
        assert case.number not in page
    assert visitor.get("/goods?show=case.x").text.count(case.number) == 1
    assert visitor.post("/goods/columns", {}).location.endswith("/goods")
    assert case.number in visitor.get("/goods").text
    assert item.name in visitor.get("/goods").text


@pytest.mark.usefixtures("goods")
def test_the_order_stands_in_the_address_and_is_that_of_the_file(session, cast, visit):
    make_item(session, cast, case=make_case(session, cast, number="贵"), name="金条", value=99_00)
    make_item(session, cast, case=make_case(session, cast, number="廉"), name="纸箱", value=1)
    visitor = visit("lin")

    names = re.findall(r'href="/goods/\d+">([^<]+)<', visitor.get("/goods?sort=worth").text)
    [heads, *rows] = cells_of("csv", exported(visitor, "csv", sort="worth"))

    assert names == ["金条", "纸箱", "假冒茅台白酒（飞天）"]
    assert [row[heads.index("品名")] for row in rows] == names


def test_who_counts_blind_cannot_sort_by_the_value_of_what_is_counted(session, cast, visit):
    item = make_item(session, cast, value=100)
    make_stocktake(session, cast, item)

    assert "货值高的在前" not in visit("zhao").get("/goods?sort=worth&show=value").text
    assert "货值高的在前" in visit("sun").get("/goods?sort=worth").text


def test_lines_are_found_by_what_is_said_of_their_destruction(session, cast, visit):
    able = make_counted(session, cast, at=datetime.now(UTC))
    other = make_item(session, cast, case=make_case(session, cast, number="另案", decision="", served_on=None))
    visitor = visit("lin")

    for kind, found in {"may_apply": able, "must_not": other}.items():
        page = visitor.get(f"/goods?verdict={kind}").text
        assert re.findall(r'href="/goods/(\d+)"', page) == [str(found.id)], kind
        assert "筛选（已设 1 项）" in page


EVIL = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", '=HYPERLINK("http://x")']


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_no_exported_cell_is_a_formula_and_no_text_becomes_a_figure(session, cast, visit, kind):
    case = make_case(session, cast, party="=cmd|' /C calc'!A0")
    with writing(session):
        lines = [Line(name=name, measure="件", quantity=Decimal("1234.5"), value=123456, lot="00123") for name in EVIL]
        lines += [
            Line(name='𬭚䶮，"甲"', measure="件", quantity=1, lot=lot) for lot in ("3-1", "12E5", "69012345678901")
        ]
        register_lines(session, case, lines, by=cast.lin, at=NOON)
    visitor = visit("lin")

    content = exported(visitor, kind)
    heads, *rows = cells_of(kind, content)

    cells = [dict(zip(heads, row, strict=True)) for row in rows[::-1]]
    mark, behind = ("'", "\t") if kind == "csv" else ("", "")
    assert [row["品名"] for row in cells] == [f"{mark}{name}" for name in EVIL] + ['𬭚䶮，"甲"'] * 3
    assert {row["当事人"] for row in cells} == {f"{mark}=cmd|' /C calc'!A0"}
    lots = ["00123"] * len(EVIL) + ["3-1", "12E5", "69012345678901"]
    assert [row["批号"] for row in cells] == [f"{lot}{behind}" for lot in lots]
    assert {(str(row["数量"]), str(row["货值（元）"])) for row in cells[: len(EVIL)]} == {("1234.5", "1234.56")}
    if kind == "xlsx":
        with ZipFile(BytesIO(content)) as book:
            sheet = book.read("xl/worksheets/sheet1.xml")
        assert b"<f>" not in sheet
        assert sheet.count(b"<v>1234.5</v>") == len(EVIL)


def test_more_lines_than_a_file_takes_are_refused_and_the_filters_stay(session, cast, goods, visit, monkeypatch):
    monkeypatch.setattr(listing, "MOST_LINES", 0)
    visitor = visit("lin")

    answer = visitor.post("/goods/export", {"xlsx": "", "q": "白酒", "account": "stored"})

    assert unquote(answer.location) == "/goods?q=白酒&account=stored"
    assert "请再加筛选条件" in visitor.get(answer.location).text
    assert session.scalars(select(JournalEntry).filter_by(act="goods.exported")).all() == []


def test_what_is_exported_can_be_imported_elsewhere_without_the_marks(app, session, cast, goods, visit):
    feng = visit("feng")

    made = hand_in(app, feng, content=exported(visit("lin"), "csv"), unit=cast.neighbour.id)
    feng.post(f"/imports/{made}/accept")
    run_until_done(app)

    session.rollback()
    came = session.scalars(select(Item).filter_by(unit_id=cast.neighbour.id)).one()
    assert (came.name, came.lot, came.quantity) == (goods.name, "00295716", 10)


def test_the_chain_of_custody_is_a_paper_with_every_movement(session, cast, visit, tmp_path):
    case = make_case(session, cast, party="𬭚䶮商行<b>&", number="思市监案字〔2026〕7号")
    with writing(session):
        [item_id] = register_lines(
            session, case, [Line(name="𫖮牌白酒", measure="瓶", quantity=12, lot="00295716")], by=cast.lin, at=NOON
        )
        store_in(session, case, {item_id: Decimal(5)}, location="A-07", handler=cast.lin, custodian=cast.zhao, at=NOON)
    paper = tmp_path / "custody.pdf"

    answer = visit("sun").get(f"/goods/{item_id}/custody.pdf")

    paper.write_bytes(answer.data)
    text = flowing(paper)
    for words in (
        *("罚没物品流转记录", "𬭚䶮商行<b>&", "𫖮牌白酒", "思市监案字〔2026〕7号", "00295716", "12瓶"),
        *("登记来自当事人执法人员保管12", "经办人林文静", "入库执法人员保管在库A-07" + "5"),
        *("保管员赵国华", "移交人林文静", "在库A-0750", "合计12", "第1页共1页"),
    ):
        assert words in text, words
    for entry in session.scalars(select(Movement.entry_seq)):
        assert str(entry) in text


@ON_SQLITE
def test_choosing_lines_shows_how_many_and_can_be_taken_back(page, session, cast):
    case = make_case(session, cast, served_on=date(2020, 1, 1))
    counted = [make_counted(session, cast, case=case, at=datetime.now(UTC), at_location=name) for name in ("A", "B")]
    make_item(session, cast, case=case, name="没清点的玩具", at_location="C")
    sign_in(page, "lin", PASSWORD)
    page.goto("/goods")
    bar, boxes = page.locator(".bulk"), page.locator("[name=item]")

    page.locator("[data-pick-all]").check()
    assert [box.is_checked() for box in boxes.all()] == [False, True, True]  # only what may be applied for
    assert "已选 2 项" in bar.inner_text()
    page.get_by_text("没清点的玩具").locator("xpath=ancestor::tr").locator("td").last.click()
    assert bar.locator(".btn-primary").inner_text() == "用这 3 项建申请"
    check_page(page)
    page.get_by_role("button", name="取消选择").click()
    bar.wait_for(state="hidden")
    boxes.nth(1).check()
    bar.locator(".btn-primary").click()

    assert page.url.endswith(f"/applications/new?item={counted[1].id}")


def test_what_is_doubtful_in_the_lists_waits_for_the_registrar_with_links_to_the_lines(session, cast, visit):
    case = make_case(session, cast)
    item = make_item(session, cast, case=case, value=100)
    assert 'href="/goods/quality"' not in visit("lin").get("/").text
    assert "没有存疑" in visit("lin").get("/goods/quality").text
    again = make_item(session, cast, case=case, value=100)

    assert 'href="/goods/quality"' in visit("lin").get("/").text
    assert 'href="/goods/quality"' not in visit("zhao").get("/").text  # who registered it has the papers
    page = visit("sun").get("/goods/quality").text
    assert "可能重复登记" in page
    assert "共 2 条" in page
    for line in (item, again):
        assert f'href="/goods/{line.id}"' in page
    assert "没有存疑" in visit("feng").get("/goods/quality").text


def test_who_counts_is_not_told_which_lines_are_alike(session, cast, visit):
    case = make_case(session, cast)
    item = make_item(session, cast, case=case, value=100)
    make_item(session, cast, case=case, value=100, at_location="B-2")
    make_stocktake(session, cast, item)

    page = visit("lin").get("/goods/quality").text
    assert f'href="/goods/{item.id}"' not in page
    assert "清点结束后再显示" in page
    assert 'href="/goods/quality"' not in visit("lin").get("/").text
    assert f'href="/goods/{item.id}"' in visit("sun").get("/goods/quality").text


def day(value):
    return f"{value.year}年{value.month}月{value.day}日"


NOTICE = {"party": "", "decision": "", "served_on": None, "noticed_on": TODAY - timedelta(days=60)}


@ON_SQLITE
def test_the_page_says_which_condition_is_met_and_when_the_rest_can_be(session, cast, visit):
    running = make_case(session, cast, **NOTICE, noticed_until=TODAY)
    open_to_appeal = make_case(session, cast, number="二", served_on=TODAY)
    undecided = make_case(session, cast, number="三", decision="", served_on=None)
    pages = [
        visit("lin").get(f"/goods/{make_item(session, cast, case=case).id}").text
        for case in (running, open_to_appeal, undecided)
    ]

    assert "无主物品公告" in pages[0]
    assert f"最早可销毁日期：{day(TODAY + timedelta(days=1))}" in pages[0]
    assert f"最早可销毁日期：{day(TERMS.periods.end(TODAY) + timedelta(days=1))}" in pages[1]
    assert "何时可以销毁尚不能确定" in pages[2]
    assert all("未列入任何销毁申请" in page for page in pages)


@ON_SQLITE
def test_ownerless_goods_go_when_their_notice_is_over_and_name_it_for_a_decision(session, cast, visit, tmp_path):
    case = make_case(session, cast, **NOTICE, noticed_until=TODAY - timedelta(days=1))
    item = make_counted(session, cast, case=case, at=datetime.now(UTC))
    visitor, until = visit("lin"), TODAY - timedelta(days=1)
    assert "无主物品公告期满" in visitor.get(f"/goods/{item.id}").text
    assert "无主物品公告期满" in visitor.get("/goods/quality").text
    assert "可以申请" in visitor.get(f"/goods/{item.id}").text

    other = make_counted(session, cast, case=case, name="弃置的箱包", at_location="B", at=datetime.now(UTC))
    application = make_application(session, cast, item)
    assert other.name in visitor.get(f"/applications/{application.id}/goods").text
    submit(session, application, at=datetime.now(UTC))

    assert f"至{day(until)}" in visit("liu").get(f"/applications/{application.id}").text
    heads, row, _ = cells_of("xlsx", exported(visitor, "xlsx"))
    assert dict(zip(heads, row, strict=True))["处罚决定书文号"] == f"无主物品公告至 {until}"
    (tmp_path / "custody.pdf").write_bytes(visit("sun").get(f"/goods/{item.id}/custody.pdf").data)
    assert f"至{day(until)}" in flowing(tmp_path / "custody.pdf")


@ON_SQLITE
def test_a_line_is_amended_on_its_page_and_who_comes_second_sees_what_changed(session, cast, visit):
    item = make_item(session, cast, name="假冒牛拦山白酒", value=3600)
    visitor = visit("lin")
    page = visitor.get(f"/goods/{item.id}/amend").text
    seen = html.unescape(re.search(r'name="seen"[^>]*value="([^"]*)"', page)[1])
    said = {"name": "假冒牛栏山白酒", "value": "36.00", "env_class": "general", "seen": seen}
    assert f'href="/goods/{item.id}/amend"' in visitor.get(f"/goods/{item.id}").text
    assert f'href="/goods/{item.id}/amend"' not in visit("zhao").get(f"/goods/{item.id}").text

    visitor.post(f"/goods/{item.id}/amend", said, status=422)  # without a reason
    visitor.post(f"/goods/{item.id}/amend", {**said, "reason": "录入错误"})

    assert "假冒牛栏山白酒" in visitor.get(f"/goods/{item.id}").text
    assert "更正 思市监案字〔2026〕1号 的明细" in visitor.get("/journal").text
    second = visitor.post(f"/goods/{item.id}/amend", {**said, "name": "空瓶", "reason": "x"}, status=409).text
    assert "<del>假冒牛拦山白酒</del> → <ins>假冒牛栏山白酒</ins>" in second
    assert 'value="假冒牛栏山白酒"' in second
    assert visitor.post(f"/goods/{item.id}/amend", {**said, "seen": "[", "reason": "x"}, status=409)


@ON_SQLITE
def test_what_cannot_be_amended_says_why(session, cast, visit):
    item = make_item(session, cast, value=7000)
    make_stocktake(session, cast, item)
    visitor = visit("lin")

    page = visitor.get(f"/goods/{item.id}/amend").text
    assert "正在清点" in page
    assert "70.00" not in page
    refused = visitor.post(f"/goods/{item.id}/amend", {"name": "x", "env_class": "general", "reason": "x"}, status=409)
    assert "正在清点" in refused.text
    assert session.scalars(select(JournalEntry).filter_by(act="refused")).one()
