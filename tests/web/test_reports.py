"""The pages of reports: what is due, the papers of each unit, its pictures, that it was handed in, and charts."""

from io import BytesIO
from zipfile import ZipFile

import pytest
from databases import AFTER_CLOSING, ON_SQLITE
from days import make_day
from docx import Document
from sqlalchemy import select

from ledger.events.models import Event, Photo, Report
from ledger.journal.models import JournalEntry
from ledger.manifests.models import Manifest
from ledger.reports.models import ReportPicture
from ledger.reports.package import DATA, EXTRACT
from ledger.units.models import Unit

PAPERS = ("report.zip", "summary.pdf", "summary.docx", "statistics.xlsx")


@pytest.fixture
def event(session):
    """The event of closed.py."""
    return session.scalars(select(Event)).one()


@pytest.fixture
def district(session):
    return session.scalars(select(Unit).filter_by(code="LJ-SM")).one()


def address(event, unit, what):
    return f"/reports/{event.id}/units/{unit.id}/{what}"


@AFTER_CLOSING
def test_each_unit_gets_its_own_papers_and_who_organised_gets_all(event, district, visit):
    chen, qian = visit("chen"), visit("qian")

    for paper in (*PAPERS, "extract.pdf"):
        answer = qian.get(address(event, district, paper))
        assert answer.data
        answer.close()
        visit("feng").get(address(event, district, paper), status=404)
        qian.get(address(event, event.unit, paper), status=404)
    for unit, inside in ((event.unit, DATA), (district, EXTRACT)):
        answer = chen.get(address(event, unit, "report.zip"))
        with ZipFile(BytesIO(answer.data)) as package:
            assert inside in package.namelist()
        answer.close()


@AFTER_CLOSING
def test_a_report_is_due_from_a_unit_until_it_is_noted_as_handed_in(session, event, district, visit):
    chen, qian, place = visit("chen"), visit("qian"), address(event, district, "handed-in")
    assert "报送活动材料" in qian.get("/").text
    assert "报送活动材料" in chen.get("/").text
    assert f"{district.name}</td>" in chen.get("/overdue").text
    visit("sun").post(place, status=403)

    qian.post(place)
    qian.post(place)

    told = session.scalars(select(Report)).one()
    assert (told.unit_id, told.by.login) == (district.id, "qian")
    assert session.scalars(select(JournalEntry).filter_by(act="event.reported")).one().unit_id == district.id
    page = chen.get(f"/reports/{event.id}").text
    assert f'action="{place}"' not in page
    assert told.by.name in page
    assert "报送活动材料" not in qian.get("/").text
    assert f"{district.name}</td>" not in chen.get("/overdue").text
    assert "<h1>有 1 份材料待报</h1>" in chen.get("/reports").text

    chen.post(address(event, event.unit, "handed-in"))
    assert "报送活动材料" not in chen.get("/").text
    assert "<h1>有 1 份材料待报</h1>" not in chen.get("/reports").text


@AFTER_CLOSING
def test_chosen_pictures_stand_in_the_summary_under_what_was_written(session, event, visit):
    first, second, *_ = session.scalars(select(Photo).order_by(Photo.id)).all()
    chen = visit("chen")

    given = {
        "picture": [first.id, second.id, 987654],
        f"caption-{first.id}": " 装车  复核 ",
        f"caption-{second.id}": "",
    }
    chen.post(address(event, event.unit, "pictures"), given)

    kept = {row.photo_id: row.caption for row in session.scalars(select(ReportPicture))}
    assert kept == {first.id: "装车 复核", second.id: second.subject}
    assert "选用 2 张图片" in chen.get("/journal").text
    answer = chen.get(address(event, event.unit, "summary.docx"))
    document = Document(BytesIO(answer.data))
    answer.close()
    assert len(document.inline_shapes) == 2
    assert "图1　装车 复核" in [each.text for each in document.paragraphs]
    visit("sun").get(address(event, event.unit, "pictures"), status=403)

    chen.post(address(event, event.unit, "pictures"), {})
    assert session.scalars(select(ReportPicture)).all() == []


@AFTER_CLOSING
def test_charts_show_a_unit_its_own_share_and_the_organiser_all(session, event, district, visit):
    everything = visit("chen").get("/reports/charts").text
    assert event.unit.name in everything
    assert "300" in everything

    own = visit("qian").get(f"/reports/charts?event={event.id}&by=value").text
    assert f">{district.name}</th>" in own
    assert f">{event.unit.name}</th>" not in own
    assert "3.5" in own
    nothing = visit("chen").get("/reports/charts?year=1999").text
    assert event.unit.name not in nothing.partition("<main")[2]
    assert session.scalars(select(Manifest)).one().number not in visit("feng").get("/reports/charts").text


@ON_SQLITE
def test_there_is_no_report_of_an_event_that_goes_on(session, cast, visit):
    going = make_day(session, cast)

    for path in ("", "/units/1/report.zip", "/units/1/pictures"):
        visit("chen").get(f"/reports/{going.event.id}{path}", status=404)
    visit("chen").get("/reports/987654", status=404)
