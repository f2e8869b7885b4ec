"""Who gives an opinion, in what order, and from what size of an application on."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from factories import NOON, make_application, make_counted, submit
from hypothesis import given
from hypothesis import strategies as st

from ledger.destruction import deciding, service
from ledger.destruction.chain import (
    DEFAULT,
    OPINES,
    ChainSetMeanwhile,
    ChainStep,
    LastNotLeader,
    MinutesNeeded,
    Size,
    TooFewSteps,
    as_members,
    as_step,
    check_chain,
    steps_for,
    unstaffed,
)
from ledger.destruction.queries import chain_for
from ledger.destruction.workflow import Decision, NotYourTurn, State
from ledger.goods.classes import EnvClass
from ledger.journal.service import writing
from ledger.permissions import GRANTS, Role

SMALL = Size(0, Decimal(0), [EnvClass.GENERAL])
STEPS = st.builds(
    ChainStep,
    role=st.sampled_from(list(OPINES)),
    stage=st.integers(0, 3),
    from_value=st.none() | st.integers(0, 100),
    from_pieces=st.none() | st.integers(1, 100),
    env_class=st.none() | st.sampled_from(EnvClass),
    is_collective=st.booleans(),
)


def chain(*words: str, **members: Any) -> list[ChainStep]:
    """Return a chain of roles, a word per stage; members are those of its first step."""
    steps = [ChainStep(role=Role(role), stage=stage) for stage, word in enumerate(words) for role in word.split("+")]
    return [replace(steps[0], **members), *steps[1:]]


def test_each_role_of_a_chain_has_a_permission_of_its_own():
    for role, permission in OPINES.items():
        assert [other for other, granted in GRANTS.items() if permission in granted] == [role]


@given(st.lists(STEPS, max_size=8), st.integers(0, 100), st.integers(0, 100))
def test_what_is_kept_comes_back_and_a_greater_application_never_needs_less(steps, value, pieces):
    assert [as_step(as_members(step)) for step in steps] == steps
    small, great = Size(value, Decimal(pieces), []), Size(value + 1, Decimal(pieces + 1), list(EnvClass))
    needed = steps_for(steps, small)

    assert [step.stage for step in needed] == sorted(step.stage for step in needed)
    assert {id(step) for step in needed} <= {id(step) for step in steps_for(steps, great)}


@pytest.mark.parametrize(
    ("condition", "size"),
    [
        ({"from_value": 500}, Size(500, Decimal(0), [])),
        ({"from_pieces": 10}, Size(0, Decimal("10.5"), [])),
        ({"env_class": EnvClass.HAZARDOUS}, Size(0, Decimal(0), [EnvClass.GENERAL, EnvClass.HAZARDOUS])),
    ],
)
def test_a_step_with_a_condition_is_asked_for_when_it_is_met(condition, size):
    steps = chain("finance", "unit_head", "leader", **condition)

    assert [step.role for step in steps_for(steps, SMALL)] == [Role.UNIT_HEAD, Role.LEADER]
    assert [step.role for step in steps_for(steps, size)] == [Role.FINANCE, Role.UNIT_HEAD, Role.LEADER]


@pytest.mark.parametrize(
    ("steps", "refusal"),
    [
        (chain("leader", "legal"), LastNotLeader),
        (chain("unit_head", "legal+leader"), LastNotLeader),
        ([*chain("unit_head"), ChainStep(role=Role.LEADER, stage=1, from_value=1)], LastNotLeader),
        (chain("leader"), TooFewSteps),
        (chain("legal", "leader", from_value=1), TooFewSteps),
    ],
)
def test_a_chain_ends_with_a_leader_and_nobody_decides_alone(steps, refusal):
    with pytest.raises(refusal):
        check_chain(steps)
    check_chain(DEFAULT)


def test_an_empty_chain_is_none():
    with pytest.raises(LastNotLeader):
        check_chain([])


def set_chain(session, cast, steps, unit=None, seen=None):
    with writing(session):
        return deciding.set_chain(
            session, unit or cast.bureau, steps, seen=seen, by=cast.xie, beside=cast.huang, at=NOON
        )


def agree(session, application, person, minutes=""):
    with writing(session):
        service.decide(
            session,
            application,
            decision=Decision.AGREE,
            text="同意",
            minutes=minutes,
            digest=application.digest,
            may=person.may,
            by=person,
            at=NOON,
        )


@pytest.fixture
def application(session, cast):
    return make_application(session, cast, make_counted(session, cast))


def test_steps_of_one_stage_sign_in_any_order_and_the_next_stage_waits_for_all(session, cast, application):
    set_chain(session, cast, chain("legal+finance", "leader"))
    submit(session, application)

    with pytest.raises(NotYourTurn):
        agree(session, application, cast.xie)
    agree(session, application, cast.cai)
    assert [step.role for step in application.open_steps] == [Role.LEGAL]
    agree(session, application, cast.huang)
    agree(session, application, cast.xie)

    assert application.state is State.APPROVED
    assert [opinion.role for opinion in application.opinions] == [Role.FINANCE, Role.LEGAL, Role.LEADER]


def test_what_runs_keeps_its_chain_and_the_next_submission_takes_the_new_one(session, cast, application):
    submit(session, application)
    set_chain(session, cast, chain("legal", "leader"))
    assert [step.role for step in application.steps] == [step.role for step in DEFAULT]

    with writing(session):
        service.decide(
            session,
            application,
            decision=Decision.RETURN,
            text="改",
            digest=application.digest,
            may=cast.liu.may,
            by=cast.liu,
            at=NOON,
        )
    submit(session, application)

    assert [step.role for step in application.steps] == [Role.LEGAL, Role.LEADER]


def test_a_unit_below_has_the_chain_of_the_nearest_one_that_set_any(session, cast):
    first = set_chain(session, cast, chain("legal", "leader"))
    assert chain_for(session, cast.district) == chain("legal", "leader")
    set_chain(session, cast, chain("finance", "leader"), unit=cast.district, seen=first.id)

    assert chain_for(session, cast.district) == chain("finance", "leader")
    assert chain_for(session, cast.bureau) == chain("legal", "leader")


def test_of_two_who_set_a_chain_at_once_the_second_is_told(session, cast):
    set_chain(session, cast, chain("legal", "leader"))

    with pytest.raises(ChainSetMeanwhile):
        set_chain(session, cast, chain("finance", "leader"))


def test_where_a_meeting_decides_its_minutes_are_named(session, cast, application):
    set_chain(session, cast, [*chain("legal"), ChainStep(role=Role.LEADER, stage=1, is_collective=True)])
    submit(session, application)
    agree(session, application, cast.huang)

    with pytest.raises(MinutesNeeded):
        agree(session, application, cast.xie, " ")
    agree(session, application, cast.xie, "会议纪要〔2026〕5号")

    assert application.opinions[-1].minutes == "会议纪要〔2026〕5号"
    assert application.state is State.APPROVED


@pytest.mark.parametrize(
    ("able", "left"),
    [
        ({Role.LEGAL: [1, 2], Role.FINANCE: [1], Role.LEADER: [2, 3]}, []),
        ({Role.LEGAL: [1], Role.FINANCE: [1], Role.LEADER: [2]}, [Role.FINANCE]),
        ({Role.LEGAL: [1], Role.LEADER: [2]}, [Role.FINANCE]),
    ],
)
def test_a_chain_says_for_which_steps_nobody_is_left(able, left):
    assert unstaffed([Role.LEGAL, Role.FINANCE, Role.LEADER], able) == left
