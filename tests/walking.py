"""People before their browsers: they sign in and find their way by the words that they read."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from browser import DESK, visiting
from factories import PASSWORD
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

Enter = Callable[..., Page]


@contextmanager
def entrance(chromium: Browser, site: str) -> Iterator[Enter]:
    """Yield a function that opens a browser for a person who signs in, on a desk if nothing else is said."""
    with ExitStack() as open_browsers:

        def enter(login: str, *, size: ViewportSize = DESK, browser: Browser = chromium) -> Page:
            context = open_browsers.enter_context(visiting(browser, site))
            page = context.new_page()
            page.set_viewport_size(size)
            page.goto("/login")
            page.get_by_label("登录名").fill(login)
            page.get_by_label("密码").fill(PASSWORD)
            press(page, "登录")
            expect(page.get_by_role("button", name="登录")).to_be_hidden()
            return page

        yield enter


def press(page: Page, name: str) -> None:
    """Press the one button of this name."""
    page.get_by_role("button", name=name, exact=True).click()


def follow(page: Page, name: str) -> None:
    """Follow the first link of this name that is to be seen."""
    page.get_by_role("link", name=name, exact=True).locator("visible=true").first.click()


def to_do(page: Page, action: str) -> None:
    """Begin what waits for the person, from the first page."""
    follow(page, "待办")
    page.get_by_role("main").get_by_role("link", name=action, exact=True).click()


def says(page: Page, text: str) -> None:
    """Fail the test if the page does not say that this was done."""
    expect(page.get_by_role("main").get_by_role("status").first).to_contain_text(text)


def draw(page: Page) -> None:
    """Sign by mouse on the sheet."""
    sheet = page.get_by_role("img", name="签名框")
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 30, box["y"] + 40)
    page.mouse.down()
    for step in range(1, 12):
        page.mouse.move(box["x"] + 30 + 20 * step, box["y"] + 40 + 20 * (step % 3))
    page.mouse.up()


def download(page: Page, folder: Path, button: Locator) -> Path:
    """Press a button that hands out a file, and return where that was kept."""
    with page.expect_download() as coming:
        button.click()
    path = folder / coming.value.suggested_filename
    coming.value.save_as(path)
    return path
