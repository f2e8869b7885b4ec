"""Scans of devices come in here, one at a time or a day's at once."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import orjson
from flask import Blueprint, Flask, abort, current_app, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from ledger.api.errors import BadValue
from ledger.api.fields import (
    LARGEST_COUNT,
    LARGEST_KEY,
    Field,
    kilograms,
    moment,
    one_of,
    read_members,
    schema_of,
    several,
    text,
    uuid,
    whole,
)
from ledger.api.sharing import Sharing
from ledger.db import db
from ledger.errors import N_, NotPermitted
from ledger.events.models import Batch
from ledger.events.queries import organisers_of
from ledger.journal.service import writing
from ledger.permissions import Permission
from ledger.scanning.models import Posting
from ledger.scanning.queries import Answer, answers_of
from ledger.scanning.rules import Outcome, Reason, Seal, Stage
from ledger.scanning.service import Fact, take
from ledger.units.queries import ids_above
from ledger.web.access import by_ticket, me, needs, now, own_units, ticketed
from ledger.web.context import BEIJING, device_name, quantity
from ledger.web.words import verdict_of

bp = Blueprint("scans", __name__, url_prefix="/scans")

MOST_SCANS = 500
MOST_BYTES = 1 << 20
_SHARING = "scans shared"

SCAN: Mapping[str, Field] = {
    "id": uuid("Made by the device before it sends anything; the same id again changes nothing."),
    "seq": whole(LARGEST_COUNT, "The device's own count of its scans.", least=0),
    "event": whole(LARGEST_KEY, "The event that is being worked on."),
    "code": text(200, "As it was read; what stands before the last slash is passed over."),
    "stage": one_of(Stage, "Where the batch is; “void” takes another scan back."),
    "at": moment("When, by the device's clock. No scan is turned away for its time."),
    "operator": text(64, "Who held the device, in words."),
    "offset_ms": whole(
        LARGEST_COUNT,
        "How far its clock was behind ours when it scanned, in milliseconds, if it knew.",
        least=-LARGEST_COUNT,
        is_required=False,
    ),
    "run": whole(LARGEST_KEY, "Number of the run, for “destroy”.", is_required=False),
    "vehicle": text(30, "Where it was loaded.", least=0, is_required=False),
    "voids": uuid("The scan that is taken back, for “void”.", is_required=False),
    "seal": one_of(Seal, "How the seal looks.", is_required=False),
    "gross_kg": kilograms("Weight with the box."),
    "note": text(300, "What else there is to say; why, for “void”.", least=0, is_required=False),
}
LUMP: Mapping[str, Field] = {
    "device": text(64, "The device's name or number, the same on all its scans."),
    "now": moment("The time on the device when it sends this; tells how far its clock is off."),
    "scans": several(MOST_SCANS, schema_of(SCAN), "In the order in which they were made."),
}


class NotYourEvent(NotPermitted):
    """A scan for an event that the person does not scan for, or that does not exist: it is not said which."""

    message = N_("%(where)s: you do not scan for this event. Nothing was taken; sign in as somebody who does.")
    is_business_act = False


class NotYourTicket(NotPermitted):
    """A ticket on another device than its own, or for another event."""

    message = N_("This ticket is for another device or event. Nothing was taken.")
    is_business_act = False


@bp.post("")
@by_ticket
@needs(Permission.SCAN)
def take_in() -> ResponseReturnValue:
    """Keep scans and answer what became of each.

    All or nothing per scan: what speaks against one is its outcome, and the others are taken. Only a body that cannot
    be understood, or an event that is not the person's, refuses the request; then nothing of it is kept.
    """
    facts = _read(request.stream.read(MOST_BYTES + 1))
    db.session.rollback()  # gives the connection back: another thread may write this
    return {"results": [_told(answer) for answer in _sharing().bring(facts)]}


def install(app: Flask) -> None:
    """Let requests of one process share a transaction."""
    app.extensions[_SHARING] = Sharing(_write, most=MOST_SCANS)


def _sharing() -> "Sharing[Fact, Answer]":
    return cast("Sharing[Fact, Answer]", current_app.extensions[_SHARING])


def _write(facts: Sequence[Fact]) -> Sequence[Answer]:
    session = db.session()
    with writing(session):
        take(session, facts, at=now())
    with Session(db.engine) as apart:  # other threads read these answers, which no session must hold then
        return answers_of(apart, [fact.id for fact in facts])


def _read(body: bytes) -> Sequence[Fact]:
    """Return what was sent. Raises BadValue or NotYourEvent."""
    if len(body) > MOST_BYTES:
        abort(413)
    try:
        sent = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BadValue(where="body", wanted=N_("JSON")) from None
    lump = read_members(LUMP, sent, "body")
    sender = {"device": lump["device"], "offset": now() - lump["now"], "user_id": me().id}
    facts = [_fact(scan, sender, f"scans[{place}]") for place, scan in enumerate(lump["scans"])]
    device = ticketed()
    if device is None:
        _check_events(facts)
    elif any((fact.event_id, fact.device) != (device.event_id, device.name) for fact in facts):
        raise NotYourTicket
    return facts


def _check_events(facts: Sequence[Fact]) -> None:
    """Raises NotYourEvent unless every event is organised by a unit of the person or by one above it."""
    session, own = db.session(), own_units(Permission.SCAN)
    organisers = organisers_of(session, {fact.event_id for fact in facts})
    allowed = own if own.issuperset(organisers.values()) else own | ids_above(session, own)
    for place, fact in enumerate(facts):
        if organisers.get(fact.event_id) not in allowed:
            raise NotYourEvent(where=f"scans[{place}].event")


def _fact(sent: object, sender: Mapping[str, Any], where: str) -> Fact:
    members = read_members(SCAN, sent, where)
    return Fact(event_id=members.pop("event"), **sender, **members)


def _told(answer: Answer) -> dict[str, object]:
    """Return one result in the reader's language."""
    posting, first = answer.posting, answer.posting.first
    verdict = verdict_of(posting)
    told: dict[str, object] = {"id": posting.scan_id, **verdict._asdict()}
    if posting.outcome is Outcome.OK and verdict.reason is None and answer.goods:
        told |= {"message": _goods_of(answer), "goods": place_told(posting.batch, answer.place, answer.all)}
    if verdict.reason is Reason.ALREADY_PASSED and first is not None:
        told["first"] = passage_told(first, answer.number)
    return told


def passage_told(posting: Posting, number: int | None) -> dict[str, str]:
    """Return when, by whom and on which device, by its number if it has one, a batch passed a stage."""
    return {
        "at": posting.happened_at.astimezone(BEIJING).isoformat(timespec="seconds"),
        "by": posting.scan.user.name,
        "device": device_name(posting.scan.device, number),
    }


def _goods_of(answer: Answer) -> str:
    item, held = answer.goods[0]
    first = f"{item.name} {quantity(held)} {item.measure}"
    return and_more(first, len(answer.goods) - 1)


def and_more(first: str, count: int) -> str:
    """Return the first goods of a batch and how many others there are."""
    return str(_("%(first)s and %(count)s more", first=first, count=count)) if count else first


def place_told(batch: Batch | None, place: int, all_: int) -> str:
    """Return whose batch it is, and which of how many."""
    return str(_("%(unit)s, number %(place)s of %(all)s", unit=batch.unit.name if batch else "", place=place, all=all_))
