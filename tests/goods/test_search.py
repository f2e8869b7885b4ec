import pytest
from factories import make_case, make_item
from hypothesis import given
from hypothesis import strategies as st

from ledger.goods.filters import Filter
from ledger.goods.queries import count_lines
from ledger.goods.search import grams
from ledger.text import fold

NAMES = ["假冒白酒一箱", "白云边酒", "酒白", "䶮𬭚堃牌茶叶", "a-b（c）", "100%纯棉_口罩"]


@pytest.fixture
def lines(session, cast):
    case = make_case(session, cast)
    return [make_item(session, cast, case=case, name=name) for name in NAMES]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("白酒", 1),  # in this order, side by side: neither 白云边酒 nor 酒白
        ("酒", 3),
        ("白 酒", 3),
        ("䶮𬭚", 1),
        ("𬭚堃", 1),
        ("A-B", 1),
        ("a-b(c)", 1),
        ("100%", 1),
        ("%", 1),
        ("_口", 1),
        ("啤酒", 0),
        ("", 6),
        ("   ", 6),
    ],
)
def test_lines_are_found_by_what_stands_in_them_and_nothing_else(session, lines, query, found):
    assert count_lines(session, Filter(unit_ids=None, query=query)) == found


@given(st.text(st.sampled_from("白酒烟茶()-%_ 'aB1"), min_size=1, max_size=6))
def test_the_index_never_hides_what_the_texts_hold(session, lines, query):
    words = fold(query).split()
    expected = sum(all(word in item.search_text for word in words) for item in lines)

    assert count_lines(session, Filter(unit_ids=None, query=query)) == expected


def test_pairs_do_not_reach_over_the_end_of_a_text():
    assert grams("白酒\n茶叶") == [pair.encode("utf-16-be").hex() for pair in ("白酒", "茶叶")]
