"""A real browser before a real server: headless Chromium, Chinese, on a desk or on a phone.

Pages forbid what wait_for_function needs (compiling text as script): wait with locators and expect instead.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, ViewportSize, sync_playwright
from werkzeug.serving import make_server

from tools import packages

DESK = ViewportSize(width=1440, height=900)
PHONE = ViewportSize(width=390, height=844)
LOOKS: list[tuple[ViewportSize, Literal["light", "dark"]]] = [(PHONE, "dark"), (DESK, "light")]
SCREENS = Path(__file__).parent.parent / ".cache" / "screens"
FLAGS = [
    "--disable-background-networking",  # it would look for its maker's servers at every start
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]
WCAG = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
}


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What drives the browser."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """The browser. Raises RuntimeError if there is none."""
    with launched(playwright) as browser:
        yield browser


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    """The address of a server of the test's application."""
    with serving(app) as address:
        yield address


@pytest.fixture
def context(chromium: Browser, site: str) -> Iterator[BrowserContext]:
    """One person's browser, with nothing in it yet; closing it fails the test if a page complained."""
    with visiting(chromium, site) as context:
        yield context


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page of that browser."""
    return context.new_page()


@contextmanager
def launched(playwright: Playwright, *more: str) -> Iterator[Browser]:
    """Start a browser with more flags than usual. Raises RuntimeError if there is none."""
    program = packages.chromium()
    if program is None:
        raise RuntimeError("The tests need Chromium: apt-get install chromium, or name yours in CHROMIUM")
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS  # root may not have the sandbox
    with playwright.chromium.launch(executable_path=program, args=[*flags, *more]) as browser:
        yield browser


@contextmanager
def visiting(chromium: Browser, site: str, **more: Any) -> Iterator[BrowserContext]:
    """Open a person's browser before a site; closing it fails the test if a page complained."""
    complaints: list[str] = []

    def listen(page: Page) -> None:
        page.on("console", lambda message: complaints.extend(complaint_of(message)))
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on("request", lambda request: complaints.extend([request.url] if not is_ours(request.url, site) else []))

    with chromium.new_context(
        base_url=site, locale="zh-CN", timezone_id="Asia/Shanghai", viewport=DESK, reduced_motion="reduce", **more
    ) as context:
        context.set_default_timeout(10_000)
        context.on("page", listen)
        yield context
    assert not complaints


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve app on this machine and yield its address."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def complaint_of(message: ConsoleMessage) -> list[str]:
    """Return what a page said that it should not have; that it was refused, or signed out meanwhile, is no fault."""
    url, page = message.location["url"], message.page
    is_refusal = message.text.startswith("Failed to load resource") and page is not None and url == page.url
    is_refusal |= "the server responded with a status of 401" in message.text
    return [f"{url}: {message.text}"] if message.type in ("error", "warning") and not is_refusal else []


def is_ours(url: str, site: str) -> bool:
    """Whether a request stays in the house."""
    return url.startswith((f"{site}/", "data:", "blob:"))


def sign_in(page: Page, login: str, password: str) -> None:
    """Sign in by the form."""
    page.goto("/login")
    page.locator("input[name=login]").fill(login)
    page.locator("input[name=password]").fill(password)
    page.locator("main button[type=submit]").click()
    page.wait_for_url(lambda url: "/login" not in url)


def check_page(page: Page) -> None:
    """Fail the test if the page is inaccessible or wider than its window, on a desk by day or on a phone by night."""
    for size, scheme in LOOKS:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert too_wide <= 0, f"{page.url} is {too_wide} px wider than a window of {size['width']}"
        found = Axe().run(page, options=WCAG)
        assert found.violations_count == 0, f"{page.url}, {size['width']} px, {scheme}: {found.generate_report()}"


def take_pictures(page: Page, name: str) -> None:
    """If PICTURES is set, keep pictures of the page, as on a desk and as on a phone, for people to look at."""
    if not os.environ.get("PICTURES"):
        return
    SCREENS.mkdir(parents=True, exist_ok=True)
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        page.screenshot(path=SCREENS / f"{name}-{size['width']}.png", full_page=True)
