"""What was answered is kept, whatever happens to the server: it is killed in the middle of the work."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Event as Signal

import orjson
from days import make_day
from factories import PASSWORD
from lumps import SCANS, lump_of, scan_of
from pages import Visitor
from sqlalchemy import select

from ledger.goods.audit import verify_books
from ledger.scanning.models import Posting
from ledger.scanning.rules import Outcome

PROJECT = Path(__file__).parents[2]
DEVICES = 6
ENOUGH = 40
"""Answers that have come when the server is killed."""
PATIENCE = 20


@contextmanager
def server(database_url: str, folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Hold a server as an installation runs it, and its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "LEDGER_DATABASE_URL": database_url,
        "LEDGER_INSTANCE": str(folder),
        "LEDGER_SECRET_KEY": "for tests only",
        "LEDGER_WORKER": "0",
    }
    program = Path(sys.executable).with_name("granian")
    options = ["--interface", "wsgi", "--workers", "1", "--blocking-threads", "16", "--log-level", "error"]
    command = [program, *options, "--host", "127.0.0.1", "--port", str(port), "wsgi:app"]
    process = subprocess.Popen(command, cwd=PROJECT, env=environment, start_new_session=True)
    try:
        wait_for(port)
        yield process, port
    finally:
        kill(process)


def wait_for(port: int) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < end, "the server does not start"
            time.sleep(0.05)
        else:
            return


def kill(process: subprocess.Popen[bytes]) -> None:
    """End the server and its workers without a warning."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_every_answered_scan_outlives_a_killed_server(app, database_url, session, cast, tmp_path, verifier):
    day = make_day(session, cast, batches=12)
    headers = headers_of(app)
    scans = [scan_of(day, stage, code=batch.code) for batch in day.batches for stage in ("load", "receive")] * 10
    lots = [[scan | {"id": scan_of(day)["id"]} for scan in scans[start::DEVICES]] for start in range(DEVICES)]
    answered: dict[str, str] = {}
    enough = Signal()

    with server(database_url, tmp_path) as (process, port), ThreadPoolExecutor(DEVICES) as pool:
        work = [pool.submit(send_all, port, headers, lot, answered, enough) for lot in lots]
        assert enough.wait(PATIENCE), "too few answers came"
        kill(process)
        for each in work:
            each.result()

    assert len(answered) < sum(map(len, lots)), "the server was killed when all was done"
    session.rollback()
    kept = {posting.scan_id: posting.outcome for posting in session.scalars(select(Posting))}
    assert set(answered) <= set(kept)
    for scan_id, verdict in answered.items():
        assert kept[scan_id] == verdict or (verdict, kept[scan_id]) in {
            ("waiting", Outcome.OK),
            ("waiting", Outcome.REPEAT),
        }
    assert verify_books(session, verifier).findings == []


def headers_of(app) -> dict[str, str]:
    """Sign Guo in and return what his browser then sends."""
    visitor = Visitor(app)
    visitor.sign_in("guo", PASSWORD)
    token = visitor._token()  # noqa: SLF001
    cookie = visitor._client.get_cookie("ledger")  # noqa: SLF001
    return {"Cookie": f"ledger={cookie.value}", "X-CSRFToken": token, "Content-Type": "application/json"}


def send_all(port: int, headers: dict[str, str], scans: list[dict], answered: dict[str, str], enough: Signal) -> None:
    """Send scans one after the other until the server is gone."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        for scan in scans:
            connection.request("POST", SCANS, orjson.dumps(lump_of(scan)), headers)
            response = connection.getresponse()
            body = response.read()
            assert response.status == 200, body
            [result] = orjson.loads(body)["results"]
            answered[result["id"]] = result["verdict"]
            if len(answered) >= ENOUGH:
                enough.set()
    except (OSError, HTTPException):
        return
    finally:
        connection.close()
