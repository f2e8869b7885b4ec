"""The page of reports: what is due, the package, and that it was handed in."""

from hashlib import sha256
from io import BytesIO
from zipfile import ZipFile

import orjson
import pytest
from databases import ON_SQLITE
from days import issue, make_day
from factories import NOON
from PIL import Image
from sqlalchemy import select

from ledger.events.models import Event
from ledger.events.photos import PhotoStage, add_photo
from ledger.journal.models import JournalEntry
from ledger.journal.service import writing
from ledger.reports.package import DATA, DOCUMENT, INDEX, PICTURES, RECEIPT, STATISTICS, SUMMARY, VERIFIER
from ledger.worker import run_until_done

pytestmark = ON_SQLITE


@pytest.fixture
def day(app, session, cast):
    """A day whose manifest is issued, and not made yet, with one picture."""
    day = make_day(session, cast)
    day.destroy()
    picture = BytesIO()
    Image.new("RGB", (40, 30), "gray").save(picture, "JPEG")
    picture.seek(0)
    kept = app.extensions["files"].keep(picture)
    with writing(session):
        given = {"unit": cast.bureau, "stage": PhotoStage.SCENE, "subject": "现场", "sha256": kept}
        add_photo(session, day.event, **given, by=cast.guo, at=NOON)
    day.end()
    issue(app, day)
    return day


def test_the_package_comes_with_the_signed_document_and_for_the_organiser_alone(app, day, visit):
    chen, address = visit("chen"), f"/reports/{day.event.id}/report.zip"
    chen.get(address, status=404)
    assert address not in chen.get("/reports").text

    run_until_done(app)

    assert address in chen.get("/reports").text
    answer = chen.get(address)
    assert answer.mimetype == "application/zip"
    with ZipFile(BytesIO(answer.data)) as package:
        names = {SUMMARY, STATISTICS, DOCUMENT, RECEIPT, DATA, VERIFIER, INDEX}
        names.add(f"{PICTURES}/{day.event.unit.name}-现场-001.jpg")
        assert set(package.namelist()) == names
    answer.close()
    assert address not in visit("sun").get("/reports").text
    visit("sun").get(address, status=403)
    visit("feng").get(address, status=403)


def test_the_archive_is_made_by_the_worker_for_the_organiser_and_the_journal_names_its_hash(app, session, day, visit):
    chen, page = visit("chen"), f"/events/{day.event.id}"
    assert "制作档案" not in chen.get(page).text
    chen.post(f"/reports/{day.event.id}/archive", status=409)
    run_until_done(app)
    assert "保管期限 30 年，至 2056年12月31日" in chen.get(page).text
    chen.get(f"/reports/{day.event.id}/archive.zip", status=404)

    chen.post(f"/reports/{day.event.id}/archive")
    assert "正在制作档案" in chen.get(page).text
    chen.post(f"/reports/{day.event.id}/archive")  # once is enough
    assert chen.get(f"/reports/{day.event.id}/archive/progress").json["next"] is None
    run_until_done(app)

    assert chen.get(f"/reports/{day.event.id}/archive/progress").json["next"] == f"{page}#archive"
    answer = chen.get(f"/reports/{day.event.id}/archive.zip")
    [entry] = session.scalars(select(JournalEntry).where(JournalEntry.act == "event.archived")).all()
    said = orjson.loads(entry.body)
    assert (said["data"]["sha256"], said["data"]["size"]) == (sha256(answer.data).hexdigest(), len(answer.data))
    assert said["actor"]["login"] == "chen"
    answer.close()
    assert "下载档案" in chen.get(page).text
    assert "档案" not in visit("sun").get(page).text
    visit("sun").get(f"/reports/{day.event.id}/archive.zip", status=403)


def test_a_report_is_due_until_it_is_noted_as_handed_in(session, day, visit):
    chen, address = visit("chen"), f"/reports/{day.event.id}/handed-in"
    assert "报送活动材料" in chen.get("/").text
    assert "<h1>有 1 份材料待报</h1>" in chen.get("/reports").text
    visit("sun").post(address, status=403)

    chen.post(address)

    page = chen.get("/reports").text
    assert f'action="{address}"' not in page
    assert day.event.name in page
    assert session.get_one(Event, day.event.id).reported_at
    assert session.scalars(select(JournalEntry).filter_by(act="event.reported")).one()
    assert "报送活动材料" not in chen.get("/").text


def test_there_is_no_package_of_an_event_that_goes_on(session, cast, visit):
    going = make_day(session, cast)

    visit("chen").get(f"/reports/{going.event.id}/report.zip", status=404)
    visit("chen").get("/reports/987654/report.zip", status=404)
