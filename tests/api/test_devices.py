"""What a device gets before it goes offline, and what its ticket is good for."""

from datetime import timedelta

import pytest
from databases import ON_SQLITE
from factories import NOON
from lumps import SCANS, lump_of, scan_of, send
from sqlalchemy import select

from ledger.journal.service import writing
from ledger.scanning import devices
from ledger.scanning.models import Device, Scan
from ledger.scanning.rules import DevicesOut, Stage
from ledger.web import access

pytestmark = ON_SQLITE

NAME = "手机 1 号"


@pytest.fixture
def issued(day, guo):
    """What Guo's device is given."""
    return guo.send(f"/api/v1/events/{day.event.id}/devices", {"device": NAME})


@pytest.fixture
def under_ticket(stranger, issued):
    """A function that sends scans of a device on which nobody is signed in any more."""
    headers = {"Authorization": f"Ticket {issued['ticket']}"}
    return lambda lump, status=200: stranger.send(SCANS, lump, status=status, headers=headers)


def test_a_ticket_sends_the_scans_of_its_holder_without_a_sign_in(session, day, issued, under_ticket):
    scan = scan_of(day)

    [result] = under_ticket(lump_of(scan))["results"]

    assert (issued["number"], result["verdict"]) == (1, "ok")
    kept = session.get_one(Scan, scan["id"])
    assert (kept.user.login, kept.device) == ("guo", NAME)


def test_a_ticket_is_kept_as_a_hash_only(session, issued):
    [device] = session.scalars(select(Device))

    assert len(device.ticket_hash) == 64
    assert issued["ticket"] not in vars(device).values()


def test_a_ticket_is_good_for_its_device_and_event_only(day, under_ticket):
    assert under_ticket(lump_of(scan_of(day), device="手机 2 号"), 403)["error"] == "not_permitted"
    assert under_ticket(lump_of(scan_of(day, event=day.event.id + 1)), 403)["error"] == "not_permitted"


def test_a_ticket_opens_nothing_but_the_scans_and_the_pack(day, stranger, issued):
    headers = {"Authorization": f"Ticket {issued['ticket']}"}

    stranger.get(f"/api/v1/events/{day.event.id}/pack", headers=headers)
    stranger.get(f"/api/v1/events/{day.event.id + 1}/pack", headers=headers, status=404)
    stranger.get(f"/api/v1/events/{day.event.id}/progress", headers=headers, status=401)
    stranger.get("/goods", headers=headers, status=303)


def test_a_ticket_is_taken_until_three_days_after_the_end_and_no_longer(day, under_ticket, monkeypatch):
    with writing(day.session):
        devices.write_off(
            day.session,
            day.session.scalars(select(Device)).one(),
            reason="x",
            by=day.cast.chen,
            confirmer=day.cast.pan,
            at=NOON,
        )
    day.end()
    for hours, status in ((71, 200), (73, 401)):
        monkeypatch.setattr(access, "now", lambda hours=hours: NOON + timedelta(hours=hours))
        under_ticket(lump_of(scan_of(day)), status)


def test_a_second_ticket_ends_the_first_and_keeps_the_number(day, guo, issued, under_ticket):
    again = guo.send(f"/api/v1/events/{day.event.id}/devices", {"device": NAME})
    other = guo.send(f"/api/v1/events/{day.event.id}/devices", {"device": "手机 2 号"})

    assert [issued["number"], again["number"], other["number"]] == [1, 1, 2]
    assert under_ticket(lump_of(scan_of(day)), 401)["error"] == "sign_in_needed"


def test_what_a_blocked_device_sends_is_kept_aside(session, day, guo, issued, under_ticket):
    [device] = session.scalars(select(Device))
    with writing(session):
        devices.block(session, device, by=day.cast.chen, at=NOON)
    first, second = scan_of(day), scan_of(day)

    results = [*under_ticket(lump_of(first))["results"], *send(guo, second)]

    assert [(each["verdict"], each["reason"]) for each in results] == [("refused", "device_blocked")] * 2
    assert session.get(Scan, first["id"])
    refused = guo.send(f"/api/v1/events/{day.event.id}/devices", {"device": NAME}, status=409)
    assert refused["error"] == "device_blocked"
    with writing(session):
        devices.unblock(session, device, by=day.cast.chen, at=NOON)
    assert under_ticket(lump_of(scan_of(day)))["results"][0]["verdict"] == "ok"


def test_the_pack_tells_what_a_verdict_depends_on_and_no_more(day, guo, issued):
    load, run = scan_of(day), day.open_run()
    send(guo, load)

    pack = guo.get(f"/api/v1/events/{day.event.id}/pack").json

    [batch] = pack["batches"]
    assert pack["is_open"]
    assert pack["runs"] == [{"number": run.number, "method": "焚烧", "site": "主会场", "takes_hazardous": False}]
    passed = batch.pop("passed")[Stage.LOAD]
    assert (passed["id"], passed["by"], passed["device"]) == (load["id"], "郭小军", "1 号设备")
    assert batch == {
        "code": day.batch.code,
        "goods": "假冒白酒",
        "place": "鹭江市市场监督管理局，共 1 批，第 1 批",
        "method": "焚烧",
        "is_expected": True,
        "hold": None,
        "sample": None,
        "is_hazardous": False,
        "papers_are_good": True,
    }


def test_a_pack_that_is_still_true_is_not_sent_again(day, guo):
    path = f"/api/v1/events/{day.event.id}/pack"
    known = {"If-None-Match": guo.get(path).headers["ETag"]}

    assert guo.get(path, status=304, headers=known).data == b""
    send(guo, scan_of(day))
    assert guo.get(path, headers=known).json["batches"][0]["passed"]


def test_a_time_is_put_right_by_the_offset_that_the_device_knew_when_it_scanned(session, day, guo):
    scan = scan_of(day, at=(NOON - timedelta(hours=1)).isoformat(), offset_ms=3_600_000)

    send(guo, scan)
    [result] = send(guo, scan_of(day))

    assert result["first"]["at"] == "2026-11-24T12:00:00+08:00"


@pytest.fixture
def tell(day, stranger, issued):
    """A function that reports which scans the device knows."""
    headers = {"Authorization": f"Ticket {issued['ticket']}"}
    path = f"/api/v1/events/{day.event.id}/tally"
    body = {"offset_ms": -1500, "version": "scan.X.js"}
    return lambda *ids, status=200: stranger.send(path, {"scans": ids, **body}, status=status, headers=headers)


def test_a_day_does_not_end_while_a_device_may_hold_scans(day, tell, under_ticket):
    first, second = scan_of(day), scan_of(day)
    under_ticket(lump_of(first))
    with pytest.raises(DevicesOut):
        day.end()

    assert tell(first["id"], second["id"], status=409)["error"] == "scans_missing"
    told = tell(first["id"])

    assert (told["scans"], told["arrived"], told["forgotten"], told["offset_ms"]) == (1, 1, 0, -1500)
    under_ticket(lump_of(second))
    with pytest.raises(DevicesOut):  # it has scanned since
        day.end()
    assert tell(second["id"])["forgotten"] == 1
    day.end()
