"""Samples that are drawn, opened and counted on site, and what a failed one stops."""

from decimal import Decimal

import pytest
from databases import ON_SQLITE
from days import make_day
from factories import NOON
from sqlalchemy import select

from ledger.cases.models import Hold
from ledger.cases.rules import HoldKind
from ledger.duties import DutyConflict, SecondPersonNeeded
from ledger.events.sampling import Sampling, draw
from ledger.goods.audit import verify_books
from ledger.journal.models import JournalEntry
from ledger.journal.service import writing
from ledger.scanning.inspection import inspect, lift
from ledger.scanning.queries import samples_on_site
from ledger.scanning.rules import (
    InspectedAlready,
    LiftedAlready,
    NotAllCounted,
    NotToInspect,
    Outcome,
    Reason,
    Seal,
    Stage,
    TookPart,
)

ONE = Sampling(percent=1, least=1)


@pytest.fixture
def day(session, cast):
    """A day with three batches on site, the first of which is the sample."""
    made = make_day(session, cast, batches=3, is_open=False)
    made.open(ONE)
    made.batches.sort(key=lambda batch: not batch.is_sample)
    for batch in made.batches:
        for stage in (Stage.LOAD, Stage.RECEIVE):
            made.scan(stage, batch)
    return made


def opened(day, bottles=10, **facts):
    """What Guo finds in the sample before Pan: all as packed, if nothing else is said."""
    given = {
        "found": {line_of(day).id: Decimal(bottles)},
        "seal_found": day.batch.seal,
        "seal": Seal.WHOLE,
        "new_seal": "新封1",
        "deviation": "",
        "hold_reason": "抽检不符",
        "opener": day.cast.guo,
        "witness": day.cast.pan,
        **facts,
    }
    with writing(day.session):
        return inspect(day.session, day.batch, **given, at=NOON)


def line_of(day):
    """The one line in the sample."""
    return day.batch.contents[0].line.item


def burn(day, batch):
    posting = day.scan(Stage.DESTROY, batch, run=day.open_run().number)
    return posting.outcome, posting.reason


def test_the_samples_are_those_that_the_entry_which_began_the_day_draws(session, day):
    entry = session.scalars(select(JournalEntry).filter_by(act="event.opened")).one()

    assert draw(entry.leaf.hex(), [batch.stem for batch in day.batches], ONE) == [day.batch.stem]
    assert [batch.is_sample for batch in day.batches] == [True, False, False]


@ON_SQLITE
def test_a_sample_is_not_named_before_it_arrives(session, cast):
    day = make_day(session, cast, is_open=False)
    day.open(ONE)
    day.scan(Stage.LOAD)
    assert samples_on_site(session, day.event.id, [cast.bureau.id]) == []

    day.scan(Stage.RECEIVE)
    assert samples_on_site(session, day.event.id, [cast.bureau.id]) == [day.batch]


def test_a_sample_is_not_destroyed_before_it_is_opened(day):
    assert burn(day, day.batch) == (Outcome.REFUSED, Reason.SAMPLE_DUE)
    assert burn(day, day.batches[1]) == (Outcome.OK, None)

    assert opened(day).is_passed

    assert burn(day, day.batch) == (Outcome.OK, None)


@ON_SQLITE
@pytest.mark.parametrize(
    "facts",
    [
        {"bottles": 9},
        {"bottles": 11},
        {"seal": Seal.BROKEN},
        {"seal_found": "封别的"},
        {"deviation": "其中两瓶是空的"},
    ],
)
def test_whatever_is_not_as_it_was_packed_fails(day, facts):
    assert not opened(day, **facts).is_passed


def test_a_failed_sample_stops_its_units_goods_until_two_let_them_go_on(session, day, verifier):
    inspection = opened(day, deviation="其中两瓶是空的")

    assert {burn(day, batch) for batch in day.batches} == {(Outcome.REFUSED, Reason.SAMPLE_FAILED)}
    hold = session.scalars(select(Hold)).one()
    assert (hold.item_id, hold.kind, hold.reason) == (line_of(day).id, HoldKind.SHORTAGE, "抽检不符")

    with writing(session):
        lift(session, inspection, reason="已逐箱清点", by=day.cast.chen, confirmer=day.cast.liu, at=NOON)

    assert burn(day, day.batches[1]) == (Outcome.OK, None)
    assert burn(day, day.batch) == (Outcome.REFUSED, Reason.HELD)  # what was in it stays where it is
    assert verify_books(session, verifier).findings == []


@ON_SQLITE
def test_one_person_lets_nothing_go_on_alone_and_nothing_twice(session, day):
    inspection = opened(day, deviation="x")

    def let_go(confirmer, by=day.cast.chen):
        with writing(session):
            lift(session, inspection, reason="x", by=by, confirmer=confirmer, at=NOON)

    for refusal, confirmer in ((SecondPersonNeeded, day.cast.chen), (DutyConflict, day.cast.guo)):
        with pytest.raises(refusal):
            let_go(confirmer)
    let_go(day.cast.liu)
    with pytest.raises(LiftedAlready):
        let_go(day.cast.liu)


@ON_SQLITE
@pytest.mark.parametrize(
    ("refusal", "facts"),
    [
        (DutyConflict, {"opener": "zhao"}),  # packed it
        (DutyConflict, {"opener": "liu"}),  # checked it
        (DutyConflict, {"witness": "guo"}),  # opens it
        (TookPart, {"witness": "lin"}),  # applied for its goods
        (NotAllCounted, {"found": {}}),
    ],
)
def test_who_may_not_open_it_does_not_and_every_line_is_counted(session, cast, day, refusal, facts):
    people = {name: getattr(cast, who) for name, who in facts.items() if isinstance(who, str)}

    with pytest.raises(refusal):
        opened(day, **{**facts, **people})

    assert burn(day, day.batch) == (Outcome.REFUSED, Reason.SAMPLE_DUE)


@ON_SQLITE
def test_a_sample_is_opened_once_and_no_other_batch_is_one(day):
    opened(day)
    with pytest.raises(InspectedAlready):
        opened(day)
    day.batches.reverse()
    with pytest.raises(NotToInspect):
        opened(day)
