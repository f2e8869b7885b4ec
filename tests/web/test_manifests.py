"""The page of a manifest and what is handed out with it; the job that makes its document is in tests/test_worker.py."""

from hashlib import sha256

import pytest
from databases import ON_SQLITE
from days import issue, make_day, make_manifest

from ledger.manifests.verify_manifest import SEALED, verify, verify_entry
from ledger.worker import run_until_done

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
