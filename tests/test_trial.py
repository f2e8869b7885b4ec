"""A day without a network on three phones, browsers and server killed, clocks wrong: each scan is there once.

TRIAL_SCANS says how many scans each phone makes: 12 if nothing else is said, 200 by `make trial`; TRIAL_SEED which.
"""

import os
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from databases import ON_SQLITE
from days import make_day
from factories import PASSWORD
from installed import free_port, kill, server
from pages import Visitor
from phones import browser_in
from phones import kill as kill_browser
from playwright.sync_api import Page, Playwright, expect
from sqlalchemy import func, select

from ledger.codes import new_code
from ledger.goods.audit import verify_books
from ledger.journal.service import writing
from ledger.manifests import closing
from ledger.scanning.models import Posting, Scan
from ledger.scanning.rules import DevicesOut

pytestmark = ON_SQLITE

SCANS = int(os.environ.get("TRIAL_SCANS", "12"))
SEED = int(os.environ.get("TRIAL_SEED", "315"))
KILLS = max(3, SCANS // 10)
AHEAD = (timedelta(hours=3), timedelta(days=-1), timedelta(0))
"""How far the clock of each phone is ahead."""
WRONG_CLOCK = """(() => {
  const Real = Date;
  const now = () => Real.now() + %d;
  window.Date = class extends Real {
    constructor(...given) { super(...(given.length ? given : [now()])); }
    static now() { return now(); }
  };
})();"""
ANSWERS = """() => new Promise((resolve) => {
  const opening = indexedDB.open("ledger");
  opening.onsuccess = () => {
    const reading = opening.result.transaction("records").objectStore("records").getAll();
    reading.onsuccess = () => resolve(reading.result.map(({ id, answer }) => [id, answer.verdict]));
  };
})"""
SLOW = 60_000


class Phone:
    """A phone of Guo's, whose browser can be killed at any moment."""

    def __init__(self, playwright: Playwright, home, ahead: timedelta, site: str) -> None:
        self.playwright, self.home, self.ahead, self.site = playwright, home, ahead, site
        self.stage, self.kept = "load", 0
        self.start()

    def start(self) -> None:
        """Switch it on."""
        self.browser = browser_in(self.playwright, self.home)
        self.browser.add_init_script(WRONG_CLOCK % (self.ahead / timedelta(milliseconds=1)))
        self.page: Page = self.browser.new_page()

    def open(self) -> None:
        """Open the scanner at the phone's stage."""
        self.page.goto(f"{self.site}/scan?stage={self.stage}")
        expect(self.page.locator("[data-entry]")).to_be_focused(timeout=SLOW)

    def scan(self, stage: str, code: str, *, is_killed: bool) -> None:
        """Scan a code; the browser is killed at once, or says what it is and that it is kept."""
        if stage != self.stage:
            self.stage = stage
            self.page.get_by_label({"load": "装车", "receive": "入场"}[stage], exact=True).check()
            self.page.locator("[data-entry]").focus()
        self.page.keyboard.type(code)
        self.page.keyboard.press("Enter")
        if not is_killed:
            self.kept += 1
            expect(self.page.locator("[data-network] [data-number]")).to_have_text(str(self.kept), timeout=SLOW)
            expect(self.page.locator("[data-rows] li").first).not_to_have_attribute("data-outcome", "checking")
            return
        kill_browser(self.home)
        self.start()
        self.open()
        number = self.page.locator("[data-network] [data-number]")
        expect(number).not_to_be_empty(timeout=SLOW)
        left = int(number.inner_text())
        assert left in (self.kept, self.kept + 1), "only what was never said to be kept may be lost"
        self.kept = left

    def go_online(self) -> None:
        """Find the network again."""
        self.page.bring_to_front()
        self.page.evaluate("() => { dispatchEvent(new Event('online')); }")

    def report(self) -> None:
        """Say that nothing is left on it."""
        self.page.get_by_text("本机", exact=True).click()
        self.page.get_by_role("button", name="本机交清").click()
        expect(self.page.get_by_text("全部收到")).to_be_visible(timeout=SLOW)


@pytest.fixture
def day(session, cast):
    """An open event with fewer batches than one phone makes scans."""
    return make_day(session, cast, batches=max(8, SCANS * 2 // 5))


def plan_of(codes: list[str]) -> Iterator[tuple[int, str, str, bool]]:
    """Yield which phone scans what at which stage, and whether it is killed then; the same for the same seed."""
    chance = random.Random(SEED)  # noqa: S311 - a plan that can be had again
    turns = SCANS * len(AHEAD)
    killed = set(chance.sample(range(2, turns), KILLS))
    stages = ["load"] * len(AHEAD)
    for turn in range(turns):
        phone = turn % len(AHEAD)
        if turn == turns // 2 or chance.random() < 0.1:
            stages[phone] = chance.choice(["load", "receive"])
        yield phone, stages[phone], chance.choice(codes), turn in killed


def test_what_three_phones_scan_without_a_network_is_there_once_and_judged_by_the_rules(
    app, database_url, session, cast, day, playwright, tmp_path, verifier
):
    codes, nothing = [batch.code for batch in day.batches], new_code()
    visitor, port, begun = Visitor(app), free_port(), datetime.now(UTC)
    visitor.sign_in("guo", PASSWORD)
    cookie = visitor._client.get_cookie("ledger")  # noqa: SLF001
    session.rollback()
    site, phones = f"http://127.0.0.1:{port}", []
    with ExitStack() as stack:
        process, _ = stack.enter_context(server(database_url, tmp_path, port))
        for number, ahead in enumerate(AHEAD):
            phone = Phone(playwright, tmp_path / f"phone {number}", ahead, site)
            phone.browser.add_cookies([{"name": "ledger", "value": cookie.value, "url": site}])
            phone.open()
            phones.append(phone)
        for phone in phones:
            phone.page.bring_to_front()
            expect(phone.page.locator("[data-ready]")).to_have_text("可断网使用", timeout=SLOW)
        kill(process)

    for number, stage, code, is_killed in plan_of([*codes, nothing]):
        phones[number].page.bring_to_front()
        phones[number].scan(stage, code, is_killed=is_killed)

    with server(database_url, tmp_path, port) as (process, _):
        phones[0].go_online()
        while not session.scalar(select(func.count()).select_from(Scan)):
            session.rollback()
            phones[0].page.wait_for_timeout(50)
        kill(process)  # in the middle of the upload
    said: dict[str, str] = {}
    with server(database_url, tmp_path, port):
        for phone in phones:
            phone.go_online()
        for phone in phones:
            expect(phone.page.locator("[data-network]")).to_contain_text("待上传 0", timeout=2 * SLOW)
            answers = dict(phone.page.evaluate(ANSWERS))
            assert len(answers) == phone.kept
            said |= answers
        for phone in phones:
            session.rollback()
            with pytest.raises(DevicesOut), writing(session):
                closing.end(session, day.event, by=cast.chen, at=datetime.now(UTC))
            phone.page.bring_to_front()
            phone.report()
            phone.browser.close()
    session.rollback()
    with writing(session):
        closing.end(session, day.event, by=cast.chen, at=datetime.now(UTC))

    scans = {scan.id: scan for scan in session.scalars(select(Scan))}
    became = {posting.scan_id: posting.outcome for posting in session.scalars(select(Posting))}
    print(len(scans), "scans,", KILLS, "browsers killed,", dict(Counter(map(str, became.values()))))  # noqa: T201
    assert scans.keys() == said.keys() == became.keys()
    assert all(said[key] in (outcome, "waiting") for key, outcome in became.items())
    assert outcomes_of(scans, became) == expected_of(scans, nothing)
    for posting in session.scalars(select(Posting)):
        assert begun - timedelta(seconds=2) < posting.happened_at < datetime.now(UTC) + timedelta(seconds=2)
    assert verify_books(session, verifier).findings == []


def outcomes_of(scans, became) -> dict[tuple[str, str], Counter]:
    """Return how often each code led to what at each stage."""
    found: dict[tuple[str, str], Counter] = {}
    for key, scan in scans.items():
        found.setdefault((scan.code, scan.stage), Counter())[str(became[key])] += 1
    return found


def expected_of(scans, nothing: str) -> dict[tuple[str, str], Counter]:
    """Return the same by the rules, whoever came first: once ok, then a repeat; what was never loaded waits."""
    times = Counter((scan.code, scan.stage) for scan in scans.values())
    expected = {}
    for (code, stage), count in times.items():
        if code == nothing:
            expected[code, stage] = Counter(unknown=count)
        elif stage == "receive" and (code, "load") not in times:
            expected[code, stage] = Counter(waiting=count)
        else:
            expected[code, stage] = +Counter(ok=1, repeat=count - 1)
    return expected
