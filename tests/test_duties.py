import itertools

import pytest

from ledger.duties import APART, ONCE, PART_NAMES, DutyConflict, Part, check_duty

LIN, ZHAO = 1, 2


@pytest.mark.parametrize("pair", sorted(tuple(sorted(pair)) for pair in APART))
def test_one_person_cannot_hold_both_parts_in_either_order(pair):
    for part, earlier in (pair, pair[::-1]):
        with pytest.raises(DutyConflict, match=PART_NAMES[earlier]):
            check_duty(Part(part), LIN, {Part(earlier): [LIN]})


@pytest.mark.parametrize("pair", sorted(tuple(sorted(pair)) for pair in APART))
def test_two_people_can(pair):
    check_duty(Part(pair[0]), LIN, {Part(pair[1]): [ZHAO]})


@pytest.mark.parametrize("part", Part)
def test_nobody_approves_or_supervises_twice_but_may_do_other_things_again(part):
    if part in ONCE:
        with pytest.raises(DutyConflict):
            check_duty(part, LIN, {part: [LIN]})
    else:
        check_duty(part, LIN, {part: [LIN]})


def test_what_is_not_kept_apart_may_go_together():
    allowed = {frozenset(pair) for pair in itertools.combinations(Part, 2)} - APART.keys()

    for one, other in allowed:
        check_duty(one, LIN, {other: [LIN]})


def test_a_supervisor_took_no_part_in_what_is_supervised():
    for part in set(Part) - {Part.SUPERVISOR}:
        with pytest.raises(DutyConflict):
            check_duty(Part.SUPERVISOR, LIN, {part: [LIN]})
