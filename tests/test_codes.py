import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_97_10

from ledger.codes import ALPHABET, LENGTH, RANDOM_SIGNS, BadCode, new_code, next_generation, read_code, shown

CODES = st.builds(new_code, st.integers(0, 15))


@given(CODES)
def test_a_code_is_read_back_however_it_is_written(code):
    for text in (
        code,
        shown(code),
        shown(code).lower(),
        f" {code[:4]} {code[4:]} ",
        f"HTTPS://LEDGER.EXAMPLE/Q/{code}",
    ):
        assert read_code(text) == code


def test_mistaken_signs_and_full_width_are_read_as_meant():
    code = next(code for code in iter(new_code, None) if "0" in code and "1" in code)
    full_width = "".join(chr(ord(sign) + 0xFEE0) for sign in code)

    assert read_code(code.replace("0", "O").replace("1", "l")) == code
    assert read_code(full_width) == code


def is_of_its_kind(one, other):
    """Whether both are digits or both letters: between the two kinds the standard lets one mistake in 200 pass."""
    return one.isdigit() == other.isdigit()


@given(CODES, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_one_wrong_sign_is_noticed(code, at, sign):
    if sign != code[at] and is_of_its_kind(sign, code[at]):
        with pytest.raises(BadCode):
            read_code(code[:at] + sign + code[at + 1 :])


@given(CODES, st.integers(0, LENGTH - 2))
def test_two_signs_in_wrong_order_are_noticed(code, at):
    one, other = code[at], code[at + 1]
    if one != other and is_of_its_kind(one, other):
        with pytest.raises(BadCode):
            read_code(code[:at] + other + one + code[at + 2 :])


def test_the_check_digits_are_those_of_the_standard():
    assert all(mod_97_10.is_valid(new_code(generation)) for generation in range(16))


def test_a_reprint_has_the_same_random_signs_and_the_next_generation():
    code = new_code()
    reprint = next_generation(code)

    assert reprint[:RANDOM_SIGNS] == code[:RANDOM_SIGNS]
    assert (code[RANDOM_SIGNS], reprint[RANDOM_SIGNS]) == ("0", "1")
    assert read_code(reprint) == reprint


def test_generations_end():
    with pytest.raises(ValueError, match="the last of its labels"):
        next_generation(new_code(15))


def test_a_foreign_code_is_named():
    with pytest.raises(BadCode, match="6901234567892"):
        read_code("6901234567892")
