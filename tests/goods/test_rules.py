import itertools
from decimal import Decimal

import pytest

from ledger.duties import Part
from ledger.goods.rules import (
    ACCOUNT_NAMES,
    ACT_NAMES,
    ROUTES,
    SOURCES,
    Account,
    Act,
    Claim,
    NotEnoughGoods,
    NothingToMove,
    NotReserved,
    RouteNotAllowed,
    check_quantity,
    check_route,
)

A = Account
LEDGER = {  # the ways of goods and the people of each, as the trade knows them
    Act.REGISTER: ({A.PARTY}, {A.SEIZED}, {Part.REGISTRAR}),
    Act.OPENING_BALANCE: ({A.PARTY}, {A.STORED}, {Part.REGISTRAR, Part.CUSTODIAN}),
    Act.STORE_IN: ({A.SEIZED}, {A.STORED}, {Part.HANDLER, Part.CUSTODIAN}),
    Act.PACK: ({A.STORED}, {A.PACKED}, {Part.PACKER, Part.CHECKER}),
    Act.LOAD: ({A.PACKED}, {A.LOADED}, {Part.SCANNER}),
    Act.RECEIVE: ({A.LOADED}, {A.RECEIVED}, {Part.SCANNER}),
    Act.DESTROY: ({A.RECEIVED}, {A.DESTROYED}, {Part.SCANNER}),
    Act.BOOK_SURPLUS: ({A.FOUND}, {A.STORED}, {Part.CONFIRMER}),
}


@pytest.mark.parametrize("act", LEDGER)
def test_the_main_road_is_as_the_trade_knows_it(act):
    sources, targets, parts = LEDGER[act]

    assert (ROUTES[act].sources, ROUTES[act].targets, set(ROUTES[act].parts)) == (sources, targets, parts)


@pytest.mark.parametrize("act", ROUTES)
def test_every_way_that_the_table_does_not_allow_is_refused(act):
    route = ROUTES[act]
    for source, target in itertools.product(Account, Account):
        if source in route.sources and target in route.targets:
            check_route(act, source, target)
        else:
            with pytest.raises(RouteNotAllowed):
                check_route(act, source, target)


def test_a_counter_entry_takes_every_way_backwards_and_no_other():
    backwards = {(target, source) for route in ROUTES.values() for source in route.sources for target in route.targets}

    for source, target in itertools.product(Account, Account):
        if (source, target) in backwards:
            check_route(Act.COUNTER_ENTRY, source, target)
        else:
            with pytest.raises(RouteNotAllowed):
                check_route(Act.COUNTER_ENTRY, source, target)


def test_nothing_is_destroyed_that_was_not_received_and_nothing_found_is_burnt():
    ways_to_fire = {source for route in ROUTES.values() if A.DESTROYED in route.targets for source in route.sources}

    assert ways_to_fire == {A.RECEIVED}
    assert {target for route in ROUTES.values() if A.FOUND in route.sources for target in route.targets} == {A.STORED}


def test_only_sources_can_be_overdrawn():
    nothing = {"held": Decimal(0), "reserved": Decimal(0), "claim": Claim.NONE}
    for source in SOURCES:
        check_quantity(source, Decimal(5), **nothing)
    with pytest.raises(NotEnoughGoods):
        check_quantity(A.STORED, Decimal("5.001"), held=Decimal(5), reserved=Decimal(0), claim=Claim.NONE)
    with pytest.raises(NothingToMove):
        check_quantity(A.PARTY, Decimal(0), **nothing)


def test_only_what_is_reserved_leaves_under_an_approval_and_nothing_else_does():
    held = {"held": Decimal(5), "reserved": Decimal(2)}

    check_quantity(A.STORED, Decimal(2), **held, claim=Claim.CONSUMED)
    check_quantity(A.STORED, Decimal(3), **held, claim=Claim.NONE)
    with pytest.raises(NotReserved, match="holds 2 under an approval; 3 were asked for"):
        check_quantity(A.STORED, Decimal(3), **held, claim=Claim.CONSUMED)
    with pytest.raises(NotEnoughGoods, match="holds 3 free; 4 were asked for"):
        check_quantity(A.STORED, Decimal(4), **held, claim=Claim.NONE)


def test_every_account_and_act_has_a_name():
    assert ACCOUNT_NAMES.keys() == set(Account)
    assert ACT_NAMES.keys() == set(Act)
