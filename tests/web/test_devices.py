"""The organiser's page of devices."""

import pytest
from browser import PHONE, check_page, sign_in, take_pictures
from databases import ON_SQLITE
from days import make_day
from factories import NOON, PASSWORD
from sqlalchemy import select

from ledger.events.workflow import State
from ledger.journal.service import writing
from ledger.scanning import devices
from ledger.scanning.models import Device

pytestmark = ON_SQLITE


@pytest.fixture
def day(session, cast):
    return make_day(session, cast)


@pytest.fixture
def device(session, cast, day):
    """Guo's phone, which has a ticket."""
    with writing(session):
        return devices.issue(session, day.event, cast.guo, name="5b587742-bc02-4e19-a619-9d2661f6d77c", at=NOON)[0]


def test_the_page_says_which_devices_are_out(day, visit):
    path = f"/events/{day.event.id}/devices"
    assert "还没有人为本次活动打开扫码页" in visit("chen").get(path).text
    visit("guo").get(path, status=403)


def test_a_day_ends_without_a_device_that_two_have_written_off(session, cast, day, device, visit):
    chen, path = visit("chen"), f"/events/{day.event.id}/devices"
    assert "还有 1 台设备没有交清" in chen.get(path).text
    chen.post(f"/events/{day.event.id}/closing")
    assert "还有设备没有交清：1 号" in chen.get(f"/events/{day.event.id}/day").text
    form = {"reason": "手机损坏", "second": cast.pan.id, "second_password": PASSWORD}

    assert "请写明原因" in chen.post(f"{path}/{device.id}/write-off", {**form, "reason": ""}, status=422).text
    chen.post(f"{path}/{device.id}/write-off", form)

    assert "手机损坏" in chen.get(path).text
    chen.post(f"/events/{day.event.id}/closing")
    session.rollback()
    assert day.event.state is State.CLOSING


def test_a_device_is_blocked_and_taken_again(session, day, device, visit):
    chen, path = visit("chen"), f"/events/{day.event.id}/devices/{device.id}/block"

    chen.post(path)
    assert "已停用" in chen.get(f"/events/{day.event.id}/devices").text
    chen.post(path)
    assert "已有人处理过" in chen.get(f"/events/{day.event.id}/devices").text
    chen.post(path, {"lift": "yes"})

    session.rollback()
    assert session.scalars(select(Device)).one().blocked_at is None


def test_the_pages_of_devices_hold_on_a_phone_and_a_desk(page, cast, day, device):
    page.set_viewport_size(PHONE)
    sign_in(page, "chen", PASSWORD)
    for name in ("devices", f"devices/{device.id}/write-off"):
        page.goto(f"/events/{day.event.id}/{name}")
        check_page(page)
        take_pictures(page, name.replace("/", "-"))
