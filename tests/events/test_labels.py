import pytest
from factories import NOON
from occasions import make_approved, make_batch, make_event
from sqlalchemy import select

from ledger.events import packing
from ledger.events.labels import labels_of, note_printed
from ledger.events.queries import sealed_batches
from ledger.events.workflow import BatchNotSealed, NothingSealed
from ledger.goods.labels import PublicUrlMissing
from ledger.journal.models import JournalEntry
from ledger.journal.queries import DEMO_ACT
from ledger.journal.service import record, writing

PUBLIC = {"address": "https://ledger.example.gov.cn", "is_public": True}
LOCAL = {"address": "http://localhost:5000", "is_public": False}


@pytest.fixture
def batches(session, cast):
    event = make_event(session, cast, cast.bureau, cast.district)
    first, second = make_approved(session, cast, ["假酒", "假烟"])
    [other] = make_approved(session, cast, ["箱包"], unit=cast.district, number="2号", applicant=cast.qian)
    return [
        make_batch(session, cast, event, [first, second], seal="封1", quantity=1),
        make_batch(session, cast, event, [first], seal="封2"),
        make_batch(session, cast, event, [other], seal="封3"),
    ]


def test_a_label_says_what_is_in_the_batch_and_how_to_find_it(session, batches):
    label = labels_of(session, batches, **PUBLIC)[0]

    assert label.payload == f"HTTPS://LEDGER.EXAMPLE.GOV.CN/Q/{batches[0].code}"
    assert (label.batch, label.unit, label.seal) == ("LJ-01", "鹭江市市场监督管理局", "封1")
    assert (list(label.goods), label.names, label.env_class, label.method) == (["假酒", "假烟"], 2, "general", "焚烧")
    assert (label.event, label.site, label.code) == ("集中统一销毁", "同平区处置中心", batches[0].code)


def test_packages_are_counted_unit_by_unit_whichever_are_printed(session, batches):
    assert [(label.number, label.of) for label in labels_of(session, batches, **PUBLIC)] == [(1, 2), (2, 2), (1, 1)]
    assert [(label.number, label.of) for label in labels_of(session, batches[1:2], **PUBLIC)] == [(2, 2)]


def test_a_label_names_no_quantity_and_no_party(session, batches):
    texts = [str(value) for label in labels_of(session, batches, **PUBLIC) for value in (label.batch, *label.goods)]

    assert not any("瓶" in text or "黄记超市" in text for text in texts)


def test_labels_that_nobody_could_open_are_not_made(session, batches):
    with pytest.raises(PublicUrlMissing):
        labels_of(session, batches, **LOCAL)


def test_only_the_sample_bureau_prints_labels_for_this_machine(session, batches):
    with writing(session):
        record(session, DEMO_ACT, by=None, at=NOON, unit=None, data={})

    [label] = labels_of(session, batches[:1], **LOCAL)
    assert label.payload == f"HTTP://LOCALHOST:5000/Q/{batches[0].code}"


def test_only_sealed_batches_have_labels(session, cast, batches):
    with writing(session):
        packing.unpack(session, batches[0], reason="x", custodian=cast.zhao, second=cast.liu, at=NOON)

    with pytest.raises(BatchNotSealed):
        labels_of(session, batches, **PUBLIC)
    with pytest.raises(NothingSealed):
        labels_of(session, [], **PUBLIC)
    assert sealed_batches(session, batches[0].event_id) == batches[1:]


def test_what_was_printed_is_noted_unit_by_unit(session, cast, batches):
    codes = [batch.code for batch in batches]
    with writing(session):
        note_printed(session, batches, codes, by=cast.zhao, at=NOON)

    assert all(batch.is_printed for batch in batches)
    entries = session.scalars(select(JournalEntry).filter_by(act="label.printed").order_by(JournalEntry.seq)).all()
    assert [entry.unit_id for entry in entries] == [cast.bureau.id, cast.district.id]
    assert batches[2].code.encode() in entries[1].body
    assert batches[2].code.encode() not in entries[0].body


def test_a_label_replaced_while_it_was_drawn_is_still_to_be_printed(session, cast, batches):
    drawn = batches[0].code
    with writing(session):
        packing.reprint(session, batches[0], reason="破损", by=cast.zhao, at=NOON)
        note_printed(session, batches[:1], [drawn], by=cast.zhao, at=NOON)

    assert not batches[0].is_printed
