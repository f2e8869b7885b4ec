"""What scans make of the books, and how they are taken back."""

from datetime import timedelta
from decimal import Decimal

import pytest
from databases import ON_SQLITE
from days import approved_lines, items_of, make_day, pack
from factories import NOON, balances, make_user
from hypothesis import given, settings
from hypothesis import strategies as st
from occasions import sign_plan
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from ledger.cases.models import Case
from ledger.cases.rules import HoldKind
from ledger.cases.service import release_hold, set_hold
from ledger.destruction.workflow import Method
from ledger.duties import DutyConflict, Part
from ledger.events import packing
from ledger.goods.audit import verify_books
from ledger.goods.classes import EnvClass
from ledger.goods.rules import Account, Act
from ledger.goods.service import Move, Spot, move
from ledger.journal.models import JournalEntry
from ledger.journal.service import writing
from ledger.manifests.closing import end, open_points
from ledger.manifests.workflow import Open
from ledger.permissions import Role
from ledger.scanning import service
from ledger.scanning.models import Posting, Scan
from ledger.scanning.queries import postings_of, unsettled
from ledger.scanning.rules import (
    EventNotOpen,
    NothingToTakeBack,
    Outcome,
    Reason,
    RunClosed,
    RunNeedsTwo,
    Seal,
    Stage,
    TookPart,
)
from ledger.units.models import CredentialReset


@pytest.fixture
def day(session, cast):
    return make_day(session, cast)


def became(posting):
    return posting.outcome, posting.reason


def lies(day, account):
    """Whether all of the first batch lies there."""
    return balances(day.session, items_of(day)[0]) == {Account.PARTY: -10, account: 10}


REFUSED = Outcome.REFUSED


def test_a_batch_goes_its_way_stage_by_stage(session, day, verifier):
    run = day.open_run()

    for stage, account in (
        (Stage.LOAD, Account.LOADED),
        (Stage.RECEIVE, Account.RECEIVED),
        (Stage.DESTROY, Account.DESTROYED),
    ):
        assert became(day.scan(stage, run=run.number)) == (Outcome.OK, None)
        assert lies(day, account)

    assert verify_books(session, verifier).findings == []


def test_destroy_before_receive_waits_and_is_posted_by_itself(session, day, verifier):
    run = day.open_run()
    day.scan(Stage.LOAD)

    early = day.scan(Stage.DESTROY, run=run.number)
    assert became(early) == (Outcome.WAITING, Reason.EARLIER_STAGE_MISSING)
    assert lies(day, Account.LOADED)

    day.scan(Stage.RECEIVE)
    assert became(session.get_one(Posting, early.id)) == (Outcome.OK, None)
    assert session.get_one(Posting, early.id).run_id == run.id
    assert lies(day, Account.DESTROYED)
    assert verify_books(session, verifier).findings == []


def test_a_whole_day_that_arrives_backwards_ends_well(session, day):
    run = day.open_run()
    for stage in (Stage.DESTROY, Stage.RECEIVE, Stage.LOAD):
        day.scan(stage, run=run.number)

    assert {became(posting) for posting in session.scalars(select(Posting))} == {(Outcome.OK, None)}
    assert lies(day, Account.DESTROYED)


@ON_SQLITE
def test_of_two_that_wait_for_the_same_one_is_a_repeat(session, day):
    first, second = day.scan(Stage.RECEIVE), day.scan(Stage.RECEIVE)

    day.scan(Stage.LOAD)

    assert became(session.get_one(Posting, first.id)) == (Outcome.OK, None)
    assert became(session.get_one(Posting, second.id)) == (Outcome.REPEAT, Reason.ALREADY_PASSED)
    assert session.get_one(Posting, second.id).first_id == first.id


@ON_SQLITE
def test_a_hold_set_between_loading_and_arrival_stops_the_batch_until_it_is_released(session, cast, day):
    day.scan(Stage.LOAD)
    case = session.get_one(Case, items_of(day)[0].case_id)
    with writing(session):
        hold = set_hold(session, case, None, kind=HoldKind.LAWSUIT, reason="起诉", by=cast.huang, at=NOON)

    posting = day.scan(Stage.RECEIVE)

    assert became(posting) == (REFUSED, Reason.HELD)
    assert lies(day, Account.LOADED)
    with writing(session):
        release_hold(session, hold, reason="撤诉", by=cast.huang, at=NOON)
    assert became(day.scan(Stage.RECEIVE)) == (Outcome.OK, None)


@ON_SQLITE
def test_a_hold_that_stays_leaves_open_points_at_the_closing(session, cast, day):
    day.scan(Stage.LOAD)
    item = items_of(day)[0]
    with writing(session):
        case = session.get_one(Case, item.case_id)
        set_hold(session, case, item, kind=HoldKind.EVIDENCE, reason="取证", by=cast.huang, at=NOON)
    refused = day.scan(Stage.RECEIVE)
    with writing(session):
        end(session, day.event, by=cast.chen, at=NOON)

    points = open_points(session, day.event)
    assert [(point.kind, point.about) for point in points] == [(Open.NOT_RECEIVED, day.batch), (Open.SCAN, refused)]


@ON_SQLITE
def test_an_older_label_is_refused_and_the_newer_one_is_taken(session, cast, day):
    before = day.batch.code
    with writing(session):
        packing.reprint(session, day.batch, reason="破损", by=cast.zhao, at=NOON)

    assert became(day.scan(Stage.LOAD, code=before)) == (REFUSED, Reason.LABEL_VOID)
    assert became(day.scan(Stage.LOAD)) == (Outcome.OK, None)


@ON_SQLITE
def test_a_batch_of_another_event_is_refused_and_the_event_named(session, cast, day):
    other = make_day(session, cast)

    posting = day.scan(Stage.LOAD, code=other.batch.code)

    assert became(posting) == (REFUSED, Reason.OTHER_EVENT)
    assert posting.facts == {"event": other.event.name}
    assert lies(other, Account.PACKED)


@ON_SQLITE
def test_a_batch_packed_after_the_day_began_is_not_in_the_plan(session, cast):
    day = make_day(session, cast, is_open=False)
    rest = approved_lines(session, cast, cast.bureau, 1)
    sign_plan(session, cast, day.event)
    day.open()
    late = pack(day, rest)

    assert became(day.scan(Stage.LOAD, late)) == (REFUSED, Reason.NOT_IN_PLAN)


@ON_SQLITE
def test_a_broken_seal_is_refused_at_every_stage(session, day):
    assert became(day.scan(Stage.LOAD, seal=Seal.BROKEN)) == (REFUSED, Reason.SEAL_BROKEN)
    assert became(day.scan(Stage.LOAD, seal=Seal.WHOLE)) == (Outcome.OK, None)
    assert became(day.scan(Stage.RECEIVE, seal=Seal.BROKEN)) == (REFUSED, Reason.SEAL_BROKEN)
    assert lies(day, Account.LOADED)


@ON_SQLITE
def test_hazardous_goods_are_neither_loaded_nor_unloaded_without_licence_and_form(session, cast):
    day = make_day(session, cast, env_class=EnvClass.HAZARDOUS)
    with writing(session):
        day.receiver.form_no = ""
    assert became(day.scan(Stage.LOAD)) == (REFUSED, Reason.HAZARDOUS_PAPERS)
    with writing(session):
        day.receiver.form_no = "联单 1"
    assert became(day.scan(Stage.LOAD)) == (Outcome.OK, None)
    with writing(session):
        day.receiver.form_no = ""
    assert became(day.scan(Stage.RECEIVE)) == (REFUSED, Reason.HAZARDOUS_PAPERS)

    with writing(session):
        day.receiver.form_no = "联单 1"
    assert became(day.scan(Stage.RECEIVE)) == (Outcome.OK, None)

    with writing(session):
        day.receiver.licence_until = NOON.date() - timedelta(days=1)
    run = day.open_run()
    assert became(day.scan(Stage.DESTROY, run=run.number)) == (REFUSED, Reason.HAZARDOUS_PAPERS)


@ON_SQLITE
@pytest.mark.parametrize("number", [None, 1, 99])
def test_nothing_is_destroyed_outside_of_an_open_run(session, cast, day, number):
    run = day.open_run()
    with writing(session):
        service.finish_run(session, run, by=cast.chen, at=NOON)
    for stage in (Stage.LOAD, Stage.RECEIVE):
        day.scan(stage)

    assert became(day.scan(Stage.DESTROY, run=number)) == (REFUSED, Reason.NO_RUN)
    assert lies(day, Account.RECEIVED)


@ON_SQLITE
def test_a_run_of_another_method_does_not_take_the_goods(session, day):
    run = day.open_run(Method.CRUSHING)
    for stage in (Stage.LOAD, Stage.RECEIVE):
        day.scan(stage)

    posting = day.scan(Stage.DESTROY, run=run.number)

    assert became(posting) == (REFUSED, Reason.OTHER_METHOD)
    assert posting.facts == {"approved": "Incineration", "run": "Crushing"}


@ON_SQLITE
def test_nothing_moves_before_the_day_begins_or_after_it_ends(session, cast):
    day = make_day(session, cast, is_open=False)
    assert became(day.scan(Stage.LOAD)) == (REFUSED, Reason.EVENT_NOT_OPEN)

    day.open()
    day.end()
    assert became(day.scan(Stage.LOAD)) == (REFUSED, Reason.EVENT_NOT_OPEN)
    assert lies(day, Account.PACKED)


@ON_SQLITE
@pytest.mark.parametrize("code", ["", " ", "7KD4", "7KD4-M2QX-9R41", "HTTPS://X/Q/"])
def test_what_is_no_code_is_kept_as_unknown(session, day, code):
    posting = day.scan(Stage.LOAD, code=code)

    assert became(posting) == (Outcome.UNKNOWN, Reason.BAD_CODE)
    assert session.get_one(Scan, posting.scan_id).code == code


@ON_SQLITE
def test_what_was_put_right_by_a_later_scan_is_not_open_any_more(session, day):
    day.scan(Stage.LOAD, seal=Seal.BROKEN)
    lost = day.scan(Stage.LOAD, code="gibberish")
    assert len(unsettled(session, day.event.id)) == 2

    day.scan(Stage.LOAD)

    assert unsettled(session, day.event.id) == [lost]


def test_what_the_books_contradict_is_kept_and_refused_and_moves_nothing(session, cast, day, verifier):
    item = items_of(day)[0]
    packed, gone = (Spot(account, day.batch.place_id) for account in (Account.PACKED, Account.MISSING))
    with writing(session):
        people = {Part.CONFIRMER: cast.liu}
        some = [Move(item.id, Decimal(1), packed, gone)]
        move(session, some, act=Act.CONFIRM_MISSING, people=people, by=cast.liu, at=NOON, unit=cast.bureau)

    posting = day.scan(Stage.LOAD)

    assert became(posting) == (REFUSED, Reason.BOOKS_DIFFER)
    assert posting.facts == {"why": "not_enough_goods"}
    assert balances(session, item) == {Account.PARTY: -10, Account.PACKED: 9, Account.MISSING: 1}
    assert session.scalars(select(JournalEntry).filter_by(act="scan.refused")).one()
    assert verify_books(session, verifier).findings == []


@ON_SQLITE
def test_one_that_waited_and_is_contradicted_leaves_the_one_it_waited_for_alone(session, cast, day):
    early = day.scan(Stage.RECEIVE)
    with writing(session):
        reset = CredentialReset(
            user_id=cast.lin.id,
            requested_by_id=cast.guo.id,
            requested_at=NOON,
            reason="x",
            confirmed_by_id=cast.wu.id,
            confirmed_at=NOON,
        )
        session.add(reset)
    other = site_staff(session, cast)

    posting = scan_by(day, other, Stage.LOAD)

    assert became(posting) == (Outcome.OK, None)
    assert became(session.get_one(Posting, early.id)) == (REFUSED, Reason.BOOKS_DIFFER)
    assert lies(day, Account.LOADED)


def site_staff(session, cast):
    with writing(session):
        return make_user(session, "other", "另一人", cast.bureau, Role.SITE_STAFF)


def scan_by(day, person, stage):
    with writing(day.session):
        return service.take(day.session, [day.fact(stage, user_id=person.id)], at=NOON)[0]


# Taking back.


@ON_SQLITE
def test_a_load_is_taken_back_and_can_be_made_again(session, day, verifier):
    load = day.scan(Stage.LOAD)

    void = day.scan(Stage.VOID, voids=load.scan_id, note="扫错")

    assert became(void) == (Outcome.OK, Reason.TAKEN_BACK)
    assert session.get_one(Posting, load.id).voided_at
    assert lies(day, Account.PACKED)
    assert became(day.scan(Stage.LOAD)) == (Outcome.OK, None)
    assert verify_books(session, verifier).findings == []


@ON_SQLITE
def test_one_that_waits_is_taken_back_and_never_posted(session, day):
    early = day.scan(Stage.RECEIVE)

    assert became(day.scan(Stage.VOID, voids=early.scan_id)) == (Outcome.OK, Reason.TAKEN_BACK)
    day.scan(Stage.LOAD)

    assert session.get_one(Posting, early.id).outcome is Outcome.WAITING
    assert lies(day, Account.LOADED)


@ON_SQLITE
def test_what_cannot_be_taken_back_says_why(session, cast, day):
    other = make_day(session, cast)
    run = day.open_run()
    load, bad = day.scan(Stage.LOAD), day.scan(Stage.LOAD, code="x")
    repeat = day.scan(Stage.LOAD)
    elsewhere = other.scan(Stage.LOAD)
    day.scan(Stage.RECEIVE)
    burnt = day.scan(Stage.DESTROY, run=run.number)
    cases = [
        (load.scan_id, Reason.LATER_STAGE_DONE),
        (burnt.scan_id, Reason.NEEDS_SUPERVISOR),
        (bad.scan_id, Reason.NOTHING_TO_TAKE_BACK),
        (repeat.scan_id, Reason.NOTHING_TO_TAKE_BACK),
        (elsewhere.scan_id, Reason.NOTHING_TO_TAKE_BACK),
        ("00000000-0000-4000-8000-999999999999", Reason.NOTHING_TO_TAKE_BACK),
        (None, Reason.NOTHING_TO_TAKE_BACK),
    ]
    for scan_id, reason in cases:
        void = day.scan(Stage.VOID, voids=scan_id)
        assert became(void) == (REFUSED, reason)
    assert became(day.scan(Stage.VOID, voids=void.scan_id)) == (REFUSED, Reason.NOTHING_TO_TAKE_BACK)
    assert lies(day, Account.DESTROYED)
    assert lies(other, Account.LOADED)


@ON_SQLITE
def test_a_destruction_is_taken_back_by_site_staff_and_a_supervisor(session, cast, day):
    run = day.open_run()
    for stage in (Stage.LOAD, Stage.RECEIVE):
        day.scan(stage)
    burnt = day.scan(Stage.DESTROY, run=run.number)

    with writing(session):
        service.void_destroy(session, burnt, reason="扫错", scanner=cast.guo, supervisor=cast.pan, at=NOON)

    assert lies(day, Account.RECEIVED)
    assert became(day.scan(Stage.DESTROY, run=run.number)) == (Outcome.OK, None)


@ON_SQLITE
def test_a_destruction_is_not_taken_back_by_one_person_twice_or_after_the_day(session, cast, day):
    run = day.open_run()
    for stage in (Stage.LOAD, Stage.RECEIVE):
        day.scan(stage)
    burnt = day.scan(Stage.DESTROY, run=run.number)

    def take_back(posting=burnt, supervisor=cast.pan):
        with writing(session):
            service.void_destroy(session, posting, reason="x", scanner=cast.guo, supervisor=supervisor, at=NOON)

    with pytest.raises(DutyConflict):
        take_back(supervisor=cast.guo)
    with pytest.raises(NothingToTakeBack):
        take_back(session.scalars(select(Posting).filter_by(stage=Stage.LOAD)).one())
    take_back()
    with pytest.raises(NothingToTakeBack):
        take_back()
    again = day.scan(Stage.DESTROY, run=run.number)
    with writing(session):
        service.finish_run(session, run, by=cast.chen, at=NOON)
    day.end()
    with pytest.raises(EventNotOpen):
        take_back(again)
    assert lies(day, Account.DESTROYED)


# Runs.


@ON_SQLITE
def test_a_run_needs_an_open_event_and_two_different_supervisors(session, cast, day):
    def open_run(*supervisors):
        with writing(session):
            given = {"site": day.site, "receiver": day.receiver, "by": cast.chen, "at": NOON}
            method = day.batch.method
            return service.open_run(session, day.event, method=method, supervisors=supervisors, **given)

    with pytest.raises(RunNeedsTwo):
        open_run(cast.pan, cast.pan)
    for person in (cast.lin, cast.zhao, cast.liu, cast.huang, cast.xie):
        with pytest.raises(TookPart) as conflict:
            open_run(cast.pan, person)
        assert conflict.value.facts["name"] == person.name
    run = open_run(cast.pan, cast.yu)
    with writing(session):
        service.finish_run(session, run, by=cast.chen, at=NOON)
    with pytest.raises(RunClosed), writing(session):
        service.finish_run(session, run, by=cast.chen, at=NOON)
    day.end()
    with pytest.raises(EventNotOpen):
        open_run(cast.pan, cast.yu)


# What always holds.


def test_the_database_itself_keeps_scans_as_they_came(session, day):
    day.scan(Stage.LOAD)

    for statement in ("UPDATE scan SET code = 'x'", "DELETE FROM scan"):
        with pytest.raises(DBAPIError, match="rows are only added"):
            session.execute(text(statement))
        session.rollback()


@ON_SQLITE
def test_scans_in_any_order_and_twice_give_the_same_balances(session, cast, verifier):
    day = make_day(session, cast, batches=80)
    run = day.open_run()
    fresh = iter(day.batches)

    @given(st.data())
    @settings(max_examples=40)
    def replay(data):
        batches = [next(fresh), next(fresh)]
        facts = [
            day.fact(stage, batch, run=run.number) for batch in batches for stage in Stage if stage is not Stage.VOID
        ]
        order = data.draw(st.permutations(facts + facts[:3]))
        for fact in order:
            with writing(session):
                service.take(session, [fact], at=NOON)
        for batch in batches:
            items = [each.line.item for each in batch.contents]
            assert [balances(session, item) for item in items] == [{Account.PARTY: -10, Account.DESTROYED: 10}]

    replay()
    assert session.scalar(select(func.count(Scan.id))) % 6 == 0
    assert verify_books(session, verifier).findings == []


STEPS = st.lists(st.tuples(st.sampled_from(Stage), st.integers(0, 9), st.booleans()), min_size=1, max_size=10)
"""What is done with a batch: at which stage, which earlier scan a void names, whether the seal is broken."""


def test_scans_that_come_together_lead_to_what_they_lead_to_one_by_one(session, cast, verifier):
    day = make_day(session, cast, batches=50)
    run = day.open_run()
    fresh = iter(day.batches)

    def facts_of(batch, steps):
        facts = []
        for stage, earlier, is_broken in steps:
            names = facts[earlier % len(facts)].id if facts and stage is Stage.VOID else None
            seal = Seal.BROKEN if is_broken else Seal.WHOLE
            facts.append(day.fact(stage, batch, run=run.number, voids=names, seal=seal))
        return facts

    def came_to(facts, batch):
        postings = postings_of(session, [fact.id for fact in facts])
        of_scan = {posting.id: place for place, posting in enumerate(postings[fact.id] for fact in facts)}
        outcomes = [
            (posting.outcome, posting.reason, posting.facts, of_scan.get(posting.first_id), posting.voided_at)
            for posting in (postings[fact.id] for fact in facts)
        ]
        return outcomes, balances(session, batch.contents[0].line.item)

    @given(STEPS, st.integers(1, 10))
    @settings(max_examples=25)
    def replay(steps, size):
        alone, together = next(fresh), next(fresh)
        one_by_one, in_lumps = facts_of(alone, steps), facts_of(together, steps)
        for fact in one_by_one:
            day.take([fact])
        for start in range(0, len(in_lumps), size):
            day.take(in_lumps[start : start + size])
        assert came_to(one_by_one, alone) == came_to(in_lumps, together)

    replay()
    assert verify_books(session, verifier).findings == []


def test_one_that_is_refused_stops_none_that_came_with_it(session, day):
    bad, good = day.fact(Stage.LOAD, seal=Seal.BROKEN), day.fact(Stage.LOAD)

    postings = day.take([bad, day.fact(Stage.LOAD, code="nothing"), good, good])

    assert [became(posting) for posting in postings] == [
        (REFUSED, Reason.SEAL_BROKEN),
        (Outcome.UNKNOWN, Reason.BAD_CODE),
        (Outcome.OK, None),
        (Outcome.OK, None),
    ]
    assert postings[2] is postings[3]
    assert lies(day, Account.LOADED)
