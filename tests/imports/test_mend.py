from datetime import date, datetime

import openpyxl
import pytest

from ledger.imports.mend import write, write_apart


@pytest.fixture
def mended(check, tmp_path):
    """Check a list, write the workbook to mend, and open it."""

    def mended(path, do=write):
        head = check(path).head
        errors = [{**error, "says": f"原因：{error['code']}"} for error in head["errors"]]
        headers = {table["sheet"]: table["header"] or 0 for table in head["tables"]}
        target = tmp_path / "mend.xlsx"
        do(path, target, errors, headers=headers, reason="原因")
        return openpyxl.load_workbook(target)

    return mended


def values(page):
    return [[cell.value for cell in row] for row in page]


LIST = [
    ["黄记超市清单"],
    ["品名", "单位", "数量", "入库日期", "货值"],
    ["白酒", "瓶", 1, datetime(2025, 1, 2), 12.5],  # noqa: DTZ001 - a spreadsheet knows no zone
    ["红酒", "瓶", "约3", datetime(2025, 1, 2), 12.5],  # noqa: DTZ001
    [None, "坨", 0, "昨天", 3],
]


def test_only_the_bad_rows_are_handed_back_under_the_same_heading(xlsx, mended):
    page = mended(xlsx(LIST)).worksheets[0]

    assert page.title == "清单"
    assert values(page) == [
        ["原因", "品名", "单位", "数量", "入库日期", "货值"],
        ["原因：approximate", "红酒", "瓶", "约3", datetime(2025, 1, 2), 12.5],  # noqa: DTZ001
        ["原因：no_name\n原因：unknown_measure\n原因：not_positive\n原因：not_a_day", None, "坨", 0, "昨天", 3],
    ]


def test_the_cells_at_fault_are_framed_and_say_why(xlsx, mended):
    page = mended(xlsx(LIST)).worksheets[0]

    assert page["D2"].border.left.color.rgb == "FFB3261E"
    assert page["D2"].comment.text == "原因：approximate"
    assert page["B2"].comment is None
    assert page["B3"].comment.text == "原因：no_name"


def test_nothing_handed_back_becomes_a_formula(csv, mended):
    page = mended(csv("品名,单位,数量\n=1+1,瓶,1\n+1,瓶,x\n@SUM(A1),瓶,x\nhttp://x,瓶,x\n")).worksheets[0]

    assert [page.cell(line, 2).data_type for line in range(2, 6)] == ["s"] * 4
    assert [page.cell(line, 2).value for line in range(2, 6)] == ["=1+1", "+1", "@SUM(A1)", "http://x"]
    assert page["B5"].hyperlink is None


def test_nothing_handed_back_is_taken_for_markup(xlsx, mended):
    name = '<r></r></is></c><c r="B9"><f>1+1</f></c><c r="C9" t="inlineStr"><is><r></r>'

    page = mended(xlsx([["品名", "单位", "数量"], [name, "瓶", "x"]])).worksheets[0]

    assert (page["B2"].value, page["B9"].value) == (f"{name} ", None)


def test_a_formula_is_handed_back_as_what_it_showed(xlsx, mended):
    page = mended(xlsx([["品名", "单位", "数量"], ["酒", "瓶", "=1+1"]])).worksheets[0]

    assert page["D2"].data_type != "f"
    assert page["D2"].comment.text == "原因：formula"


def test_a_mended_list_brings_in_the_rest(xlsx, mended, check, tmp_path):
    book = mended(xlsx(LIST))
    page = book.worksheets[0]
    page["D2"] = 3
    page["B3"], page["C3"], page["D3"], page["E3"] = "茶", "盒", 2, "2025-1-3"
    book.save(tmp_path / "mended.xlsx")

    found = check(tmp_path / "mended.xlsx")

    assert found.errors == []
    assert [(row.name, row.quantity, row.stored_on) for row in found.rows] == [
        ("红酒", 3, date(2025, 1, 2)),
        ("茶", 2, date(2025, 1, 3)),
    ]


def test_a_header_in_two_rows_is_handed_back_in_one(xlsx, mended):
    rows = [
        ["当事人", None, "罚没物品", None, None],
        ["名称", "电话", "名称", "单位", "数量"],
        ["黄记", "1", "酒", "瓶", "若干"],
    ]

    page = mended(xlsx(rows, "A1:B1", "C1:E1")).worksheets[0]

    assert values(page)[0] == ["原因", "当事人名称", "当事人电话", "罚没物品名称", "单位", "数量"]


def test_a_merged_case_number_is_written_out_but_no_quantity_twice(xlsx, mended):
    rows = [["案号", "品名", "单位", "数量"], ["甲1号", "酒", "瓶", 5], [None, "茶", "盒", None]]

    page = mended(xlsx(rows, "A2:A3", "D2:D3")).worksheets[0]

    assert values(page)[1:] == [["原因：no_quantity", "甲1号", "茶", "盒", None]]


def test_sheets_get_names_that_a_spreadsheet_takes(xlsx, mended):
    bad = [["品名", "单位", "数量"], ["酒", "瓶", 0]]

    book = mended(xlsx({"甲" * 31: bad, "'乙 丙": bad, "Data": bad}))

    assert book.sheetnames == ["甲" * 31, "乙 丙", "Data"]


def test_it_is_written_in_a_process_of_its_own(xlsx, mended):
    assert values(mended(xlsx(LIST), do=write_apart).worksheets[0])[1][1] == "红酒"
