"""What stands open at the end of a day, how it is resolved, and who signs for the rest."""

from decimal import Decimal

import pytest
from databases import ON_SQLITE
from days import STROKES, items_of, make_day
from factories import NOON, balances, make_user
from sqlalchemy import func, select

from ledger.duties import DutyConflict, SecondPersonNeeded
from ledger.events.models import Event
from ledger.events.photos import PhotoStage, add_photo
from ledger.events.workflow import EventMovedOn, State
from ledger.goods.audit import verify_books
from ledger.goods.models import Position
from ledger.goods.rules import Account
from ledger.journal.service import writing
from ledger.manifests import closing
from ledger.manifests import service as manifests
from ledger.manifests.content import build, sheet_digest
from ledger.manifests.models import Manifest, Resolution, Supervision
from ledger.manifests.workflow import (
    WAYS,
    ClosingMovedOn,
    ExplanationNeeded,
    NoSupervisor,
    NothingDestroyed,
    NotOpen,
    NotThatWay,
    Open,
    PointsOpen,
    RunsOpen,
    SignaturesMissing,
    Way,
)
from ledger.permissions import Role
from ledger.scanning import service as scanning
from ledger.scanning.rules import Stage, TookPart
from ledger.scanning.workflow import SheetChanged, SignedAlready

pytestmark = ON_SQLITE
STAGES = {Open.NOT_LOADED: [], Open.NOT_RECEIVED: [Stage.LOAD], Open.NOT_DESTROYED: [Stage.LOAD, Stage.RECEIVE]}
GOES_TO = {
    (Open.NOT_LOADED, Way.STAYS_PACKED): Account.PACKED,
    (Open.NOT_LOADED, Way.MISSING): Account.MISSING,
    (Open.NOT_RECEIVED, Way.TURNED_BACK): Account.PACKED,
    (Open.NOT_RECEIVED, Way.MISSING): Account.MISSING,
    (Open.NOT_DESTROYED, Way.RETURNED): Account.STORED,
    (Open.NOT_DESTROYED, Way.MISSING): Account.MISSING,
}


def ended(session, cast, kind):
    """A day with one batch destroyed, and another that stands open in this way."""
    day = make_day(session, cast, batches=2)
    for stage in STAGES[kind]:
        day.scan(stage, day.batches[1])
    day.destroy(day.batch)
    day.end()
    return day


@pytest.fixture
def day(session, cast):
    """A day whose second batch was loaded and never arrived."""
    return ended(session, cast, Open.NOT_RECEIVED)


@pytest.fixture
def done(session, cast):
    """A day at whose end nothing is open."""
    day = make_day(session, cast)
    day.destroy()
    day.end()
    return day


def resolve(day, way, *, point=None, text="车辆故障", writer=None, confirmer=None):
    session, cast = day.session, day.cast
    with writing(session):
        return closing.resolve(
            session,
            day.event,
            point or closing.open_points(session, day.event)[0],
            way=way,
            text=text,
            writer=writer or cast.zhao,
            confirmer=confirmer or cast.liu,
            at=NOON,
        )


def supervise(day, person, **changed):
    given = {"statement": "我亲眼见到。", "strokes": STROKES, "digest": sheet_digest(day.session, day.event), **changed}
    with writing(day.session):
        return closing.supervise(day.session, day.event, by=person, at=NOON, **given)


def issue(app, day, by=None):
    with writing(day.session):
        return manifests.issue(day.session, day.event, app.extensions["signer"], by=by or day.cast.chen, at=NOON)


def count_of(session, model):
    return session.scalar(select(func.count()).select_from(model))


@pytest.mark.parametrize(
    ("kind", "way"), [(kind, way) for kind in STAGES for way in WAYS[kind]], ids=lambda value: value.value
)
def test_each_way_out_moves_exactly_what_it_says(session, cast, verifier, kind, way):
    day = ended(session, cast, kind)
    burnt, other = items_of(day)
    [point] = closing.open_points(session, day.event)
    assert (point.kind, point.about) == (kind, day.batches[1])

    resolve(day, way)

    assert balances(session, other) == {Account.PARTY: -10, GOES_TO[kind, way]: 10}
    assert balances(session, burnt) == {Account.PARTY: -10, Account.DESTROYED: 10}
    assert closing.open_points(session, day.event) == []
    assert verify_books(session, verifier).findings == []


def test_what_returned_to_the_store_is_under_its_approval_again(session, cast):
    day = ended(session, cast, Open.NOT_DESTROYED)
    [line] = [each.line for each in day.batches[1].contents]

    resolve(day, Way.RETURNED)

    reserved = session.scalar(select(Position.reserved).filter_by(item_id=line.item_id, account=Account.STORED))
    assert (reserved, line.open) == (Decimal(10), Decimal(10))


def test_a_scan_that_was_not_taken_is_explained_and_moves_nothing(session, cast, verifier):
    day = make_day(session, cast)
    unknown = day.scan(Stage.LOAD, code="gibberish")
    day.destroy()
    day.end()

    [point] = closing.open_points(session, day.event)
    assert (point.kind, point.about) == (Open.SCAN, unknown)
    resolve(day, Way.NOTED)

    assert closing.open_points(session, day.event) == []
    assert verify_books(session, verifier).findings == []


def test_what_a_run_lacks_is_open_until_it_is_there(session, cast):
    day = make_day(session, cast)
    empty = day.open_run()  # nothing burns in it, so nothing is asked
    with writing(session):
        scanning.finish_run(session, empty, by=cast.chen, at=NOON)
    run = day.destroy()
    day.end(is_documented=False)
    lacking = [Open.RUN_PICTURES, Open.RUN_RESIDUE, Open.RUN_SIGNATURES]
    assert [(point.kind, point.about) for point in closing.open_points(session, day.event)] == [
        (kind, run) for kind in lacking
    ]

    day.document(run)

    assert closing.open_points(session, day.event) == []


def test_what_a_run_lacks_for_good_is_explained_by_two_each_thing_by_itself(session, cast, verifier):
    day = make_day(session, cast)
    day.destroy()
    day.end(is_documented=False)

    for left in (2, 1, 0):
        resolve(day, Way.NOTED, text="相机进水", writer=cast.chen)
        assert len(closing.open_points(session, day.event)) == left

    rows = build(session, day.event, number="")["exceptions"]
    assert [(row["text"], row["resolved_by"], row["confirmed_by"]) for row in rows] == [
        ("第 1 炉 销毁前、销毁、残余物影像不齐全", cast.chen.name, cast.liu.name),
        ("第 1 炉 未记录残余物", cast.chen.name, cast.liu.name),
        ("第 1 炉 未经两名监销人签名", cast.chen.name, cast.liu.name),
    ]
    assert verify_books(session, verifier).findings == []


@pytest.mark.parametrize(
    ("refusal", "changed"),
    [
        (NotThatWay, {"way": Way.RETURNED}),
        (NotThatWay, {"way": Way.NOTED}),
        (ExplanationNeeded, {"text": "  "}),
        (SecondPersonNeeded, {"confirmer": "zhao"}),
    ],
)
def test_a_point_is_not_resolved_otherwise(session, cast, day, refusal, changed):
    given = {"way": Way.TURNED_BACK, **changed}
    if "confirmer" in given:
        given["confirmer"] = getattr(cast, given["confirmer"])

    with pytest.raises(refusal):
        resolve(day, given.pop("way"), **given)

    assert count_of(session, Resolution) == 0
    assert balances(session, items_of(day)[1]) == {Account.PARTY: -10, Account.LOADED: 10}


def test_a_point_is_resolved_once(session, day):
    [point] = closing.open_points(session, day.event)
    resolve(day, Way.MISSING)

    with pytest.raises(NotOpen):
        resolve(day, Way.MISSING, point=point)
    assert balances(session, items_of(day)[1])[Account.MISSING] == 10


def test_nothing_is_resolved_or_signed_before_the_work_ends(session, cast):
    day = make_day(session, cast)
    point = closing.Point(Open.NOT_LOADED, day.batch)

    with pytest.raises(ClosingMovedOn):
        resolve(day, Way.MISSING, point=point)
    with pytest.raises(ClosingMovedOn):
        supervise(day, cast.pan)


def test_the_work_does_not_end_while_a_run_goes_on_nor_twice(session, cast):
    day = make_day(session, cast)
    day.open_run()
    with pytest.raises(RunsOpen):
        day.end()
    assert session.get_one(Event, day.event.id).state is State.OPEN

    done = make_day(session, cast)
    done.end()
    with pytest.raises(EventMovedOn):
        done.end()


# Signatures.


def test_two_supervisors_sign_and_the_manifest_is_issued(app, session, cast, done, verifier):
    supervise(done, cast.pan)
    supervise(done, cast.yu)

    manifest = issue(app, done)

    assert session.get_one(Event, done.event.id).state is State.SEALED
    assert manifest.number.endswith("1号")
    assert verify_books(session, verifier).findings == []
    with pytest.raises(ClosingMovedOn):
        issue(app, done)


def test_nobody_signs_while_a_point_is_open(session, cast, day):
    with pytest.raises(PointsOpen):
        supervise(day, cast.pan)


def test_only_supervisors_of_its_runs_sign(session, cast, done):
    with writing(session):
        stranger = make_user(session, "third", "第三人", cast.bureau, Role.SUPERVISOR)

    with pytest.raises(NoSupervisor):
        supervise(done, stranger)


def test_who_closes_the_event_does_not_supervise_it(session, cast):
    day = make_day(session, cast)
    day.document(day.destroy())
    with writing(session):
        closing.end(session, day.event, by=cast.pan, at=NOON)

    with pytest.raises(DutyConflict):
        supervise(day, cast.pan)


def test_a_supervisor_who_then_took_part_does_not_sign(session, cast):
    day = make_day(session, cast)
    with writing(session):
        both = make_user(session, "both", "两职", cast.bureau, Role.SUPERVISOR)
    run = day.open_run()
    with writing(session):
        run.supervisors = [cast.pan, both]
        load = day.fact(Stage.LOAD, user_id=both.id)
        scanning.take(session, [load], at=NOON)
    for stage in (Stage.RECEIVE, Stage.DESTROY):
        day.scan(stage, run=run.number)
    with writing(session):
        scanning.finish_run(session, run, by=cast.chen, at=NOON)
    day.end(is_documented=False)

    with pytest.raises(TookPart):
        supervise(day, both)


def test_what_changed_since_it_was_read_is_not_signed(session, cast, done):
    with pytest.raises(SheetChanged):
        supervise(done, cast.pan, digest="0" * 64)
    assert count_of(session, Supervision) == 0


def test_a_supervisor_signs_once(session, cast, done):
    supervise(done, cast.pan)

    with pytest.raises(SignedAlready):
        supervise(done, cast.pan)


def test_signatures_do_not_outlive_what_they_were_given_for(app, session, cast, done):
    for person in (cast.pan, cast.yu):
        supervise(done, person)
    with writing(session):
        add_photo(
            session,
            done.event,
            unit=cast.bureau,
            stage=PhotoStage.REMAINS,
            subject="残余物",
            sha256="0" * 64,
            by=cast.guo,
            at=NOON,
        )

    with pytest.raises(SignaturesMissing):
        issue(app, done)
    supervise(done, cast.pan)
    with pytest.raises(SignaturesMissing):
        issue(app, done)
    supervise(done, cast.yu)
    manifest = issue(app, done)

    digest = sheet_digest(session, done.event)
    assert manifest.content.count(f'"digest":"{digest}"'.encode()) == 2
    assert count_of(session, Supervision) == 2


def test_a_third_signature_that_holds_no_more_is_not_in_the_manifest(app, session, cast):
    day = make_day(session, cast)
    with writing(session):
        third = make_user(session, "third", "第三人", cast.bureau, Role.SUPERVISOR)
    run = day.destroy()
    with writing(session):
        run.supervisors = [*run.supervisors, third]
    day.end()
    supervise(day, third)
    with writing(session):
        given = {"unit": cast.bureau, "stage": PhotoStage.SCENE, "subject": "现场", "sha256": "1" * 64}
        add_photo(session, day.event, **given, by=cast.guo, at=NOON)
    for person in (cast.pan, cast.yu):
        supervise(day, person)

    issue(app, day)

    assert [row["name"] for row in build(session, day.event, number="")["supervisors"]] == ["潘玉兰", "余振宇"]


# The manifest.


def test_the_manifest_waits_for_points_and_signatures(app, session, cast, day):
    with pytest.raises(PointsOpen):
        issue(app, day)
    resolve(day, Way.MISSING)
    supervise(day, cast.pan)
    with pytest.raises(SignaturesMissing) as refusal:
        issue(app, day)

    assert refusal.value.facts == {"left": 1}
    assert count_of(session, Manifest) == 0


def test_a_supervisor_does_not_issue_what_they_signed(app, session, cast, done):
    for person in (cast.pan, cast.yu):
        supervise(done, person)

    with pytest.raises(DutyConflict):
        issue(app, done, by=cast.pan)
    assert count_of(session, Manifest) == 0


def test_there_is_no_manifest_of_nothing(app, session, cast):
    day = make_day(session, cast)
    run = day.open_run()
    with writing(session):
        run.finished_at = NOON
    day.end()
    resolve(day, Way.STAYS_PACKED)
    for person in (cast.pan, cast.yu):
        supervise(day, person)

    with pytest.raises(NothingDestroyed):
        issue(app, day)


def test_what_was_resolved_stands_in_the_content_with_both_names(session, day):
    resolve(day, Way.MISSING)

    content = build(session, day.event, number="")
    [difference] = content["differences"]
    assert (difference["explained_by"], difference["confirmed_by"]) == ("赵国华", "刘建国")
    assert difference["explanation"] == "短缺，已经他人确认：车辆故障"
    assert [row["resolved_by"] for row in content["exceptions"]] == ["赵国华"]
