import pytest
from hypothesis import given
from hypothesis import strategies as some

from ledger.imports.cells import column_letters, column_number
from ledger.imports.columns import _SYNONYMS, FIELD_NAMES, Field, recognise
from ledger.text import fold

WORDS = [(word, kind) for kind, words in _SYNONYMS.items() for word in words.split()]


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("品名", Field.NAME),
        ("标称名称/场所", Field.NAME),
        ("*物品名称", Field.NAME),
        (" 品　名 ", Field.NAME),
        ("商品\n名称", Field.NAME),
        ("品名（必填）", Field.NAME),
        ("规格(型号)/场所地址", Field.SPEC),
        ("规格〔型号〕", Field.SPEC),
        ("计量单位：", Field.MEASURE),
        ("数　量", Field.QUANTITY),
        ("没收数量", Field.QUANTITY),
        ("生产批号", Field.LOT),
        ("单价（元）", Field.UNIT_PRICE),
        ("货值金额(万元)", Field.VALUE),
        ("商标", Field.BRAND),
        ("存放位置", Field.LOCATION),
        ("案件编号", Field.CASE),
        ("立案号", Field.CASE),
        ("行政处罚决定书文号", Field.DECISION),
        ("处罚文书号", Field.DECISION),
        ("被处罚人", Field.PARTY),
        ("扣押日期", Field.STORED_ON),
        ("序号", Field.NUMBER),
        ("QUANTITY", Field.QUANTITY),
    ],
)
def test_a_heading_is_recognised_in_its_spellings(heading, kind):
    match = recognise(heading)

    assert match is not None
    assert match[0] is kind


@pytest.mark.parametrize("heading", ["", "颜色", "联系电话", "2025年", "酒"])
def test_other_headings_are_left_to_a_person(heading):
    assert recognise(heading) is None


@pytest.mark.parametrize(("word", "kind"), WORDS)
def test_every_synonym_is_found_as_it_stands_in_the_table(word, kind):
    assert recognise(word)[0] is kind
    assert fold(word).replace("-", "") == word


def test_no_synonym_means_two_fields():
    assert len({word for word, _kind in WORDS}) == len(WORDS)


def test_every_field_has_a_name_for_people():
    assert set(FIELD_NAMES) == set(Field)


@pytest.mark.parametrize(
    ("number", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16383, "XFD")]
)
def test_columns_have_letters(number, letters):
    assert column_letters(number) == letters


@given(some.integers(0, 20_000))
def test_letters_and_numbers_of_columns_agree(number):
    assert column_number(column_letters(number)) == number
