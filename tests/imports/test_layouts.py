"""Lists as other units keep them: each layout differs, the goods must come out the same."""

import zipfile
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest


def said(found):
    return [(row.name, row.quantity, row.measure) for row in found.rows]


def test_a_title_merged_over_the_table_and_signatures_below(xlsx, check):
    path = xlsx(
        [
            ["思岭区市场监督管理局罚没物品清单"],
            ["案由：销售假冒白酒", None, None, "日期：2025年3月1日"],
            [],
            ["序 号", "品\n名", "规 格", "数  量", "计量\n单位", "备 注"],
            ["一", "白酒", "500ml", 12, "瓶"],
            ["二", "香烟", "硬", "1,200", "条"],
            ["", "合  计", None, 1212],
            ["制表人：张三", None, None, "审核人：李四"],
            ["当事人（签名或盖章）：", None, None, "年  月  日"],
        ],
        "A1:F1",
    )

    found = check(path)

    assert found.errors == []
    assert said(found) == [("白酒", 12, "瓶"), ("香烟", 1200, "条")]
    assert found.skipped == {1: "title", 2: "title", 3: "title", 4: "header", 7: "total", 8: "footer", 9: "footer"}


def test_a_header_in_two_rows(xlsx, check):
    path = xlsx(
        [
            ["序号", "当事人", None, "罚没物品", None, None, None, "案件", None],
            [None, "名称", "电话", "名称", "规格", "单位", "数量", "编号", "案由"],
            [1, "黄记超市", "139", "白酒", "500ml", "瓶", 12, "思案字[2025]1号", "假酒"],
        ],
        *("A1:A2", "B1:C1", "D1:G1", "H1:I1"),
    )

    found = check(path)

    assert found.errors == []
    assert said(found) == [("白酒", 12, "瓶")]
    assert found.rows[0].case.party == "黄记超市"
    assert found.rows[0].case.number == "思案字[2025]1号"
    assert found.skipped == {1: "header", 2: "header"}


@pytest.mark.parametrize("separator", [",", "\t", ";"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_text_in_any_encoding_with_any_separator(csv, check, separator, encoding):
    lines = ["名称;单位;数量;备注", "白酒;瓶;１２;䶮𬭚堃", '"酒,烟\t;等";箱;"1,200";两;种', "", "合计;;1212;"]
    lines = [line.replace("两;种", "两种") for line in lines]
    text = "\r\n".join(lines)
    if separator != ";":
        text = text.replace("酒,烟\t;等", "酒烟等").replace(";", separator)

    found = check(csv(text, encoding))

    assert found.errors == []
    assert [(row.quantity, row.measure) for row in found.rows] == [(12, "瓶"), (1200, "箱")]
    assert found.rows[0].remark == "䶮𬭚堃"
    assert found.skipped == {1: "header", 4: "blank", 5: "total"}


@pytest.mark.parametrize("heading", ["数量(瓶)", "数量（瓶）", "没收数量【瓶】", "数量/瓶", "入库数量 (瓶)"])
def test_the_heading_names_the_unit_of_measure(xlsx, check, heading):
    found = check(xlsx([["商品名称", heading], ["白酒", 12], ["红酒", "1.2万"]]))

    if heading == "数量/瓶":
        assert {code for _row, _column, code in found.errors} == {"no_measure"}
    else:
        assert said(found) == [("白酒", 12, "瓶"), ("红酒", 12000, "瓶")]


def test_quantity_and_unit_share_a_cell(xlsx, check):
    found = check(
        xlsx([["涉案物品名称", "数量"], ["白酒", "12瓶"], ["烟", "6.902万支"], ["茶叶", "２.５ 公斤"], ["布", "3"]])
    )

    assert said(found) == [("白酒", 12, "瓶"), ("烟", 69020, "支"), ("茶叶", Decimal("2.5"), "公斤")]
    assert found.errors == [(5, "", "no_measure")]


def test_a_header_far_below_the_top_and_columns_not_at_the_left(xlsx, check):
    rows = [[None, None, f"说明第{number}条"] for number in range(1, 26)]
    path = xlsx([*rows, [None, None, "货物名称", "单位", "数量"], [None, None, "白酒", "瓶", 12]])

    found = check(path)

    assert said(found) == [("白酒", 12, "瓶")]
    assert found.rows[0].row == 27
    assert found.fields == [{"C": "name", "D": "measure", "E": "quantity"}]


def test_blank_rows_at_the_top_count_as_the_spreadsheet_counts_them(xlsx, check):
    path = xlsx([[], [], [], [None, "品名", "单位", "数量"], [None, "白酒", "瓶", 0]])

    assert check(path).errors == [(5, "D", "not_positive")]


def test_a_merged_case_number_speaks_for_all_its_rows(xlsx, check):
    path = xlsx(
        [
            ["案号", "当事人", "品名", "单位", "数量"],
            ["思案字[2025]1号", "黄记", "白酒", "瓶", 1],
            [None, None, "红酒", None, 2],
            [None, None, "啤酒", None, 3],
            ["思案字[2025]2号", "林记", "香烟", "条", 4],
            ["同上", "同上", "雪茄", "支", 5],
            [None, "小计", None, None, 15],
        ],
        *("A2:A4", "B2:B4", "D2:D4"),
    )

    found = check(path)

    assert found.errors == []
    assert [(row.case.number, row.case.party, row.measure) for row in found.rows] == [
        ("思案字[2025]1号", "黄记", "瓶"),
        ("思案字[2025]1号", "黄记", "瓶"),
        ("思案字[2025]1号", "黄记", "瓶"),
        ("思案字[2025]2号", "林记", "条"),
        ("思案字[2025]2号", "林记", "支"),
    ]


def test_a_merged_quantity_counts_once(xlsx, check):
    path = xlsx([["品名", "单位", "数量"], ["白酒", "瓶", 12], ["红酒", "瓶", None]], "C2:C3")

    found = check(path)

    assert said(found) == [("白酒", 12, "瓶")]
    assert found.errors == [(3, "C", "no_quantity")]


def test_notes_beside_the_table_are_left_alone(xlsx, check):
    path = xlsx(
        [
            ["品名", "单位", "数量", None, "品名", "核对"],
            ["白酒", "瓶", 12, None, "另存", "已核"],
            [None, None, None, None, "见附页", "张三"],
            ["红酒", "瓶", 3],
        ]
    )

    found = check(path)

    assert found.errors == []
    assert said(found) == [("白酒", 12, "瓶"), ("红酒", 3, "瓶")]
    assert found.skipped[3] == "note"


def test_totals_stand_in_any_column_and_after_each_case(xlsx, check):
    path = xlsx(
        [
            ["序号", "案号", "品名", "单位", "数量", "货值"],
            ["1", "甲1号", "白酒", "瓶", "1", "10"],
            [None, "甲1号", "小计", None, "1", "10"],
            ["2", "甲2号", "会计凭证用纸", "张", "2", "20"],
            [None, "甲2号小计", None, None, "2", "20"],
            ["本页合计", None, None, None, "3", "30"],
            [None, None, "总计：", "——", "——", "30"],
            ["合计：叁件，30元", None, None, None, None, None],
        ]
    )

    found = check(path)

    assert found.errors == []
    assert found.names == ["白酒", "会计凭证用纸"]
    assert [row for row, why in found.skipped.items() if why == "total"] == [3, 5, 6, 7, 8]


def test_a_heading_repeated_on_each_page_is_no_goods(xlsx, check):
    header = ["序号", "标称名称", "规格(型号)", "单位", "数量"]

    found = check(
        xlsx(
            [
                header,
                [1, "白酒", None, "瓶", 1],
                header,
                [2, "红酒", None, "瓶", 2],
                ["当事人（签名）："],
                header,
                [3, "茶", None, "盒", 1],
            ]
        )
    )

    assert found.errors == []
    assert found.names == ["白酒", "红酒", "茶"]
    assert found.skipped == {1: "header", 3: "header", 5: "footer", 6: "header"}


def test_goods_below_a_signature_are_still_goods(xlsx, check):
    path = xlsx(
        [["品名", "单位", "数量"], ["白酒", "瓶", 1], ["经办人（签字）："], ["红酒", "瓶", None], ["茶", "盒", 2]]
    )

    found = check(path)

    assert found.names == ["白酒", "茶"]
    assert found.errors == [(4, "C", "no_quantity")]


def test_a_row_that_mentions_a_handler_is_not_taken_for_a_signature(xlsx, check):
    found = check(
        xlsx([["品名", "单位", "数量", "备注"], ["白酒", "瓶", None, "经办人张三保管"], ["茶", "盒", "", "见证人在场"]])
    )

    assert found.errors == [(2, "C", "no_quantity"), (3, "C", "no_quantity")]


def test_chapters_between_the_rows_are_notes(xlsx, check):
    path = xlsx(
        [["序号", "品名", "单位", "数量"], ["一、酒类"], [1, "白酒", "瓶", 1], ["二、烟草"], [2, "烟", "条", 2]],
        "A2:D2",
    )

    found = check(path)

    assert found.errors == []
    assert found.skipped == {1: "header", 2: "note", 4: "note"}


def test_days_in_mixed_spellings(xlsx, check):
    days = ["2023-03-16", "2023/3/16", "2023.3.16", "2023年3月16日", "20230316", 45001, datetime(2023, 3, 16)]  # noqa: DTZ001

    found = check(xlsx([["品名", "单位", "数量", "入库日期"], *(["白酒", "瓶", 1, day] for day in days)]))

    assert found.errors == []
    assert {row.stored_on for row in found.rows} == {date(2023, 3, 16)}


def test_hidden_sheets_are_read_and_pages_of_text_passed_over(xlsx, check):
    path = xlsx(
        {
            "填表说明": [["请按下列要求填写"], ["一、品名要写全称"]],
            "清单": [["品名", "单位", "数量"], ["白酒", "瓶", 1]],
        }
    )
    book = openpyxl.load_workbook(path)
    book["清单"].sheet_state = "veryHidden"
    book.save(path)

    found = check(path)

    assert found.names == ["白酒"]
    assert found.head["skipped"][0] == {"sheet": "填表说明", "row": 1, "why": "no_table"}


def test_a_sheet_of_goods_whose_heading_nobody_knows_is_an_error(xlsx, check):
    path = xlsx(
        {
            "甲": [["品名", "单位", "数量"], ["白酒", "瓶", 1]],
            "乙": [["甲", "乙", "丙"], ["红酒", "瓶", 2], ["茶", "盒", 3]],
        }
    )

    found = check(path)

    assert found.names == ["白酒"]
    assert [(error["sheet"], error["code"]) for error in found.head["errors"]] == [("乙", "no_header")]


def test_a_person_says_what_the_columns_hold(xlsx, check):
    path = xlsx([["甲", "乙", "丙", "丁"], ["红酒", "瓶", 2, "A-1"], ["茶", "盒", 3, "A-2"]])
    assert check(path).errors == [(1, "", "no_header")]

    found = check(path, 清单={"A": "name", "B": "measure", "C": "quantity", "D": "location"})

    assert found.errors == []
    assert [(row.name, row.quantity, row.location) for row in found.rows] == [("红酒", 2, "A-1"), ("茶", 3, "A-2")]
    assert found.skipped == {1: "header"}


def test_a_person_may_correct_what_was_recognised(xlsx, check):
    path = xlsx([["品名", "商品名称", "单位", "数量", "库存"], ["酒", "白酒", "瓶", 12, 10]])

    found = check(path, 清单={"A": "", "B": "name", "E": "quantity"})

    assert said(found) == [("白酒", 10, "瓶")]
    assert found.fields == [{"B": "name", "C": "measure", "E": "quantity"}]


def test_headings_that_the_unit_explained_before_are_recognised(xlsx, check):
    path = xlsx([["鹭江市局物资表"], ["东西", "多少", "量词 ", "放哪儿", "品名"], ["红酒", 2, "瓶", "A-1", "甲"]])
    taught = {"东西": "name", "多少": "quantity", "放哪儿": "location", "品名": ""}

    found = check(path, taught)

    assert found.errors == []
    assert [(row.name, row.quantity, row.measure, row.location) for row in found.rows] == [("红酒", 2, "瓶", "A-1")]
    assert check(path, taught, 清单={"A": "remark", "E": "name"}).names == ["甲"]


def test_columns_nobody_knows_are_shown_with_samples(xlsx, check):
    found = check(
        xlsx([["品名", "单位", "数量", "货架颜色"], *(["酒", "瓶", 1, color] for color in ("红", "绿", "蓝", "黑"))])
    )

    assert found.head["tables"][0]["columns"][3] == {
        "column": "D",
        "heading": "货架颜色",
        "samples": ["红", "绿", "蓝"],
    }
    assert "D" not in found.fields[0]


ODS = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 office:version="1.2"><office:body><office:spreadsheet><table:table table:name="清单">%s
</table:table></office:spreadsheet></office:body></office:document-content>"""


def ods(path, rows):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("content.xml", ODS % rows)
        package.writestr("META-INF/manifest.xml", "<manifest/>")
    return path


def text(value, more=""):
    return f'<table:table-cell office:value-type="string" {more}><text:p>{value}</text:p></table:table-cell>'


def number(value, more=""):
    more += f' office:value-type="float" office:value="{value}"'
    return f"<table:table-cell {more}><text:p>{value}</text:p></table:table-cell>"


def row(*cells, more=""):
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


def test_an_open_document_with_merges_repeats_and_a_formula(tmp_path, check):
    covered = "<table:covered-table-cell/>"
    path = ods(
        tmp_path / "list.ods",
        row(text("罚没物品清单", 'table:number-columns-spanned="4"'), covered * 3)
        + row(text("案号"), text("品名"), text("单位"), text("数量"))
        + row(text("甲1号", 'table:number-rows-spanned="2"'), text("白酒"), text("瓶"), number(12))
        + row(covered, text("红酒"), text("瓶"), number("2"))
        + row('<table:table-cell table:number-columns-repeated="1024"/>', more='table:number-rows-repeated="3"')
        + row(text("甲2号"), text("茶"), text("盒"), number(8, 'table:formula="of:=[.D3]-4"'))
        + row(text("合计"), text(""), text(""), number(22, 'table:formula="of:=SUM([.D3:.D8])"'))
        + row('<table:table-cell table:number-columns-repeated="16384"/>', more='table:number-rows-repeated="1048000"'),
    )

    found = check(path)

    assert said(found) == [("白酒", 12, "瓶"), ("红酒", 2, "瓶")]
    assert [entry.case.number for entry in found.rows] == ["甲1号", "甲1号"]
    assert found.errors == [(8, "D", "formula")]
    assert found.head["errors"][0]["value"] == "=[.D3]-4"
    assert found.skipped[9] == "total"
