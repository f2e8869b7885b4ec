from io import BytesIO
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as some
from xlsxwriter import Workbook

from ledger.text import case_key, clean, fold, for_workbook

SPELLINGS = [
    "思案字〔2025〕0149号",
    "思案字[2025]0149号",
    "思案字【2025】0149号",
    "思案字（2025）0149号",
    "思案字(２０２５)0149号",
]


@pytest.mark.parametrize(
    "number", [*SPELLINGS, "思案字﹝2025﹞0149号", " 思案字 〔2025〕 0149 号", "思案字［2025］0149号"]
)
def test_a_case_number_is_one_in_any_spelling_of_its_brackets(number):
    assert case_key(number) == case_key(SPELLINGS[0])


@pytest.mark.parametrize("number", ["思案字〔2025〕149号", "思案字〔2025〕0149", "湖案字〔2025〕0149号"])
def test_another_number_is_another_case(number):
    assert case_key(number) != case_key(SPELLINGS[0])


def test_dashes_of_a_case_number_make_no_difference():
    assert len({case_key(f"闽01{dash}2025{dash}7") for dash in "-–—－―"}) == 1


def test_rare_characters_stay_as_they_are():
    assert clean("䶮𬭚堃 ５０ml㎏") == "䶮𬭚堃 ５０ml㎏"


@given(some.text())
def test_cleaning_twice_changes_nothing_more(text):
    assert clean(clean(text)) == clean(text)
    assert all(sign.isprintable() for sign in clean(text))


@given(some.text(some.characters(categories=("L", "N", "P", "Z"))))
def test_folding_twice_changes_nothing_more(text):
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize("options", [{}, {"constant_memory": True}])
@pytest.mark.parametrize("end", ["</r>", "</r>\n", ""])
def test_no_text_becomes_markup_in_a_workbook(options, end):
    text, target = f'<r></r></is></c><c r="B1"><f>1+1</f></c><c><is><r>{end}', BytesIO()
    with Workbook(target, options) as book:
        book.add_worksheet().write_string(0, 0, for_workbook(text))

    with ZipFile(target) as package:
        assert not [name for name in package.namelist() if b"<f>" in package.read(name)]
