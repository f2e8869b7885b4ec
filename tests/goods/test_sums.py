"""What movements add up to is the same whether it is added up afresh or carried forward, and a wrong carry is named."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from acts import people_for
from factories import NOON, make_case, make_item
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ledger.db import db
from ledger.goods.audit import verify_books
from ledger.goods.models import Carry
from ledger.goods.periods import Period
from ledger.goods.rules import Account, Act
from ledger.goods.service import Move, Spot, move
from ledger.goods.statement import statement
from ledger.goods.sums import carry, to_carry
from ledger.journal.service import writing

PERIODS = [
    Period(date(2026, 11, 1), date(2026, 11, 30)),
    Period(date(2026, 12, 1), date(2027, 1, 31)),
    Period(date(2026, 11, 20), date(2027, 3, 31)),
    Period(date(2027, 3, 1), date(2027, 3, 31)),
]


@pytest.fixture
def item(session, cast):
    """A third of a line went missing in each of three months, of another unit as well."""
    items = [
        make_item(session, cast, case=make_case(session, cast, unit=unit), stored="9", category="酒类", value=1000)
        for unit in (cast.bureau, cast.district)
    ]
    for month in range(3):
        for item in items:
            [place] = {held.place_id for held in item.positions if held.account is Account.STORED}
            wanted = [Move(item.id, Decimal(3), Spot(Account.STORED, place), Spot(Account.MISSING, place))]
            at, people = NOON + timedelta(days=31 * month + 20), people_for(Act.CONFIRM_MISSING, cast)
            with writing(session):
                move(session, wanted, act=Act.CONFIRM_MISSING, people=people, by=cast.lin, at=at, unit=item.unit)
    return items[0]


def carry_all(session):
    for month in (1, 2, 12):
        found = to_carry(session, date(2026 if month == 12 else 2027, month, 9), worth=1)
        if found:
            with writing(session):
                carry(session, *found)


def told(session, unit_ids):
    statements = [statement(session, unit_ids, period, veiled=(), finely=True) for period in PERIODS]
    return [{(each.way, each.is_before): each.amount for each in one.moved} for one in statements]


def test_figures_are_the_same_with_and_without_what_is_carried_forward(session, cast, item, verifier):
    both, one = {cast.bureau.id, cast.district.id}, {cast.bureau.id}
    afresh = told(session, both), told(session, one)

    carry_all(session)

    assert session.query(Carry).count() == 3
    assert (told(session, both), told(session, one)) == afresh
    assert verify_books(session, verifier).findings == []
    assert to_carry(session, date(2027, 2, 9), worth=1) is None
    missing = [amount.value for (way, _), amount in afresh[1][2].items() if way.target is Account.MISSING]
    assert [round(value) for value in missing] == [1000]


def test_what_is_carried_forward_cannot_be_changed_unless_it_is_given_up(session, item):
    carry_all(session)
    session.rollback()
    for attack in (
        "UPDATE carried SET quantity = 1",
        "DELETE FROM carried",
        "INSERT INTO carried SELECT seq, unit_id, '别的', measure, act, source, target, quantity, value FROM carried",
        "UPDATE carry SET seq = 1",
    ):
        with pytest.raises(DBAPIError), db.engine.begin() as connection:
            connection.execute(text(attack))
    with db.engine.begin() as connection:
        connection.execute(text("DELETE FROM carry"))

    carry_all(session)

    assert session.query(Carry).count() == 3


def test_a_wrong_carry_is_named(session, item, verifier):
    carry_all(session)
    session.rollback()
    with db.engine.begin() as connection:
        connection.execute(text("CREATE TABLE aside AS SELECT * FROM carry"))
        connection.execute(text("DELETE FROM carry"))
        connection.execute(text("DELETE FROM carried WHERE act = 'confirm_missing'"))
        connection.execute(text("INSERT INTO carry SELECT * FROM aside"))
        connection.execute(text("DROP TABLE aside"))

    named = [str(finding) for finding in verify_books(session, verifier).findings]

    assert named
    assert all("other sums are carried forward" in finding for finding in named)
