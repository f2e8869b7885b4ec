import re
from dataclasses import replace
from subprocess import run

import pytest
from databases import ON_SQLITE
from factories import NOON
from occasions import make_approved, make_batch, make_event
from sqlalchemy import select

from ledger.events import service
from ledger.journal.models import JournalEntry
from ledger.journal.service import writing

pytestmark = ON_SQLITE

WAITING = {"which": "waiting", "sheet": "3x8", "start": "1"}


@pytest.fixture
def event(session, cast):
    return make_event(session, cast, cast.bureau, cast.district)


@pytest.fixture
def batches(app, session, cast, event):
    app.extensions["settings"] = replace(app.extensions["settings"], public_url="https://ledger.example.gov.cn")
    first, second = make_approved(session, cast, ["假酒", "假烟"])
    [theirs] = make_approved(session, cast, ["箱包"], unit=cast.district, number="2号", applicant=cast.qian)
    return [make_batch(session, cast, event, [line]) for line in (first, second, theirs)]


def words_in(pdf):
    """The text of a PDF, as a person copies it."""
    return run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()


def printed(session, batches):
    session.expire_all()
    return [batch.is_printed for batch in batches]


def test_the_labels_of_all_sealed_batches_come_as_one_pdf_and_are_noted(session, cast, visit, event, batches):
    visitor = visit("zhao")
    assert "3 张标签待打印" in visitor.get("/labels").text
    assert "还没有打印的 3 张" in visitor.get(f"/labels/{event.id}").text

    answer = visitor.post(f"/labels/{event.id}", WAITING, status=200)

    assert answer.mimetype == "application/pdf"
    text = words_in(answer.data)
    for batch in batches:
        assert batch.shown_code in text
    assert printed(session, batches) == [True, True, True]
    assert "封好的批次都有标签了" in visitor.get(f"/labels/{event.id}").text
    entry = session.scalars(select(JournalEntry).filter_by(act="label.printed", unit_id=cast.bureau.id)).one()
    assert entry.actor_id == cast.zhao.id


def test_only_what_is_ticked_is_printed(session, visit, event, batches):
    chosen = {**WAITING, "which": "chosen", "batches": batches[1].id}
    text = words_in(visit("zhao").post(f"/labels/{event.id}", chosen, status=200).data)

    assert batches[1].shown_code in text
    assert batches[0].shown_code not in text
    assert printed(session, batches) == [False, True, False]


def test_a_unit_prints_its_own_labels_only(session, visit, event, batches):
    visitor = visit("qian")
    text = words_in(visitor.post(f"/labels/{event.id}", WAITING, status=200).data)

    assert batches[2].shown_code in text
    assert batches[0].shown_code not in text
    visitor.post(f"/labels/{event.id}", {**WAITING, "which": "chosen", "batches": batches[0].id}, status=409)
    assert printed(session, batches) == [False, False, True]


def test_the_labels_of_one_unit_are_printed_by_themselves(session, cast, visit, event, batches):
    visit("zhao").post(f"/labels/{event.id}?unit={cast.district.id}", WAITING, status=200)

    assert printed(session, batches) == [False, False, True]


@pytest.mark.parametrize(
    ("sheet", "start", "pages"),
    [("3x8", "1", 1), ("3x8", "24", 2), ("2x7", "13", 2), ("100x70", "", 3), ("60x40", "1", 3)],
)
def test_a_sheet_begins_where_it_was_left(visit, event, batches, sheet, start, pages):
    pdf = visit("zhao").post(f"/labels/{event.id}", {**WAITING, "sheet": sheet, "start": start}, status=200).data

    assert len(re.findall(rb"/Type /Page\b", pdf)) == pages


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"start": "25"}, "请填 1 到 24"),
        ({"sheet": "2x7", "start": "15"}, "请填 1 到 14"),
        ({"start": "0"}, "请填 1 到 24"),
        ({"sheet": "A3"}, ""),
        ({"which": "all"}, ""),
    ],
)
def test_a_place_that_no_sheet_has_is_refused(session, visit, event, batches, changed, says):
    assert says in visit("zhao").post(f"/labels/{event.id}", {**WAITING, **changed}, status=422).text
    assert printed(session, batches) == [False, False, False]


def test_nothing_chosen_prints_nothing(session, visit, event, batches):
    page = visit("zhao").post(f"/labels/{event.id}", {**WAITING, "which": "chosen"}, status=409).text

    assert "没有可打印标签的封好批次" in page
    assert printed(session, batches) == [False, False, False]


@pytest.mark.parametrize("address", [None, "http://localhost:5000", "http://127.0.0.1", "http://[::1]:80"])
def test_no_label_is_printed_that_nobody_else_could_open(app, session, visit, event, batches, address):
    app.extensions["settings"] = replace(app.extensions["settings"], public_url=address)
    page = visit("zhao").post(f"/labels/{event.id}", WAITING, status=409).text

    assert "LEDGER_PUBLIC_URL" in page
    assert printed(session, batches) == [False, False, False]


def test_who_may_not_pack_prints_no_labels(visit, event, batches):
    for login in ("sun", "chen", "xie"):
        visit(login).get(f"/labels/{event.id}", status=403)
        visit(login).post(f"/labels/{event.id}", WAITING, status=403)


def test_events_that_are_given_up_need_no_labels(session, cast, visit, event, batches):
    with writing(session):
        service.cancel_event(session, event, reason="暴雨", by=cast.chen, at=NOON)

    assert "没有待打印的标签" in visit("zhao").get("/labels").text


def test_an_event_without_sealed_batches_says_what_comes_first(visit, event):
    assert "先装批、称重、贴封条" in visit("zhao").get(f"/labels/{event.id}").text
