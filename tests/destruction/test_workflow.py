from itertools import product

import pytest

from ledger.destruction.workflow import (
    DECISION_NAMES,
    EDITABLE,
    METHOD_NAMES,
    RESERVING,
    STATE_NAMES,
    SUGGESTED,
    TRANSITIONS,
    Action,
    ApplicationMovedOn,
    Decision,
    Method,
    State,
    action_of,
    actions_from,
    next_state,
)
from ledger.goods.classes import EnvClass


@pytest.mark.parametrize(("state", "action"), sorted(set(product(State, Action)) - TRANSITIONS.keys()))
def test_whatever_the_table_does_not_allow_is_refused(state, action):
    with pytest.raises(ApplicationMovedOn):
        next_state(state, action)


@pytest.mark.parametrize(
    ("way", "end"),
    [
        ("submit agree agree agree approve", State.APPROVED),
        ("submit agree return submit agree agree agree approve", State.APPROVED),
        ("submit agree agree refuse", State.REFUSED),
        ("submit withdraw", State.WITHDRAWN),
        ("submit return withdraw", State.WITHDRAWN),
        ("withdraw", State.WITHDRAWN),
    ],
)
def test_every_way_through_the_table_ends_where_it_should(way, end):
    state = State.DRAFT
    for action in way.split():
        assert Action(action) in actions_from(state)
        state = next_state(state, Action(action))

    assert state is end
    if end in (State.REFUSED, State.WITHDRAWN, State.APPROVED):
        assert actions_from(state) == frozenset()


def test_what_can_be_submitted_can_be_changed_and_what_is_spoken_for_cannot():
    assert {state for state in State if Action.SUBMIT in actions_from(state)} == set(EDITABLE)
    assert not EDITABLE & RESERVING


@pytest.mark.parametrize("is_last", [True, False])
def test_only_the_last_step_approves_and_every_step_can_send_back_or_refuse(is_last):
    assert action_of(Decision.AGREE, is_last=is_last) is (Action.APPROVE if is_last else Action.AGREE)
    assert action_of(Decision.RETURN, is_last=is_last) is Action.RETURN
    assert action_of(Decision.REFUSE, is_last=is_last) is Action.REFUSE


def test_everything_has_a_name_and_every_class_a_method():
    assert (STATE_NAMES.keys(), METHOD_NAMES.keys(), DECISION_NAMES.keys()) == (set(State), set(Method), set(Decision))
    assert SUGGESTED.keys() == set(EnvClass)
