import pytest

from ledger.papers import figures


@pytest.mark.parametrize(
    ("text", "written"),
    [("12731", "12,731"), ("0.0160", "0.016"), ("1.000", "1"), ("0", "0"), ("12731.125", "12,731.125"), ("-3", "-3")],
)
def test_quantities(text, written):
    assert figures.number(text) == written


def test_weights_and_amounts():
    assert figures.weight("45701.5") == "45,701.5"
    assert figures.money("4665008.2") == "4,665,008.20"
    assert figures.money("") == figures.weight("") == "—"


def test_differences_have_their_sign():
    assert [figures.difference(*pair) for pair in (("2", "5"), ("5", "2.5"), ("5", "5.0"))] == ["-3", "+2.5", "0"]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("0", "零元整"),
        ("0.05", "伍分"),
        ("0.50", "伍角整"),
        ("10", "壹拾元整"),
        ("105", "壹佰零伍元整"),
        ("1000.05", "壹仟元零伍分"),
        ("10010", "壹万零壹拾元整"),
        ("100001", "壹拾万零壹元整"),
        ("20300000", "贰仟零叁拾万元整"),
        ("100000001", "壹亿零壹元整"),
        ("4665008.25", "肆佰陆拾陆万伍仟零捌元贰角伍分"),
        ("123456789012.34", "壹仟贰佰叁拾肆亿伍仟陆佰柒拾捌万玖仟零壹拾贰元叁角肆分"),
    ],
)
def test_amounts_in_capitals(text, written):
    assert figures.capitals(text) == f"人民币{written}"


def test_times_are_those_of_beijing():
    assert figures.moment("2027-03-15T01:18:30+00:00") == "2027年3月15日 09:18"
    assert figures.moment("2027-03-15T09:18:30+08:00", with_seconds=True) == "2027年3月15日 09:18:30"
    assert figures.day("2027-03-15") == figures.day("2027-03-14T16:30:00+00:00") == "2027年3月15日"
    assert figures.clock_of_day("2027-03-15T09:18:00+08:00") == "15日 09:18"
    assert figures.moment("") == figures.clock("") == "—"


def test_a_span_names_its_day_once():
    start = "2027-03-15T09:18:00+08:00"

    assert figures.span(start, "2027-03-15T13:27:00+08:00") == "2027年3月15日 09:18 至 13:27"
    assert figures.span(start, "2027-03-16T13:27:00+08:00") == "2027年3月15日 09:18 至 2027年3月16日 13:27"


@pytest.mark.parametrize(
    ("names", "written"),
    [
        ([], "—"),
        (["ZD-02"], "ZD-02"),
        (["ZD-02", "ZD-03", "ZD-04"], "ZD-02～04"),
        (["ZD-09", "ZD-10"], "ZD-09～10"),
        (["ZD-02", "ZD-04"], "ZD-02\u00a0等\u00a02\u00a0批"),
        (["ZD-02", "HC-03"], "ZD-02\u00a0等\u00a02\u00a0批"),
    ],
)
def test_batches_that_follow_each_other_are_a_range(names, written):
    assert figures.numbers(names) == written


def test_numbers_of_documents_that_follow_each_other_are_a_range():
    numbers = [f"鹭市监销审〔2027〕{number}号" for number in (1, 2, 3, 7)]

    assert figures.document_numbers(numbers) == "鹭市监销审〔2027〕1号至3号；鹭市监销审〔2027〕7号"


def test_runs():
    assert [figures.runs(numbers) for numbers in ([], [3], [1, 2, 3], [1, 3])] == ["—", "3", "1～3", "1、3"]


def test_digests_are_read_in_groups():
    assert figures.digest("926897b561") == "9268 97b5 61"
    assert figures.short_digest("926897b56165a509") == "9268 97b5 6165"
