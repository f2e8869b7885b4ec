from decimal import Decimal
from itertools import product

import pytest

from ledger.stocktake.workflow import (
    BLIND,
    CAUSE_NAMES,
    OPEN,
    STATE_NAMES,
    TRANSITIONS,
    Action,
    Cause,
    CountMovedOn,
    Figures,
    State,
    actions_from,
    next_state,
)

LEADS = {
    (State.COUNTING, Action.DISAGREE): State.RECOUNTING,
    (State.COUNTING, Action.DIFFER): State.EXPLAINING,
    (State.COUNTING, Action.AGREE): State.CLOSED,
    (State.COUNTING, Action.CANCEL): State.CANCELLED,
    (State.RECOUNTING, Action.DIFFER): State.EXPLAINING,
    (State.RECOUNTING, Action.AGREE): State.CLOSED,
    (State.RECOUNTING, Action.CANCEL): State.CANCELLED,
    (State.EXPLAINING, Action.EXPLAIN): State.CONFIRMING,
    (State.EXPLAINING, Action.CANCEL): State.CANCELLED,
    (State.CONFIRMING, Action.CONFIRM): State.CLOSED,
    (State.CONFIRMING, Action.REJECT): State.EXPLAINING,
}


@pytest.mark.parametrize(("state", "action"), list(product(State, Action)), ids=str)
def test_an_action_leads_where_the_life_of_a_stocktake_says_and_nowhere_else(state, action):
    if (state, action) in LEADS:
        assert next_state(state, action) is LEADS[state, action]
    else:
        with pytest.raises(CountMovedOn) as refusal:
            next_state(state, action)
        assert refusal.value.facts == {"state": STATE_NAMES[state]}


@pytest.mark.parametrize("state", State)
def test_what_can_be_done_from_a_state_is_what_leads_somewhere(state):
    assert actions_from(state) == {action for origin, action in LEADS if origin is state}


def test_every_state_is_reached_and_only_the_last_two_are_left_by_nothing():
    assert {State.COUNTING} | set(TRANSITIONS.values()) == set(State)
    assert {state for state in State if not actions_from(state)} == set(State) - OPEN
    assert BLIND < OPEN


def test_every_state_and_cause_has_its_words():
    assert STATE_NAMES.keys() == set(State)
    assert CAUSE_NAMES.keys() == set(Cause)


@pytest.mark.parametrize(
    ("book", "first", "second", "recount", "disagree", "result", "difference"),
    [
        (10, 10, 10, None, False, 10, 0),
        (10, 9, 9, None, False, 9, -1),
        (10, 12, 12, None, False, 12, 2),
        (10, 0, 0, None, False, 0, -10),
        (10, 9, 10, None, True, None, 0),
        (10, 9, 10, 10, True, 10, 0),
        (10, 9, 10, 8, True, 8, -2),
        (10, 9, None, None, True, None, 0),
        (10, None, None, None, False, None, 0),
        ("0.019", "0.018", "0.019", "0.020", True, "0.020", "0.001"),
    ],
)
def test_figures_are_compared(book, first, second, recount, disagree, result, difference):
    book, first, second, recount, result = (
        None if each is None else Decimal(each) for each in (book, first, second, recount, result)
    )
    figures = Figures(book, first, second, recount)

    assert (figures.disagree, figures.result, figures.difference) == (disagree, result, Decimal(difference))
