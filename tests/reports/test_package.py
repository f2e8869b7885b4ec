"""The package of an event and of a unit: what is in it, its index, its pictures, and the same bytes twice."""

from hashlib import sha256
from io import BytesIO
from zipfile import ZipFile

import pytest
from databases import AFTER_CLOSING
from factories import NOON
from sqlalchemy import select

from ledger.journal.service import writing
from ledger.manifests.models import Manifest
from ledger.reports import service
from ledger.reports.package import (
    DATA,
    DOCUMENT,
    DRAFT,
    EXTRACT,
    INDEX,
    PICTURES,
    RECEIPT,
    STATISTICS,
    SUMMARY,
    VERIFIER,
    write_package,
)
from ledger.reports.queries import reported
from ledger.units.models import Unit, User

pytestmark = AFTER_CLOSING
TAKEN = ("装车-001", "销毁前-001", "销毁-001", "销毁-002", "销毁-003", "残余物-001")


@pytest.fixture
def manifest(session):
    return session.scalars(select(Manifest)).one()


@pytest.fixture
def pack(app, session, manifest):
    """A function that packs a unit's report and returns the files in it."""

    def pack(unit):
        target = BytesIO()
        write_package(target, reported(session, manifest, unit), app.extensions["files"], key="KEY+0+AA==")
        with ZipFile(target) as package:
            assert package.testzip() is None
            return {name: package.read(name) for name in package.namelist()}

    return pack


def test_the_package_holds_what_was_sealed_and_its_index_tells_each_files_hash(pack, manifest):
    files = pack(manifest.unit)

    assert files[DATA] == manifest.content
    assert files[RECEIPT].decode() == manifest.receipt
    assert sha256(files[DOCUMENT]).hexdigest() == manifest.pdf_sha256
    assert files[SUMMARY].startswith(b"%PDF-")
    pictures = {f"{PICTURES}/{manifest.unit.name}-{name}.jpg" for name in TAKEN}
    assert set(files) == {SUMMARY, DRAFT, STATISTICS, DOCUMENT, RECEIPT, DATA, VERIFIER, INDEX} | pictures
    assert b'value="KEY+0+AA=="' in files[VERIFIER]
    assert pack(manifest.unit) == files

    head, _, *lines = files.pop(INDEX).decode("utf-8-sig").splitlines()
    assert manifest.number in head
    assert dict(reversed(line.split("  ", 1)) for line in lines) == {
        name: sha256(body).hexdigest() for name, body in files.items()
    }


def test_a_units_package_holds_its_share_and_the_pictures_it_chose(session, pack, manifest):
    district = session.scalars(select(Unit).filter_by(code="LJ-SM")).one()
    assert set(pack(district)) == {SUMMARY, DRAFT, STATISTICS, EXTRACT, INDEX}

    chosen = reported(session, manifest, manifest.unit).photos[0]
    with writing(session):
        chen = session.scalars(select(User).filter_by(login="chen")).one()
        captions = {chosen: "装车/复核 甲"}
        service.choose_pictures(session, manifest.event, manifest.unit, captions, by=chen, at=NOON)
    pictures = [name for name in pack(manifest.unit) if name.startswith(PICTURES)]
    assert pictures == [f"{PICTURES}/图01-装车／复核 甲.jpg"]
