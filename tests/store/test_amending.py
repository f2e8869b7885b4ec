"""Typing errors of a line are mended, and what was signed for or is being counted by it stays as it is."""

import pytest
from databases import ON_SQLITE
from factories import NOON, make_application, make_counted, make_item, make_stocktake, submit
from occasions import make_approved, make_batch, make_event
from sqlalchemy import func, select, update

from ledger.goods.audit import verify_books
from ledger.goods.classes import EnvClass
from ledger.goods.filters import Filter
from ledger.goods.lines import AMENDABLE, said_of
from ledger.goods.models import Item
from ledger.goods.queries import count_lines
from ledger.journal.models import JournalEntry
from ledger.journal.service import writing
from ledger.store.rules import AllReserved, LineAmendedMeanwhile, SameLine, Signed, UnderCount
from ledger.store.service import amend_line


@pytest.fixture
def item(session, cast):
    return make_item(session, cast, name="假冒牛拦山白酒", value=3600, lot="0029")


def amend(session, cast, item, *, seen=None, **changed):
    with writing(session):
        facts = {name: getattr(item, name) for name in AMENDABLE} | changed
        amend_line(session, item, facts, seen=seen or said_of(item), reason="录入错误", by=cast.lin, at=NOON)


def test_old_and_new_stay_in_the_journal_and_the_books_know_both(session, cast, item, verifier):
    amend(session, cast, item, name="假冒牛栏山白酒", value=None, env_class=EnvClass.HAZARDOUS)
    amend(session, cast, item, name="假冒牛栏山陈酿", remark="箱破")

    first = session.scalars(select(JournalEntry).filter_by(act="goods.amended").order_by(JournalEntry.seq)).first()
    assert '"name":["假冒牛拦山白酒","假冒牛栏山白酒"]'.encode() in first.body
    assert b'"value":[3600,null]' in first.body
    assert b'"lot"' not in first.body
    found = {query: count_lines(session, Filter(unit_ids=None, query=query)) for query in ("牛拦山", "陈酿", "黄记")}
    assert found == {"牛拦山": 0, "陈酿": 1, "黄记": 1}
    assert verify_books(session, verifier).findings == []


@pytest.mark.parametrize("change", [{"name": "假冒牛拦山白酒"}, {"name": "空瓶"}, {"lot": "0030"}])
def test_a_line_that_says_otherwise_than_its_last_amendment_is_named(session, cast, item, verifier, change):
    amend(session, cast, item, name="假冒牛栏山白酒")
    with writing(session):
        session.execute(update(Item).values(change))
    last = session.scalar(select(func.max(JournalEntry.seq)))

    [found] = verify_books(session, verifier).findings

    assert str(found) == f"Line {item.id} no longer says what entry {last} recorded."


@ON_SQLITE
def test_of_two_people_who_amend_at_once_the_second_is_told_what_changed(session, cast, item):
    seen = said_of(item)
    amend(session, cast, item, brand="牛栏山", lot="")

    with pytest.raises(LineAmendedMeanwhile) as refusal:
        amend(session, cast, item, seen=seen, brand="牛二")

    assert refusal.value.changed == {"brand": ("", "牛栏山"), "lot": ("0029", "")}
    assert item.brand == "牛栏山"


@ON_SQLITE
def test_an_amendment_changes_something(session, cast, item):
    with pytest.raises(SameLine):
        amend(session, cast, item)


@ON_SQLITE
def test_what_is_being_counted_stays_as_it_is_until_the_count_is_over(session, cast, item):
    make_stocktake(session, cast, item)

    with pytest.raises(UnderCount):
        amend(session, cast, item, brand="牛栏山")


@ON_SQLITE
def test_what_is_applied_for_stays_as_it_is_but_not_for_a_draft(session, cast):
    item = make_counted(session, cast)
    application = make_application(session, cast, item)
    amend(session, cast, item, brand="牛栏山")
    submit(session, application)

    with pytest.raises(AllReserved):
        amend(session, cast, item, brand="牛二")


@ON_SQLITE
def test_what_is_packed_stays_as_it_is(session, cast):
    [line] = make_approved(session, cast)
    with pytest.raises(AllReserved):
        amend(session, cast, line.item, brand="牛二")
    make_batch(session, cast, make_event(session, cast), [line])

    with pytest.raises(Signed):
        amend(session, cast, line.item, brand="牛二")
