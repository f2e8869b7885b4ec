"""The page of a manifest, what is handed out with it, and the job that makes its document."""

from dataclasses import replace
from hashlib import sha256

import pytest
from databases import ON_SQLITE
from days import issue, make_day, make_manifest
from factories import NOON
from sqlalchemy import func, select

from ledger import worker
from ledger.goods.audit import verify_books
from ledger.jobs.models import Job, JobState
from ledger.journal.models import JournalEntry
from ledger.journal.service import writing
from ledger.manifests.seal import keep_trial_seal
from ledger.manifests.verify_manifest import SEALED, verify, verify_entry
from ledger.worker import run_one, run_until_done

pytestmark = ON_SQLITE


@pytest.fixture
def signed(app, session, cast):
    return make_manifest(app, session, cast)


@pytest.fixture
def issued(app, session, cast):
    """A manifest whose document is still to be made."""
    day = make_day(session, cast)
    day.destroy()
    day.end()
    return issue(app, day)


def signed_entries(session):
    return session.scalar(select(func.count()).select_from(JournalEntry).filter_by(act="manifest.signed"))


def test_a_signed_manifest_shows_its_figures_and_hands_out_what_proves_it(signed, visit, verifier):
    chen, here = visit("chen"), f"/manifests/{signed.id}"
    page = chen.get(here).text
    for words in (f"销毁清单 {signed.number} 已签发", "10 瓶", "潘玉兰", "余振宇", signed.sha256, signed.pdf_sha256):
        assert words in page
    assert "/retry" not in page
    assert signed.number in chen.get("/manifests").text

    document = chen.get(f"{here}/manifest.pdf")
    assert sha256(document.data).hexdigest() == signed.pdf_sha256
    document.close()
    assert document.headers["Content-Disposition"].startswith("attachment")
    proved = verify(document.data, chen.get(f"{here}/manifest.receipt").text, verifier)
    assert proved.seq == signed.signed_seq

    content = chen.get(f"{here}/manifest.json").data
    entry = verify_entry(chen.get(f"{here}/proof.tlog-proof").text, verifier)
    assert (entry.act, entry.seq) == (SEALED, signed.sealed_seq)
    assert entry.data["sha256"] == sha256(content).hexdigest()


def test_the_page_waits_for_the_document_and_then_goes_on(app, session, issued, visit):
    chen, here = visit("chen"), f"/manifests/{issued.id}"
    page = chen.get(here).text
    assert 'http-equiv="refresh"' in page
    assert "manifest.pdf" not in page
    assert chen.get(f"{here}/progress").json["next"] is None
    for name in ("manifest.pdf", "manifest.receipt"):
        assert chen.get(f"{here}/{name}", status=303).location == here

    run_until_done(app)

    assert chen.get(f"{here}/progress").json["next"] == here
    assert 'http-equiv="refresh"' not in chen.get(here).text


def test_who_does_not_see_the_journal_or_is_of_another_unit_sees_no_manifest(signed, visit):
    here = f"/manifests/{signed.id}"
    assert signed.number in visit("sun").get("/manifests").text
    for name in ("", "/progress", "/manifest.pdf", "/manifest.json", "/manifest.receipt", "/proof.tlog-proof"):
        visit("wu").get(here + name, status=403)
        visit("feng").get(here + name, status=404)
    assert signed.number not in visit("feng").get("/manifests").text


# The job.


class Killed(BaseException):
    """The machine stops here."""


def kill(*_args, **_kwargs):
    raise Killed


@pytest.mark.parametrize(("place", "name"), [(worker.manifests, "note_signed"), (worker, "receipt_of")])
def test_a_job_that_was_killed_between_two_steps_carries_on(app, session, issued, verifier, monkeypatch, place, name):
    content = issued.content
    with monkeypatch.context() as patch:
        patch.setattr(place, name, kill)
        with pytest.raises(Killed):
            run_one(app)
    session.rollback()
    before = issued.pdf_sha256
    assert issued.receipt is None
    assert (before is None) is (name == "note_signed")
    with writing(session):
        session.scalars(select(Job).filter_by(state=JobState.RUNNING)).one().leased_until = NOON

    run_until_done(app)

    session.rollback()
    document = app.extensions["files"].path(issued.pdf_sha256).read_bytes()
    assert before in (None, issued.pdf_sha256)
    assert verify(document, issued.receipt, verifier).seq == issued.signed_seq
    assert signed_entries(session) == 1
    assert issued.content == content
    assert verify_books(session, verifier).findings == []


def test_a_seal_that_others_can_read_is_named_on_the_page_and_the_document_made_once_it_is_put_right(
    app, session, issued, verifier, visit, tmp_path
):
    seal, content = tmp_path / "bureau.p12", issued.content
    keep_trial_seal(seal, "鹭江市市场监督管理局", at=issued.sealed_at)
    seal.chmod(0o644)
    app.extensions["settings"] = replace(app.extensions["settings"], seal_file=seal)
    run_until_done(app)
    session.rollback()
    assert (issued.pdf_sha256, issued.receipt, signed_entries(session)) == (None, None, 0)

    chen, here = visit("chen"), f"/manifests/{issued.id}"
    page = chen.get(here).text
    assert "印章文件 bureau.p12 能被其他用户读取" in page
    assert 'http-equiv="refresh"' not in page
    assert f'action="{here}/retry"' in page
    assert f'action="{here}/retry"' not in visit("sun").get(here).text
    visit("sun").post(f"{here}/retry", status=403)

    seal.chmod(0o600)
    chen.post(f"{here}/retry")
    run_until_done(app)

    session.rollback()
    document = app.extensions["files"].path(issued.pdf_sha256).read_bytes()
    assert verify(document, issued.receipt, verifier).seq == issued.signed_seq
    assert issued.content == content


def test_a_document_that_is_made_is_not_made_again(app, session, signed, visit):
    visit("chen").post(f"/manifests/{signed.id}/retry")

    assert session.scalar(select(func.count()).select_from(Job)) == 1
    assert signed_entries(session) == 1
