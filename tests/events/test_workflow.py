import itertools

import pytest

from ledger.events.workflow import TRANSITIONS, Action, EventMovedOn, State, actions_from, next_state


@pytest.mark.parametrize(("state", "action"), list(itertools.product(State, Action)), ids=str)
def test_an_event_goes_only_where_the_table_says(state, action):
    if (state, action) in TRANSITIONS:
        assert next_state(state, action) is TRANSITIONS[state, action]
        assert action in actions_from(state)
    else:
        with pytest.raises(EventMovedOn):
            next_state(state, action)
        assert action not in actions_from(state)


def test_every_event_can_reach_its_manifest_and_every_end_is_an_end():
    reached, waiting = set(), [State.PLANNING]
    while waiting:
        state = waiting.pop()
        if state not in reached:
            reached.add(state)
            waiting += [TRANSITIONS[state, action] for action in actions_from(state)]

    assert reached == set(State)
    assert {state for state in State if not actions_from(state)} == {State.SEALED, State.CANCELLED}


def test_after_the_day_has_begun_nothing_gives_the_event_up():
    for state in (State.OPEN, State.CLOSING, State.SEALED):
        assert not {Action.CANCEL, Action.REVISE} & actions_from(state)
