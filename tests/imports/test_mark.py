import shutil
import zipfile
from datetime import datetime

import openpyxl
import pytest
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Font, PatternFill
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table

from ledger.imports import mark
from ledger.imports.mark import CopyTooHeavy, write, write_apart
from ledger.imports.refusals import FileTooHeavy

WORDS = {"sheet": "需修改", "place": "位置", "reason": "要改的地方", "more": ""}
RED = "FFFFC7CE"
LIST = [
    ["黄记超市清单"],
    ["品名", "单位", "数量", "入库日期", "备注"],
    ["白酒", "瓶", 1, datetime(2025, 1, 2), "=1+1"],  # noqa: DTZ001 - a spreadsheet knows no zone
    ["红酒", "瓶", "约3", datetime(2025, 1, 2), "好"],  # noqa: DTZ001
    [None, "坨", 0, "昨天", None],
]


@pytest.fixture
def marked(check, tmp_path):
    """Check a list, mark it, and open what is handed back."""

    def marked(path, do=write, **words):
        errors = [{**error, "says": f"原因：{error['code']}"} for error in check(path).head["errors"]]
        target = tmp_path / f"marked-{path.stem}.xlsx"
        do(path, target, errors, words={**WORDS, **words})
        return openpyxl.load_workbook(target)

    return marked


@pytest.fixture
def change(tmp_path):
    """Do something to a workbook, save it under another name, and return its path."""

    def change(path, act):
        book = openpyxl.load_workbook(path)
        act(book)
        book.save(tmp_path / f"changed-{path.name}")
        return tmp_path / f"changed-{path.name}"

    return change


def is_red(cell):
    return cell.fill.fgColor.rgb == RED


def dress(book):
    page = book["清单"]
    page.merge_cells("A1:E1")
    page["A1"].font = Font(name="黑体", size=18)
    page["A3"].fill = PatternFill("solid", fgColor="FF00FF00")
    page["C4"].font = Font(bold=True)
    page["C4"].comment = Comment("问过张三", "李四")
    page["D3"].number_format = 'yyyy"年"m"月"d"日"'
    page.column_dimensions["A"].width, page.row_dimensions[2].height = 33, 40
    page.freeze_panes = "A3"
    book.create_sheet("说明")["B2"] = "请看"
    book["说明"].sheet_state = "hidden"


def test_the_owners_workbook_comes_back_as_it_was_with_its_faults_marked(xlsx, change, marked):
    path = change(xlsx(LIST), dress)

    book = marked(path)

    page = book["清单"]
    assert book.sheetnames == ["需修改", "清单", "说明"]
    assert [[cell.value for cell in row] for row in page] == [[*row, *[None] * (5 - len(row))] for row in _shown(LIST)]
    assert [str(merge) for merge in page.merged_cells.ranges] == ["A1:E1"]
    assert (page["A1"].font.name, page["A1"].font.size, page["A3"].fill.fgColor.rgb) == ("黑体", 18, "FF00FF00")
    assert page["D3"].number_format == 'yyyy"年"m"月"d"日"'
    assert (page.column_dimensions["A"].width, page.row_dimensions[2].height, page.freeze_panes) == (33, 40, "A3")
    assert (book["说明"]["B2"].value, book["说明"].sheet_state) == ("请看", "hidden")
    assert {cell.coordinate for row in page for cell in row if is_red(cell)} == {"C4", "E3", "A5", "B5", "C5", "D5"}
    assert page["C4"].comment.text == "问过张三\n原因：approximate"
    assert page["C4"].font.bold
    assert page["D5"].comment.text == "原因：not_a_day"


def _shown(rows):
    """Return rows as they are handed back: this formula never showed anything."""
    return [[None if cell == "=1+1" else cell for cell in row] for row in rows]


def test_a_sheet_in_front_leads_to_each_place(xlsx, marked):
    book = marked(xlsx({"一 队": LIST}), more="还有 3 处")

    page = book["需修改"]
    assert book.active.title == "需修改"
    assert [cell.value for cell in page["A"]][:3] == ["位置", "一 队 E3", "一 队 C4"]
    assert (page["A3"].hyperlink.location, page["B3"].value) == ("'一 队'!C4", "原因：approximate")
    assert page["B8"].value == "还有 3 处"


def test_a_fault_within_merged_cells_is_marked_where_it_can_be_seen(xlsx, marked):
    rows = [["案号", "品名", "单位", "数量"], ["甲1号", "酒", "瓶", 5], [None, "茶", "盒", None]]

    page = marked(xlsx(rows, "A2:A3", "D2:D3"))["清单"]

    assert is_red(page["D2"])
    assert page["D2"].comment.text == "原因：no_quantity"


def arm(book):
    page = book["清单"]
    page["F3"], page["G3"] = '=WEBSERVICE("http://x")', "点我"
    page["G3"].hyperlink = "http://example.invalid/"
    page.add_table(Table(displayName="T", ref="A2:E5"))
    page.conditional_formatting.add("A1:A9", FormulaRule(formula=["TRUE"], font=Font(bold=True)))
    page.add_data_validation(DataValidation(type="list", formula1="=T", sqref="B3"))
    chart = BarChart()
    chart.add_data(Reference(page, min_col=3, min_row=3, max_row=5))
    page.add_chart(chart, "H1")
    book.create_chartsheet("图").add_chart(BarChart())
    book.defined_names["T"] = DefinedName("T", attr_text="[1]other!$A$1")
    page.defined_names["U"] = DefinedName("U", attr_text="清单!$A$1")


def test_nothing_handed_back_computes_links_or_draws(xlsx, change, marked, tmp_path):
    book = marked(change(xlsx(LIST), arm))

    with zipfile.ZipFile(tmp_path / "marked-changed-list.xlsx") as package:
        parts = {name: package.read(name).decode() for name in package.namelist()}
    assert not [name for name in parts if any(kind in name for kind in ("external", "chart", "table", "media", "vba"))]
    text = "".join(part for name, part in parts.items() if "styles" not in name)
    assert not [
        word for word in ("<f>", "<f ", "definedName ", "example.invalid", "dataValid", "cfRule") if word in text
    ]
    assert (book["清单"]["G3"].value, book["清单"]["F3"].value) == ("点我", None)


def test_a_list_of_another_kind_comes_back_as_its_cells_were_read(csv, marked):
    page = marked(csv("品名,单位,数量\n=1+1,瓶,1\n+1,瓶,x\n@SUM(A1),瓶,x\nhttp://x,瓶,x\n"))["Sheet"]

    assert [page.cell(line, 1).value for line in range(2, 6)] == ["=1+1", "+1", "@SUM(A1)", "http://x"]
    assert {page.cell(line, 1).data_type for line in range(2, 6)} == {"s"}
    assert page["A5"].hyperlink is None
    assert is_red(page["A2"])
    assert page["C3"].comment.text == "原因：not_a_number"


def test_a_workbook_that_cannot_be_taken_over_comes_back_as_its_cells_were_read(xlsx, marked, tmp_path):
    path = tmp_path / "odd.xlsx"
    with zipfile.ZipFile(xlsx(LIST, "A1:E1")) as whole, zipfile.ZipFile(path, "w") as odd:
        for name in whole.namelist():
            odd.writestr(name, b"<" if name == "docProps/core.xml" else whole.read(name))

    page = marked(path)["清单"]

    assert page["A4"].value == "红酒"
    assert page["D4"].value == LIST[3][3]
    assert [str(merge) for merge in page.merged_cells.ranges] == ["A1:E1"]
    assert is_red(page["C4"])


def test_a_marked_list_that_was_mended_brings_in_its_goods_and_is_clean_when_marked_again(
    xlsx, change, marked, check, tmp_path
):
    marked(xlsx(LIST))
    again = tmp_path / "again.xlsx"
    shutil.copy(tmp_path / "marked-list.xlsx", again)

    def mend(book):
        page = book["清单"]
        page["C4"], page["E3"] = 3, None
        page["A5"], page["B5"], page["D5"] = "茶", "盒", "2025-1-3"

    found = check(change(again, mend))
    book = marked(tmp_path / "changed-again.xlsx")

    assert (found.names, found.errors) == (["白酒", "红酒"], [(5, "C", "not_positive")])
    assert book.sheetnames == ["需修改", "清单"]
    assert [cell.value for cell in book["需修改"]["A"]] == ["位置", "清单 C5"]
    assert {cell.coordinate for row in book["清单"] for cell in row if is_red(cell)} == {"C5"}


def test_what_is_too_large_to_be_marked_in_bounds_is_refused(xlsx, marked, monkeypatch):
    monkeypatch.setattr(mark, "MOST_CELLS", 5)
    with pytest.raises(FileTooHeavy):
        marked(xlsx(LIST))

    monkeypatch.setattr("ledger.imports.read.WALL_SECONDS", 0.01)
    with pytest.raises(CopyTooHeavy):
        marked(xlsx(LIST), do=write_apart)


def test_it_is_marked_in_a_process_of_its_own(xlsx, marked):
    assert is_red(marked(xlsx(LIST), do=write_apart)["清单"]["C4"])
