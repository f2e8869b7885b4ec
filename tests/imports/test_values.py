from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ledger.goods.classes import EnvClass
from ledger.goods.measures import find_measure
from ledger.imports import values
from ledger.imports.values import MESSAGES, BadCell

TODAY = date(2026, 11, 24)
BOTTLE, TONNE, CARTON, SCORE = (find_measure(name) for name in ("瓶", "吨", "箱", "万支"))


@pytest.mark.parametrize(
    ("cell", "measure", "quantity"),
    [
        (12, BOTTLE, "12"),
        (12.0, BOTTLE, "12"),
        ("12", BOTTLE, "12"),
        (" 12 ", BOTTLE, "12"),
        ("１２", BOTTLE, "12"),
        ("1,200", BOTTLE, "1200"),
        ("1，200", BOTTLE, "1200"),
        ("1,234,567", BOTTLE, "1234567"),
        ("1.2万", BOTTLE, "12000"),
        ("３千", BOTTLE, "3000"),
        ("12瓶", BOTTLE, "12"),
        ("12.00", BOTTLE, "12"),
        (0.1 + 0.2, TONNE, "0.3"),
        ("0.348", TONNE, "0.348"),
        (2.5, CARTON, "2.5"),
        (6.902, SCORE, "6.902"),
        ("1.2万支", find_measure("支"), "12000"),
        (999_999_999_999, BOTTLE, "999999999999"),
    ],
)
def test_a_quantity_is_read_as_people_write_it(cell, measure, quantity):
    assert values.quantity(cell, measure) == Decimal(quantity)


@pytest.mark.parametrize(
    ("cell", "measure", "code"),
    [
        ("", BOTTLE, "no_quantity"),
        (None, BOTTLE, "no_quantity"),
        (0, BOTTLE, "not_positive"),
        (-3, BOTTLE, "not_positive"),
        ("-3", BOTTLE, "not_positive"),
        ("−3", BOTTLE, "not_positive"),
        (1e15, BOTTLE, "too_large"),
        (10**12, BOTTLE, "too_large"),
        ("9亿亿", BOTTLE, "not_a_number"),
        (0.0001, TONNE, "too_fine"),
        (2.5, BOTTLE, "not_whole"),
        (0.00005, SCORE, "too_fine"),
        ("一批", BOTTLE, "not_a_number"),
        ("若干", BOTTLE, "not_a_number"),
        ("nan", BOTTLE, "not_a_number"),
        ("inf", BOTTLE, "not_a_number"),
        ("1e5", BOTTLE, "not_a_number"),
        ("0x10", BOTTLE, "not_a_number"),
        ("1,20", BOTTLE, "not_a_number"),
        ("3+2", BOTTLE, "not_a_number"),
        ("12箱", BOTTLE, "not_a_number"),
        (float("nan"), BOTTLE, "not_a_number"),
        (float("inf"), BOTTLE, "not_a_number"),
        ("约30", BOTTLE, "approximate"),
        ("30余", BOTTLE, "approximate"),
        ("30多", BOTTLE, "approximate"),
        ("近30", BOTTLE, "approximate"),
        ("30左右", BOTTLE, "approximate"),
        ("10~20", BOTTLE, "approximate"),
    ],
)
def test_what_leaves_the_quantity_open_is_refused(cell, measure, code):
    with pytest.raises(BadCell) as bad:
        values.quantity(cell, measure)

    assert bad.value.code == code
    assert MESSAGES[code] % {**bad.value.facts, "value": "x"}


@given(some.integers(1, 10**12 - 1))
def test_every_whole_number_survives_its_spellings(number):
    for spelling in (number, float(number), str(number), f"{number:,}", f" {number}.000 "):
        assert values.quantity(spelling, BOTTLE) == number


@given(some.decimals(Decimal("0.001"), 10**8, places=3))
def test_three_decimals_survive_a_spreadsheet(number):
    assert values.quantity(float(number), TONNE) == number


def reason_against(cell):
    try:
        quantity = values.quantity(cell, BOTTLE)
    except BadCell as bad:
        return bad.code
    return None if 0 < quantity < values.LARGEST and quantity % 1 == 0 else "wrong"


@given(some.text() | some.floats() | some.integers())
def test_any_cell_is_a_quantity_or_a_reason(cell):
    assert reason_against(cell) in {None, *MESSAGES}


@pytest.mark.parametrize(
    "cell",
    [
        "2023-03-16",
        "2023/3/16",
        "2023.3.16",
        "2023年3月16日",
        "2023 年 3 月 16 日",
        "２０２３年３月１６日",
        "20230316",
        20230316,
        "2023-03-16 08:30:00",
        datetime(2023, 3, 16, 8, 30),  # noqa: DTZ001 - a spreadsheet knows no zone
        date(2023, 3, 16),
        45001,
        45001.5,
    ],
)
def test_a_day_is_read_in_all_its_spellings(cell):
    assert values.day(cell, today=TODAY) == date(2023, 3, 16)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("23-3-16", "not_a_day"),
        ("2023-02-30", "not_a_day"),
        ("2023-13-01", "not_a_day"),
        ("2023年3月", "not_a_day"),
        ("昨天", "not_a_day"),
        (17, "not_a_day"),
        ("2026-11-25", "day_ahead"),
        ("1989-12-31", "day_too_old"),
    ],
)
def test_what_is_no_day_is_refused(cell, code):
    with pytest.raises(BadCell) as bad:
        values.day(cell, today=TODAY)

    assert bad.value.code == code


@given(some.dates(values.EARLIEST, TODAY))
def test_every_day_survives_its_spellings(day):
    serial = (day - date(1899, 12, 30)).days
    for cell in (day.isoformat(), f"{day.year}/{day.month}/{day.day}", f"{day:%Y%m%d}", serial, day):
        assert values.day(cell, today=TODAY) == day


@pytest.mark.parametrize(
    ("cell", "fen"),
    [
        ("", None),
        ("—", None),
        (35.95, 3595),
        ("¥1,200.50", 120050),
        ("１２元", 1200),
        ("1.2万", 1200000),
        (0, 0),
        (0.1 + 0.2, 30),
    ],
)
def test_money_is_exact_in_fen(cell, fen):
    assert values.money(cell) == fen


@pytest.mark.parametrize("cell", ["-1", "约100", "一千", "12.5.3", float("nan")])
def test_what_is_no_money_is_refused(cell):
    with pytest.raises(BadCell, match=r"not_money|not_a_number"):
        values.money(cell)


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("一般固体废物", EnvClass.GENERAL),
        ("一般", EnvClass.GENERAL),
        ("危废", EnvClass.HAZARDOUS),
        ("电子废物", EnvClass.ELECTRONIC),
        ("", None),
    ],
)
def test_an_environmental_class_has_several_names(cell, kind):
    assert values.env_class(cell) is kind


def test_another_class_is_refused():
    with pytest.raises(BadCell, match="unknown_class"):
        values.env_class("可回收物")


@pytest.mark.parametrize(
    ("cell", "text"),
    [(123.0, "123"), (6901234567890.0, "6901234567890"), ("00295716", "00295716"), (1.5, "1.5"), (0.1 + 0.2, "0.3")],
)
def test_numbers_in_text_columns_look_as_they_did(cell, text):
    assert values.as_text(cell) == text


def test_control_characters_do_not_come_in():
    assert values.as_text("酒\x07\u202e\n  瓶\x00") == "酒 瓶"
