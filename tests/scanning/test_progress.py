"""How far a day is, and what is open on it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from databases import ON_SQLITE
from days import make_day
from factories import NOON

from ledger.cases.models import Case
from ledger.cases.rules import HoldKind
from ledger.cases.service import set_hold
from ledger.events.sampling import Sampling
from ledger.journal.service import writing
from ledger.scanning.progress import Trouble, last_destroyed, progress_by_unit, state_of, troubles
from ledger.scanning.queries import batches_in_runs, count_unsettled
from ledger.scanning.rules import GRACE, WAY, Outcome, Reason, Stage
from ledger.scanning.service import void_destroy


@pytest.fixture
def day(session, cast):
    return make_day(session, cast, batches=3)


def open_on(day):
    found = troubles(day.session, day.event, [day.cast.bureau.id], at=NOON + GRACE)
    return [(each.kind, [batch.number for batch in each.batches], each.count) for each in found]


def test_a_days_progress_is_what_its_scans_say(session, cast, day):
    run = day.open_run()
    for stage in WAY:
        day.scan(stage, run=run.number)
    day.scan(Stage.LOAD, day.batches[1])
    day.scan(Stage.LOAD, day.batches[1])  # counts once

    [row] = progress_by_unit(session, day.event)

    assert (row.unit, row.slot, row.expected) == (cast.bureau, day.event.slots[0], 3)
    assert row.passed == {Stage.LOAD: 2, Stage.RECEIVE: 1, Stage.DESTROY: 1}
    assert (row.destroyed_kg, row.destroyed_value) == (Decimal(12), 90_000)
    assert (row.lacks_at(NOON + timedelta(minutes=14)), row.lacks_at(NOON + GRACE)) == (0, 2)
    assert [posting.batch for posting in last_destroyed(session, day.event.id)] == [day.batch]
    assert batches_in_runs(session, day.event.id) == {run.id: 1}


def test_what_is_open_is_named_until_it_is_settled(session, cast, day):
    for batch in day.batches:
        day.scan(Stage.LOAD, batch)
        day.scan(Stage.RECEIVE, batch)
    assert open_on(day) == []

    day.scan(Stage.DESTROY)  # without a run
    day.scan(Stage.LOAD, code="gibberish")
    assert count_unsettled(session, day.event.id) == [
        (Reason.BAD_CODE, None, 1),
        (Reason.NO_RUN, cast.bureau.id, 1),
    ]
    assert open_on(day) == [(Trouble.SCAN, [day.batch.number], 1), (Trouble.SCAN, [], 1)]

    assert day.scan(Stage.DESTROY, run=day.open_run().number).outcome is Outcome.OK
    assert open_on(day) == [(Trouble.SCAN, [], 1)]


@ON_SQLITE
def test_what_is_taken_back_counts_no_more(session, cast, day):
    run = day.open_run()
    loaded, received, burnt = (day.scan(stage, run=run.number) for stage in WAY)

    def passed():
        [row] = progress_by_unit(session, day.event)
        return [row.passed[stage] for stage in WAY]

    assert passed() == [1, 1, 1]
    with writing(session):
        void_destroy(session, burnt, reason="x", scanner=cast.guo, supervisor=cast.pan, at=NOON)
    assert passed() == [1, 1, 0]
    for scan, left in ((received, [1, 0, 0]), (loaded, [0, 0, 0])):
        day.scan(Stage.VOID, voids=scan.scan_id)
        assert passed() == left


@ON_SQLITE
def test_a_hold_is_said_once_though_it_is_scanned_too(session, cast, day):
    for batch in day.batches:
        day.scan(Stage.LOAD, batch)
        day.scan(Stage.RECEIVE, batch)
    item = day.batch.contents[0].line.item
    with writing(session):
        set_hold(
            session, session.get_one(Case, item.case_id), item, kind=HoldKind.LAWSUIT, reason="x", by=cast.liu, at=NOON
        )
    day.scan(Stage.DESTROY, run=day.open_run().number)

    assert open_on(day) == [(Trouble.HELD, [day.batch.number], 1)]


@ON_SQLITE
def test_samples_that_are_due_and_late_batches_are_open(session, cast):
    day = make_day(session, cast, is_open=False)
    day.open(Sampling(percent=5, least=1))
    assert open_on(day) == [(Trouble.LATE, [], 1)]

    day.scan(Stage.LOAD)
    day.scan(Stage.RECEIVE)
    day.scan(Stage.DESTROY, run=day.open_run().number)

    assert open_on(day) == [(Trouble.SAMPLE_DUE, [day.batch.number], 1)]


@ON_SQLITE
def test_the_state_changes_with_every_scan_that_is_kept(session, day):
    states = [state_of(session)]
    for _ in range(2):
        day.scan(Stage.LOAD)
        states.append(state_of(session))
    day.scan(Stage.DESTROY, day.batches[1], run=day.open_run().number)  # waits
    states.append(state_of(session))

    assert len(set(states)) == 4
