"""Pictures that were taken on the scanning screen come in here, as soon as the device has a network."""

from base64 import b64decode
from binascii import Error
from collections.abc import Mapping
from hashlib import sha256
from io import BytesIO
from typing import Any

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from ledger.api.fields import (
    LARGEST_COUNT,
    LARGEST_KEY,
    Field,
    moment,
    one_of,
    pattern,
    read_members,
    schema_of,
    several,
    text,
    uuid,
    whole,
)
from ledger.db import db
from ledger.errors import N_, LedgerError, NotPermitted
from ledger.events.models import Event
from ledger.events.photos import PhotoKnown, PhotoStage
from ledger.files.images import NotAPicture, clean_picture
from ledger.journal.service import writing
from ledger.permissions import Permission
from ledger.scanning.queries import runs_numbered
from ledger.scanning.runs import photograph
from ledger.units.models import Unit
from ledger.web.access import by_ticket, event_or_404, me, needs, now, own_units, ticketed
from ledger.web.context import say
from ledger.web.uploads import files

MOST_PICTURES = 20
MOST_SIGNS = 14 << 20
"""Of one picture in Base64: what a device could not make small is sent as it is."""

PHOTO: Mapping[str, Field] = {
    "id": uuid("Made by the device before it sends anything."),
    "seq": whole(LARGEST_COUNT, "The device's own count.", least=0),
    "at": moment("When, by the device's clock."),
    "stage": one_of(PhotoStage, "What it shows."),
    "subject": text(200, "The same in words."),
    "run": whole(LARGEST_KEY, "Number of the run that it shows.", is_required=False),
    "sha256": pattern(
        "[0-9a-f]{64}", N_("a SHA-256 in small letters"), "Of the picture as the device kept it.", is_required=False
    ),
    "picture": text(MOST_SIGNS, "JPEG, PNG or WebP in Base64."),
}
LUMP: Mapping[str, Field] = {
    "event": whole(LARGEST_KEY, "The event that is being worked on."),
    "now": moment("The time on the device when it sends this; tells how far its clock is off."),
    "photos": several(MOST_PICTURES, schema_of(PHOTO), "In the order in which they were taken."),
}

bp = Blueprint("photos", __name__, url_prefix="/photos")


class PictureDamaged(LedgerError):
    """A picture that is not the one that the device kept."""

    code = "picture_damaged"
    message = N_("The picture was damaged on its way. Take it again.")


@bp.post("")
@by_ticket
@needs(Permission.PHOTOGRAPH)
def take_in() -> ResponseReturnValue:
    """Keep pictures and answer what became of each; the same picture again changes nothing."""
    lump, device = read_members(LUMP, request.get_json(silent=True), "body"), ticketed()
    if device is not None and device.event_id != lump["event"]:
        abort(404)
    event = device.event if device else event_or_404(lump["event"])
    offset = now() - lump["now"]
    sent = [read_members(PHOTO, each, f"photos[{place}]") for place, each in enumerate(lump["photos"])]
    unit = _unit(event)
    return {"results": [_keep(event, unit, {**each, "at": each["at"] + offset}) for each in sent]}


def _keep(event: Event, unit: Unit, sent: Mapping[str, Any]) -> dict[str, object]:
    session, told = db.session(), {"id": sent["id"], "verdict": "ok", "message": ""}
    try:
        digest = files().keep(BytesIO(clean_picture(BytesIO(_bytes(sent)))))
        with writing(session):
            number = sent.get("run", 0)
            photograph(
                session,
                event,
                runs_numbered(session, {(event.id, number)}).get((event.id, number)),
                unit=unit,
                stage=sent["stage"],
                subject=sent["subject"],
                sha256=digest,
                by=me(),
                at=now(),
                taken_at=min(sent["at"], now()),
                sent=sent.get("sha256", ""),
            )
    except PhotoKnown:
        return told  # its answer was lost
    except LedgerError as refusal:
        return {**told, "verdict": "refused", "message": say(refusal)}
    return told


def _bytes(sent: Mapping[str, Any]) -> bytes:
    """Return the picture as it was sent. Raises NotAPicture or PictureDamaged."""
    try:
        content = b64decode(sent["picture"], validate=True)
    except Error:
        raise NotAPicture from None
    if "sha256" in sent and sha256(content).hexdigest() != sent["sha256"]:
        raise PictureDamaged
    return content


def _unit(event: Event) -> Unit:
    """Return whose work the person photographs: the organiser's, or that of the own unit at the event."""
    own = own_units(Permission.PHOTOGRAPH)
    units = [event.unit, *(slot.unit for slot in event.slots)]
    found = next((unit for unit in units if unit.id in own), None)
    if found is None:
        raise NotPermitted
    return found
