"""Measure pages on a ledger of a million lines: what people wait for, over HTTP, from the server of an installation.

The ledger is filled once, in .cache, and used again as long as the tables keep their shape. The figures are printed
and kept in docs/benchmarks.md as those of `make bench`.
"""

import argparse
import json
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from statistics import quantiles
from typing import NamedTuple
from urllib.parse import quote, urlencode

from alembic.script import ScriptDirectory
from flask import Flask
from flask import session as browser
from flask_migrate import upgrade
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select

from ledger.app import create_app
from ledger.cases.rules import Kind
from ledger.config import PROJECT, Settings
from ledger.db import db
from ledger.goods.filters import Order
from ledger.units.models import User
from ledger.web.goods_columns import Column
from ledger.worker import judge
from tools import packages
from tools.figures import Figure, report
from tools.million import Seed
from tools.million_words import RARE
from tools.serving import megabytes_of, server

SECRET = "bench"  # noqa: S105 - of an installation with nothing in it
LINES, MOVEMENTS, LINES_PER_CASE = 1_000_000, 5_000_000, 20
REQUESTS = 30
FILE_LINES = 100_000
UNTIL = datetime.now(UTC).date() - timedelta(days=30)
SINCE = UNTIL - timedelta(days=91)
OK = 200


class Page(NamedTuple):
    """A page to fetch, as whom, and within how many milliseconds."""

    work: str
    path: str
    target: float = 15
    login: str = "bureau"


class Visitor:
    """Somebody's browser, signed in."""

    def __init__(self, port: int, cookie: str, token: str) -> None:
        self._port, self._headers, self._token = port, {"Cookie": cookie}, token
        self.connect()

    def connect(self) -> None:
        """Connect anew: the server closes what was quiet for long."""
        self._connection = HTTPConnection("127.0.0.1", self._port, timeout=600)

    def get(self, path: str) -> float:
        """Return the seconds that a page takes."""
        return self._ask("GET", path, None)

    def post(self, path: str, fields: dict[str, str]) -> float:
        """Return the seconds that an answer takes, to its last byte."""
        return self._ask("POST", path, urlencode({**fields, "csrf_token": self._token}))

    def _ask(self, method: str, path: str, body: str | None) -> float:
        headers = {**self._headers, **({"Content-Type": "application/x-www-form-urlencoded"} if body else {})}
        start = time.perf_counter()
        self._connection.request(method, quote(path, safe="/?&=.%"), body, headers)
        answer = self._connection.getresponse()
        answer.read()
        if answer.status != OK:
            raise RuntimeError(f"{answer.status} {path}")
        return time.perf_counter() - start


def pages(lines: int) -> Iterator[Page]:
    """Yield what is fetched; the numbers of units, cases and lines are those of the seed."""
    yield Page("to do", "/", 100)
    yield Page("list, first page", "/goods")
    yield Page("list of a district", "/goods", login="district")
    yield Page("list of a station", "/goods", login="station")
    yield Page("all columns", f"/goods?show={'.'.join(Column)}", 22)
    filters = [
        "unit=18",
        "account=seized",
        "account=stored",
        "account=destroyed",
        "category=酒类",
        "env_class=hazardous",
    ]
    filters += ["location=A-0", "stage=undecided", "stage=open_to_appeal", "stage=final", "stage=held"]
    for asked in [*filters, *(f"verdict={kind}" for kind in Kind)]:
        yield Page(asked, f"/goods?{asked}", 20)
    for asked in (
        "category=建材&env_class=hazardous",  # which no line is
        "account=stored&stage=undecided",
        "account=stored&location=B-0",
        "account=destroyed&stage=held",
        "unit=18&account=destroyed",
        "unit=2&account=stored",
        "verdict=not_counted&env_class=hazardous",
        "verdict=may_apply&category=酒类",
        "stage=final&account=seized",
        "q=假冒&account=stored",
    ):
        yield Page(asked, f"/goods?{asked}", 100)
    for login in ("district", "station"):
        yield Page(f"account=stored, of a {login}", "/goods?account=stored", 30, login)
    for order in Order:
        yield Page(f"sort={order}", f"/goods?sort={order}")
        yield Page(f"sort={order}, deep", f"/goods?sort={order}&after={lines // 2}", 22)
        yield Page(f"sort={order}&account=stored", f"/goods?sort={order}&account=stored", 100)
    yield Page("a page deep in the list", f"/goods?after={lines // 10}", 22)
    yield Page("account=stored, deep", f"/goods?account=stored&after={lines * 6 // 10}", 30)
    yield Page("search 白酒", "/goods?q=白酒", 30)
    yield Page("search 假冒 白酒", "/goods?q=假冒 白酒", 30)
    yield Page("search the rare 鹿茸", f"/goods?q={RARE[0]}", 30)
    yield Page("search what is not there", "/goods?q=恐龙", 30)
    yield Page("search one sign", "/goods?q=酒", 30)
    yield Page("search a case number", "/goods?q=鹭市监案字〔2024〕%s号" % (lines // LINES_PER_CASE // 2), 30)
    yield Page("search a seal", f"/goods?q=封{lines // 3:07}", 30)
    yield Page("search, value first", "/goods?q=白酒&sort=worth", 60)
    yield Page("page of a line", f"/goods/{lines // 2}", 30)
    yield Page("page of a case", f"/cases/{lines // LINES_PER_CASE // 2}", 40)
    yield Page("store ledger of a quarter", f"/books?unit=1&since={SINCE}&until={UNTIL}", 1000)
    yield Page("doubts", "/goods/quality", 1000)


def look(visitors: dict[str, Visitor], lines: int) -> Iterator[Figure]:
    """Fetch every page again and again."""
    for page in pages(lines):
        visitor = visitors[page.login]
        visitor.connect()
        took = [visitor.get(page.path) for _ in range(2)]
        took = [visitor.get(page.path) for _ in range(REQUESTS if took[-1] < 1 else 4)]
        shares = [share * 1000 for share in quantiles(took, n=100, method="inclusive")]
        yield Figure(page.work, f"{shares[49]:.1f} ms, 99 of 100 within {shares[98]:.0f} ms", f"≤ {page.target:g} ms")


def export(visitor: Visitor, session: int, lines: int) -> Iterator[Figure]:
    """Have files written of as many lines as one takes."""
    before = megabytes_of(session)
    wanted = {} if lines <= FILE_LINES else {"category": "酒类"}
    rows = min(lines, FILE_LINES) if not wanted else lines // 12
    for kind in ("csv", "xlsx"):
        visitor.connect()
        took = visitor.post("/goods/export", {**wanted, kind: ""})
        yield Figure(f"{rows:,} lines as {kind}", f"{took * FILE_LINES / rows:.1f} s for {FILE_LINES:,}", "≤ 12 s")
    yield Figure("memory for them", f"{megabytes_of(session)} MB", "≤ 300 MB", f"before {before} MB")


def measure(folder: Path, url: str, lines: int, movements: int) -> Iterator[Figure]:
    """Measure on the ledger in folder; fill it before, if nobody has yet."""
    app = create_app(Settings(secret_key=SECRET, database_url=url, instance=folder, does_long_work=False))
    filled = folder / "filled.json"
    with app.app_context():
        if not filled.exists():
            start = time.perf_counter()
            upgrade()
            Seed(lines=lines, movements=movements, cases=lines // LINES_PER_CASE).fill()
            while judge(app):  # as the server does by itself within minutes
                pass
            filled.write_text(json.dumps({"seconds": round(time.perf_counter() - start)}))
        said = json.loads(filled.read_text())
        print(f"{lines:,} lines, filled within {said['seconds']} s", file=sys.stderr)
        people = {user.login: user.get_id() for user in db.session.scalars(select(User))}
        db.session.remove()
        db.engine.dispose()
    with server(folder, url, SECRET) as (port, session):
        visitors = {login: Visitor(port, *sign_in(app, key)) for login, key in people.items()}
        yield from look(visitors, lines)
        yield from export(visitors["bureau"], session, lines)


def sign_in(app: Flask, user_key: str) -> tuple[str, str]:
    """Return the cookie and the token of somebody who has signed in."""
    client = app.test_client()
    with app.test_request_context():
        token = generate_csrf()
        kept = browser["csrf_token"]
    with client.session_transaction() as cookie:
        cookie.update(_user_id=user_key, _fresh=True, since=int(time.time()), csrf_token=kept)
    value = client.get_cookie("ledger")
    if value is None:
        raise RuntimeError("no cookie")
    return f"ledger={value.value}", token


@contextmanager
def database(folder: Path, *, is_postgresql: bool) -> Iterator[str]:
    """Give the address of the database in folder, on a server of its own if it is PostgreSQL."""
    if not is_postgresql:
        yield f"sqlite:///{folder / 'ledger.sqlite'}"
        return
    sys.path.append(str(PROJECT / "tests"))
    import postgres  # noqa: PLC0415 - known from here on

    place = folder / "postgresql"
    place.mkdir(exist_ok=True)
    if postgres.is_root():
        shutil.chown(place, postgres.USER)
    programs = packages.postgresql()
    if programs is None:
        raise RuntimeError("There is no PostgreSQL server: apt-get install postgresql")
    with postgres.serving(programs, place) as address:
        yield address


def main() -> None:
    """Print the figures and append them to docs/benchmarks.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=LINES)
    parser.add_argument("--movements", type=int, help="five for each line, if not said")
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL instead of SQLite")
    chosen = parser.parse_args()
    lines, movements = chosen.lines, chosen.movements or chosen.lines * (MOVEMENTS // LINES)
    kind = "postgresql" if chosen.postgres else "sqlite"
    shape = ScriptDirectory(str(PROJECT / "migrations")).get_current_head()  # the newest migration
    folder = PROJECT / ".cache" / "million" / f"{kind}-{lines}-{movements}-{shape}"
    if not (folder / "filled.json").exists():
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    with database(folder, is_postgresql=chosen.postgres) as url:
        report(measure(folder, url, lines, movements), f", {lines:,} lines and about {movements:,} movements on {kind}")


if __name__ == "__main__":
    main()
