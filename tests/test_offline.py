"""Scanning and counting without a network: what was taken outlives the browser, and reaches the server exactly once."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import pytest
from browser import check_page, take_pictures
from databases import ON_SQLITE
from days import make_day
from factories import make_case, make_item, make_stocktake
from films import label
from flask import Flask
from phones import browser_in, kill, sign_in_here
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from ledger.db import db
from ledger.events.models import Photo
from ledger.journal.service import writing
from ledger.scanning.models import Posting, Scan
from ledger.scanning.rules import Outcome
from ledger.stocktake.models import CountEntry, CountLine
from ledger.units.models import User

pytestmark = ON_SQLITE


class Network:
    """A server that can be cut off, and that loses answers after its work is done."""

    def __init__(self, app: Flask) -> None:
        self.app, self.inner = app, app.wsgi_app
        self.lose, self.lots = 0, 0
        self.port = 0
        app.wsgi_app = self.answer  # type: ignore[method-assign]

    def answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer as the application does, unless it is lost."""
        is_lot = environ["PATH_INFO"].endswith(("/scans", "/figures"))
        self.lots += is_lot
        if not (is_lot and self.lose):
            return self.inner(environ, start_response)
        assert b"".join(self.inner(environ, lambda *_: None))
        self.lose -= 1
        return Response(status=502)(environ, start_response)

    @contextmanager
    def up(self) -> Iterator[str]:
        """Be there for a while, always at the same address."""
        server = make_server("127.0.0.1", self.port, self.app, threaded=True)
        self.port = server.server_port
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{self.port}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def scan(page: Page, code: str, verdict: str) -> None:
    """Send a code as a keyboard scanner does, and wait for the light."""
    rows = page.locator("[data-rows] li")
    before = rows.count()
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    expect(rows).to_have_count(before + 1)
    expect(rows.first).to_have_attribute("data-outcome", verdict)
    expect(page.locator("[data-verdict]")).to_have_attribute("data-verdict", verdict)


@pytest.fixture
def day(session, cast):
    """An open event with five batches."""
    return make_day(session, cast, batches=5)


def test_scans_outlive_a_killed_browser_and_lost_answers_and_are_found_once(app, session, day, playwright, tmp_path):
    codes, network = [batch.code for batch in day.batches], Network(app)
    db.session.remove()
    with network.up() as site:
        phone = browser_in(playwright, tmp_path)
        page = phone.new_page()
        page.goto(f"{site}/login?next=/scan?stage=load")
        sign_in_here(page, "guo")
        expect(page.locator("[data-ready]")).to_have_text("可断网使用")
        scan(page, codes[0], "ok")

    for code in codes[1:3]:
        scan(page, code, "ok")
    scan(page, codes[0], "repeat")
    expect(page.locator("[data-verdict]")).to_contain_text("郭小军 · 本机")
    scan(page, codes[3], "ok")
    kill(tmp_path)

    phone = browser_in(playwright, tmp_path)
    page, other = phone.new_page(), phone.new_page()
    for window in (other, page):
        window.goto(f"{site}/scan?stage=load")
        expect(window.locator("[data-network]")).to_contain_text("待上传 4")
        expect(window.locator("[data-rows] li")).to_have_count(5)
    take_pictures(page, "scan-offline")
    scan(page, codes[3], "repeat")
    photo = Image.new("L", (1280, 720), 200)
    photo.paste(label(codes[4]), (400, 200))
    photo.save(tmp_path / "photo.jpg")
    page.get_by_label("拍照识别").set_input_files(tmp_path / "photo.jpg")
    expect(page.locator("[data-rows] li").first).to_have_attribute("data-outcome", "ok")
    page.get_by_label("拍照", exact=True).set_input_files(tmp_path / "photo.jpg")
    expect(page.locator("[data-verdict]")).to_contain_text("照片已保存")
    expect(page.locator("[data-network]")).to_contain_text("待上传 7")

    with writing(session):
        session.scalars(select(User).where(User.login == "guo")).one().session_version += 1  # the sign-in has ended
    network.lose, network.lots = 2, 0
    with network.up():
        for window in (page, other):
            window.bring_to_front()
            expect(window.locator("[data-network]")).to_contain_text("待上传 0", timeout=60_000)
        check_page(page)

    scan(page, codes[1], "repeat")
    for window in (page, other):
        window.close()
    with network.up():
        wake_worker(phone, site)
        until(lambda: count_scans(session) == 8)
        phone.close()

    session.rollback()
    assert network.lots >= 3
    outcomes = list(session.scalars(select(Posting.outcome).join(Scan, Scan.id == Posting.scan_id).order_by(Scan.seq)))
    assert session.scalars(select(Photo)).one().stage == "loading"
    assert outcomes == [
        *[Outcome.OK] * 3,
        *[Outcome.REPEAT, Outcome.OK, Outcome.REPEAT, Outcome.OK],
        Outcome.REPEAT,  # which the service worker sent
    ]


def wake_worker(phone: BrowserContext, site: str) -> None:
    """Do what Android does once there is a network: wake the service worker, though no page is open that scans."""
    page, known = phone.new_page(), []
    page.goto(f"{site}/login")
    tools = phone.new_cdp_session(page)
    tools.on("ServiceWorker.workerRegistrationUpdated", lambda told: known.extend(told["registrations"]))
    tools.send("ServiceWorker.enable")
    until(lambda: page.wait_for_timeout(50) or known)
    event = {"origin": site, "registrationId": known[0]["registrationId"], "tag": "ledger-queue", "lastChance": False}
    tools.send("ServiceWorker.dispatchSyncEvent", event)


def count_scans(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Scan)) or 0


def until(is_so: Callable[[], object]) -> None:
    """Return once it is so. Raises AssertionError if it is not before long."""
    end = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


HELD = """async () => {
  const request = indexedDB.open("ledger");
  const base = await new Promise((resolve) => { request.onsuccess = () => resolve(request.result); });
  const read = (name) => new Promise((resolve) => {
    const asked = base.transaction(name).objectStore(name).getAll();
    asked.onsuccess = () => resolve(asked.result);
  });
  const held = [await read("records"), await read("notes")];
  const cache = await caches.open("ledger-scan");
  const pages = (await cache.keys()).filter(({ url }) => !url.includes("/static/"));
  const texts = await Promise.all(pages.map(async (page) => (await cache.match(page)).text()));
  return [JSON.stringify(held), pages.map(({ url }) => new URL(url).pathname), texts.join()];
}"""


def test_what_is_counted_outlives_a_killed_browser_and_arrives_once_and_no_book_figure_is_kept(
    app, session, cast, playwright, tmp_path
):
    case = make_case(session, cast)
    facts = (("假酒", "瓶", "7919", "A-1"), ("烟丝", "公斤", "4.217", "A-2"), ("假烟", "条", "6007", "A-2"))
    goods = [
        make_item(session, cast, case=case, name=name, measure=measure, stored=stored, at_location=at)
        for name, measure, stored, at in facts
    ]
    count, network = make_stocktake(session, cast, *goods), Network(app)
    here, last = f"/stocktakes/{count.id}", goods[2].code
    db.session.remove()
    with network.up() as site:
        page = browser_in(playwright, tmp_path).new_page()
        page.goto(f"{site}/login?next={here}")
        sign_in_here(page, "zhao")
        expect(page.locator("[data-ready]")).to_have_text("可断网使用", timeout=30_000)

    line = page.locator("[data-line]:visible")
    for scanned, name, figure in (("A-2", "烟丝", "1.5"), (last, "假烟", "60")):
        page.locator("#code").fill(scanned)
        page.locator("#code").press("Enter")
        expect(line).to_contain_text(name)
        line.locator("input[name^=line]").fill(figure)
        line.locator("input[name^=line]").press("Enter")
    expect(page.locator("[data-network]")).to_contain_text("待上传：2 项")
    kill(tmp_path)

    phone = browser_in(playwright, tmp_path)
    page = phone.new_page()
    page.goto(f"{site}{here}")
    expect(page.locator("[data-network]")).to_contain_text("待上传：2 项")
    expect(page.locator("[data-line]", has_text="假烟").locator("input[name^=line]")).to_have_value("60")
    line = page.locator("[data-line]:visible")
    line.locator("input[name^=line]").fill("63")
    line.get_by_role("button", name="记下，数下一项").click()
    take_pictures(page, "count-offline")
    page.get_by_role("button", name="我已点完").click()
    expect(page.locator("[data-finishing]")).to_contain_text("数量全部上传后才算点完")
    held, pages, texts = page.evaluate(HELD)
    assert pages == [here]
    for figure in ("7919", "7,919", "4.217", "6007", "6,007"):
        assert figure not in held + texts

    with network.up():  # the sign-in went with the browser
        page.get_by_role("link", name="请重新登录后上传").click(timeout=60_000)
        sign_in_here(page, "zhao", lambda: setattr(network, "lose", 1))
        expect(page.locator("[data-network]")).to_contain_text("数量已全部上传", timeout=60_000)
        check_page(page)
        page.get_by_role("button", name="我已点完").click()
        expect(page.locator("h1")).to_have_text("您已点完，等另一人清点")
        phone.close()

    session.rollback()
    lines = session.scalars(select(CountLine).order_by(CountLine.id)).all()
    assert [(str(each.first), len(each.notes)) for each in lines] == [("63", 1), ("1.5", 1), ("60", 1)]
    assert session.scalar(select(func.count()).select_from(CountEntry)) == 3
