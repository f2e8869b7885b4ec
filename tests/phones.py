"""Phones: browsers that keep what they have in a folder, and can be ended from one moment to the next."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from browser import FLAGS, PHONE
from factories import PASSWORD
from playwright.sync_api import BrowserContext, Page, Playwright

from tools import packages


def browser_in(playwright: Playwright, home: Path) -> BrowserContext:
    """Start a phone's browser that keeps what it has in a folder."""
    return playwright.chromium.launch_persistent_context(
        home,
        executable_path=packages.chromium(),
        args=[*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])],
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        viewport=PHONE,
        reduced_motion="reduce",
    )


def kill(home: Path) -> None:
    """End every process of the browser in this folder at once, as a phone that is switched off."""
    mark = f"--user-data-dir={home}".encode()
    while pids := [int(each.name) for each in Path("/proc").glob("[0-9]*") if mark in words_of(each)]:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)


def words_of(process: Path) -> list[bytes]:
    try:
        is_dead = b") Z " in (process / "stat").read_bytes()
        return [] if is_dead else (process / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


def sign_in_here(page: Page, login: str, meanwhile: Callable[[], None] = lambda: None) -> None:
    """Fill in and send the form that the page shows."""
    page.locator("input[name=login]").fill(login)
    page.locator("input[name=password]").fill(PASSWORD)
    meanwhile()
    page.locator("main button[type=submit]").click()
