import io
from urllib.parse import unquote

import pytest
from factories import GOODS_LIST, STORE_LEDGER, hand_in, make_case
from openpyxl import load_workbook
from sqlalchemy import func, select

from ledger.cli.bureau import SAMPLES
from ledger.goods.audit import verify_books
from ledger.goods.models import Item, Movement
from ledger.goods.rules import Account
from ledger.imports.models import GoodsImport
from ledger.imports.workflow import State
from ledger.worker import run_until_done


def test_a_list_is_checked_and_nothing_is_written_before_somebody_decides(app, session, cast, visit):
    case = make_case(session, cast)
    visitor = visit("lin")

    import_id = hand_in(app, visitor, case_number=case.number)

    page = visitor.get(f"/imports/{import_id}").text
    assert "3 行中 1 行要改，还没有写入任何数据" in page
    assert "第 3 行 D 列" in page
    assert "数量要写数字" in page
    assert session.scalar(select(func.count()).select_from(Item)) == 0


def test_the_good_rows_come_in_by_choice_and_the_rest_is_handed_back(app, session, cast, visit):
    case = make_case(session, cast)
    visitor = visit("lin")
    import_id = hand_in(app, visitor, case_number=case.number)

    visitor.post(f"/imports/{import_id}/accept")
    assert "还有 1 行要改，没有写入任何数据" in visitor.get(f"/imports/{import_id}").text
    visitor.post(f"/imports/{import_id}/accept", {"with_errors": "yes"})
    run_until_done(app)

    assert [item.name for item in session.scalars(select(Item).order_by(Item.id))] == ["假冒白酒", "过期食品"]
    to_mend = visitor.get(f"/imports/{import_id}/mend")
    rows = list(load_workbook(io.BytesIO(to_mend.data)).active.iter_rows(values_only=True))
    assert rows[0] == ("要改的地方", "品名", "规格", "单位", "数量")
    assert [row[1:] for row in rows[1:]] == [("劣质口罩", None, "只", "一批")]
    assert "数量要写数字" in rows[1][0]


def test_the_list_is_handed_back_marked_or_the_page_says_why_not(app, session, cast, visit, monkeypatch):
    visitor = visit("lin")
    import_id = hand_in(app, visitor, case_number=make_case(session, cast).number)

    answer = visitor.get(f"/imports/{import_id}/marked")
    book = load_workbook(io.BytesIO(answer.data))
    monkeypatch.setattr("ledger.imports.read.WALL_SECONDS", 0.01)
    refused = visitor.get(f"/imports/{import_id}/marked", status=303)

    assert "list 标注.xlsx" in unquote(answer.headers["Content-Disposition"])
    assert [page.title for page in book] == ["需修改", "Sheet"]
    assert book["Sheet"]["D3"].comment.text == book["需修改"]["B2"].value
    assert "数量要写数字" in book["需修改"]["B2"].value
    assert refused.location == f"/imports/{import_id}"
    page = visitor.get(refused.location).text
    assert "无法标注后退回" in page
    assert "第 3 行 D 列" in page


def test_the_mended_list_brings_in_only_what_is_new(app, session, cast, visit):
    case = make_case(session, cast)
    visitor = visit("lin")
    first = hand_in(app, visitor, case_number=case.number)
    visitor.post(f"/imports/{first}/accept", {"with_errors": "yes"})
    run_until_done(app)

    second = hand_in(app, visitor, case_number=case.number, content=GOODS_LIST.replace("一批", "7"))
    page = visitor.get(f"/imports/{second}").text
    visitor.post(f"/imports/{second}/accept")
    run_until_done(app)

    assert "写入 1 行" in page
    names = [item.name for item in session.scalars(select(Item).order_by(Item.id))]
    assert names == ["假冒白酒", "过期食品", "劣质口罩"]


def test_the_same_file_leads_to_where_it_already_is(app, session, cast, visit):
    case = make_case(session, cast)
    visitor = visit("lin")
    first = hand_in(app, visitor, case_number=case.number)

    assert hand_in(app, visitor, case_number=case.number, name="renamed.csv") == first
    assert "已于" in visitor.get(f"/imports/{first}").text


def test_pressing_twice_writes_once(app, session, cast, visit, verifier):
    case = make_case(session, cast)
    visitor = visit("lin")
    import_id = hand_in(app, visitor, case_number=case.number, content=GOODS_LIST.replace("一批", "7"))

    visitor.post(f"/imports/{import_id}/accept")
    visitor.post(f"/imports/{import_id}/accept")
    run_until_done(app)

    assert session.scalar(select(func.count()).select_from(Item)) == 3
    assert verify_books(session, verifier).findings == []


def test_a_put_aside_list_can_be_handed_in_again(app, session, cast, visit):
    case = make_case(session, cast)
    visitor = visit("lin")
    first = hand_in(app, visitor, case_number=case.number)

    visitor.post(f"/imports/{first}/discard")

    assert hand_in(app, visitor, case_number=case.number) != first


def test_an_opening_balance_needs_the_custodian_who_is_somebody_else(app, session, cast, visit, verifier):
    registrar, custodian = visit("lin"), visit("zhao")
    import_id = hand_in(app, registrar, kind="opening_balance", content=STORE_LEDGER)
    registrar.post(f"/imports/{import_id}/accept")
    run_until_done(app)
    assert session.scalar(select(func.count()).select_from(Item)) == 0

    registrar.post(f"/imports/{import_id}/confirm", status=403)
    custodian.post(f"/imports/{import_id}/confirm")
    run_until_done(app)

    session.rollback()
    made = session.get(GoodsImport, import_id)
    assert (made.state, made.lines_created, made.custodian_id) == (State.POSTED, 2, cast.zhao.id)
    assert {moved.target_account for moved in session.scalars(select(Movement))} == {Account.STORED}
    assert len({item.case_id for item in session.scalars(select(Item))}) == 1
    assert verify_books(session, verifier).findings == []


def test_the_custodian_can_send_it_back_with_a_reason(app, session, cast, visit):
    registrar, custodian = visit("lin"), visit("zhao")
    import_id = hand_in(app, registrar, kind="opening_balance", content=STORE_LEDGER)
    registrar.post(f"/imports/{import_id}/accept")

    custodian.post(f"/imports/{import_id}/send-back")
    assert session.get(GoodsImport, import_id).state is State.WAITING
    custodian.post(f"/imports/{import_id}/send-back", {"reason": "A-2 是空的"})

    session.rollback()
    assert session.get(GoodsImport, import_id).state is State.CHECKED


def test_a_list_without_cases_asks_for_one(app, session, cast, visit):
    case = make_case(session, cast)
    visitor = visit("lin")
    import_id = hand_in(app, visitor, content=GOODS_LIST.replace("一批", "7"))
    assert "这些物品属于哪个案件" in visitor.get(f"/imports/{import_id}").text

    visitor.post(f"/imports/{import_id}/accept")
    visitor.post(f"/imports/{import_id}/case", {"number": "思市监案字[2026]1号"})
    run_until_done(app)
    visitor.post(f"/imports/{import_id}/accept")
    run_until_done(app)

    assert {item.case_id for item in session.scalars(select(Item))} == {case.id}


def test_columns_that_were_not_recognised_are_given_by_hand(app, session, cast, visit):
    case = make_case(session, cast)
    visitor = visit("lin")
    content = "货,量,计\n假冒白酒,12,瓶\n口罩,3,只\n"
    import_id = hand_in(app, visitor, case_number=case.number, content=content)
    assert "没有认出这个工作表的表头" in visitor.get(f"/imports/{import_id}").text

    sheet = {"sheet1": ""}
    visitor.post(f"/imports/{import_id}/columns", {**sheet, "1.A": "name", "1.B": "quantity", "1.C": "measure"})
    run_until_done(app)

    page = visitor.get(f"/imports/{import_id}").text
    assert "12 瓶" in page.replace("&nbsp;", " ").replace('<span class="u">', "").replace("</span>", "")


def test_rows_pasted_from_a_spreadsheet_come_in_by_the_same_rules(app, session, cast, visit):
    case, visitor = make_case(session, cast), visit("lin")
    rows = '品名\t数量\t单位\t备注\r\n假冒白酒\t12\t瓶\t"两行\r\n备注"\r\n口罩\t约30\t只\t\r\n'
    form = {"kind": "goods_list", "unit": cast.bureau.id, "case_number": case.number}

    here = visitor.post("/imports", {**form, "rows": rows}).location
    run_until_done(app)
    page = visitor.get(here).text
    assert "粘贴的表格" in page
    assert "约30" in page
    visitor.post(f"{here}/accept", {"with_errors": "yes"})
    run_until_done(app)

    assert [(item.name, item.quantity) for item in session.scalars(select(Item))] == [("假冒白酒", 12)]
    assert visitor.post("/imports", {**form, "rows": rows}).location == here


def test_a_list_comes_as_a_file_or_pasted(cast, visit):
    form = {"kind": "goods_list", "unit": cast.bureau.id, "case_number": ""}
    both = {"rows": "品名\t数量", "file": (io.BytesIO(b"x"), "x.csv")}
    visitor = visit("lin")

    assert "请选择文件，或在下面粘贴" in visitor.post("/imports", {**form, "rows": "  "}, status=422).text
    page = visitor.post("/imports", form | both, status=422).text
    assert "只留一种" in page
    assert "品名\t数量" in page


def test_what_was_given_by_hand_is_remembered_for_the_unit_once_the_list_was_accepted(app, session, cast, visit):
    case, visitor = make_case(session, cast), visit("lin")
    first = hand_in(app, visitor, case_number=case.number, content="货,量,计\n假冒白酒,12,瓶\n")
    chosen = {"sheet1": "", "1.A": "name", "1.B": "quantity", "1.C": "measure"}
    visitor.post(f"/imports/{first}/columns", chosen)
    run_until_done(app)
    before = hand_in(app, visitor, case_number=case.number, content="货,量,计\n香烟,3,条\n")
    assert "没有认出这个工作表的表头" in visitor.get(f"/imports/{before}").text

    visitor.post(f"/imports/{first}/accept")
    run_until_done(app)
    after = hand_in(app, visitor, case_number=case.number, content="货,量,计\n口罩,3,只\n")
    visitor.post(f"/imports/{after}/accept")
    run_until_done(app)

    assert set(session.scalars(select(Item.name))) == {"假冒白酒", "口罩"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "不是表格"),
        (b"%PDF-1.7 goods", "不是表格"),
        (b"", ""),
    ],
)
def test_what_is_no_list_is_refused_in_words(app, cast, visit, content, says):
    visitor = visit("lin")

    import_id = hand_in(app, visitor, content=content, name="list.xlsx")

    page = visitor.get(f"/imports/{import_id}").text
    assert "文件无法读取，没有写入任何数据" in page
    assert says in page


def test_a_case_that_the_books_know_otherwise_is_told_row_by_row(app, session, cast, visit):
    make_case(session, cast, number="思案字（2025）1号", party="另一家超市")
    visitor = visit("lin")

    import_id = hand_in(app, visitor, kind="opening_balance", content=STORE_LEDGER)

    page = visitor.get(f"/imports/{import_id}").text
    assert "2 行中 2 行要改" in page
    assert "另一家超市" in page


def test_sheets_named_after_units_below_go_to_those_units(app, session, cast, visit):
    visitor = visit("lin")
    content = (SAMPLES / "store-ledger-18-units.xlsx").read_bytes()

    import_id = hand_in(app, visitor, kind="opening_balance", content=content, name="ledger.xlsx")
    visitor.post(f"/imports/{import_id}/accept")
    visit("zhao").post(f"/imports/{import_id}/confirm")
    run_until_done(app)

    session.rollback()
    made = session.get(GoodsImport, import_id)
    assert (made.state, made.lines_created) == (State.POSTED, 420)
    per_unit = dict(session.execute(select(Item.unit_id, func.count()).group_by(Item.unit_id)).all())
    assert per_unit[cast.district.id] == 35
    assert per_unit[cast.station.id] == 13


def test_progress_tells_the_page_where_to_go_when_all_is_done(app, session, cast, visit):
    case = make_case(session, cast)
    visitor = visit("lin")
    form = {
        "kind": "goods_list",
        "unit": 1,
        "case_number": case.number,
        "file": (io.BytesIO(GOODS_LIST.encode()), "a.csv"),
    }
    here = visitor.post("/imports", form).location

    assert visitor.get(f"{here}/progress").json["next"] is None
    run_until_done(app)
    assert visitor.get(f"{here}/progress").json["next"] == here
