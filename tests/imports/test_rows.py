from datetime import date
from decimal import Decimal

import pytest

from ledger.goods.classes import EnvClass
from ledger.imports.read import read_rows, write_staging


def test_a_row_holds_all_that_a_store_ledger_tells(one):
    found = one(
        *("茅台酒", "瓶", 2),
        **{
            "品牌": "茅台",
            "规格型号": "500ml",
            "生产批号": 12345.0,
            "生产厂家": "某厂",
            "单价（元）": 1499,
            "货值金额（元）": "2,998.00",
            "物品类别": "酒类",
            "废物类别": "一般固废",
            "存放地点": "A-1",
            "封条编号": "封1",
            "保管人员": "李某",
            "备注": "瓶身破损",
            "入库日期": "2025-1-2",
            "立案号": "思案字〔2025〕1号",
            "行政处罚决定书文号": "思处罚〔2025〕1号",
            "送达时间": "2025.3.1",
            "被处罚人": "黄记",
            "案由": "售假",
        },
    )

    (row,) = found.rows
    assert (row.brand, row.spec, row.lot, row.producer) == ("茅台", "500ml", "12345", "某厂")
    assert (row.unit_price, row.value, row.category, row.env_class) == (149900, 299800, "酒类", EnvClass.GENERAL)
    assert (row.location, row.seal, row.keeper, row.remark) == ("A-1", "封1", "李某", "瓶身破损")
    assert (row.stored_on, row.cause, row.case.decision) == (date(2025, 1, 2), "售假", "思处罚〔2025〕1号")
    assert (row.case.served_on, row.case.party, row.case.number) == (date(2025, 3, 1), "黄记", "思案字〔2025〕1号")


@pytest.mark.parametrize(("length", "errors"), [(200, []), (201, [(2, "A", "too_long")])])
def test_a_name_has_a_greatest_length(one, length, errors):
    assert one("酒" * length, "瓶", 1).errors == errors


@pytest.mark.parametrize("text", ["=1+1", " =A1", "＝1", "=HYPERLINK(1)"])
def test_a_text_that_looks_like_a_formula_is_one(csv, check, text):
    assert check(csv(f"品名,单位,数量,备注\n酒,瓶,1,{text}\n")).errors == [(2, "D", "formula")]


def test_a_formula_in_a_column_that_is_not_taken_does_not_matter(xlsx, check):
    found = check(xlsx([["序号", "品名", "单位", "数量", "复核"], ["=ROW()-1", "酒", "瓶", 1, "=D2*2"]]))

    assert (found.errors, found.names) == ([], ["酒"])


def test_all_that_is_wrong_with_a_row_is_told(one):
    found = one("", "坨坨", "约3", 入库日期="2099-1-1", 单价="不详")

    assert found.errors == [
        (2, "A", "no_name"),
        (2, "B", "unknown_measure"),
        (2, "C", "approximate"),
        (2, "D", "day_ahead"),
        (2, "E", "not_money"),
    ]


def test_value_and_price_need_not_agree(one):
    assert one("酒", "瓶", 2, 单价=10, 货值=19.99).errors == []


def test_money_may_be_given_in_ten_thousands(one):
    (row,) = one("酒", "瓶", 2, **{"货值（万元）": 1.25, "单价(元)": 6250}).rows

    assert (row.value, row.unit_price) == (1_250_000, 625_000)


CASES = [
    ["案号", "当事人", "决定书文号", "送达日期", "品名", "单位", "数量"],
    ["甲〔2025〕1号", "黄记", "处1号", "2025-1-1", "酒", "瓶", 1],
]


@pytest.mark.parametrize(
    ("second", "errors"),
    [
        (["甲[2025]1号", "黄记", "处1号", "2025年1月1日"], []),
        (["甲【２０２５】1号", "黄记", "处 1号", "2025/1/1"], []),
        (["甲(2025)1号", None, None, None], []),
        (["甲(2025)1号", "林记", "处1号", "2025-1-1"], [(3, "B", "contradiction")]),
        (["甲(2025)1号", "黄记", "处2号", "2025-1-2"], [(3, "C", "contradiction"), (3, "D", "contradiction")]),
        (["甲(2025)2号", "林记", "处2号", "2025-1-2"], []),
        ([None, "黄记", None, None], [(3, "A", "no_case")]),
    ],
)
def test_rows_of_one_case_agree(xlsx, check, second, errors):
    found = check(xlsx([*CASES, [*second, "烟", "条", 1]]))

    assert found.errors == errors
    if errors and errors[0][2] == "contradiction":
        facts = found.head["errors"][0]["facts"]
        assert (facts["row"], bool(facts["other"])) == ("2", True)


def test_what_any_row_tells_of_a_case_holds_for_all(xlsx, check):
    path = xlsx(
        [CASES[0], ["甲1号", None, None, None, "酒", "瓶", 1], ["甲1号", "黄记", "处1号", "2025-1-1", "烟", "条", 1]]
    )

    rows = check(path).rows

    assert [row.case.party for row in rows] == ["黄记", "黄记"]
    assert check(path).head["cases"][0]["decision"] == "处1号"


def test_equal_rows_are_told_apart_by_their_order(xlsx, check):
    rows = [["品名", "单位", "数量"], ["酒", "瓶", 1], ["酒", "瓶", 1], ["茶", "盒", 1]]
    first, second, _tea = check(xlsx(rows)).rows

    assert first.fingerprint != second.fingerprint
    assert [row.fingerprint for row in check(xlsx(rows[:2])).rows] == [first.fingerprint]


def test_a_row_is_known_in_another_spelling_and_at_another_place(xlsx, check):
    one = check(xlsx([["品名", "单位", "数量", "规格"], ["白酒", "瓶", 1200, "500ML(a)"]]))
    other = check(xlsx([["标题"], ["规格", "数量", "物品名称", "单位"], ["５００ml（A）", "1,200", " 白酒 ", "瓶"]]))

    assert one.rows[0].fingerprint == other.rows[0].fingerprint


@pytest.mark.parametrize(
    "changed", [("红酒", "瓶", 1, ""), ("白酒", "箱", 1, ""), ("白酒", "瓶", 2, ""), ("白酒", "瓶", 1, "封2")]
)
def test_another_fact_makes_another_row(one, changed):
    *cells, seal = changed

    assert one(*cells, 封条号=seal).rows[0].fingerprint != one("白酒", "瓶", 1, 封条号="").rows[0].fingerprint


def test_rows_survive_their_staging(sample, tmp_path):
    rows = sample("store-ledger-18-units.xlsx").rows
    write_staging(tmp_path / "staged", {"rows": len(rows)}, rows)

    assert list(read_rows(tmp_path / "staged")) == rows
    assert list(read_rows(tmp_path / "staged", start=400)) == rows[400:]
    assert isinstance(next(read_rows(tmp_path / "staged")).quantity, Decimal)
