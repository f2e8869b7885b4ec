"""Timestamps of manifests: asked of a real authority, which may be there, away, or refuse; receipts hold throughout."""

import subprocess
from dataclasses import replace
from datetime import timedelta

import pytest
from authorities import Responder, TimestampAuthority, serving
from databases import ON_SQLITE
from days import issue, make_day
from factories import NOON
from papers import aside, look, sign_field
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.dss import DocumentSecurityStore

from ledger.goods.audit import verify_books
from ledger.installation import seal_roots, stamp_roots
from ledger.jobs.service import LONGEST_WAIT
from ledger.journal.keys import keys_of
from ledger.journal.models import JournalEntry
from ledger.manifests.check import (
    EXTENDED,
    KNOWN,
    NOT_STAMPED,
    PROVED,
    PROVED_BEGINNING,
    STAMPED,
    STRANGER,
    VALID,
    Kind,
    check,
)
from ledger.manifests.models import Manifest
from ledger.manifests.register import Register
from ledger.manifests.seal import keep_trial_seal
from ledger.manifests.verify_manifest import verify
from ledger.manifests.workflow import Timestamp
from ledger.worker import run_until_done

pytestmark = ON_SQLITE
NOWHERE = "http://127.0.0.1:9/tsa"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return TimestampAuthority(tmp_path_factory.mktemp("authority") / "tsa")


def ask(app, url, authority):
    """Have timestamps asked for at an address, and trusted under the authority's root."""
    told = replace(app.extensions["settings"], timestamp_url=url, timestamp_roots=authority.roots)
    app.extensions["settings"] = told


@pytest.fixture
def sealed(session, cast, app):
    """The number of a manifest whose document is still to be made."""
    day = make_day(session, cast)
    day.destroy()
    day.end()
    key = issue(app, day).id
    session.rollback()
    return key


def made(app, session, key):
    session.expire_all()
    manifest = session.get_one(Manifest, key)
    return manifest, app.extensions["files"].path(manifest.pdf_sha256)


def judged(app, session, path, receipt):
    keys = keys_of(session, app.extensions["signer"].verifier())
    roots = seal_roots(app, session, at=NOON)
    return check(
        path, Register(session), receipt=receipt, keys=keys, roots=roots, at=NOON, stamp_roots=stamp_roots(app)
    )


def passed(verdict):
    return {finding.message for finding in verdict.findings if finding.passed}


def test_a_timestamp_that_comes_at_once_is_in_the_document_and_on_its_page(app, session, visit, sealed, authority):
    asked = authority.asked
    with serving(authority) as url:
        ask(app, url, authority)
        run_until_done(app, clock=lambda: NOON)
    manifest, path = made(app, session, sealed)

    assert authority.asked == asked + 1
    assert manifest.timestamp_state is Timestamp.OBTAINED
    assert manifest.timestamped_by == "国家授时试验机构"
    assert manifest.timestamped_at != NOON  # the authority's clock, not ours
    assert "国家授时试验机构" in visit("sun").get(f"/manifests/{sealed}").text
    verdict = judged(app, session, path, manifest.receipt)
    assert [str(each) for each in verdict.findings if each.passed is False] == []
    assert {KNOWN, PROVED, VALID, STAMPED} <= passed(verdict)
    with path.open("rb") as file:
        kept = list(aside(lambda: list(DocumentSecurityStore.read_dss(PdfFileReader(file)).load_certs())))
    assert {each.dump() for each in kept} >= set(seal_roots(app, session, at=NOON))
    subprocess.run(["qpdf", "--check", path], check=True, capture_output=True)
    said = subprocess.run(["pdfsig", "-nocert", path], check=False, capture_output=True, text=True).stdout
    assert "Signature is Valid" in said
    digest = subprocess.run(
        ["openssl", "dgst", "-sm3"], input=manifest.content, capture_output=True, check=True
    ).stdout.decode()
    assert digest.split()[-1] == manifest.sm3


@pytest.mark.parametrize("state", [Timestamp.PENDING, Timestamp.REFUSED])
def test_what_is_signed_without_a_timestamp_gets_it_later_and_both_files_keep_their_receipts(
    app, session, visit, verifier, sealed, authority, tmp_path, state
):
    if state is Timestamp.PENDING:
        ask(app, NOWHERE, authority)
        run_until_done(app, clock=lambda: NOON)
    else:
        with serving(TimestampAuthority(tmp_path / "other", refuses=True)) as url:
            ask(app, url, authority)
            run_until_done(app, clock=lambda: NOON)
    manifest, first = made(app, session, sealed)
    receipt, page = manifest.receipt, visit("chen").get(f"/manifests/{sealed}").text
    assert manifest.timestamp_state is state
    assert ("时间戳待补" if state is Timestamp.PENDING else "时间戳被拒绝") in page
    assert f"/manifests/{sealed}/manifest.pdf" in page
    verdict = judged(app, session, first, receipt)
    assert verdict.kind is Kind.OK
    assert NOT_STAMPED in {finding.message for finding in verdict.findings}
    session.rollback()

    with serving(authority) as url:
        ask(app, url, authority)
        run_until_done(app, clock=lambda: NOON + timedelta(seconds=59))
        assert made(app, session, sealed)[0].timestamp_state is state
        session.rollback()
        run_until_done(app, clock=lambda: NOON + LONGEST_WAIT)
    manifest, second = made(app, session, sealed)

    assert manifest.timestamp_state is Timestamp.OBTAINED
    assert second.read_bytes().startswith(first.read_bytes())
    for path, proof in ((first, receipt), (second, manifest.receipt)):
        assert verify(path.read_bytes(), proof, verifier)
        verdict = judged(app, session, path, proof)
        assert verdict.kind is Kind.OK
        assert {KNOWN, PROVED} <= passed(verdict)
    assert STAMPED in passed(verdict)
    assert "时间戳待补" not in visit("chen").get(f"/manifests/{sealed}").text
    assert verify_books(session, verifier).findings == []


def test_that_the_seal_s_issuer_could_not_be_asked_stands_on_the_page_and_in_the_journal(
    app, session, visit, sealed, tmp_path
):
    Responder(tmp_path / "ca").give_seal(tmp_path / "seal.p12", "http://127.0.0.1:9/ocsp")
    app.extensions["settings"] = replace(app.extensions["settings"], seal_file=tmp_path / "seal.p12")

    run_until_done(app)

    manifest, _ = made(app, session, sealed)
    page = visit("chen").get(f"/manifests/{sealed}").text
    for words in ("未能向印章证书的颁发机构核实", "127.0.0.1"):
        assert words in page
    assert b'"unreached":["127.0.0.1"]' in session.get_one(JournalEntry, manifest.signed_seq).body


def test_a_supervisor_s_own_certificate_signs_its_field_and_the_check_names_them(
    app, session, sealed, authority, tmp_path
):
    with serving(authority) as url:
        ask(app, url, authority)
        run_until_done(app, clock=lambda: NOON)
    manifest, path = made(app, session, sealed)
    mine = tmp_path / "mine.pdf"
    mine.write_bytes(path.read_bytes())

    sign_field(mine, "Sig_supervisor1", keep_trial_seal(tmp_path / "person.p12", "潘玉兰", at=NOON))

    verdict = judged(app, session, mine, manifest.receipt)
    assert verdict.kind is Kind.OK
    assert {EXTENDED, PROVED_BEGINNING, STAMPED} <= passed(verdict)
    [stranger] = [finding for finding in verdict.findings if finding.message == STRANGER]
    assert stranger.facts == {"field": "Signature of a supervisor", "subject": "潘玉兰"}
    assert "Sig_supervisor1" in [each.field for each in look(mine, roots=[]).signatures]
