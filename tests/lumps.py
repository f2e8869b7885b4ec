"""Scans as a device sends them by the interface."""

from collections.abc import Mapping
from typing import Any

from days import Day, new_id
from factories import NOON
from pages import Visitor

SCANS = "/api/v1/scans"


def scan_of(day: Day, stage: str = "load", **members: Any) -> dict[str, Any]:
    """Return one scan of the day's first batch."""
    given = {
        "id": new_id(),
        "seq": 1,
        "event": day.event.id,
        "code": day.batch.code,
        "stage": stage,
        "at": NOON.isoformat(),
        "operator": "郭小军",
    }
    return given | members


def lump_of(*scans: Mapping[str, Any], **members: Any) -> dict[str, Any]:
    """Return scans as a device sends them."""
    return {"device": "手机 1 号", "now": NOON.isoformat(), "scans": list(scans), **members}


def send(visitor: Visitor, *scans: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Send scans and return what became of each."""
    results: list[dict[str, Any]] = visitor.send(SCANS, lump_of(*scans))["results"]
    assert [result["id"] for result in results] == [scan["id"] for scan in scans]
    return results
