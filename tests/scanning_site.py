"""The scanner's page before a server that loses answers and holds them back when told; test_walk has the real one."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from flask import Flask, Response, jsonify, request

from ledger.codes import new_code
from ledger.errors import Message
from ledger.scanning.queries import OpenEvent, OpenRun, StageCount
from ledger.web.access import signed_in

COUNT = StageCount(mine=41, all=286, expected=412)
EVENT = OpenEvent(
    id=7,
    name="2027年“3·15”集中统一销毁",
    day=date(2027, 3, 15),
    sites=("同平区环卫处置中心", "思岭分会场"),
    stages=("load", "receive", "destroy"),
    runs=(OpenRun(3, "同平区环卫处置中心", Message("焚烧")), OpenRun(4, "思岭分会场", Message("粉碎"))),
    counts={"load": StageCount(0, 0, 412), "receive": COUNT, "destroy": StageCount(0, 12, 412)},
)
EARLIER = {"receive": "load", "destroy": "receive"}


@dataclass
class ScanningSite:
    """What the server knows and got."""

    codes: list[str] = field(default_factory=lambda: [new_code() for _ in range(8)])
    held: set[str] = field(default_factory=set)
    scans: dict[str, dict[str, Any]] = field(default_factory=dict)
    posts: list[list[str]] = field(default_factory=list)
    """The ids of each request, those whose answer was lost, too."""
    lose: int = 0
    """How many answers are lost after the scans were kept."""
    has_pack: bool = True
    hold_back: threading.Event = field(default_factory=threading.Event)
    """Answers come when it is set."""

    def __post_init__(self) -> None:
        self.hold_back.set()

    def take(self, scan: dict[str, Any]) -> dict[str, Any]:
        """Keep a scan, once, and return its answer."""
        kept = self.scans.setdefault(scan["id"], scan)
        return {"id": kept["id"], **self.judge(kept)}

    def judge(self, scan: dict[str, Any]) -> dict[str, Any]:
        """Return what a scan leads to."""
        if scan["stage"] == "void":
            return verdict("ok", "已撤销，这批要重扫")
        if scan["code"] not in self.codes:
            return verdict("unknown", "没有这个批次码。把它放到一边，叫组织人")
        if scan["code"] in self.held:
            return verdict("refused", "暂缓：当事人已提起诉讼。不要卸车，叫组织人")
        first = self.passed(scan["code"], scan["stage"])
        if first is not None and first["id"] != scan["id"]:
            who = {"at": first["at"], "by": "许文静", "device": "手机 3 号"}
            return verdict("repeat", "已收过，不再计数") | {"first": who}
        if scan["stage"] == "destroy" and self.passed(scan["code"], "receive") is None:
            return verdict("waiting", "入场那一步还没到，到了自动记入")
        return verdict("ok", "假烟 116.122 万支") | {"goods": "江头所，5 箱中第 3 箱"}

    def passed(self, code: str, stage: str) -> dict[str, Any] | None:
        """Return the first scan of a batch at a stage that was not taken back."""
        voided = {scan["voids"] for scan in self.scans.values() if scan["stage"] == "void"}
        these = [scan for scan in self.scans.values() if (scan["code"], scan["stage"]) == (code, stage)]
        return next((scan for scan in these if scan["id"] not in voided), None)

    def view(self) -> Callable[[], Response | tuple[str, int]]:
        """Return the view, a function, which unlike a method can be marked with who may call it."""

        def take() -> Response | tuple[str, int]:
            """Take scans in."""
            return self.answer()

        return take

    def answer(self) -> Response | tuple[str, int]:
        """Take scans in."""
        sent = request.get_json()
        self.posts.append([scan["id"] for scan in sent["scans"]])
        results = [self.take(scan) for scan in sent["scans"]]
        self.hold_back.wait()
        if self.lose:
            self.lose -= 1
            return "some proxy's page", 200
        return jsonify(results=results)

    def pack(self) -> dict[str, Any]:
        """Return what devices judge by."""
        batches = [
            {
                "code": code,
                "goods": "假烟",
                "place": "江头所，5 箱中第 3 箱",
                "method": "焚烧",
                "is_expected": True,
                "hold": "当事人已提起诉讼" if code in self.held else None,
                "papers_are_good": True,
                "passed": {"load": {"id": "", "at": "2027-03-15T08:00:00+08:00", "by": "许文静", "device": "手机 3 号"}}
                | {
                    stage: {"id": first["id"], "at": first["at"], "by": first["operator"], "device": "手机 3 号"}
                    for stage in EVENT.stages
                    if (first := self.passed(code, stage))
                },
            }
            for code in self.codes
        ]
        runs = [{"number": run.number, "site": run.site, "method": run.method} for run in EVENT.runs]
        return {"event": EVENT.id, "is_open": True, "runs": runs, "batches": batches}

    def serve(self, app: Flask, monkeypatch: pytest.MonkeyPatch, *events: OpenEvent) -> None:
        """Let app answer scans from here, and have these events today."""
        monkeypatch.setitem(app.view_functions, "api.v1.scans.take_in", signed_in(self.view()))
        nothing = {"error": "sign_in_needed", "message": ""}, 401
        known = {
            "show_pack": lambda **_: jsonify(self.pack()) if self.has_pack else nothing,
            "issue_ticket": lambda **_: nothing,
        }
        for name, view in known.items():
            monkeypatch.setitem(app.view_functions, f"api.v1.events.{name}", signed_in(view))
        monkeypatch.setattr("ledger.web.scan.scanning_of", lambda *_: list(events or (EVENT,)))


def verdict(kind: str, message: str) -> dict[str, Any]:
    return {"verdict": kind, "reason": "", "message": message}
