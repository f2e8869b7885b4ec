from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from factories import NOON
from occasions import DAY, MORNING, make_approved, make_batch, make_event, make_plan, sign_plan
from sqlalchemy import select
from sqlalchemy.orm import object_session

from ledger.destruction.chain import ChainStep
from ledger.destruction.deciding import set_chain
from ledger.destruction.queries import chain_for
from ledger.destruction.service import withdraw_line
from ledger.destruction.workflow import ContentChanged, Decision, NotYourTurn
from ledger.duties import DutyConflict
from ledger.events import plan as plans
from ledger.events import service as events
from ledger.events.queries import packed_elsewhere
from ledger.events.workflow import (
    LACKS_PAPERS,
    LACKS_RECEIVER,
    LACKS_SITE,
    LACKS_SLOT,
    ApplicationNotInPlan,
    EventMovedOn,
    InPlanAlready,
    PlanIncomplete,
    PlanNotAsSigned,
    ReceiverPapersMissing,
    State,
)
from ledger.goods.classes import EnvClass
from ledger.journal.models import JournalEntry
from ledger.journal.service import writing
from ledger.permissions import Permission, Role

PAPERS = {"licence": "闽危废 001", "licence_until": date(2027, 12, 31), "form_no": "3502-2027-00417"}


@pytest.fixture
def event(session, cast):
    return make_plan(session, cast, cast.bureau, cast.district)


def submit(session, cast, event):
    with writing(session):
        plans.submit_plan(session, event, by=cast.chen, at=NOON)


def approve(session, cast, event, *, digest=None, by=None):
    with writing(session):
        say(session, event, Decision.AGREE, "同意", by=by or cast.xie, digest=digest)


def say(session, event, decision, text, *, by, digest=None):
    seen = digest or event.digest
    return plans.decide_plan(
        session, event, decision=decision, text=text, digest=seen, may=lambda _: True, by=by, at=NOON
    )


def test_a_plan_is_approved_over_the_digest_that_was_seen(session, cast, event):
    submit(session, cast, event)
    seen = event.digest
    approve(session, cast, event, digest=seen)

    assert (event.state, event.approved_by_id, event.given[-1].text) == (State.APPROVED, cast.xie.id, "同意")
    assert plans.plan_digest(event) == seen


@pytest.mark.parametrize(
    "change",
    [
        lambda event: setattr(event, "name", "另一次"),
        lambda event: setattr(event, "day", DAY + timedelta(days=1)),
        lambda event: setattr(event.sites[0], "address", "别处"),
        lambda event: setattr(event.receivers[0], "licence", "X"),
        lambda event: setattr(event.slots[0], "at", MORNING + timedelta(minutes=1)),
        lambda event: object_session(event).delete(event.slots[0]),
    ],
    ids=["name", "day", "address", "licence", "time", "one slot less"],
)
def test_whatever_changes_in_the_plan_changes_its_digest_and_stops_the_signature(session, cast, event, change):
    submit(session, cast, event)
    seen = event.digest
    with writing(session):
        change(event)
    session.refresh(event)

    with pytest.raises(ContentChanged):
        approve(session, cast, event, digest=seen)
    assert event.state is State.SUBMITTED
    assert event.approved_by is None


def test_a_signature_over_another_digest_is_refused(session, cast, event):
    submit(session, cast, event)

    with pytest.raises(ContentChanged):
        approve(session, cast, event, digest="0" * 64)


def test_who_submitted_the_plan_cannot_decide_on_it(session, cast, event):
    submit(session, cast, event)

    with pytest.raises(DutyConflict):
        approve(session, cast, event, by=cast.chen)
    with pytest.raises(DutyConflict), writing(session):
        say(session, event, Decision.RETURN, "改", by=cast.chen)
    assert event.state is State.SUBMITTED


def test_a_plan_names_all_that_it_lacks(session, cast):
    with writing(session):
        event = events.plan_event(session, cast.bureau, name="空", day=DAY, report_due_on=DAY, by=cast.chen, at=NOON)
        events.add_site(event, name="分会场", address="", is_main=False)

    assert plans.lacks_of(event) == [LACKS_SITE, LACKS_RECEIVER, LACKS_SLOT]
    with pytest.raises(PlanIncomplete, match="a main site"):
        submit(session, cast, event)


@pytest.mark.parametrize("missing", [*PAPERS, "valid on the day"])
def test_hazardous_waste_needs_a_receiver_with_all_its_papers(session, cast, event, missing):
    papers = {name: value for name, value in PAPERS.items() if name != missing}
    if missing == "valid on the day":
        papers["licence_until"] = DAY - timedelta(days=1)

    with pytest.raises(ReceiverPapersMissing), writing(session):
        events.add_receiver(event, env_class=EnvClass.HAZARDOUS, name="危废公司", **papers)
    assert len(event.receivers) == 1


def test_a_licence_that_runs_out_before_the_new_day_stops_the_plan(session, cast, event):
    with writing(session):
        events.add_receiver(event, env_class=EnvClass.HAZARDOUS, name="危废公司", **PAPERS)
        events.change_head(event, name=event.name, day=date(2028, 3, 15), report_due_on=date(2028, 3, 20))

    assert plans.lacks_of(event) == [LACKS_PAPERS]
    with pytest.raises(PlanIncomplete):
        submit(session, cast, event)


def test_a_site_or_a_receiver_of_a_class_stands_once_in_a_plan(session, cast, event):
    with pytest.raises(InPlanAlready), writing(session):
        events.add_site(event, name="同平区处置中心", address="", is_main=False)
    with pytest.raises(InPlanAlready), writing(session):
        events.add_receiver(event, env_class=EnvClass.GENERAL, name="环卫处置中心")
    with writing(session):
        events.add_receiver(event, env_class=EnvClass.ELECTRONIC, name="环卫处置中心")

    assert (len(event.sites), len(event.receivers)) == (1, 2)


def test_there_is_one_main_site(session, cast, event):
    with writing(session):
        events.add_site(event, name="分会场", address="", is_main=False)
        events.add_site(event, name="新主会场", address="", is_main=True)

    assert [site.name for site in event.sites if site.is_main] == ["新主会场"]


def test_a_units_later_slot_replaces_the_earlier_and_slots_follow_the_day(session, cast, event):
    with writing(session):
        later = MORNING + timedelta(hours=1)
        events.add_slot(session, event, unit=cast.district, site=event.sites[0], arrives_at=later)
        events.change_head(event, name="改期", day=DAY + timedelta(days=2), report_due_on=DAY + timedelta(days=7))

    assert {slot.unit_id: slot.at for slot in event.slots} == {
        cast.bureau.id: datetime(2027, 3, 17, 1, 30, tzinfo=UTC),
        cast.district.id: datetime(2027, 3, 17, 2, 30, tzinfo=UTC),
    }


def test_a_site_takes_its_slots_along(session, cast, event):
    with writing(session):
        other = events.add_site(event, name="分会场", address="", is_main=False)
        events.add_slot(session, event, unit=cast.station, site=other, arrives_at=MORNING)
        events.remove_part(session, event, event.sites[0])

    assert [slot.unit_id for slot in event.slots] == [cast.station.id]
    assert [site.name for site in event.sites] == ["分会场"]


def test_a_submitted_or_approved_plan_cannot_be_changed(session, cast, event):
    submit(session, cast, event)
    acts = [
        lambda: events.add_site(event, name="x", address="", is_main=False),
        lambda: events.add_receiver(event, env_class=EnvClass.GENERAL, name="x"),
        lambda: events.add_slot(session, event, unit=cast.station, site=event.sites[0], arrives_at=MORNING),
        lambda: events.remove_part(session, event, event.slots[0]),
        lambda: events.change_head(event, name="x", day=DAY, report_due_on=DAY),
    ]
    for _ in ("submitted", "approved"):
        before = plans.plan_content(event)
        for act in acts:
            with pytest.raises(EventMovedOn), writing(session):
                act()
        assert plans.plan_content(event) == before
        if event.state is State.SUBMITTED:
            approve(session, cast, event)


def test_a_plan_covers_all_approved_applications_and_taking_a_line_out_voids_nothing(session, cast, event):
    first, second = make_approved(session, cast, ["甲", "乙"])
    submit(session, cast, event)

    assert plans.plan_content(event)["applications"] == [[first.application.number, first.application.digest]]
    approve(session, cast, event)
    with writing(session):
        withdraw_line(session, second, reason="查封", by=cast.lin, at=NOON)
        events.open_event(session, event, by=cast.chen, at=NOON)
    assert event.state is State.OPEN


def test_what_was_approved_after_the_plan_is_packed_only_once_that_is_approved_anew(session, cast, event):
    submit(session, cast, event)
    lines = make_approved(session, cast)  # the plan waits, so it is not approved anew by the way
    approve(session, cast, event)

    with pytest.raises(ApplicationNotInPlan, match=lines[0].application.number):
        make_batch(session, cast, event, lines)
    sign_plan(session, cast, event)
    assert make_batch(session, cast, event, lines).is_sealed


def test_the_day_does_not_begin_on_a_plan_that_is_not_what_was_signed(session, cast):
    event = make_event(session, cast)
    with writing(session):
        event.sites[0].address = "别处"

    with pytest.raises(PlanNotAsSigned), writing(session):
        events.open_event(session, event, by=cast.chen, at=NOON)


def test_a_plan_goes_through_the_chain_that_is_set_for_plans_and_leaves_that_of_applications(session, cast, event):
    steps = [ChainStep(role=Role.LEGAL, stage=0), ChainStep(role=Role.LEADER, stage=1)]
    with writing(session):
        who = {"by": cast.xie, "beside": cast.huang}
        set_chain(session, cast.bureau, steps, seen=None, is_of_plans=True, **who, at=NOON)
    submit(session, cast, event)

    leads = [Permission.DECIDE]
    given = {"decision": Decision.AGREE, "text": "", "digest": event.digest, "may": leads.__contains__}
    with pytest.raises(NotYourTurn), writing(session):
        plans.decide_plan(session, event, **given, by=cast.xie, at=NOON)
    approve(session, cast, event, by=cast.huang)
    assert (event.state, event.stage) == (State.SUBMITTED, 1)
    with pytest.raises(DutyConflict):
        approve(session, cast, event, by=cast.huang)
    approve(session, cast, event)
    assert event.state is State.APPROVED
    assert len(chain_for(session, cast.bureau)) == 4


def test_a_refused_plan_is_the_end_of_the_event(session, cast, event):
    submit(session, cast, event)
    with writing(session):
        say(session, event, Decision.REFUSE, "今年不办", by=cast.xie)

    assert event.state is State.CANCELLED
    entry = session.scalars(select(JournalEntry).filter_by(act="event.plan_refused")).one()
    assert "今年不办".encode() in entry.body


def test_a_plan_comes_back_with_an_opinion_until_it_is_submitted_again(session, cast, event):
    submit(session, cast, event)
    with writing(session):
        say(session, event, Decision.RETURN, "时间太早", by=cast.xie)
    assert (event.state, event.returned_at, event.given[-1].text) == (State.PLANNING, NOON, "时间太早")

    submit(session, cast, event)
    assert (event.state, event.returned_at) == (State.SUBMITTED, None)


def test_a_revised_plan_needs_approval_again(session, cast, event):
    submit(session, cast, event)
    approve(session, cast, event)
    with writing(session):
        plans.revise_plan(session, event, reason="暴雨", by=cast.chen, at=NOON)
    assert (event.state, event.returned_at) == (State.PLANNING, None)

    submit(session, cast, event)
    assert (event.approved_by, event.approved_at) == (None, None)


def test_what_is_sealed_when_the_day_begins_is_what_is_expected(session, cast):
    event = make_event(session, cast)
    first, second = make_approved(session, cast, ["假酒", "假烟"])
    sealed = make_batch(session, cast, event, [first])
    unsealed = make_batch(session, cast, event, [second], seal="")

    with writing(session):
        events.open_event(session, event, by=cast.chen, at=NOON)

    assert (sealed.is_expected, unsealed.is_expected) == (True, False)
    entry = session.scalars(select(JournalEntry).filter_by(act="event.opened")).one()
    assert f'"batches":["{sealed.code}"]'.encode() in entry.body


def test_what_an_earlier_event_took_of_an_application_is_told_beside_what_is_planned(session, cast):
    [line] = make_approved(session, cast)
    first, second = make_event(session, cast), make_plan(session, cast)
    make_batch(session, cast, first, [line], quantity=Decimal(4))
    make_batch(session, cast, second, [line], quantity=Decimal(1))
    later = NOON + timedelta(hours=1)
    with writing(session):
        events.open_event(session, first, by=cast.chen, at=NOON)

    assert packed_elsewhere(session, second, [line.application], before=later) == {line.id: {first.name: 4}}
    assert packed_elsewhere(session, second, [line.application], before=NOON) == {}
