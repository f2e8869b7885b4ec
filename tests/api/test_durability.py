"""What was answered is kept, whatever happens to the server: it is killed in the middle of the work."""

from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from threading import Event as Signal

import orjson
from days import make_day
from factories import PASSWORD
from installed import PATIENCE, kill, server
from lumps import SCANS, lump_of, scan_of
from pages import Visitor
from sqlalchemy import select

from ledger.goods.audit import verify_books
from ledger.scanning.models import Posting
from ledger.scanning.rules import Outcome

DEVICES = 6
ENOUGH = 40
"""Answers that have come when the server is killed."""


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
