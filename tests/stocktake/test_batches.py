"""Sealed batches are counted by label, seal and weight, and what differs is decided by three people."""

from datetime import timedelta
from decimal import Decimal

import pytest
from databases import ON_SQLITE
from factories import NOON, balances
from occasions import make_approved, make_batch, make_event
from sqlalchemy import select

from ledger.cases.models import Hold
from ledger.cases.rules import HoldKind
from ledger.codes import next_generation
from ledger.duties import Part
from ledger.events import packing
from ledger.events.queries import being_packed, labels_at, parts_taken, to_count
from ledger.goods.audit import verify_books
from ledger.goods.rules import Account
from ledger.journal.service import writing
from ledger.stocktake import service
from ledger.stocktake.planning import Wish, begin, plan_count
from ledger.stocktake.rules import Condition, Fault, Finding, NotWeighed
from ledger.stocktake.workflow import AlreadyCounting, Cause, CountIncomplete, Kind, NotExplained, State

pytestmark = ON_SQLITE


@pytest.fixture
def batch(session, cast):
    """A sealed batch of ten bottles, 12.5 kg with its box."""
    event = make_event(session, cast, cast.bureau)
    return make_batch(session, cast, event, make_approved(session, cast))


@pytest.fixture
def count(session, cast, batch):
    return begun(session, cast)


def begun(session, cast, **scope):
    with writing(session):
        wish = Wish(kind=Kind.QUARTER, due_on=NOON.date(), **scope)
        plan = plan_count(session, cast.bureau, wish, by=cast.zhao, at=NOON)
        return begin(session, plan, batches=to_count(session, plan, 2), by=cast.zhao, at=NOON)


def as_sealed(batch, **facts):
    said = {"label": batch.code, "seal": batch.seal, "gross_kg": batch.gross_kg, **facts}
    return Finding(said.pop("condition", Condition.WHOLE), **said)


def see(session, count, person, finding):
    with writing(session):
        found = service.Found({}, batches={each.id: finding for each in count.batches})
        service.note_figures(session, count, found, by=person, at=NOON)
        service.finish(session, count, by=person, at=NOON)


def both_see(session, cast, count, finding):
    for person in (cast.zhao, cast.lin):
        see(session, count, person, finding)


def decide(session, cast, count, cause=Cause.OTHER):
    with writing(session):
        service.explain(count, count.batches[0], cause=cause, explanation="查明", by=cast.lin)
        service.submit(session, count, by=cast.lin, at=NOON)
        service.confirm(session, count, by=cast.cai, at=NOON)


def holds(session, batch):
    item_ids = [each.line.item_id for each in batch.contents]
    query = select(Hold).where(Hold.item_id.in_(item_ids), Hold.kind == HoldKind.SHORTAGE, Hold.released_at.is_(None))
    return session.scalars(query).all()


def test_a_batch_that_two_people_find_as_it_was_sealed_closes_the_count(session, cast, batch, count, verifier):
    with writing(session), pytest.raises(CountIncomplete):
        service.finish(session, count, by=cast.zhao, at=NOON)

    both_see(session, cast, count, as_sealed(batch, seal="封８７１３８４", gross_kg=Decimal("12.75")))

    assert count.state is State.CLOSED
    assert cast.lin.id in parts_taken(session, [batch.held[0].line.item_id])[Part.SECOND_COUNTER]
    assert verify_books(session, verifier).findings == []


@pytest.mark.parametrize(
    ("facts", "fault"),
    [
        ({"seal": "封871385"}, Fault.SEAL),
        ({"condition": Condition.BROKEN, "seal": ""}, Fault.BROKEN),
        ({"gross_kg": Decimal("12.249")}, Fault.WEIGHT),
        ({"label": ""}, Fault.LABEL),
    ],
)
def test_another_seal_label_or_weight_is_explained_confirmed_and_freezes_what_is_in_it(
    session, cast, batch, count, facts, fault
):
    both_see(session, cast, count, as_sealed(batch, **facts))
    assert count.state is State.EXPLAINING
    assert count.batches[0].faults == [fault]
    with writing(session), pytest.raises(NotExplained):
        service.submit(session, count, by=cast.lin, at=NOON)

    decide(session, cast, count)

    assert count.state is State.CLOSED
    assert [hold.reason for hold in holds(session, batch)] == ["查明"]
    assert balances(session, batch.held[0].line.item)[Account.PACKED] == 10


def test_an_error_of_writing_freezes_nothing(session, cast, batch, count):
    both_see(session, cast, count, as_sealed(batch, seal="封871385"))

    decide(session, cast, count, Cause.CLERICAL)

    assert holds(session, batch) == []


def test_a_batch_that_is_not_there_goes_to_missing(session, cast, batch, count, verifier):
    both_see(session, cast, count, Finding(Condition.GONE))

    decide(session, cast, count)

    assert balances(session, batch.held[0].line.item)[Account.MISSING] == 10
    assert verify_books(session, verifier).findings == []


def test_what_two_people_find_differently_is_counted_again(session, cast, batch, count):
    see(session, count, cast.zhao, as_sealed(batch))
    see(session, count, cast.lin, as_sealed(batch, label=next_generation(batch.code)))
    assert count.state is State.RECOUNTING

    see(session, count, cast.liu, as_sealed(batch))

    assert count.state is State.CLOSED


def test_what_was_entered_before_is_kept_and_half_a_finding_is_not_taken(session, cast, batch, count):
    half = service.Found({}, batches={count.batches[0].id: as_sealed(batch, gross_kg=None)})
    with writing(session), pytest.raises(NotWeighed):
        service.note_figures(session, count, half, by=cast.zhao, at=NOON)
    for seal in ("封871348", "封871384"):
        with writing(session):
            found = service.Found({}, batches={count.batches[0].id: as_sealed(batch, seal=seal)})
            service.note_figures(session, count, found, by=cast.zhao, at=NOON)

    changes = [(each.part, each.before.seal, each.after.seal) for each in count.batches[0].changes]
    assert changes == [(Part.FIRST_COUNTER, "封871348", "封871384")]


def test_a_batch_that_is_opened_during_the_count_is_out_of_it(session, cast, batch, count):
    with writing(session):
        packing.unpack(session, batch, reason="换箱", custodian=cast.zhao, second=cast.liu, at=NOON)

    both_see(session, cast, count, Finding(Condition.GONE))

    assert count.state is State.CLOSED
    assert count.batches[0].moved_meanwhile


def test_a_label_that_is_printed_anew_during_the_count_is_right_for_who_scans_it_from_then_on(
    session, cast, batch, count
):
    before, reprinted_at = batch.code, NOON + timedelta(hours=1)
    with writing(session):
        packing.reprint(session, batch, reason="污损", by=cast.zhao, at=reprinted_at)
    places, later = [batch.place_id], NOON + timedelta(hours=2)
    valid = [labels_at(session, places, at)[batch.place_id] for at in (NOON, later)]
    assert valid == [before, batch.code]

    see(session, count, cast.zhao, as_sealed(batch, label=before, valid=valid[0]))
    see(session, count, cast.lin, as_sealed(batch, label=batch.code, valid=valid[1]))

    assert count.state is State.CLOSED
    assert Finding(Condition.WHOLE, before, batch.seal, batch.gross_kg, valid[1]).faults(
        count.batches[0].book, Decimal(1)
    ) == [Fault.LABEL]


def test_an_open_batch_is_named_by_the_count_that_does_not_have_its_goods(session, cast, batch):
    packed = make_batch(
        session, cast, batch.event, make_approved(session, cast, number="思市监案字〔2026〕2号"), seal=""
    )
    with writing(session):
        plan = plan_count(session, cast.bureau, Wish(kind=Kind.QUARTER, due_on=NOON.date()), by=cast.zhao, at=NOON)
        being = being_packed(session, plan)
        count = begin(session, plan, batches=to_count(session, plan, 2), being_packed=being, by=cast.zhao, at=NOON)

    assert count.being_packed == [[packed.number, packed.event.name]]
    assert [each.number for each in count.batches] == [batch.number]


def test_a_count_of_locations_has_the_batches_with_goods_from_there(session, cast, batch):
    place = batch.held[0].line.place

    count = begun(session, cast, places=[place])

    assert [each.number for each in count.batches] == [batch.number]
    with pytest.raises(AlreadyCounting):
        begun(session, cast)
