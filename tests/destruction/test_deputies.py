"""Who signs in the place of somebody else, for which days, and what keeps them from it."""

from datetime import timedelta

import pytest
from factories import NOON, decide, make_application, make_counted, make_user, submit

from ledger.destruction import service
from ledger.destruction.queries import parts_taken
from ledger.destruction.workflow import Decision, NotYourTurn, State, StoodForTookPart
from ledger.duties import DutyConflict, Part
from ledger.journal.service import writing
from ledger.permissions import Role
from ledger.reports.approval import approval_of
from ledger.units.deputies import DeputyNamedAlready, DeputyTooLate, DeputyUnfit, end_deputy, fit_deputies, name_deputy

TODAY = NOON.date()


def stand_in(session, person, deputy, *, days=0, first=TODAY):
    with writing(session):
        given = {"first_day": first, "last_day": first + timedelta(days=days), "today": TODAY}
        return name_deputy(session, person, deputy, **given, reason="外出学习", at=NOON)


def agree(session, application, person, *, at=NOON):
    with writing(session):
        given = {"decision": Decision.AGREE, "text": "同意", "digest": application.digest, "may": lambda _: False}
        return service.decide(session, application, **given, by=person, at=at)


@pytest.fixture
def submitted(session, cast):
    application = make_application(session, cast, make_counted(session, cast))
    submit(session, application)
    return application


def test_a_deputy_signs_as_themselves_for_the_other_and_both_have_taken_part(session, cast, submitted):
    stand_in(session, cast.liu, cast.sun)
    given = agree(session, submitted, cast.sun)

    assert (given.by, given.stands_for, given.role) == (cast.sun, cast.liu, Role.UNIT_HEAD)
    taken = parts_taken(session, [line.item_id for line in submitted.lines])
    assert {cast.sun.id, cast.liu.id} <= taken[Part.APPROVER]
    [said] = approval_of(session, submitted, at=NOON)["opinions"]
    assert said["name"] == f"{cast.sun.name}（代{cast.liu.name}）"


def test_what_either_of_the_two_has_signed_the_deputy_cannot_sign(session, cast, submitted):
    stand_in(session, cast.liu, cast.sun)
    stand_in(session, cast.huang, cast.sun)
    agree(session, submitted, cast.sun)

    with pytest.raises(DutyConflict):
        agree(session, submitted, cast.sun)
    stand_in(session, cast.xie, cast.liu)
    for _ in (cast.huang, cast.cai):
        decide(session, cast, submitted)
    with pytest.raises(DutyConflict):
        agree(session, submitted, cast.liu)


def test_nobody_signs_for_the_applicant(session, cast):
    with writing(session):
        fang = make_user(session, "fang", "方敏", cast.bureau, Role.UNIT_HEAD)
    application = make_application(session, cast, make_counted(session, cast), by=fang)
    submit(session, application)
    stand_in(session, fang, cast.sun)

    with pytest.raises(StoodForTookPart, match="方敏"):
        agree(session, application, cast.sun)


def test_a_deputy_signs_on_the_days_named_and_not_after_the_end(session, cast, submitted):
    named = stand_in(session, cast.liu, cast.sun, first=TODAY + timedelta(days=2), days=3)
    for days in (1, 6):
        with pytest.raises(NotYourTurn):
            agree(session, submitted, cast.sun, at=NOON + timedelta(days=days))
    with writing(session):
        end_deputy(session, named, by=cast.liu, at=NOON)
    with pytest.raises(NotYourTurn):
        agree(session, submitted, cast.sun, at=NOON + timedelta(days=3))
    assert submitted.state is State.SUBMITTED


def test_a_deputy_is_named_in_advance_once_and_sees_what_they_sign(session, cast):
    assert cast.wu not in fit_deputies(session, cast.xie)
    with pytest.raises(DeputyUnfit):
        stand_in(session, cast.xie, cast.qian)
    with pytest.raises(DeputyTooLate):
        stand_in(session, cast.xie, cast.sun, first=TODAY - timedelta(days=1), days=5)
    stand_in(session, cast.xie, cast.sun, days=5)
    with pytest.raises(DeputyNamedAlready):
        stand_in(session, cast.xie, cast.zhao, first=TODAY + timedelta(days=5))
