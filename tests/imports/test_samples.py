from collections import Counter
from decimal import Decimal

import pytest

from ledger.goods.classes import EnvClass


def test_the_form_of_the_handbook_gives_its_seventeen_lines(sample):
    found = sample("goods-list-form24.xlsx")

    assert (len(found.rows), found.errors) == (17, [])
    assert found.rows[0].row == 5
    assert found.rows[8].remark == "3M"
    assert Counter(found.skipped.values()) == {"title": 3, "header": 1, "blank": 3, "footer": 6}


def test_a_csv_of_old_encoding_keeps_rare_characters(sample):
    found = sample("goods-list-gbk.csv")

    assert (len(found.rows), found.errors) == (25, [])
    assert found.rows[2].remark == "生僻字:䶮𬭚堃"
    assert found.rows[-1].quantity == Decimal(2326)


def test_every_error_of_a_list_is_told_at_once(sample):
    found = sample("goods-list-with-errors.xlsx")

    assert found.errors == [
        (2, "E", "not_positive"),
        (3, "B", "no_name"),
        (4, "E", "not_a_number"),
        (5, "D", "no_measure"),
        (6, "E", "approximate"),
        (8, "E", "too_large"),
        (9, "B", "formula"),
        (10, "B", "too_long"),
        (11, "E", "not_positive"),
    ]
    assert [(row.row, row.quantity, row.measure) for row in found.rows] == [
        (7, Decimal(1200), "条"),
        (12, Decimal("2.5"), "件"),
    ]
    assert next(error["value"] for error in found.head["errors"] if error["row"] == 9) == '=HYPERLINK("http://x","y")'


def test_a_store_ledger_of_many_units_is_read_whole(sample):
    found = sample("store-ledger-18-units.xlsx")

    assert (len(found.rows), found.errors) == (420, [])
    assert len({row.sheet for row in found.rows}) == 17
    assert Counter(found.head["skipped"][at]["why"] for at in range(len(found.head["skipped"]))) == {
        "title": 17,
        "header": 17,
        "total": 17,
    }
    assert all(row.stored_on and row.case and row.case.served_on and row.location for row in found.rows)
    assert "00295716" in {row.lot for row in found.rows}
    assert {row.env_class for row in found.rows} == set(EnvClass)


def test_five_spellings_of_a_day_are_one_day(sample):
    rows = sample("store-ledger-18-units.xlsx").rows
    case = [row for row in rows if row.case.number == "湖案字[2023]0129号"]

    assert {str(row.stored_on) for row in case} == {"2023-05-13"}
    assert len({row.case for row in case}) == 1


def test_lines_of_one_case_may_differ_in_their_cause(sample):
    rows = sample("store-ledger-18-units.xlsx").rows
    case = [row for row in rows if row.case.number == "湖案字[2023]0129号"]

    assert len({row.cause for row in case}) > 1
    assert {row.case.cause for row in case} == {case[0].cause}


def test_five_thousand_lines_are_read_whole(sample):
    found = sample("store-ledger-5000-lines.xlsx")

    assert (len(found.rows), found.errors) == (5000, [])
    assert len({row.fingerprint for row in found.rows}) == 5000


@pytest.mark.parametrize("name", ["goods-list-form24.xlsx", "store-ledger-18-units.xlsx"])
def test_a_list_that_comes_again_has_the_same_marks(sample, name):
    assert [row.fingerprint for row in sample(name).rows] == [row.fingerprint for row in sample(name).rows]
