"""The page of a run: what was left, and its supervisors' signatures, on the screen or on a paper."""

from io import BytesIO

import orjson
import pytest
from databases import ON_SQLITE
from days import STROKES, make_day
from factories import PASSWORD
from PIL import Image

from ledger.events.photos import PhotoStage
from ledger.journal.service import writing
from ledger.manifests.content import build, sheet_digest
from ledger.scanning.runs import photograph
from ledger.web.access import now

pytestmark = ON_SQLITE


@pytest.fixture
def day(session, cast):
    """A day of one batch."""
    return make_day(session, cast)


@pytest.fixture
def run(day):
    """A run that has ended."""
    return day.destroy()


def page_of(run, rest=""):
    return f"/events/{run.event_id}/runs/{run.id}{rest}"


def sign(visitor, run, person, *, status=303, **more):
    page = visitor.get(page_of(run, f"/sign/{person.id}")).text
    digest = page.partition('name="digest" type="hidden" value="')[2].partition('"')[0]
    form = {"strokes": orjson.dumps(STROKES).decode(), "digest": digest, "password": PASSWORD, **more}
    return visitor.post(page_of(run, f"/sign/{person.id}"), form, status=status)


def results(**changes):
    return {"residue_kg": "3.2", "income": "128.5", "receipt_no": "缴 0412 号", "video": "1 号机 9:00–9:40", **changes}


def test_what_was_left_and_who_signed_for_it_is_in_the_manifest(session, cast, day, run, visit):
    chen = visit("chen")
    chen.post(page_of(run, "/results"), results(receipt_no=""), status=409)  # income goes to the treasury
    chen.post(page_of(run, "/results"), results())
    sign(chen, run, cast.pan)
    sign(visit("yu"), run, cast.yu)

    session.rollback()
    [row] = build(session, day.event, number="")["runs"]
    after = row["after"]
    assert (after["residue_kg"], after["income"], after["receipt_no"]) == ("3.2", "128.50", "缴 0412 号")
    assert [(each["name"], each["how"]) for each in after["signed"]] == [
        (cast.pan.name, "screen"),
        (cast.yu.name, "screen"),
    ]


def test_a_signature_holds_no_more_once_something_changes(session, cast, day, run, visit):
    sign(visit("chen"), run, cast.pan)
    visit("chen").post(page_of(run, "/results"), results())

    assert "需重签" in visit("chen").get(page_of(run)).text
    session.rollback()
    assert build(session, day.event, number="")["runs"][0]["after"]["signed"] == []
    sign(visit("chen"), run, cast.pan)
    assert "需重签" not in visit("chen").get(page_of(run)).text


def test_who_cannot_sign_on_a_screen_signs_a_paper_that_is_photographed(session, cast, day, run, visit):
    chen, picture = visit("chen"), BytesIO()
    Image.new("RGB", (60, 40), "white").save(picture, "JPEG")
    page = chen.get(page_of(run, f"/sign/{cast.pan.id}")).text
    sheet = page.partition('name="sheet" type="hidden" value="')[2].partition('"')[0]
    form = {"sheet": sheet, "paper": (BytesIO(picture.getvalue()), "paper.jpg")}
    chen.post(page_of(run, f"/paper/{cast.pan.id}"), form)

    assert "已纸质签名" in chen.get(page_of(run)).text
    assert chen.get(page_of(run, f"/paper/{cast.pan.id}")).data.startswith(b"\xff\xd8")
    session.rollback()
    [signed] = build(session, day.event, number="")["runs"][0]["after"]["signed"]
    assert signed["how"] == "paper"


def test_nobody_signs_for_a_run_that_still_burns(day, cast, visit):
    run = day.open_run()

    sign(visit("pan"), run, cast.pan)

    assert not run.signatures
    visit("yu").get(page_of(run, f"/sign/{cast.pan.id}"), status=403)


def test_pictures_before_during_and_after_are_asked_for(session, cast, day, run, visit):
    assert "销毁前、销毁、残余物" in " ".join(visit("chen").get(page_of(run)).text.split())
    assert "资料不全" in visit("chen").get(f"/events/{day.event.id}/day").text
    before = sheet_digest(session, day.event)
    with writing(session):
        facts = {"unit": cast.bureau, "stage": PhotoStage.BEFORE, "subject": "料堆", "sha256": "0" * 64}
        photograph(session, day.event, run, **facts, by=cast.guo, at=now())

    assert "销毁前、销毁、残余物" not in " ".join(visit("chen").get(page_of(run)).text.split())
    assert sheet_digest(session, day.event) != before
