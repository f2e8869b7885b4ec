"""The job that signs a manifest: whatever happens to its process, the document comes in the end, once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from databases import ON_SQLITE
from days import make_day
from factories import NOON
from sqlalchemy import event, func, select

from ledger.db import db
from ledger.files.service import FileStore
from ledger.goods.audit import verify_books
from ledger.jobs.models import Job, JobState
from ledger.jobs.service import LEASE
from ledger.journal.models import JournalEntry
from ledger.journal.service import writing
from ledger.manifests import service as manifests
from ledger.manifests.models import Manifest
from ledger.manifests.seal import keep_trial_seal
from ledger.manifests.verify_manifest import verify
from ledger.worker import run_one, run_until_done

pytestmark = ON_SQLITE


class Death(BaseException):
    """The process ends: nothing that catches faults catches this."""


@pytest.fixture
def sealed(app, session, cast):
    """The number of a manifest whose document is still to be made."""
    day = make_day(session, cast)
    day.destroy()
    day.end()
    for supervisor in (cast.pan, cast.yu):
        day.sign(supervisor)
    with writing(session):
        made = manifests.issue(session, day.event, app.extensions["signer"], by=cast.chen, at=NOON)
        return made.id


def manifest(session, key):
    session.expire_all()
    return session.get_one(Manifest, key)


@contextmanager
def dying_at(commit: int) -> Iterator[None]:
    """Let the process end just before this commit, as if the power had gone."""
    numbers = count(1)

    def die(_connection: object) -> None:
        if next(numbers) == commit:
            raise Death

    event.listen(db.engine, "commit", die)
    try:
        with pytest.raises(Death):
            yield
    finally:
        event.remove(db.engine, "commit", die)


def expect_signed(app, session, verifier, key, content):
    """Expect one signed document, which its receipt proves, of the content as it was sealed."""
    made = manifest(session, key)
    files: FileStore = app.extensions["files"]
    document = files.path(made.pdf_sha256).read_bytes()
    signed = select(func.count()).select_from(JournalEntry).where(JournalEntry.act == "manifest.signed")

    assert made.content == content
    assert verify(document, made.receipt, verifier).seq == made.signed_seq
    assert session.scalar(signed) == 1
    assert verify_books(session, verifier).findings == []


@pytest.mark.parametrize("commit", [2, 3, 4], ids=["noting the document", "keeping its receipt", "ending the job"])
def test_a_killed_job_is_taken_up_where_it_was(app, session, verifier, sealed, commit):
    content = manifest(session, sealed).content
    session.rollback()
    with dying_at(commit):
        run_one(app, clock=lambda: NOON)
    assert session.scalars(select(Job.state)).one() is JobState.RUNNING
    noted = manifest(session, sealed).pdf_sha256
    assert (noted is None) == (commit == 2)
    session.rollback()

    run_until_done(app, clock=lambda: NOON + LEASE / 2)  # its worker may still be alive
    assert session.scalars(select(Job.state)).one() is JobState.RUNNING
    session.rollback()
    run_until_done(app, clock=lambda: NOON + LEASE + timedelta(seconds=1))

    expect_signed(app, session, verifier, sealed, content)
    assert noted in (None, manifest(session, sealed).pdf_sha256)
    assert session.scalars(select(Job.state)).one() is JobState.DONE


@pytest.mark.parametrize("moments", [2, 3, 4], ids=["before the seal", "before drawing", "document kept"])
def test_a_job_killed_within_a_step_begins_it_again(app, session, verifier, sealed, moments):
    content, numbers = manifest(session, sealed).content, count(1)
    session.rollback()

    def clock():
        if next(numbers) == moments:
            raise Death
        return NOON

    with pytest.raises(Death):
        run_one(app, clock=clock)
    assert manifest(session, sealed).pdf_sha256 is None
    session.rollback()
    run_until_done(app, clock=lambda: NOON + LEASE + timedelta(seconds=1))

    expect_signed(app, session, verifier, sealed, content)


def expose_seal(app, folder):
    """Have the installation sign with a seal whose key everybody on the machine can read; return its file."""
    path = folder / "bureau.p12"
    keep_trial_seal(path, "鹭江市市场监督管理局", at=NOON)
    path.chmod(0o644)
    app.extensions["settings"] = replace(app.extensions["settings"], seal_file=path)
    return path


def test_a_seal_that_others_can_read_signs_nothing_and_the_page_says_why(
    app, session, visit, verifier, sealed, tmp_path
):
    path, content = expose_seal(app, tmp_path), manifest(session, sealed).content
    page = f"/manifests/{sealed}"
    session.rollback()
    run_until_done(app, clock=lambda: NOON)
    chen = visit("chen")

    assert manifest(session, sealed).pdf_sha256 is None
    for words in ("尚未签章：文件没有做成", "bureau.p12", "重新制作文件"):
        assert words in chen.get(page).text
    assert "重新制作文件" not in visit("sun").get(page).text
    visit("sun").post(f"{page}/retry", status=403)
    path.chmod(0o600)
    chen.post(f"{page}/retry")
    run_until_done(app, clock=lambda: NOON)

    expect_signed(app, session, verifier, sealed, content)
    assert "已签发" in chen.get(page).text
    chen.post(f"{page}/retry")
    assert session.scalar(select(func.count()).select_from(Job)) == 1  # what is done is not made again
