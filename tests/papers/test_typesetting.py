import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.papers.fonts import Face
from ledger.papers.typesetting import Type, fit, fit_figure, squeezed, width, wrap

SMALL = Type(Face.SERIF, 9)
GOODS = st.text(st.sampled_from("假冒白酒，、。（）“”〔2027〕ABC 500mL/瓶"), min_size=1, max_size=60)


@given(text=GOODS, room=st.integers(20, 80))
def test_wrapping_keeps_every_sign_and_stays_in_its_room(text, room):
    lines = wrap(text, SMALL, room)

    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(width(line, SMALL) <= room + 1e-6 for line in lines)


@given(text=st.lists(st.sampled_from(["假冒", "白酒", "药品", "，", "。", "、"]), min_size=4, max_size=40).map("".join))
def test_no_line_begins_with_a_mark_that_closes(text):
    for line in wrap(f"甲{text}", SMALL, 60)[1:]:
        assert line[0] not in "，。、" or len(line) > 18, "only a line of marks alone may"


def test_no_line_ends_with_a_mark_that_opens():
    assert wrap("盖被、垫被、电动车手套（儿童）", SMALL, 36) == ["盖被、垫被、电动车手套", "（儿童）"]


def test_runs_of_latin_and_digits_are_not_broken():
    assert wrap("规格型号 YSP35.5 液化石油气", SMALL, 24) == ["规格型号", "YSP35.5 液化石", "油气"]


def test_a_run_wider_than_its_room_is_broken_rather_than_cut():
    lines = wrap("ABCDEFGHIJKLMNOPQRSTUVWXYZ", SMALL, 20)

    assert "".join(lines) == "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    assert len(lines) > 1


def test_a_figure_is_not_parted_from_its_unit():
    assert all(
        "\u00a0" not in (line[0], line[-1]) for line in wrap("1,234\u00a0瓶、5,678\u00a0个（卷）、9\u00a0吨", SMALL, 20)
    )


def test_a_text_is_squeezed_a_little_where_that_saves_a_line():
    room = 35.5
    text = "质量抽检不合格服装日用品"

    assert len(wrap(text, SMALL, room)) == 2
    assert fit(text, SMALL, room) == ((text,), 9, 0.92)


@pytest.mark.parametrize(("text", "lines"), [("1,000,000", 1), ("12,345,678.125", 1), ("ZD-0012-2027-00012", 2)])
def test_figures_keep_to_one_line_until_they_could_not_be_read(text, lines):
    fitted = fit_figure(text, SMALL, 18)

    assert len(fitted.lines) == lines
    assert fitted.size >= 8
    assert fitted.squeeze >= 0.8


def test_a_heading_is_squeezed_as_far_as_it_takes():
    fitted = squeezed("长" * 100, SMALL, 50)

    assert width(fitted.lines[0], Type(SMALL.face, fitted.size)) * fitted.squeeze == pytest.approx(50)
