"""Measure scanning: sixteen devices that send one scan after another to a server as an installation runs it.

Part of `make bench`; by itself it measures scanning alone, on SQLite or on --database-url.
"""

import argparse
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from http.client import HTTPConnection
from itertools import chain
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import NamedTuple
from uuid import uuid4

import orjson
from flask import Flask
from flask import session as browser
from flask_migrate import upgrade
from flask_wtf.csrf import generate_csrf
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.app import create_app
from ledger.cases.rules import AppealPeriods, CaseFacts, Terms
from ledger.cases.service import enter, register_case
from ledger.config import Settings
from ledger.db import db
from ledger.destruction import service as destruction
from ledger.destruction.chain import DEFAULT
from ledger.destruction.models import Application
from ledger.destruction.workflow import Decision, Method
from ledger.duties import Part
from ledger.events import packing
from ledger.events import service as events
from ledger.events.models import Event
from ledger.events.plan import decide_plan, submit_plan
from ledger.goods.classes import EnvClass
from ledger.goods.lines import Line
from ledger.goods.rules import Account, Act, PlaceKind
from ledger.goods.service import Spot, place
from ledger.journal.service import writing
from ledger.permissions import Role
from ledger.scanning.models import Posting
from ledger.scanning.rules import Outcome
from ledger.stocktake import service as stocktake
from ledger.units.models import User
from ledger.units.service import Grant, add_unit, add_user
from tools.serving import server

DEVICES = 16
LINES = 3
BATCHES = 400
QUESTIONS = 20
SECRET = "bench"  # noqa: S105 - of an installation that is thrown away
TERMS = Terms(periods=AppealPeriods(60, 6), count_valid_days=30)
CAST = {
    "registrar": Role.REGISTRAR,
    "custodian": Role.CUSTODIAN,
    "head": Role.UNIT_HEAD,
    "legal": Role.LEGAL,
    "finance": Role.FINANCE,
    "leader": Role.LEADER,
    "organiser": Role.ORGANISER,
    "scanner": Role.SITE_STAFF,
}


class Scanned(NamedTuple):
    """What the devices saw."""

    rate: float
    """Scans a second."""
    p50: float
    """Milliseconds that half of the answers took at most."""
    p99: float
    lump_rate: float
    """Scans a second when they come in a lump."""
    read_rate: float
    """Answers a second to the same devices that only ask how far the event is: signing in, and two queries."""


class Day:
    """An open event with packed batches, on an installation of its own."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.at = datetime.now(UTC)
        with writing(session):
            self.unit = add_unit(
                session, code="B", name="测试局", short_name="测试局", parent=None, by=None, at=self.at
            )
            self.people = {login: self._person(login, role) for login, role in CAST.items()}

    def pack(self, batches: int) -> list[str]:
        """Return the codes of so many sealed batches of an open event."""
        session, by = self.session, self.people
        application = self._approved(batches * LINES)
        self.event = self._plan()  # it covers what is approved by now
        lines = list(application.lines)
        codes = []
        with writing(session):
            for start in range(0, len(lines), LINES):
                goods = {line: line.open for line in lines[start : start + LINES]}
                batch = packing.pack(
                    session, self.event, self.unit, goods, packer=by["custodian"], checker=by["head"], at=self.at
                )
                weights = {"gross_kg": Decimal("12.5"), "tare_kg": Decimal("0.5")}
                packing.seal(session, batch, seal_no="封", **weights, by=by["custodian"], at=self.at)
                codes.append(batch.code)
            events.open_event(session, self.event, by=by["organiser"], at=self.at)
        return codes

    def _approved(self, number: int) -> Application:
        session, by = self.session, self.people
        with writing(session):
            facts = CaseFacts(
                number="测市监案字〔2026〕1号",
                party="",
                cause="",
                decision="一号",
                served_on=date(2025, 1, 1),
            )
            case = register_case(session, facts, unit=self.unit, by=by["registrar"], at=self.at)
            shelf = place(session, self.unit, PlaceKind.LOCATION, "A")
            line, spot = Line(name="假冒白酒", measure="瓶", quantity=Decimal(10)), Spot(Account.STORED, shelf.id)
            people = {Part.REGISTRAR: by["registrar"], Part.CUSTODIAN: by["custodian"]}
            rows = [(case, line, spot)] * number
            ids = enter(session, rows, act=Act.OPENING_BALANCE, people=people, by=by["registrar"], at=self.at)
            count = stocktake.open_stocktake(session, self.unit, [shelf], by=by["custodian"], at=self.at)
            for counter in (by["custodian"], by["registrar"]):
                figures = {counted.id: counted.book for counted in count.lines}
                stocktake.note_figures(session, count, figures, by=counter, at=self.at)
                stocktake.finish(session, count, by=counter, at=self.at)
            application = destruction.draft(
                session, self.unit, legal_basis="行政处罚法", reason="", by=by["registrar"], at=self.at
            )
            for item_id in ids:
                wanted = destruction.Wanted(item_id, shelf.id, Decimal(10), Method.INCINERATION)
                destruction.add_line(session, application, wanted)
            today = self.at.date()
            destruction.submit(session, application, terms=TERMS, today=today, by=by["registrar"], at=self.at)
        for step in range(len(DEFAULT)):
            with writing(session):
                self._agree(application, step)
        return application

    def _agree(self, application: Application, step: int) -> None:
        destruction.decide(
            self.session,
            application,
            decision=Decision.AGREE,
            text="同意",
            digest=application.digest,
            may=lambda _: True,
            by=self.people[("head", "legal", "finance", "leader")[step]],
            at=self.at,
        )

    def _plan(self) -> Event:
        session, by, day = self.session, self.people, self.at.date()
        with writing(session):
            event = events.plan_event(
                session, self.unit, name="集中统一销毁", day=day, report_due_on=day, by=by["organiser"], at=self.at
            )
            site = events.add_site(event, name="主会场", address="", is_main=True)
            events.add_receiver(event, env_class=EnvClass.GENERAL, name="处置中心")
            events.add_slot(session, event, unit=self.unit, site=site, arrives_at=self.at)
            submit_plan(session, event, by=by["organiser"], at=self.at)
        with writing(session):
            decide_plan(
                session,
                event,
                decision=Decision.AGREE,
                text="同意",
                digest=event.digest,
                may=lambda _: True,
                by=by["leader"],
                at=self.at,
            )
        return event

    def _person(self, login: str, role: Role) -> User:
        return add_user(
            self.session,
            login=login,
            name=login,
            password_hash="",
            grants=[Grant(self.unit, role)],
            by=None,
            at=self.at,
            must_change_password=False,
        )


def scan_all(app: Flask, folder: Path, url: str) -> Scanned:
    """Pack batches, serve the installation, and let the devices load and receive every one of them."""
    session = db.session()
    day = Day(session)
    codes = day.pack(BATCHES)
    headers, event_id = _headers(app, day.people["scanner"]), day.event.id
    split = BATCHES * 3 // 4
    ways = [
        [(stage, code) for code in codes[start:split:DEVICES] for stage in ("load", "receive")]
        for start in range(DEVICES)
    ]
    with server(folder, url, SECRET) as (port, _session):
        with ThreadPoolExecutor(DEVICES) as pool:
            read_rate = _ask_all(pool, port, headers, event_id)
            cold = [("load", "warm up")]  # both processes have taken scans before the day's first
            for each in [pool.submit(_device, port, headers, event_id, cold) for _ in range(2 * DEVICES)]:
                each.result()
            start = time.perf_counter()
            work = [pool.submit(_device, port, headers, event_id, way) for way in ways]
            took = list(chain.from_iterable(each.result() for each in work))
            rate = len(took) / (time.perf_counter() - start)
        late = [("load", code) for code in codes[split:]] + [("receive", code) for code in codes[split:]]
        start = time.perf_counter()
        _send(port, headers, event_id, late)
        lump_rate = len(late) / (time.perf_counter() - start)
    session.rollback()
    posted = session.scalar(select(func.count(Posting.id)).where(Posting.outcome == Outcome.OK))
    if posted != BATCHES * 2:
        raise RuntimeError(f"{posted} of {BATCHES * 2} scans were posted")
    shares = quantiles(took, n=100)
    return Scanned(rate, shares[49] * 1000, shares[98] * 1000, lump_rate, read_rate)


def _device(port: int, headers: dict[str, str], event_id: int, way: Sequence[tuple[str, str]]) -> list[float]:
    """Send one scan after another; return how many seconds each answer took."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    took = []
    for scan in way:
        body = _lump(event_id, [scan])
        start = time.perf_counter()
        connection.request("POST", "/api/v1/scans", body, headers)
        response = connection.getresponse()
        answer = response.read()
        took.append(time.perf_counter() - start)
        if response.status != 200:  # noqa: PLR2004 - what else
            raise RuntimeError(answer)
    connection.close()
    return took


def _ask_all(pool: ThreadPoolExecutor, port: int, headers: dict[str, str], event_id: int) -> float:
    """Let every device ask; return how many answers came a second. Every thread of the server is awake afterwards."""
    start = time.perf_counter()
    for each in [pool.submit(_ask, port, headers, event_id) for _ in range(DEVICES)]:
        each.result()
    return DEVICES * QUESTIONS / (time.perf_counter() - start)


def _ask(port: int, headers: dict[str, str], event_id: int) -> None:
    """Ask again and again how far the event is."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    for _ in range(QUESTIONS):
        connection.request("GET", f"/api/v1/events/{event_id}/progress", headers=headers)
        connection.getresponse().read()
    connection.close()


def _send(port: int, headers: dict[str, str], event_id: int, scans: Sequence[tuple[str, str]]) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", "/api/v1/scans", _lump(event_id, scans), headers)
    response = connection.getresponse()
    answer = response.read()
    connection.close()
    if response.status != 200:  # noqa: PLR2004
        raise RuntimeError(answer)


def _lump(event_id: int, scans: Sequence[tuple[str, str]]) -> bytes:
    at = datetime.now(UTC)
    rows = [
        {"id": str(uuid4()), "seq": 1, "event": event_id, "code": code, "stage": stage, "at": at, "operator": "bench"}
        for stage, code in scans
    ]
    return orjson.dumps({"device": "bench", "now": at, "scans": rows})


def _headers(app: Flask, scanner: User) -> dict[str, str]:
    """Return what the signed-in scanner's browser sends."""
    client = app.test_client()
    with app.test_request_context():
        token = generate_csrf()
        kept = browser["csrf_token"]
    with client.session_transaction() as cookie:
        cookie.update(_user_id=scanner.get_id(), _fresh=True, since=int(time.time()), csrf_token=kept)
    value = client.get_cookie("ledger")
    if value is None:
        raise RuntimeError("no cookie")
    return {"Cookie": f"ledger={value.value}", "X-CSRFToken": token, "Content-Type": "application/json"}


def measure(database_url: str | None = None) -> Scanned:
    """Measure on an empty database, or on SQLite in a temporary folder."""
    with TemporaryDirectory(prefix="ledger-bench-") as name:
        folder = Path(name)
        url = database_url or f"sqlite:///{folder / 'ledger.sqlite'}"
        app = create_app(Settings(secret_key=SECRET, database_url=url, instance=folder, does_long_work=False))
        with app.app_context():
            upgrade()
            found = scan_all(app, folder, url)
            db.session.remove()
            db.engine.dispose()
    return found


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database-url", help="an empty database; without it, SQLite in a temporary folder")
    found = measure(parser.parse_args().database_url)
    print(orjson.dumps({"devices": DEVICES, **found._asdict()}).decode())


if __name__ == "__main__":
    main()
