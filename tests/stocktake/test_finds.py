"""Wrong places, unknown labels, goods without a label, spoilt goods, and what a counter had entered before."""

from decimal import Decimal

import orjson
import pytest
from databases import ON_SQLITE
from factories import NOON, balances, count_as, make_case, make_item, make_stocktake
from sqlalchemy import select

from ledger.cases.models import Hold
from ledger.cases.rules import HoldKind
from ledger.codes import new_code
from ledger.goods.audit import verify_books
from ledger.goods.models import Movement, Place, Position
from ledger.goods.rules import Account, Act
from ledger.journal.models import JournalEntry
from ledger.journal.service import writing
from ledger.reports.counting import count_report_of
from ledger.stocktake import service
from ledger.stocktake.finds import Find, likely, note_find, take_for
from ledger.stocktake.workflow import Cause, NotExplained, NotShort, OnTheList, State, TooManySpoilt, UnknownLabel

pytestmark = ON_SQLITE


@pytest.fixture
def goods(session, cast):
    """Ten bottles at A-01-1 and four masks at B-2."""
    case = make_case(session, cast)
    return make_item(session, cast, case=case), make_item(
        session, cast, case=case, at_location="B-2", stored="4", name="口罩", measure="只"
    )


@pytest.fixture
def count(session, cast, goods):
    """A stocktake of both."""
    return make_stocktake(session, cast, *goods)


def shelf(session, name):
    return session.scalars(select(Place).filter_by(name=name)).one()


def find(session, count, *people, place, quantity="3", **facts):
    for person in people:
        with writing(session):
            wanted = Find(place=shelf(session, place), quantity=Decimal(quantity), **facts)
            row = note_find(session, count, wanted, by=person, at=NOON)
    return row


def counted(session, cast, count, bottles="10", masks="4"):
    figures = dict(zip([line.id for line in count.lines if line.book], (Decimal(bottles), Decimal(masks)), strict=True))
    for person in (cast.zhao, cast.lin):
        with writing(session):
            service.note_figures(session, count, figures, by=person, at=NOON)
            service.finish(session, count, by=person, at=NOON)


def confirmed(session, cast, count, cause=Cause.WRONG_PLACE):
    with writing(session):
        for line in count.lines:
            if line.needs_a_word:
                service.explain(count, line, cause=cause, explanation="放错了", by=cast.lin)
        service.submit(session, count, by=cast.lin, at=NOON)
    with writing(session):
        service.confirm(session, count, by=cast.cai, at=NOON)


def at_places(session, item):
    held = select(Position).filter_by(item_id=item.id, account=Account.STORED).where(Position.quantity > 0)
    return {position.place.name: position.quantity for position in session.scalars(held)}


def entry(session, act):
    return orjson.loads(session.scalars(select(JournalEntry).filter_by(act=act)).all()[-1].body)["data"]


@pytest.mark.parametrize("missing", ["3", "5"])
def test_goods_at_a_wrong_place_are_moved_in_the_books_and_only_the_rest_is_missing(
    session, cast, goods, count, verifier, missing
):
    bottles, _ = goods
    find(session, count, cast.zhao, cast.lin, place="B-2", label=bottles.code)
    counted(session, cast, count, str(10 - int(missing)))

    confirmed(session, cast, count)

    rest = int(missing) - 3
    assert at_places(session, bottles) == {"A-01-1": 10 - int(missing), "B-2": 3}
    assert balances(session, bottles).get(Account.MISSING, 0) == rest
    acts = set(session.scalars(select(Movement.act).filter_by(item_id=bottles.id)))
    assert (Act.RELOCATE in acts, Act.BOOK_SURPLUS in acts) == (True, False)
    assert all(position.counted_at for position in bottles.positions if position.account is Account.STORED)
    assert verify_books(session, verifier).findings == []


def test_what_lay_at_a_location_that_was_not_counted_is_taken_from_there(session, cast, goods, verifier):
    bottles, masks = goods
    count = make_stocktake(session, cast, masks)
    find(session, count, cast.zhao, cast.lin, place="B-2", label=bottles.code)
    for person in (cast.zhao, cast.lin):
        count_as(session, count, person, {masks: "4"})

    confirmed(session, cast, count)

    assert at_places(session, bottles) == {"A-01-1": 7, "B-2": 3}
    assert verify_books(session, verifier).findings == []


def test_what_only_one_of_two_found_is_recounted_by_a_third(session, cast, goods, count):
    find(session, count, cast.zhao, place="B-2", name="无标签白酒", measure="瓶")
    counted(session, cast, count)
    [extra] = count.extras
    assert (count.state, extra.second) == (State.RECOUNTING, None)

    with writing(session):
        service.note_figures(session, count, service.Found({}, extras={extra.id: Decimal(0)}), by=cast.liu, at=NOON)
        service.finish(session, count, by=cast.liu, at=NOON)

    assert count.state is State.CLOSED
    assert entry(session, "stocktake.closed")["extras"] == []


def test_goods_without_a_label_are_taken_for_what_is_missing_elsewhere(session, cast, goods, count, verifier):
    bottles, _ = goods
    find(session, count, cast.zhao, cast.lin, place="B-2", name=bottles.name, measure="瓶")
    counted(session, cast, count, "7")
    [extra], short = count.extras, count.lines[0]
    assert likely(extra, count.lines) == [short]

    with writing(session):
        with pytest.raises(NotShort):
            take_for(count, extra, count.lines[1], explanation="", by=cast.lin)
        take_for(count, extra, short, explanation="", by=cast.lin)
    confirmed(session, cast, count)

    assert at_places(session, bottles) == {"A-01-1": 7, "B-2": 3}
    assert balances(session, bottles) == {Account.PARTY: -10, Account.STORED: 10}
    assert verify_books(session, verifier).findings == []


def test_what_belongs_to_no_line_is_named_when_the_count_is_closed(session, cast, goods, count, verifier):
    label = new_code()
    find(session, count, cast.zhao, cast.lin, place="B-2", label=label, name="来历不明的酒", measure="瓶")
    counted(session, cast, count)
    with pytest.raises(NotExplained), writing(session):
        service.submit(session, count, by=cast.lin, at=NOON)

    with writing(session):
        take_for(count, count.extras[0], None, explanation="没有登记过", by=cast.lin)
    confirmed(session, cast, count)

    [extra] = entry(session, "stocktake.closed")["extras"]
    assert (extra["label"], extra["quantity"], extra["explanation"]) == (label, 3000, "没有登记过")
    assert verify_books(session, verifier).findings == []


def test_a_find_needs_a_label_that_is_known_or_words(session, cast, goods, count):
    bottles, _ = goods
    for refusal, label, place in ((OnTheList, bottles.code, "A-01-1"), (UnknownLabel, new_code(), "B-2")):
        with pytest.raises(refusal):
            find(session, count, cast.zhao, place=place, label=label)
    assert len(count.lines) == 2


def test_spoilt_goods_are_explained_and_confirmed_and_stay_where_they_are(session, cast, goods, count):
    bottles, _ = goods
    line = count.lines[0]
    figures = {line.id: Decimal(10)}
    found = service.Found(figures, {line.id: Decimal(11)})
    with pytest.raises(TooManySpoilt), writing(session):
        service.note_figures(session, count, found, by=cast.zhao, at=NOON)
    with writing(session):
        found = service.Found(figures, {line.id: Decimal(2)})
        service.note_figures(session, count, found, by=cast.zhao, at=NOON)
    counted(session, cast, count)
    assert count.state is State.EXPLAINING

    confirmed(session, cast, count, Cause.DAMAGE)

    assert balances(session, bottles) == {Account.PARTY: -10, Account.STORED: 10}
    assert entry(session, "stocktake.closed")["spoilt"] == [[bottles.id, line.place_id, 2000]]
    assert session.scalars(select(Hold)).all() == []


def test_what_a_counter_entered_before_stays_in_the_journal(session, cast, goods, count):
    bottles, _ = goods
    line = count.lines[0]
    with writing(session):
        found = service.Found({line.id: Decimal(100)}, {line.id: Decimal(2)})
        service.note_figures(session, count, found, by=cast.zhao, at=NOON)
        service.note_figures(session, count, service.Found({}, {line.id: Decimal(3)}), by=cast.zhao, at=NOON)

    count_as(session, count, cast.zhao, dict(zip(goods, ("10", "4"), strict=True)))

    at = NOON.isoformat()
    assert entry(session, "stocktake.counted")["changed"] == [
        [bottles.id, line.place_id, at, 100_000, 100_000, 2000, 3000],
        [bottles.id, line.place_id, at, 100_000, 10_000, 3000, 3000],
    ]


def test_a_confirmed_shortage_freezes_what_is_left(session, cast, goods, count):
    bottles, _ = goods
    counted(session, cast, count, "8", "0")

    confirmed(session, cast, count, Cause.LOSS)

    [hold] = session.scalars(select(Hold))  # nothing is left of the masks
    assert (hold.item_id, hold.kind, hold.set_by_id) == (bottles.id, HoldKind.SHORTAGE, cast.cai.id)


def test_the_report_says_what_was_found_beside_the_list_and_by_whom(session, cast, goods, count):
    bottles, _ = goods
    find(session, count, cast.lin, place="B-2", label=bottles.code)
    find(session, count, cast.zhao, cast.lin, place="B-2", name="来历不明的酒", measure="瓶")
    counted(session, cast, count, "7")
    wrong_place = count.lines[2]
    with writing(session):
        service.note_figures(session, count, {wrong_place.id: Decimal(3)}, by=cast.liu, at=NOON)
        service.finish(session, count, by=cast.liu, at=NOON)
    with writing(session):
        take_for(count, count.extras[0], None, explanation="没有登记过", by=cast.lin)
    confirmed(session, cast, count, Cause.WRONG_PLACE)

    report = count_report_of(session, count)

    [line] = [line for line in report["lines"] if (line["name"], line["place"]) == (bottles.name, "B-2")]
    assert [line[each] for each in ("book", "first", "second", "recount", "result")] == ["0", "3", "0", "3", "3"]
    assert not line["has_moved"]
    [extra] = report["extras"]
    assert (extra["name"], extra["found"], extra["explanation"]) == ("来历不明的酒", ["3", "3"], "没有登记过")
