"""The wall: what it shows, that it names nobody, and that it is answered “no change” until there is one."""

import pytest
from databases import ON_SQLITE
from days import make_day
from factories import make_item, make_stocktake

from ledger.scanning.rules import WAY, Stage

pytestmark = ON_SQLITE


@pytest.fixture
def day(session, cast):
    made = make_day(session, cast, batches=2)
    run = made.open_run()
    for stage in WAY:
        made.scan(stage, run=run.number)
    made.scan(Stage.LOAD, code="gibberish")
    return made


def wall(day):
    return f"/events/{day.event.id}/wall"


def test_the_wall_shows_how_far_the_day_is_and_no_party(day, visit):
    page = visit("chen").get(wall(day)).text

    for said in ("1<small>/ 2 批（50%）</small>", "1 / 2", "假冒白酒", "0.1<small>万元", "编码读不出 1 次", "0.012"):
        assert said in page, said
    assert "黄记超市" not in page


def test_the_wall_is_asked_for_again_only_if_something_happened(day, visit):
    guo = visit("guo")
    tag = guo.get(wall(day)).headers["ETag"]

    again = guo._client.get(wall(day), headers={"If-None-Match": tag})  # noqa: SLF001 - with a header
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)

    day.scan(Stage.LOAD, day.batches[1])
    changed = guo._client.get(wall(day), headers={"If-None-Match": tag})  # noqa: SLF001 - with a header
    assert changed.status_code == 200


def test_the_wall_is_not_for_units_that_only_take_part(day, visit):
    visit("qian").get(wall(day), status=404)


def test_a_day_to_come_has_a_wall_that_waits(session, cast, visit):
    page = visit("chen").get(wall(make_day(session, cast, is_open=False))).text

    assert "data-live" in page
    assert "<dl" not in page


def test_who_counts_blind_reads_no_value_there(session, cast, day, visit):
    assert "0.1<small>万元" in visit("zhao").get(wall(day)).text
    make_stocktake(session, cast, make_item(session, cast, at_location="A-77"))

    page = visit("zhao").get(wall(day)).text

    assert "0.1<small>万元" not in page
    assert "清点中" in page
