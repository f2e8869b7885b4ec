from dataclasses import replace

import orjson
import pytest
from databases import ON_SQLITE
from scanning_site import EVENT

pytestmark = ON_SQLITE
BRANCH = replace(EVENT, id=8, name="思岭区分会场销毁", stages=("receive",), sites=("思岭分会场",), runs=())


@pytest.fixture
def guo(visit):
    """Somebody of the site staff."""
    return visit("guo")


@pytest.fixture
def today(monkeypatch):
    """A function that sets which events the person may scan for today."""
    return lambda *events: monkeypatch.setattr("ledger.web.scan.scanning_of", lambda *_: list(events))


def test_without_an_event_the_page_says_so_and_leads_back(guo):
    page = guo.get("/scan").text

    assert "今天没有要扫的" in page
    assert "回到待办" in page


def test_the_only_event_opens_at_once(guo, today):
    today(EVENT)

    page = guo.get("/scan").text

    assert EVENT.name in page
    assert 'value="load" checked' in page
    assert "第 3 炉 · 同平区环卫处置中心 · 焚烧" in page


def test_among_several_events_one_chooses_and_may_choose_again(guo, today):
    today(EVENT, BRANCH)

    choice = guo.get("/scan").text
    page = guo.get("/scan?event=8&stage=receive").text

    assert "/scan?event=7&amp;stage=destroy" in choice
    assert "/scan?event=8&amp;stage=load" not in choice
    assert BRANCH.name in page
    assert "换岗位" in page


def test_another_event_than_the_persons_own_is_not_opened(guo, today):
    today(EVENT, BRANCH)

    assert "扫码：选您的岗位" in guo.get("/scan?event=9").text


def test_a_stage_that_is_not_the_persons_own_is_not_opened(guo, today):
    today(BRANCH)

    page = guo.get("/scan?stage=destroy").text

    assert 'value="receive" checked' in page
    assert 'value="destroy"' not in page
    assert "还没有开炉" in page


def test_the_page_tells_its_script_whom_it_scans_for_and_how_far_it_is(guo, today):
    today(EVENT)

    setting = orjson.loads(guo.get("/scan").text.split('data-scanning="')[1].split('"')[0].replace("&#34;", '"'))

    assert (setting["event"], setting["operator"], setting["url"]) == (7, "郭小军", "/api/v1/scans")
    assert setting["counts"]["receive"] == {"mine": 41, "all": 286, "expected": 412}
    assert setting["token"]


def test_only_the_site_staff_find_the_scanner(guo, visit):
    assert 'href="/scan"' in guo.get("/").text
    assert 'href="/scan"' not in visit("lin").get("/").text
    visit("lin").get("/scan", status=403)
