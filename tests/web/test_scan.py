"""The site staff's page before its script runs; test_scan_screen.py has the rest."""

import orjson
import pytest
from databases import ON_SQLITE
from days import make_day
from factories import make_user

from ledger.journal.service import writing
from ledger.permissions import Role
from ledger.scanning.rules import Stage

pytestmark = ON_SQLITE


@pytest.fixture
def guo(visit):
    """Somebody of the site staff."""
    return visit("guo")


@pytest.fixture
def day(session, cast):
    """An event that is open, with three batches."""
    return make_day(session, cast, batches=3)


@pytest.fixture
def branch(session, cast, day):
    """Another one, on the same day."""
    return make_day(session, cast)


def test_without_an_event_the_page_says_so_and_leads_back(guo):
    page = guo.get("/scan").text

    assert "今天没有要扫的" in page
    assert "回到待办" in page


def test_an_event_that_is_not_open_yet_is_not_scanned_for(session, cast, guo):
    make_day(session, cast, is_open=False)

    assert "今天没有要扫的" in guo.get("/scan").text


def test_the_only_event_opens_at_once(guo, day):
    assert "还没有开炉" in guo.get("/scan").text
    run = day.open_run()

    page = guo.get("/scan").text

    assert day.event.name in page
    assert 'value="load" checked' in page
    assert f"第 {run.number} 炉 · 主会场 · 焚烧" in page


def test_among_several_events_one_chooses_and_may_choose_again(guo, day, branch):
    choice = guo.get("/scan").text
    page = guo.get(f"/scan?event={branch.event.id}&stage=receive").text

    for event in (day.event, branch.event):
        assert f"/scan?event={event.id}&amp;stage=destroy" in choice
    assert 'value="receive" checked' in page
    assert "换岗位" in page


def test_another_event_than_the_persons_own_is_not_opened(guo, day, branch):
    assert "扫码：选您的岗位" in guo.get("/scan?event=987654").text


def test_a_neighbours_event_is_not_scanned_for(session, cast, guo, visit):
    make_day(session, cast, unit=cast.district, organiser=cast.district)
    assert "今天没有要扫的" not in guo.get("/scan").text  # the bureau is above both

    with writing(session):
        make_user(session, "he", "何建", cast.neighbour, Role.SITE_STAFF)
    assert "今天没有要扫的" in visit("he").get("/scan").text


def test_a_stage_that_there_is_not_opens_the_first(guo, day):
    assert 'value="load" checked' in guo.get("/scan?stage=burn").text


def test_the_page_tells_its_script_whom_it_scans_for_and_how_far_it_is(guo, day):
    for batch in day.batches[:2]:
        day.scan(Stage.LOAD, batch)

    setting = orjson.loads(guo.get("/scan").text.split('data-scanning="')[1].split('"')[0].replace("&#34;", '"'))

    assert (setting["event"], setting["operator"], setting["url"]) == (day.event.id, "郭小军", "/api/v1/scans")
    assert setting["counts"]["load"] == {"mine": 2, "all": 2, "expected": 3}
    assert setting["counts"]["receive"] == {"mine": 0, "all": 0, "expected": 3}
    assert setting["token"]


def test_only_the_site_staff_find_the_scanner(guo, visit):
    assert 'href="/scan"' in guo.get("/").text
    assert 'href="/scan"' not in visit("lin").get("/").text
    visit("lin").get("/scan", status=403)
