import pytest
from databases import ON_SQLITE
from factories import NOON, make_item
from sqlalchemy import select, text

from ledger.codes import shown
from ledger.goods import locations
from ledger.goods.audit import verify_books
from ledger.goods.locations import BelowItself, GoodsThere, LocationsBelow, NameIsPath, NameTaken, TooDeep
from ledger.goods.models import Place
from ledger.goods.rules import LocationAmbiguous, LocationClosed, LocationUnknown, PlaceKind
from ledger.goods.service import place
from ledger.journal.service import writing


def grow(session, cast, *path):
    """Add the locations of a path that are not there yet; return the last one."""
    above = None
    with writing(session):
        for name in path:
            known = select(Place).filter_by(unit_id=cast.bureau.id, name=name, parent_id=above and above.id)
            there = session.scalar(known)
            above = there or locations.add(session, cast.bureau, name, above, by=cast.zhao, at=NOON)
    return above


def meant(session, cast, said):
    with writing(session):
        return place(session, cast.bureau, PlaceKind.LOCATION, said)


def change(session, cast, verb, *what):
    with writing(session):
        verb(session, *what, by=cast.zhao, at=NOON)


def test_a_name_a_path_and_a_label_mean_the_same_location(session, cast):
    shelf = grow(session, cast, "一号仓库", "A区", "A-01")

    for said in (
        "A-01",
        "一号仓库 › A区 › A-01",
        "一号仓库>A区＞A-01",
        shown(shelf.code),
        f"HTTPS://X.CN/Q/{shelf.code}",
    ):
        assert meant(session, cast, said) is shelf
    fresh = meant(session, cast, "B-01")
    assert (fresh.parent, len(fresh.code)) == (None, 12)
    assert meant(session, cast, "B-01") is fresh


def test_what_may_mean_several_locations_or_none_is_refused(session, cast):
    first, second = grow(session, cast, "一号仓库", "A-01"), grow(session, cast, "二号仓库", "A-01")
    with pytest.raises(LocationAmbiguous) as refusal:
        meant(session, cast, "A-01")
    assert refusal.value.facts["paths"] == "一号仓库 › A-01 · 二号仓库 › A-01"
    assert meant(session, cast, "二号仓库 › A-01") is second
    with pytest.raises(LocationUnknown):
        meant(session, cast, "三号仓库 › A-01")
    with writing(session), pytest.raises(LocationUnknown):
        place(session, cast.district, PlaceKind.LOCATION, first.code)

    change(session, cast, locations.close, first)
    assert meant(session, cast, "A-01") is second
    at_the_top = grow(session, cast, "A-01")
    with pytest.raises(LocationAmbiguous):
        meant(session, cast, "A-01")
    assert meant(session, cast, "› A-01") is at_the_top


def test_a_location_hangs_elsewhere_with_all_below_it(session, cast, verifier):
    made_by_the_way = make_item(session, cast, at_location="A-01").positions[-1].place
    house, zone = grow(session, cast, "一号仓库"), grow(session, cast, "A区")

    change(session, cast, locations.hang, made_by_the_way, zone)
    change(session, cast, locations.hang, zone, house)

    assert made_by_the_way.path == "一号仓库 › A区 › A-01"
    for what, below in ((house, made_by_the_way), (house, house)):
        with pytest.raises(BelowItself):
            change(session, cast, locations.hang, what, below)
    with pytest.raises(NameTaken):
        change(session, cast, locations.hang, grow(session, cast, "A区"), house)
    with pytest.raises(NameTaken):
        change(session, cast, locations.add, cast.bureau, "一号仓库", None)
    with pytest.raises(NameIsPath):
        change(session, cast, locations.add, cast.bureau, "a > b", None)
    assert verify_books(session, verifier).findings == []


def test_a_tree_is_no_deeper_than_a_label_can_say(session, cast):
    deepest = grow(session, cast, *"12345678")

    with pytest.raises(TooDeep):
        change(session, cast, locations.add, cast.bureau, "9", deepest)
    with pytest.raises(TooDeep):
        change(session, cast, locations.hang, grow(session, cast, "a", "b").parent, deepest.parent)


def test_only_an_empty_location_is_closed_and_then_takes_no_goods(session, cast, verifier):
    zone, shelf = grow(session, cast, "A区"), grow(session, cast, "A区", "A-01")
    make_item(session, cast, at_location="B-01")
    with pytest.raises(GoodsThere):
        change(session, cast, locations.close, meant(session, cast, "B-01"))
    with pytest.raises(LocationsBelow):
        change(session, cast, locations.close, zone)

    change(session, cast, locations.close, shelf)
    change(session, cast, locations.close, zone)
    with pytest.raises(LocationClosed):
        meant(session, cast, "A-01")
    with pytest.raises(LocationClosed):
        change(session, cast, locations.reopen, shelf)
    with pytest.raises(LocationClosed):
        change(session, cast, locations.add, cast.bureau, "A-02", zone)
    change(session, cast, locations.reopen, zone)

    assert (zone.closed_at, shelf.closed_at) == (None, NOON)
    assert verify_books(session, verifier).findings == []


@ON_SQLITE
@pytest.mark.parametrize("change", ["parent_id = NULL", "closed_at = NULL", "name = 'x'", "code = '0'"])
def test_a_tree_that_was_changed_past_the_journal_is_found_out(session, cast, verifier, change):
    shelf = grow(session, cast, "A区", "A-01")
    with writing(session):
        locations.close(session, shelf, by=cast.zhao, at=NOON)
    with writing(session):
        session.execute(text(f"UPDATE place SET {change} WHERE id = {shelf.id}"))

    assert [finding.facts for finding in verify_books(session, verifier).findings] == [{"place": shelf.id}]
