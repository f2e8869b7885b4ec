"""The package of an event: what is in it, its index, the names of its pictures, and the same bytes twice."""

from hashlib import sha256
from io import BytesIO
from types import SimpleNamespace
from zipfile import ZipFile

import orjson
import pytest
from databases import ON_SQLITE
from days import make_manifest

from ledger.events.photos import PhotoStage
from ledger.reports.package import (
    DATA,
    DOCUMENT,
    INDEX,
    PICTURES,
    RECEIPT,
    STATISTICS,
    SUMMARY,
    VERIFIER,
    write_package,
)

pytestmark = ON_SQLITE


@pytest.fixture
def pack(app, session, cast, tmp_path):
    manifest = make_manifest(app, session, cast)
    pictures = []
    for number, stage in enumerate((PhotoStage.SCENE, PhotoStage.SCENE, PhotoStage.REMAINS)):
        path = tmp_path / f"{number}.jpg"
        path.write_bytes(b"picture %d" % number)
        pictures.append((SimpleNamespace(unit=cast.bureau, stage=stage), path))

    def pack():
        target = BytesIO()
        write_package(
            target,
            manifest=manifest,
            content=orjson.loads(manifest.content),
            pictures=pictures,
            document=app.extensions["files"].path(manifest.pdf_sha256),
            key="KEY+0+AA==",
        )
        return manifest, target.getvalue()

    return pack


def test_the_package_holds_what_was_sealed_and_its_index_tells_each_files_hash(pack, cast):
    manifest, packed = pack()

    with ZipFile(BytesIO(packed)) as package:
        assert package.testzip() is None
        files = {name: package.read(name) for name in package.namelist()}
    assert files[DATA] == manifest.content
    assert files[RECEIPT].decode() == manifest.receipt
    assert sha256(files[DOCUMENT]).hexdigest() == manifest.pdf_sha256
    assert files[SUMMARY].startswith(b"%PDF-")
    pictures = {f"{PICTURES}/{cast.bureau.name}-{name}.jpg" for name in ("现场-001", "现场-002", "残余物-001")}
    assert set(files) == {SUMMARY, STATISTICS, DOCUMENT, RECEIPT, DATA, VERIFIER, INDEX} | pictures
    assert b'value="KEY+0+AA=="' in files[VERIFIER]

    head, _, *lines = files.pop(INDEX).decode("utf-8-sig").splitlines()
    assert manifest.number in head
    assert dict(reversed(line.split("  ", 1)) for line in lines) == {
        name: sha256(body).hexdigest() for name, body in files.items()
    }


def test_the_package_is_the_same_whenever_it_is_asked_for(pack):
    assert pack() == pack()
