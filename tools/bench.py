"""Measure what people wait for, each figure beside its target and, where there is one, a peer from the same run.

Everything is done by the real services on an installation in a temporary folder. The figures are printed and kept in
docs/benchmarks.md: compare them within a run, machines differ.
"""

import argparse
import gc
import json
import os
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import orjson
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from xlsxwriter import Workbook

from ledger.app import create_app
from ledger.codes import new_code
from ledger.config import PROJECT, Settings
from ledger.db import db
from ledger.duties import Part
from ledger.goods.audit import verify_books
from ledger.goods.models import Item, Position
from ledger.goods.rules import Account, Act, PlaceKind
from ledger.goods.service import Move, Spot, move, place
from ledger.imports import service as imports
from ledger.imports.models import GoodsImport
from ledger.imports.workflow import Kind
from ledger.journal.service import writing
from ledger.papers.label import Label, LabelSheet
from ledger.papers.labels import draw_labels
from ledger.permissions import Role
from ledger.units.models import Unit, User
from ledger.units.service import Grant, add_unit, add_user
from ledger.worker import run_until_done
from tools.figures import Figure, report

HEADS = ["案件编号", "当事人", "案由", "物品名称", "规格型号", "计量单位", "数量", "库位", "物品类别"]
NAMES = ["假冒牛栏山白酒", "过期面膜", "劣质口罩", "仿冒运动鞋", "无证医疗器械", "假烟", "走私红酒", "不合格充电宝"]
LINES_PER_CASE = 10
MANIFEST_LINES = 10_000
LABELS = 1000
ACTS = 200
REQUESTS = 30


class Bench:
    """An installation to measure, with one registrar and one custodian."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self.app = app
        self.folder = folder
        self.session: Session = db.session()
        self.at = datetime.now(UTC)
        with writing(self.session):
            unit = add_unit(
                self.session, code="B", name="测试局", short_name="测试局", parent=None, by=None, at=self.at
            )
            self.unit_id = unit.id
            self.registrar = self._person("registrar", Grant(unit, Role.REGISTRAR))
            self.custodian = self._person("custodian", Grant(unit, Role.CUSTODIAN))

    def import_lines(self, lines: int) -> Iterator[Figure]:
        """Import a list as an opening balance: check it, decide, post it."""
        path = self.folder / "list.xlsx"
        write_list(path, lines)
        with timed() as reading:
            CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
        with timed() as importing:
            self._import(path)
        written = self.session.scalar(select(func.count(Item.id)))
        if written != lines:
            raise RuntimeError(f"{written} of {lines} lines were written")
        megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        found = f"{lines / importing():,.0f} lines/s"
        yield Figure(f"import {lines:,} lines", found, "≥ 6,700 lines/s", f"reading alone {lines / reading():,.0f}")
        yield Figure("memory after it", f"{megabytes} MB", "≤ 400 MB")

    def act(self) -> Iterator[Figure]:
        """Move goods, each act in a transaction of its own that is on the disk when it is answered."""
        rows = list(self.session.execute(select(Position).filter_by(account=Account.STORED).limit(ACTS)).scalars())
        found = [(row.item_id, Spot(row.account, row.place_id)) for row in rows]
        with writing(self.session):
            shelf = Spot(Account.STORED, place(self.session, self._unit(), PlaceKind.LOCATION, "Z").id)
        with timed() as moving:
            for item_id, spot in found:
                with writing(self.session):
                    wanted = [Move(item_id, Decimal(1), spot, shelf)]
                    people = {Part.CUSTODIAN: self.custodian}
                    by, unit = self.custodian, self._unit()
                    move(self.session, wanted, act=Act.RELOCATE, people=people, by=by, at=self.at, unit=unit)
        peer = f"bare commits {bare_commits(self.folder):,.0f}/s" if db.engine.dialect.name == "sqlite" else ""
        yield Figure("acts, one after the other", f"{len(found) / moving():,.0f}/s", "≥ 100/s", peer)

    def verify(self) -> Iterator[Figure]:
        """Check the books."""
        with timed() as verifying:
            report = verify_books(self.session, self.app.extensions["signer"].verifier())
        if report.findings:
            raise RuntimeError(str(report.findings[0]))
        rows = sum(self.session.scalar(select(func.count()).select_from(kept)) or 0 for kept in (Item, Position))
        checked = report.entries + report.movements + rows
        found = f"{checked / verifying():,.0f} entries, movements, lines, positions/s"
        yield Figure("check the books", found, "≥ 200,000/s")

    def look(self) -> Iterator[Figure]:
        """Fetch pages of the list of lines."""
        client = self._signed_in()
        last = self.session.scalars(select(func.max(Item.id))).one()
        first = timed_median(lambda: client.get("/goods"))
        deep = timed_median(lambda: client.get(f"/goods?after={last // 10}"))
        search = timed_median(lambda: client.get("/goods?q=白酒"))
        yield Figure("first page of the list", f"{first * 1000:.1f} ms", "≤ 15 ms")
        yield Figure("a page deep in the list", f"{deep * 1000:.1f} ms", f"≤ {first * 1500:.1f} ms", "1.5 × the first")
        yield Figure("search for two characters", f"{search * 1000:.1f} ms", "≤ 30 ms")

    def start(self) -> Iterator[Figure]:
        """Start the application from nothing."""
        command = [sys.executable, "-c", "import wsgi"]
        environment = {**os.environ, "LEDGER_INSTANCE": str(self.folder)}
        subprocess.run(command, check=True, cwd=PROJECT, env=environment)  # compiles what was never compiled
        with timed() as starting:
            subprocess.run(command, check=True, cwd=PROJECT, env=environment)
        yield Figure("cold start", f"{starting():.2f} s", "≤ 1.2 s")

    def draw(self) -> Iterator[Figure]:
        """Draw a manifest, in a process of its own so that its memory is told apart, and labels."""
        command = [sys.executable, str(PROJECT / "tools" / "paper_samples.py"), str(MANIFEST_LINES)]
        environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
        printed = subprocess.run(command, check=True, cwd=PROJECT, env=environment, capture_output=True).stdout
        found = json.loads(printed)
        yield Figure(f"draw a manifest of {MANIFEST_LINES:,} lines", f"{found['seconds']:.1f} s", "≤ 4 s")
        yield Figure("memory of it", f"{found['megabytes']} MB", "≤ 150 MB")
        labels = [self._label(place) for place in range(LABELS)]
        target = BytesIO()
        with timed() as drawing:
            draw_labels(labels, LabelSheet.SHEET_3X8, target)
        size = f"{target.tell() / 1e6:.2f} MB"
        yield Figure(f"draw {LABELS:,} labels", f"{drawing():.1f} s, {size}", "≤ 2.5 s, ≤ 1 MB")

    def _label(self, place: int) -> Label:
        code = new_code()
        return Label(
            batch=f"B-{place}",
            unit="测试局",
            goods=[NAMES[place % len(NAMES)]],
            names=3,
            env_class="general",
            method="焚烧",
            seal="",
            code=code,
            event="测试活动",
            site="主会场",
            number=place + 1,
            of=LABELS,
            payload=f"HTTPS://LEDGER.EXAMPLE/Q/{code}",
        )

    def _import(self, path: Path) -> None:
        with path.open("rb") as content:
            digest = self.app.extensions["files"].keep(content)
        with writing(self.session):
            made = imports.hand_in(
                self.session,
                unit=self._unit(),
                kind=Kind.OPENING_BALANCE,
                file=digest,
                file_name=path.name,
                case=None,
                by=self.registrar,
                at=self.at,
            )
            made_id = made.id
        run_until_done(self.app)
        with writing(self.session):
            made = self.session.get_one(GoodsImport, made_id)
            imports.accept(self.session, made, with_errors=False, by=self.registrar, at=self.at)
        with writing(self.session):
            imports.confirm(self.session, self.session.get_one(GoodsImport, made_id), by=self.custodian, at=self.at)
        run_until_done(self.app)
        self.session.rollback()

    def _person(self, login: str, grant: Grant) -> User:
        return add_user(
            self.session,
            login=login,
            name=login,
            password_hash="",
            grants=[grant],
            by=None,
            at=self.at,
            must_change_password=False,
        )

    def _unit(self) -> Unit:
        return self.session.get_one(Unit, self.unit_id)

    def _signed_in(self) -> FlaskClient:
        client = self.app.test_client()
        with client.session_transaction() as cookie:
            cookie.update(_user_id=self.registrar.get_id(), _fresh=True, since=int(time.time()))
        return client


def write_list(path: Path, lines: int) -> None:
    """Write a list of so many lines, ten to a case."""
    book = Workbook(path, {"constant_memory": True})
    sheet = book.add_worksheet("台账")
    sheet.write_row(0, 0, HEADS)
    for row in range(lines):
        case = row // LINES_PER_CASE
        facts = [f"思市监案字〔2026〕{case}号", f"思岭区第{case}商行", "销售假冒伪劣商品"]
        goods = [f"{NAMES[row % len(NAMES)]}{row}", "500ml", "瓶", row % 90 + 10, f"A-{row % 40:02}-1", "酒类"]
        sheet.write_row(row + 1, 0, facts + goods)
    book.close()


def bare_commits(folder: Path) -> float:
    """Return how many durable commits a second the bare database does in folder."""
    with sqlite3.connect(folder / "bare.sqlite", isolation_level=None) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE entry (body BLOB)")
        with timed() as committing:
            for _ in range(ACTS):
                connection.execute("INSERT INTO entry VALUES (?)", [b"x" * 500])
    connection.close()
    return ACTS / committing()


@contextmanager
def timed() -> Iterator[Callable[[], float]]:
    """Give a function that, after the block, returns the seconds that it took."""
    start = time.perf_counter()
    end = [start]
    yield lambda: end[0] - start
    end[0] = time.perf_counter()


def timed_median(work: Callable[[], object]) -> float:
    """Return the median of the seconds that work takes."""
    seconds = []
    for _ in range(REQUESTS):
        with timed() as working:
            work()
        seconds.append(working())
    return median(seconds)


def scan() -> Iterator[Figure]:
    """Let devices scan on an installation of their own; see bench_scans.py."""
    command = [sys.executable, "-m", "tools.bench_scans"]
    found = orjson.loads(subprocess.run(command, check=True, cwd=PROJECT, capture_output=True).stdout)
    peer = f"only asking {found['read_rate']:,.0f}/s"
    yield Figure(f"scans by {found['devices']} devices", f"{found['rate']:,.0f}/s", "≥ 150/s", peer)
    yield Figure("99 of 100 scans", f"{found['p99']:.0f} ms", "≤ 120 ms", f"one of two {found['p50']:.0f} ms")
    yield Figure("scans in a lump", f"{found['lump_rate']:,.0f}/s", "≥ 2,000/s")


def measure(database_url: str | None, lines: int) -> Iterator[Figure]:
    """Measure everything on an empty database, or on SQLite in a temporary folder."""
    with TemporaryDirectory(prefix="ledger-bench-") as name:
        folder = Path(name)
        url = database_url or f"sqlite:///{folder / 'ledger.sqlite'}"
        app = create_app(Settings(secret_key="bench", database_url=url, instance=folder, does_long_work=False))  # noqa: S106
        gc.freeze()  # as wsgi.py does
        with app.app_context():
            upgrade()
            bench = Bench(app, folder)
            for part in (
                bench.import_lines(lines),
                bench.act(),
                bench.look(),
                bench.verify(),
                bench.start(),
                bench.draw(),
            ):
                yield from part
            db.session.remove()
            db.engine.dispose()
    yield from scan()


def main() -> None:
    """Print the figures and append them to docs/benchmarks.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=20_000, help="how many lines to import")
    parser.add_argument("--database-url", help="an empty database; without it, SQLite in a temporary folder")
    chosen = parser.parse_args()

    report(measure(chosen.database_url, chosen.lines), "")


if __name__ == "__main__":
    main()
