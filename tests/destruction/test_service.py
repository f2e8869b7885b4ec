from datetime import date, timedelta
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from factories import (
    NOON,
    TERMS,
    count,
    decide,
    make_application,
    make_approved,
    make_case,
    make_counted,
    make_item,
    submit,
)
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ledger.cases.models import Case
from ledger.cases.rules import HoldKind
from ledger.cases.service import register_lines, set_hold
from ledger.destruction import service
from ledger.destruction.models import Application, Opinion
from ledger.destruction.workflow import (
    ApplicationMovedOn,
    AppliedAlready,
    ContentChanged,
    Decision,
    Method,
    NotEligible,
    NothingApplied,
    NothingToWithdraw,
    NotYourTurn,
    ReasonNeeded,
    State,
)
from ledger.duties import DutyConflict
from ledger.goods.audit import verify_books
from ledger.goods.lines import Line
from ledger.goods.models import Item, Position
from ledger.goods.rules import Account
from ledger.journal.models import JournalEntry
from ledger.journal.service import writing
from ledger.permissions import Permission
from ledger.stocktake import service as stocktake
from ledger.units import service as units
from ledger.units.rules import ResetShadow

TODAY = date(2026, 11, 24)


def reserved(session, item):
    """How much of a line's goods in the store is spoken for."""
    query = select(Position.reserved).where(Position.item_id == item.id, Position.account == Account.STORED)
    return sum(session.scalars(query), Decimal(0))


def entries(session, act):
    return session.scalars(select(JournalEntry).filter_by(act=act)).all()


@pytest.fixture
def application(session, cast):
    """Lin's draft over ten bottles."""
    return make_application(session, cast, make_counted(session, cast))


@pytest.fixture
def submitted(session, application):
    submit(session, application)
    return application


@pytest.fixture
def item(session, application):
    return application.lines[0].item


def test_submitting_reserves_the_goods_and_keeps_what_is_signed(session, application, item):
    submit(session, application)

    assert (application.state, application.revision, application.stage) == (State.SUBMITTED, 1, 0)
    assert reserved(session, item) == 10
    assert application.digest.encode() in entries(session, "application.submitted")[0].body
    assert item.name.encode() in entries(session, "application.submitted")[0].body


def test_the_chain_agrees_in_its_order_and_the_goods_stay_reserved(session, cast, submitted, item):
    for step, person in enumerate((cast.liu, cast.huang, cast.cai, cast.xie)):
        assert submitted.stage == step
        decide(session, cast, submitted)
        assert submitted.opinions[-1].by is person

    assert submitted.state is State.APPROVED
    assert reserved(session, item) == 10
    assert {opinion.digest for opinion in submitted.opinions} == {submitted.digest}


@pytest.mark.parametrize(("decision", "state"), [(Decision.RETURN, State.RETURNED), (Decision.REFUSE, State.REFUSED)])
def test_who_does_not_agree_says_why_and_frees_the_goods(session, cast, submitted, item, decision, state):
    with pytest.raises(ReasonNeeded):
        decide(session, cast, submitted, decision, "  ")
    assert (submitted.state, reserved(session, item)) == (State.SUBMITTED, 10)

    decide(session, cast, submitted, decision, "数量不符")

    assert (submitted.state, reserved(session, item)) == (state, 0)
    assert (submitted.opinions[0].text, submitted.decided_at) == ("数量不符", NOON)


def test_withdrawing_frees_the_goods_and_ends_it(session, cast, submitted, item):
    with writing(session):
        service.withdraw(session, submitted, reason="改为移送", by=cast.lin, at=NOON)

    assert (submitted.state, reserved(session, item)) == (State.WITHDRAWN, 0)
    with pytest.raises(ApplicationMovedOn):
        submit(session, submitted)


def test_a_draft_that_is_given_up_never_reserved_anything(session, cast, application, item):
    with writing(session):
        service.withdraw(session, application, reason="建错了", by=cast.lin, at=NOON)

    assert (application.state, reserved(session, item)) == (State.WITHDRAWN, 0)
    assert b"claims" not in entries(session, "application.withdrawn")[0].body


def test_nobody_decides_about_the_own_application(session, cast, submitted):
    with pytest.raises(DutyConflict):
        decide(session, cast, submitted, by=cast.lin)

    assert submitted.opinions == []


def test_nobody_gives_two_opinions_on_one_submission(session, cast, submitted):
    decide(session, cast, submitted)

    with pytest.raises(DutyConflict):
        decide(session, cast, submitted, by=cast.liu)

    assert len(submitted.opinions) == 1


def test_after_a_return_the_same_people_sign_again(session, cast, submitted):
    decide(session, cast, submitted)
    decide(session, cast, submitted, Decision.RETURN, "请补充")
    first = submitted.digest

    submit(session, submitted)
    decide(session, cast, submitted)

    assert (submitted.revision, submitted.stage) == (2, 1)
    assert submitted.digest != first
    assert [(opinion.revision, opinion.by.login) for opinion in submitted.opinions] == [
        (1, "liu"),
        (1, "huang"),
        (2, "liu"),
    ]


def test_who_reset_the_applicants_password_keeps_off_for_a_week(session, cast, submitted):
    with writing(session):
        reset = units.request_reset(session, cast.lin, reason="忘记", by=cast.wu, at=NOON)
    with writing(session):
        units.confirm_reset(session, reset, "x", by=cast.zheng, at=NOON)

    with pytest.raises(ResetShadow):
        decide(session, cast, submitted, by=cast.wu)


def test_a_step_is_taken_only_by_who_holds_its_permission(session, cast, submitted):
    with pytest.raises(NotYourTurn), writing(session):
        service.decide(
            session,
            submitted,
            decision=Decision.AGREE,
            text="",
            digest=submitted.digest,
            may=lambda _permission: False,
            by=cast.xie,
            at=NOON,
        )

    assert submitted.opinions == []


def test_only_what_the_person_saw_is_signed(session, cast, submitted):
    seen = submitted.digest
    decide(session, cast, submitted, Decision.RETURN, "改")
    submit(session, submitted)

    with pytest.raises(ContentChanged), writing(session):
        service.decide(
            session,
            submitted,
            decision=Decision.AGREE,
            text="",
            digest=seen,
            may=lambda _permission: True,
            by=cast.liu,
            at=NOON,
        )

    assert [opinion.revision for opinion in submitted.opinions] == [1]


def test_nothing_is_signed_when_somebody_reached_past_the_application(session, cast, submitted):
    session.execute(text("UPDATE application_line SET quantity = 1000"))
    session.commit()

    with pytest.raises(ContentChanged):
        decide(session, cast, submitted)

    assert submitted.opinions == []


@pytest.mark.parametrize(
    "change",
    [
        lambda _session, made: service.revise(made, legal_basis="x", reason="y"),
        lambda _session, made: service.change_line(made, made.lines[0], quantity=Decimal(1), method=Method.LANDFILL),
        lambda _session, made: service.remove_line(made, made.lines[0]),
        lambda session, made: service.add_free_goods(session, made, []),
        lambda session, made: service.add_line(session, made, service.Wanted(1, 1, Decimal(1), Method.LANDFILL)),
    ],
)
def test_what_was_submitted_cannot_be_changed(session, submitted, change):
    with pytest.raises(ApplicationMovedOn), writing(session):
        change(session, submitted)

    session.rollback()
    assert [line.quantity for line in submitted.lines] == [10]


def test_an_empty_application_cannot_be_submitted(session, cast, application):
    with writing(session):
        service.remove_line(application, application.lines[0])

    with pytest.raises(NothingApplied):
        submit(session, application)


def test_the_same_goods_stand_in_an_application_once(session, application, item):
    line = application.lines[0]

    with pytest.raises(AppliedAlready), writing(session):
        service.add_line(session, application, service.Wanted(item.id, line.place_id, Decimal(1), Method.LANDFILL))
    with writing(session):
        assert service.add_free_goods(session, application, [item]) == []


def no_decision(session, cast):
    return make_counted(session, cast, case=make_case(session, cast, decision="", served_on=None))


def not_served(session, cast):
    return make_counted(session, cast, case=make_case(session, cast, served_on=None))


def in_the_appeal_period(session, cast):
    return make_counted(session, cast, case=make_case(session, cast, served_on=TODAY - timedelta(days=100)))


def on_hold(session, cast):
    item = make_counted(session, cast)
    with writing(session):
        set_hold(
            session,
            session.get_one(Case, item.case_id),
            item,
            kind=HoldKind.LAWSUIT,
            reason="诉讼",
            by=cast.lin,
            at=NOON,
        )
    return item


def never_counted(session, cast):
    return make_item(session, cast)


def counted_too_long_ago(session, cast):
    return make_counted(session, cast, at=NOON - timedelta(days=31))


def in_another_application(session, cast):
    item = make_counted(session, cast)
    submit(session, make_application(session, cast, item))
    return item


def being_counted(session, cast):
    item = make_counted(session, cast)
    with writing(session):
        places = [held.place for held in item.positions if held.account is Account.STORED]
        stocktake.open_stocktake(session, item.unit, places, by=cast.zhao, at=NOON)
    return item


@pytest.mark.parametrize(
    ("goods", "word"),
    [
        (no_decision, "Must not be destroyed"),
        (not_served, "Must not be destroyed"),
        (in_the_appeal_period, "On hold"),
        (on_hold, "On hold"),
        (never_counted, "To be counted"),
        (counted_too_long_ago, "To be counted"),
        (in_another_application, "In approval"),
        (being_counted, "Being counted"),
    ],
)
def test_goods_that_may_not_go_are_named_with_the_reason(session, cast, goods, word):
    item = goods(session, cast)
    place_id = next(held.place_id for held in item.positions if held.account is Account.STORED)
    eligible = make_counted(session, cast, case=make_case(session, cast, number="x"), at_location="B-02-2")
    application = make_application(session, cast, eligible)
    with writing(session):
        service.add_line(session, application, service.Wanted(item.id, place_id, Decimal(1), Method.LANDFILL))
    before = reserved(session, item)

    with pytest.raises(NotEligible) as refusal:
        submit(session, application)

    assert refusal.value.facts == {"name": item.name, "reason": word}
    assert (application.state, application.revision) == (State.DRAFT, 0)
    assert reserved(session, item) == before


def test_goods_still_with_the_officers_cannot_be_applied_for(session, cast):
    case = make_case(session, cast)
    with writing(session):
        [item_id] = register_lines(
            session, case, [Line(name="货", measure="件", quantity=Decimal(3))], by=cast.lin, at=NOON
        )
    item = session.get_one(Item, item_id)
    application = make_application(session, cast, item)

    assert application.lines == []


@pytest.mark.parametrize("wanted", ["10.001", "11"])
def test_no_more_is_applied_for_than_lies_there_free(session, application, item, wanted):
    with writing(session):
        service.change_line(application, application.lines[0], quantity=Decimal(wanted), method=Method.LANDFILL)

    with pytest.raises(NotEligible, match="Not enough free"):
        submit(session, application)

    assert reserved(session, item) == 0


def test_goods_of_another_unit_cannot_be_slipped_in(session, cast, application):
    foreign = make_counted(session, cast, case=make_case(session, cast, unit=cast.district, number="y"))
    place_id = next(held.place_id for held in foreign.positions if held.account is Account.STORED)
    with writing(session):
        service.add_line(session, application, service.Wanted(foreign.id, place_id, Decimal(1), Method.LANDFILL))

    with pytest.raises(NotEligible):
        submit(session, application)


def test_a_part_can_be_applied_for_and_the_rest_in_another_application(session, cast, application, item):
    with writing(session):
        service.change_line(application, application.lines[0], quantity=Decimal(4), method=Method.LANDFILL)
    submit(session, application)

    rest = make_application(session, cast, item)
    submit(session, rest)

    assert rest.lines[0].quantity == 6
    assert reserved(session, item) == 10


def test_a_line_is_taken_out_of_an_approval_and_the_rest_stands(session, cast, verifier):
    kept = make_counted(session, cast)
    given_up = make_counted(session, cast, case=make_case(session, cast, number="z"), at_location="B")
    application = make_approved(session, cast, kept, given_up)
    line = next(line for line in application.lines if line.item is given_up)

    with writing(session):
        service.withdraw_line(session, line, reason="当事人起诉", by=cast.lin, at=NOON)

    assert (reserved(session, kept), reserved(session, given_up)) == (10, 0)
    assert (application.state, line.withdrawn_at, line.open) == (State.APPROVED, NOON, 0)
    with pytest.raises(NothingToWithdraw), writing(session):
        service.withdraw_line(session, line, reason="再来", by=cast.lin, at=NOON)
    assert verify_books(session, verifier).findings == []


def test_numbers_run_per_unit_and_year(session, cast):
    item = make_counted(session, cast)
    other = make_counted(session, cast, case=make_case(session, cast, unit=cast.district))

    numbers = [make_application(session, cast, goods).number for goods in (item, item, other)]
    later = make_application(session, cast, item, at=NOON + timedelta(days=365)).number

    assert numbers == ["鹭江市销申〔2026〕1号", "鹭江市销申〔2026〕2号", "思岭区销申〔2026〕1号"]
    assert later == "鹭江市销申〔2027〕1号"


def test_of_two_who_sign_at_the_same_moment_one_is_told(app, session, cast, submitted):
    application_id, digest, ready, told = submitted.id, submitted.digest, Barrier(2), []
    session.rollback()

    def sign(person):
        with app.app_context(), Session(session.get_bind()) as mine:
            ready.wait(10)
            try:
                with writing(mine):
                    service.decide(
                        mine,
                        mine.get_one(Application, application_id),
                        decision=Decision.AGREE,
                        text="",
                        digest=digest,
                        may=lambda permission: permission is Permission.OPINE_AS_HEAD,
                        by=mine.merge(person, load=False),
                        at=NOON,
                    )
            except NotYourTurn as refusal:
                told.append(refusal.facts["step"])

    people = [cast.liu, cast.huang]
    for person in people:
        session.refresh(person)
        session.expunge(person)
    threads = [Thread(target=sign, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert told == ["Legal review"]
    session.rollback()
    assert len(session.scalars(select(Opinion)).all()) == 1


def test_what_is_counted_again_can_be_applied_for_again(session, cast):
    item = make_counted(session, cast, at=NOON - timedelta(days=40))
    application = make_application(session, cast, item)
    with pytest.raises(NotEligible):
        submit(session, application)

    count(session, cast, item)
    submit(session, application)

    assert application.state is State.SUBMITTED
    assert TERMS.count_valid_days < 40
