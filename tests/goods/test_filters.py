from datetime import date
from decimal import Decimal

import pytest
from factories import NOON, make_case, make_item
from sqlalchemy import select

from ledger.duties import Part
from ledger.goods import filters, locations, queries
from ledger.goods.classes import EnvClass
from ledger.goods.filters import Filter, Order
from ledger.goods.models import Place
from ledger.goods.rules import Account, Act, PlaceKind
from ledger.goods.service import Move, Spot, move, place
from ledger.journal.service import writing

TODAY = NOON.date()


def page(session, wanted, **cursor):
    return queries.page_of_lines(session, filters.lines_of(session, wanted), **cursor)


def names(session, cast, **wanted):
    """What a list shows, from the top."""
    units = wanted.pop("units", [cast.bureau.id, cast.district.id])
    return [item.name for item in page(session, Filter(unit_ids=units, **wanted)).items]


@pytest.fixture(params=[0, 20_000], ids=["walked", "looked up"])
def goods(session, cast, monkeypatch, request):
    """Four lines; found by walking, as among millions, or by looking the smallest set up."""
    monkeypatch.setattr(filters, "FEW", request.param)
    own, other = make_case(session, cast), make_case(session, cast, unit=cast.district, number="区1")
    make_item(session, cast, case=own, name="白酒", category="酒类", at_location="A-01-1")
    make_item(session, cast, case=own, name="农药", env_class=EnvClass.HAZARDOUS, at_location="A-01-2")
    make_item(session, cast, case=other, name="药酒", category="酒类", at_location="B-01")
    spread = make_item(session, cast, case=own, name="红酒", category="酒类", at_location="A-02")
    with writing(session):
        source = Spot(Account.STORED, session.scalars(select(Place.id).filter_by(name="A-02")).one())
        target = Spot(Account.STORED, place(session, cast.bureau, PlaceKind.LOCATION, "C").id)
        moves = [Move(spread.id, Decimal(4), source, target)]
        move(
            session,
            moves,
            act=Act.RELOCATE,
            people={Part.CUSTODIAN: cast.zhao},
            by=cast.zhao,
            at=NOON,
            unit=cast.bureau,
        )


def test_each_filter_lets_through_what_it_says(session, cast, goods):
    assert names(session, cast, category="酒类") == ["红酒", "药酒", "白酒"]
    assert names(session, cast, env_class=EnvClass.HAZARDOUS) == ["农药"]
    assert names(session, cast, location="A-01") == ["农药", "白酒"]
    assert names(session, cast, location="A_01") == []  # no pattern
    assert names(session, cast, units=[cast.district.id]) == ["药酒"]


def test_a_location_is_looked_for_with_all_that_is_below_it(session, cast, goods):
    with writing(session):
        house = locations.add(session, cast.bureau, "一号仓库", None, by=cast.zhao, at=NOON)
        zone = locations.add(session, cast.bureau, "酒区", house, by=cast.zhao, at=NOON)
        for name in ("A-01-1", "A-02"):
            shelf = session.scalars(select(Place).filter_by(name=name)).one()
            locations.hang(session, shelf, zone, by=cast.zhao, at=NOON)

    for said in ("一号", "酒区", "一号仓库 › 酒"):
        assert names(session, cast, location=said) == ["红酒", "白酒"]
    assert names(session, cast, location="一号仓库 › 酒区 › A-02") == ["红酒"]
    assert names(session, cast, location="二号仓库 › 酒区") == []


def test_filters_narrow_each_other_down_and_the_search(session, cast, goods):
    assert names(session, cast, category="酒类", location="A") == ["红酒", "白酒"]
    assert names(session, cast, category="酒类", env_class=EnvClass.HAZARDOUS) == []
    assert names(session, cast, query="药", category="酒类", account=Account.STORED) == ["药酒"]


def test_a_line_at_several_places_of_an_account_is_listed_and_counted_once(session, cast, goods):
    everything = ["红酒", "药酒", "农药", "白酒"]
    wanted = Filter(unit_ids=None, account=Account.STORED)

    assert names(session, cast, account=Account.STORED) == everything
    assert [item.name for item in page(session, wanted).items] == everything
    assert queries.count_lines(session, wanted) == 4


def test_lists_go_on_where_the_page_before_ended(session, cast, goods, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 1)
    wanted, seen, after = Filter(unit_ids=None, account=Account.STORED, category="酒类"), [], None

    while True:
        part = page(session, wanted, after=after)
        seen += [item.name for item in part.items]
        if part.after is None:
            break
        after = part.after

    assert seen == ["红酒", "药酒", "白酒"]
    assert [item.name for item in page(session, wanted, before=part.before).items] == ["药酒"]


@pytest.fixture
def sorted_goods(session, cast):
    """Six lines, two of equal value, two without; held since days that are in no order."""
    facts = [(30, 5), (None, 1), (70, None), (30, 9), (None, 3), (10, 7)]
    for number, (value, day) in enumerate(facts):
        stored_on = day and date(2020, 1, day)
        make_item(session, cast, case=make_case(session, cast, number=f"{number}"), value=value, stored_on=stored_on,
                  name=str(number), category="酒类")  # fmt: skip


@pytest.mark.parametrize("few", [0, 20_000], ids=["walked", "looked up"])
@pytest.mark.parametrize(
    ("order", "expected"),
    [(Order.NEWEST, "543210"), (Order.OLDEST, "012345"), (Order.WORTH, "230514"), (Order.HELD, "140532")],
)
def test_in_every_order_each_line_comes_once_there_and_back(
    session, cast, sorted_goods, monkeypatch, few, order, expected
):
    monkeypatch.setattr(filters, "FEW", few)
    monkeypatch.setattr(queries, "PAGE", 2)
    wanted, parts, after = Filter(unit_ids=None, category="酒类", order=order), [], None

    while not parts or after is not None:
        parts.append(page(session, wanted, after=after))
        after = parts[-1].after

    told = ["".join(item.name for item in part.items) for part in parts]
    assert told == [expected[:2], expected[2:4], expected[4:]]
    assert [item.name for item in page(session, wanted, before=parts[2].before).items] == list(told[1])
    assert page(session, wanted, before=parts[1].before).before is None


def test_a_walk_that_finds_nothing_for_long_stops_and_goes_on_from_there(session, cast, sorted_goods, monkeypatch):
    monkeypatch.setattr(filters, "FEW", 0)
    monkeypatch.setattr(filters, "_STRETCH", 1)
    monkeypatch.setattr(filters, "_STRETCHES", 1)
    make_item(session, cast, case=make_case(session, cast, number="x"), name="别的", category="服装")
    wanted = Filter(unit_ids=None, category="服装", order=Order.WORTH)

    first = page(session, wanted)
    assert (first.items, first.is_cut) == ([], True)
    assert not queries.count_roughly(session, filters.lines_of(session, wanted)).is_all
    after, parts = first.after, 1
    while after is not None:
        found = page(session, wanted, after=after)
        after, parts = found.after, parts + 1

    assert [item.name for item in found.items] == ["别的"]
    assert parts == 4  # two lines at a time: the one that ends a stretch belongs to it
