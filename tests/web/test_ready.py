"""The board that says whether an event can begin."""

from databases import ON_SQLITE
from days import make_day
from factories import NOON
from occasions import make_approved, make_event

from ledger.journal.service import writing
from ledger.scanning import devices

pytestmark = ON_SQLITE


def test_the_board_says_what_is_missing_and_where_it_is_done(session, cast, visit):
    make_approved(session, cast)
    event = make_event(session, cast, cast.bureau)

    page = visit("chen").get(f"/events/{event.id}/ready").text

    assert "未就绪：还差" in page
    assert "手机使用摄像头和离线扫码需要 https 网址" in page
    assert "尚无已封批次，无法抽样" in page
    assert "2 人可监销" in page
    assert "1 项" in page, "what is approved is not packed"
    assert page.count("尚未指定") == 2, "no vehicle"
    for path in (f"/events/{event.id}/people", "/trust", f"/events/{event.id}?unit={cast.bureau.id}"):
        assert path in page
    visit("guo").get(f"/events/{event.id}/ready", status=403)
    visit("feng").get(f"/events/{event.id}/ready", status=403)


def test_a_unit_names_its_vehicle_before_the_day_and_the_board_says_which(session, cast, visit):
    event = make_event(session, cast, cast.bureau)
    zhao, path = visit("zhao"), f"/events/{event.id}/loads"
    form = {"unit": cast.bureau.id, "plate": "闽D·A0315", "driver": "孙师傅", "escort": cast.liu.id, "other_escort": ""}
    assert path in zhao.get(f"/events/{event.id}").text

    zhao.post(path, form)

    page = visit("chen").get(f"/events/{event.id}/ready").text
    assert "闽D·A0315" in page
    assert "尚未指定" not in page


def test_a_device_counts_as_ready_with_the_newest_list_and_a_clock_that_goes_right(session, cast, visit, stranger):
    day = make_day(session, cast)
    board, chen = f"/events/{day.event.id}/ready", visit("chen")
    assert "尚无设备领取凭证" in chen.get(board).text
    with writing(session):
        _, ticket = devices.issue(session, day.event, cast.guo, name="5b587742-bc02-4e19-a619-9d2661f6d77c", at=NOON)
    assert "清单不是最新的：1 号" in chen.get(board).text
    pack, headers = f"/api/v1/events/{day.event.id}/pack", {"Authorization": f"Ticket {ticket}"}

    stranger.get(f"{pack}?offset_ms=180000", headers=headers)
    page = chen.get(board).text

    assert "1 台设备已领凭证，清单均为最新" in page
    assert "相差超过两分钟：1 号" in page
    day.open_run()
    assert "清单不是最新的：1 号" in chen.get(board).text
