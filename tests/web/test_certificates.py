"""Certificates of destruction: drawn for a receiver's stamp from the manifest, and taken back as a scan."""

from io import BytesIO

import orjson
import pytest
from databases import AFTER_CLOSING
from pdfs import flowing
from PIL import Image
from sqlalchemy import select

from ledger.events.models import Receiver
from ledger.journal.models import JournalEntry
from ledger.manifests.models import Manifest
from ledger.papers import figures
from ledger.reports.models import Certificate

pytestmark = AFTER_CLOSING


@pytest.fixture
def receiver(session):
    return session.scalars(select(Receiver)).one()


def test_the_certificate_says_what_the_manifest_says_of_the_receiver(session, receiver, visit, tmp_path):
    manifest = session.scalars(select(Manifest)).one()
    answer = visit("chen").get(f"/reports/{receiver.event_id}/receivers/{receiver.id}/certificate.pdf")
    (tmp_path / "c.pdf").write_bytes(answer.data)
    text = flowing(tmp_path / "c.pdf")

    [row] = orjson.loads(manifest.content)["receivers"]
    assert f"净重共{figures.weight(row['net_kg'])}千克" in text
    assert "300张、49瓶、3.5公斤" in text
    assert receiver.name in text
    assert manifest.number in text
    assert figures.digest(manifest.sha256).replace(" ", "") in text


def test_what_comes_back_is_kept_once_and_handed_out(session, receiver, visit):
    chen, place = visit("chen"), f"/reports/{receiver.event_id}/receivers/{receiver.id}/certificate"
    scan = BytesIO()
    Image.new("RGB", (60, 40), "white").save(scan, "JPEG")

    for content in (scan.getvalue(), scan.getvalue(), b"no paper"):
        chen.post(place, {"file": (BytesIO(content), "scan.jpg")})

    kept = session.scalars(select(Certificate)).one()
    assert session.scalars(select(JournalEntry).filter_by(act="report.certificate_added")).one()
    own = f"/reports/{receiver.event_id}/certificates/{kept.id}"
    assert own in chen.get(f"/reports/{receiver.event_id}").text
    answer = chen.get(own)
    assert answer.data.startswith(b"\xff\xd8")
    answer.close()
    visit("qian").get(own, status=403)
