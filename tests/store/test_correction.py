"""What was booked wrongly is booked back by somebody else, once, as long as the goods are still there."""

from decimal import Decimal

import pytest
from factories import NOON, balances, make_item, make_stocktake
from sqlalchemy import select

from ledger.cases.models import Case
from ledger.goods.audit import verify_books
from ledger.goods.models import Movement
from ledger.goods.rules import Account, Act, NotEnoughGoods
from ledger.goods.service import Spot
from ledger.journal.service import writing
from ledger.store import service
from ledger.store.correction import correct, corrected
from ledger.store.rules import CorrectedAlready, Disposal, NotCorrectable, TookPart, UnderCount


@pytest.fixture
def item(session, cast):
    return make_item(session, cast)


def newest(session):
    return session.scalars(select(Movement).order_by(Movement.id.desc()).limit(1)).one()


def book_back(session, by, movement=None):
    with writing(session):
        return correct(session, movement or newest(session), reason="录错", by=by, at=NOON)


def dispose(session, cast, item, quantity=4, proceeds=None):
    """Zhao sells or returns some of it; Xie allows it."""
    [place] = {held.place_id for held in item.positions if held.account is Account.STORED}
    kind = Disposal.RETURN_TO_PARTY if proceeds is None else Disposal.SCRAP
    paper = service.Paper(kind=kind, recipient="回收站", document="1号", reason="无", proceeds=proceeds)
    taken = {(item.id, Spot(Account.STORED, place)): Decimal(quantity)}
    case = session.get_one(Case, item.case_id)
    with writing(session):
        service.dispose(session, case, taken, paper=paper, approver=cast.xie, custodian=cast.zhao, at=NOON)
    return newest(session)


def test_a_disposal_is_booked_back_by_another_custodian_with_a_reason(session, cast, item, verifier):
    movement = dispose(session, cast, item)

    entry = book_back(session, cast.lin)

    assert balances(session, item) == {Account.PARTY: -10, Account.STORED: 10}
    assert '"reason":"录错"'.encode() in entry.body
    assert corrected(session, item.id) == {movement.id}
    assert verify_books(session, verifier).findings == []


def test_nobody_books_the_own_act_back_and_nobody_twice(session, cast, item):
    movement = dispose(session, cast, item)
    for person in (cast.zhao, cast.xie):
        with pytest.raises(TookPart):
            book_back(session, person)

    book_back(session, cast.lin)

    with pytest.raises(CorrectedAlready):
        book_back(session, cast.lin, movement)
    with pytest.raises(NotCorrectable):
        book_back(session, cast.huang)
    assert balances(session, item) == {Account.PARTY: -10, Account.STORED: 10}


def test_what_went_on_is_not_booked_back(session, cast, item):
    entered = newest(session)
    dispose(session, cast, item)

    with pytest.raises(NotEnoughGoods):
        book_back(session, cast.cai, entered)

    assert balances(session, item) == {Account.PARTY: -10, Account.STORED: 6, Account.RETURNED: 4}


def test_a_line_entered_twice_leaves_the_books_again(session, cast, item, verifier):
    assert newest(session).act is Act.OPENING_BALANCE

    book_back(session, cast.cai)

    assert balances(session, item) == {}
    assert verify_books(session, verifier).findings == []


def test_goods_that_are_counted_are_not_booked_back_meanwhile(session, cast, item):
    make_stocktake(session, cast, item)

    with pytest.raises(UnderCount):
        book_back(session, cast.cai)


def test_with_the_last_goods_of_a_sale_its_money_is_taken_back_too(session, cast, item):
    dispose(session, cast, item, proceeds=50_000)

    assert b'"proceeds":-50000' in book_back(session, cast.lin).body
