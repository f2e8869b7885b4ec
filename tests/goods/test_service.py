from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from factories import NOON, balances, make_item, password_hash
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from ledger.db import db
from ledger.duties import DutyConflict, Part
from ledger.goods.audit import verify_books
from ledger.goods.models import Movement, Position
from ledger.goods.rules import (
    Account,
    Act,
    NotEnoughGoods,
    NothingToMove,
    PartMissing,
    PlaceKind,
    RouteNotAllowed,
    SameLocation,
)
from ledger.goods.service import Move, Spot, move, place
from ledger.journal.service import writing
from ledger.permissions import Role
from ledger.units.rules import ResetShadow
from ledger.units.service import Grant, change_grants, confirm_reset, request_reset


@pytest.fixture
def shelf(session, cast):
    """Another location of the bureau."""
    with writing(session):
        return Spot(Account.STORED, place(session, cast.bureau, PlaceKind.LOCATION, "B-02-2").id)


def spot_of(session, item, account=Account.STORED):
    position = session.scalars(select(Position).filter_by(item_id=item.id, account=account)).one()
    return Spot(position.account, position.place_id)


def relocate(session, cast, item, quantity, source, target, **changed):
    given = {
        "act": Act.RELOCATE,
        "people": {Part.CUSTODIAN: cast.zhao},
        "by": cast.zhao,
        "at": NOON,
        "unit": cast.bureau,
    }
    with writing(session):
        return move(session, [Move(item.id, Decimal(quantity), source, target)], **{**given, **changed})


def test_moving_goods_lowers_one_position_and_raises_the_other(session, cast, shelf):
    item = make_item(session, cast, stored="10")
    source = spot_of(session, item)

    relocate(session, cast, item, "4", source, shelf)

    held = {
        (row.account, row.place_id): row.quantity
        for row in session.scalars(select(Position).filter_by(item_id=item.id))
    }
    assert held[Account.STORED, source.place_id] == 6
    assert held[Account.STORED, shelf.place_id] == 4
    assert balances(session, item) == {Account.PARTY: -10, Account.STORED: 10}


def test_every_movement_names_its_entry_and_the_entry_the_people(session, cast, shelf):
    item = make_item(session, cast)

    entry = relocate(session, cast, item, "4", spot_of(session, item), shelf)

    moved = session.scalars(select(Movement).filter_by(entry_seq=entry.seq)).one()
    assert (moved.item_id, moved.quantity, moved.act) == (item.id, 4, Act.RELOCATE)
    assert b'"people":{"custodian":{"id":' in entry.body


def test_more_than_there_is_cannot_be_moved(session, cast, shelf):
    item = make_item(session, cast, stored="3")

    with pytest.raises(NotEnoughGoods, match="holds 3 free; 5 were asked for"):
        relocate(session, cast, item, "5", spot_of(session, item), shelf)

    assert balances(session, item)[Account.STORED] == 3


def test_what_is_reserved_stays(session, cast, shelf):
    item = make_item(session, cast, stored="3")
    with writing(session):
        session.execute(update(Position).filter_by(item_id=item.id, account=Account.STORED).values(reserved=Decimal(2)))

    with pytest.raises(NotEnoughGoods, match="holds 1 free; 2 were asked for"):
        relocate(session, cast, item, "2", spot_of(session, item), shelf)


@pytest.mark.parametrize("quantity", ["0", "-1"])
def test_nothing_and_less_than_nothing_cannot_be_moved(session, cast, shelf, quantity):
    item = make_item(session, cast)

    with pytest.raises(NothingToMove):
        relocate(session, cast, item, quantity, spot_of(session, item), shelf)


def test_an_act_takes_only_its_own_way(session, cast, shelf):
    item = make_item(session, cast)

    with pytest.raises(RouteNotAllowed, match="Destroyed"):
        relocate(session, cast, item, "1", spot_of(session, item), replace(shelf, account=Account.DESTROYED))


def test_goods_do_not_move_to_where_they_are(session, cast):
    item = make_item(session, cast)
    source = spot_of(session, item)

    with pytest.raises(SameLocation, match="A-01-1"):
        relocate(session, cast, item, "1", source, source)


def test_an_act_needs_all_its_people_and_different_ones(session, cast, shelf):
    item = make_item(session, cast)
    source, target = spot_of(session, item), replace(shelf, account=Account.RETURNED)
    store_in = {"act": Act.STORE_IN, "people": {Part.HANDLER: cast.zhao, Part.CUSTODIAN: cast.zhao}}

    with pytest.raises(PartMissing, match="approver"):
        relocate(session, cast, item, "1", source, target, act=Act.DISPOSE)
    with pytest.raises(DutyConflict):
        relocate(session, cast, item, "1", replace(source, account=Account.SEIZED), shelf, **store_in)


def test_of_several_moves_all_are_made_or_none(session, cast, shelf):
    item = make_item(session, cast, stored="5")
    source = spot_of(session, item)
    moves = [Move(item.id, Decimal(3), source, shelf), Move(item.id, Decimal(3), source, shelf)]

    with pytest.raises(NotEnoughGoods), writing(session):
        move(
            session,
            moves,
            act=Act.RELOCATE,
            people={Part.CUSTODIAN: cast.zhao},
            by=cast.zhao,
            at=NOON,
            unit=cast.bureau,
        )

    assert balances(session, item)[Account.STORED] == 5
    assert len(session.scalars(select(Movement).filter_by(item_id=item.id)).all()) == 1


def test_goods_do_not_pass_through_a_place_in_one_act(session, cast, shelf):
    item = make_item(session, cast, stored="5")
    source = spot_of(session, item)
    moves = [Move(item.id, Decimal(5), source, shelf), Move(item.id, Decimal(5), shelf, source)]

    with pytest.raises(NotEnoughGoods), writing(session):
        move(
            session,
            moves,
            act=Act.RELOCATE,
            people={Part.CUSTODIAN: cast.zhao},
            by=cast.zhao,
            at=NOON,
            unit=cast.bureau,
        )


def test_the_database_itself_refuses_a_negative_balance(session, cast):
    item = make_item(session, cast, stored="3")

    with pytest.raises(IntegrityError), writing(session):
        session.execute(
            update(Position).filter_by(item_id=item.id, account=Account.STORED).values(quantity=Decimal(-1))
        )


def test_of_two_people_who_take_the_same_goods_at_once_one_wins_and_one_is_told(app, session, cast, shelf, verifier):
    item = make_item(session, cast, stored="5")
    source, ready, told = spot_of(session, item), Barrier(2), []
    item_id, zhao, unit = item.id, cast.zhao.id, cast.bureau.id

    def take():
        with app.app_context():
            mine = db.session()
            person, place_of = mine.get_one(type(cast.zhao), zhao), mine.get_one(type(cast.bureau), unit)
            ready.wait()
            try:
                with writing(mine):
                    wanted = [Move(item_id, Decimal(4), source, shelf)]
                    move(
                        mine,
                        wanted,
                        act=Act.RELOCATE,
                        people={Part.CUSTODIAN: person},
                        by=person,
                        at=NOON,
                        unit=place_of,
                    )
            except NotEnoughGoods as refusal:
                told.append(str(refusal))

    threads = [Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert told == ["“In store” holds 1 free; 4 were asked for. Look at the line again: it may have moved."]
    session.rollback()
    assert verify_books(session, verifier).findings == []


def test_who_reset_a_persons_password_keeps_off_what_that_person_touched_for_a_week(session, cast, shelf):
    item = make_item(session, cast)  # Lin registered it
    source = spot_of(session, item)
    with writing(session):
        reset = request_reset(session, cast.lin, reason="forgotten", by=cast.wu, at=NOON)
        confirm_reset(session, reset, password_hash(), by=cast.zheng, at=NOON)
        change_grants(session, cast.wu, [Grant(cast.bureau, Role.CUSTODIAN)], by=cast.zheng, at=NOON)
    people = {"people": {Part.CUSTODIAN: cast.wu}, "by": cast.wu}

    with pytest.raises(ResetShadow):
        relocate(session, cast, item, "1", source, shelf, at=NOON + timedelta(days=6), **people)

    relocate(session, cast, item, "1", source, shelf, at=NOON + timedelta(days=8), **people)
