"""How far an event is, and what its devices need."""

from collections.abc import Mapping

from flask import Blueprint, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ledger.api.fields import Field, read_members, several, text, uuid
from ledger.api.v1.scans import SCAN, and_more, passage_told, place_told
from ledger.db import db
from ledger.destruction.workflow import METHOD_NAMES
from ledger.events.workflow import State
from ledger.goods.classes import EnvClass
from ledger.journal.service import writing
from ledger.permissions import Permission
from ledger.scanning.devices import issue, note_pack, report
from ledger.scanning.pack import PackedBatch, mark_of, pack_of
from ledger.scanning.queries import expected, numbers_of, progress, runs_of
from ledger.web.access import by_ticket, event_or_404, me, needs, now, ticketed

DEVICE: Mapping[str, Field] = {"device": text(64, "The id that the device gave itself, the same on all its scans.")}

MOST_SCANS = 20_000
SCAN_ID = uuid("A scan that the device made or took in.")
TALLY: Mapping[str, Field] = {
    "scans": several(MOST_SCANS, SCAN_ID.schema, "All of the event that the device knows.", least=0),
    "offset_ms": SCAN["offset_ms"],
    "version": text(64, "The release of the page that it runs."),
}

bp = Blueprint("events", __name__, url_prefix="/events")


@bp.get("/<int:event_id>/progress")
@needs(Permission.VIEW_GOODS)
def show_progress(event_id: int) -> ResponseReturnValue:
    """Return how many batches passed each stage; 304 as long as that is what the asker knows."""
    event, session = event_or_404(event_id), db.session()
    response = jsonify(
        event=event.id,
        state=event.state,
        expected=expected(session, event.id),
        passed=progress(session, event.id),
    )
    return _unless_known(response)


@bp.get("/<int:event_id>/pack")
@by_ticket
@needs(Permission.SCAN)
def show_pack(event_id: int) -> ResponseReturnValue:
    """Return what a device needs to judge scans offline; 304 as long as that is what it has."""
    session, device = db.session(), ticketed()
    if device is not None and device.event_id != event_id:
        abort(404)
    event = device.event if device else event_or_404(event_id)
    numbers = numbers_of(session, [event_id])
    packed, runs = pack_of(session, event), runs_of(session, event_id)
    mark, offset_ms = mark_of(packed, runs), request.args.get("offset_ms", type=int)
    response = jsonify(
        event=event.id,
        is_open=event.state is State.OPEN,
        runs=[
            {
                "number": run.number,
                "method": _(METHOD_NAMES[run.method]),
                "site": run.site.name,
                "takes_hazardous": run.receiver.may_take(EnvClass.HAZARDOUS, event.day),
            }
            for run in runs
            if run.is_open
        ],
        batches=[_batch(each, numbers) for each in packed],
    )
    if device is not None and (device.pack, device.offset_ms) != (mark, offset_ms):
        with writing(session):
            note_pack(device, mark, offset_ms)
    return _unless_known(response)


@bp.post("/<int:event_id>/devices")
@needs(Permission.SCAN)
def issue_ticket(event_id: int) -> ResponseReturnValue:
    """Give a device its number and a ticket for the scans of whoever is signed in on it."""
    event, session = event_or_404(event_id), db.session()
    name = read_members(DEVICE, request.get_json(silent=True), "body")["device"]
    with writing(session):
        device, ticket = issue(session, event, me(), name=name, at=now())
        number = device.number
    return {"number": number, "ticket": ticket}


@bp.post("/<int:event_id>/tally")
@by_ticket
@needs(Permission.SCAN)
def take_tally(event_id: int) -> ResponseReturnValue:
    """Take down that a device, by whose ticket this comes, has nothing left."""
    session, device = db.session(), ticketed()
    if device is None or device.event_id != event_id:
        abort(404)
    sent = read_members(TALLY, request.get_json(silent=True), "body")
    with writing(session):
        report(
            session,
            device,
            scan_ids=[read_members({"id": SCAN_ID}, {"id": each}, "scans")["id"] for each in sent["scans"]],
            offset_ms=sent.get("offset_ms"),
            version=sent["version"],
            at=now(),
        )
        tally = device.tally
    return tally or {}


def _batch(packed: PackedBatch, numbers: Mapping[tuple[int, str], int]) -> dict[str, object]:
    batch, standing = packed.batch, packed.standing
    names = [item.name for item in packed.items]
    return {
        "code": batch.code,
        "goods": and_more(names[0], len(names) - 1) if names else "",
        "place": place_told(batch, packed.place, packed.all),
        "method": _(METHOD_NAMES[batch.treatment.last]),
        "is_expected": standing.is_expected,
        "hold": _(standing.hold) if standing.hold else None,
        "sample": standing.sample,
        "is_hazardous": batch.env_class is EnvClass.HAZARDOUS,
        "papers_are_good": standing.papers_are_good,
        "passed": {
            stage: {"id": first.scan_id, **passage_told(first, numbers.get((batch.event_id, first.scan.device)))}
            for stage, first in packed.passed.items()
        },
    }


def _unless_known(response: Response) -> ResponseReturnValue:
    response.cache_control.private = True
    response.cache_control.no_cache = True  # keep it, and ask whether it still holds
    response.add_etag()
    return response.make_conditional(request)
