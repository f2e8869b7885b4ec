"""The store of files: a file is in it whole or not at all."""

import os
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO

import pytest

from ledger.files.service import FileStore


@pytest.fixture
def store(tmp_path):
    return FileStore(tmp_path / "files")


def found(store):
    return [path for path in store.root.rglob("*") if path.is_file()]


def test_a_file_is_kept_under_its_hash_however_it_comes(store):
    digest = sha256(b"goods").hexdigest()

    assert store.keep(BytesIO(b"goods")) == digest
    assert store.keep_made(lambda draft: draft.write(b"goods")) == digest
    assert found(store) == [store.path(digest)]
    assert store.read(digest) == b"goods"


def test_nothing_is_left_of_a_file_that_could_not_be_written(store):
    def fail(draft):
        draft.write(b"half")
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        store.keep_made(fail)
    assert found(store) == []


def test_what_an_ended_process_left_is_removed_and_what_is_being_written_is_not(store):
    kept, now = store.path(store.keep(BytesIO(b"kept"))), datetime.now(UTC)
    old, new = store.root / "draft-old", store.root / "draft-new"
    for path, at in ((old, now - timedelta(days=2)), (new, now), (kept, now - timedelta(days=9))):
        path.write_bytes(b"kept")
        os.utime(path, (at.timestamp(), at.timestamp()))

    store.forget_drafts(now - timedelta(days=1))

    assert set(found(store)) == {kept, new}
