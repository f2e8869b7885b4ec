"""Pictures from the scanning screen, sent by a device once it has a network."""

from base64 import b64encode
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from uuid import uuid4

from databases import ON_SQLITE
from factories import NOON
from PIL import Image
from sqlalchemy import select

from ledger.events.models import Photo
from ledger.web.access import now

pytestmark = ON_SQLITE


def picture(colour="red"):
    target = BytesIO()
    Image.new("RGB", (60, 40), colour).save(target, "JPEG")
    return target.getvalue()


def lump(day, *bodies):
    return {"event": day.event.id, "now": (now() - timedelta(hours=1)).isoformat(), "photos": list(bodies)}


def body(content, **changes):
    made = {"id": str(uuid4()), "seq": 1, "at": NOON.isoformat(), "stage": "before", "subject": "销毁前"}
    made |= {"sha256": sha256(content).hexdigest(), "picture": b64encode(content).decode()}
    return {**made, **changes}


def test_a_picture_that_was_taken_offline_is_kept_once_with_its_run_and_its_own_time(session, day, guo):
    run, sent = day.open_run(), body(picture())

    for _ in range(2):  # its first answer may have been lost
        [told] = guo.send("/api/v1/photos", lump(day, {**sent, "run": run.number}))["results"]
        assert told == {"id": sent["id"], "verdict": "ok", "message": ""}

    photo = session.scalars(select(Photo)).one()
    assert abs(photo.taken_at - NOON - timedelta(hours=1)) < timedelta(minutes=1)  # its clock was an hour slow
    session.refresh(run)
    assert run.photos == [photo]


def test_what_is_no_picture_or_was_damaged_keeps_back_no_other(session, day, guo):
    good, damaged = body(picture()), body(picture("blue"), sha256="0" * 64)
    sent = lump(day, damaged, body(b"no picture"), good)

    told = guo.send("/api/v1/photos", sent)["results"]

    assert [each["verdict"] for each in told] == ["refused", "refused", "ok"]
    assert len(session.scalars(select(Photo)).all()) == 1
