"""People sign a manifest's document with certificates of their own, hand it in, and everybody can check who did."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from authorities import TimestampAuthority, serving
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate
from databases import ON_SQLITE
from days import make_manifest
from factories import PASSWORD
from papers import paint_over, rewrite, sign_field
from sqlalchemy import select

from ledger.goods.audit import verify_books
from ledger.installation import seal_roots
from ledger.jobs.service import enqueue
from ledger.journal.keys import keys_of
from ledger.journal.models import JournalEntry
from ledger.journal.service import writing
from ledger.manifests import persons, verify_manifest
from ledger.manifests.check import check
from ledger.manifests.models import Manifest
from ledger.manifests.persons import CertificateOutOfTime, DocumentMovedOn, ImpossibleTime
from ledger.manifests.proof import digests
from ledger.manifests.register import Register
from ledger.manifests.seal import keep_trial_seal
from ledger.manifests.verify_manifest import verify
from ledger.manifests.workflow import Timestamp
from ledger.worker import run_until_done

pytestmark = ON_SQLITE
NOW = datetime.now(UTC).replace(microsecond=0)
PAN, YU, CHEN, XIE = "Sig_supervisor1", "Sig_supervisor2", "Sig_organiser", "Sig_leader"


@pytest.fixture
def issued(app, session, cast):
    return make_manifest(app, session, cast)


@pytest.fixture
def own(tmp_path):
    """A personal certificate, made for a name and thrown away."""

    def own(name, *, at=NOW):
        return keep_trial_seal(tmp_path / f"{name}.p12", name, at=at)

    return own


@pytest.fixture
def sign(visit, issued, own, tmp_path):
    """Download the document as somebody, sign a field, and return the bytes."""

    def sign(login, field, name, **more):
        path = tmp_path / f"{login}.pdf"
        with visit(login).get(f"/manifests/{issued.id}/manifest.pdf") as answer:
            path.write_bytes(answer.data)
        return sign_field(path, field, own(name, **more))

    return sign


@pytest.fixture
def hand_in(visit, issued):
    def hand_in(login, document, *, status=303, password=PASSWORD):
        data = {"file": (BytesIO(document), "清单.pdf"), "password": password}
        return visit(login).post(f"/manifests/{issued.id}/signature", data, status=status).text

    return hand_in


def now_of(session, issued):
    session.rollback()
    return session.get_one(Manifest, issued.id)


def judged(app, session, path):
    keys, roots = keys_of(session, app.extensions["signer"].verifier()), seal_roots(app, session, at=NOW)
    return check(path, Register(session), receipt=None, keys=keys, roots=roots, at=NOW)


def test_a_supervisor_s_signed_document_becomes_the_newest_and_the_issued_one_stays(
    app, session, visit, stranger, verifier, issued, sign, hand_in, tmp_path
):
    first, receipt = issued.pdf_sha256, issued.receipt
    assert "潘玉兰" in visit("pan").get(f"/manifests/{issued.id}/signature").text
    document = sign("pan", PAN, "潘玉兰")

    hand_in("pan", document)
    run_until_done(app)

    manifest = now_of(session, issued)
    assert manifest.pdf_sha256 == sha256(document).hexdigest()
    assert manifest.earlier[0].sha256 == first
    page = visit("chen").get(f"/manifests/{issued.id}").text
    [given] = manifest.countersignatures
    for words in ("本系统不认识的证书", "潘玉兰", given.certificate):
        assert words in page
    states = f"/manifests/{issued.id}/states/{manifest.earlier[0].signed_seq}"
    with visit("chen").get(f"{states}/manifest.pdf") as earlier:
        assert verify(earlier.data, receipt, verifier)
    assert visit("chen").get(f"{states}/manifest.receipt").text == receipt
    answer = stranger.post("/verify", {"file": (BytesIO(document), "清单.pdf")}, status=200).text
    for words in ("真实，未改动", "监销人签名", "潘玉兰"):
        assert words in answer
    with visit("chen").get(f"{states}/manifest.pdf") as earlier:
        answer = stranger.post("/verify", {"file": (BytesIO(earlier.data), "清单.pdf")}, status=200).text
    assert "真实，未改动" in answer
    assert f"较新的文件，见日志链第 {manifest.signed_seq} 条" in answer
    for name, body in (("pdf", document), ("receipt", manifest.receipt.encode())):
        (tmp_path / f"mine.{name}").write_bytes(body)
    program = [sys.executable, "-I", verify_manifest.__file__, tmp_path / "mine.pdf", tmp_path / "mine.receipt"]
    said = subprocess.run([*program, verifier], capture_output=True, text=True, check=True).stdout
    assert given.certificate in said
    assert "潘玉兰" in said


def test_the_next_person_builds_on_the_newest_and_a_known_authority_is_said(
    app, session, verifier, visit, issued, own, sign, hand_in, tmp_path
):
    root = load_der_x509_certificate(own("谢明辉").trust_roots()[0]).public_bytes(Encoding.PEM)
    (tmp_path / "persons.pem").write_bytes(root)
    app.extensions["settings"] = replace(app.extensions["settings"], person_roots=tmp_path / "persons.pem")
    early = sign("yu", YU, "余振宇")
    for login, field, name in (("chen", CHEN, "陈志强"), ("xie", XIE, "谢明辉")):
        hand_in(login, sign(login, field, name))
        run_until_done(app)

    assert "请下载最新文件" in hand_in("yu", early, status=422)
    hand_in("yu", sign("yu", YU, "余振宇"))
    run_until_done(app)

    manifest = now_of(session, issued)
    given = [(each.field, each.user.login, each.is_known) for each in manifest.countersignatures]
    assert given == [(CHEN, "chen", False), (XIE, "xie", True), (YU, "yu", False)]
    entries = session.scalars(select(JournalEntry).filter_by(act="manifest.countersigned")).all()
    assert [entry.actor_id for entry in entries] == [each.user_id for each in manifest.countersignatures]
    document = app.extensions["files"].path(manifest.pdf_sha256).read_bytes()
    proved = verify(document, manifest.receipt, verifier)
    assert [each["name"] for each in proved.data["signatures"]] == ["陈志强", "谢明辉", "余振宇"]
    assert "已知机构签发的证书" in visit("sun").get(f"/manifests/{issued.id}").text
    assert "没有需要您签署的位置" in visit("sun").get(f"/manifests/{issued.id}/signature").text
    assert verify_books(session, verifier).findings == []


def test_what_is_not_this_document_with_just_this_person_s_signature_is_not_taken(
    session, visit, issued, own, sign, hand_in, tmp_path, monkeypatch
):
    mine, chens = sign("pan", PAN, "潘玉兰"), sign("chen", CHEN, "陈志强")
    before = now_of(session, issued).pdf_sha256
    with visit("pan").get(f"/manifests/{issued.id}/manifest.pdf") as answer:
        untouched = answer.data
    (tmp_path / "new.pdf").write_bytes(untouched)
    elsewhere = sign_field(tmp_path / "new.pdf", "Sig_extra", own("潘玉兰"), is_made_for_it=False)
    (tmp_path / "saved.pdf").write_bytes(mine)

    for document, words in (
        (untouched, "没有新的签名"),
        (chens, "不是为您预留的"),
        (paint_over(mine), "超出签署"),
        (elsewhere, "不是为您预留的"),
        (mine + b"\n", "不是清单"),
        (rewrite(tmp_path / "saved.pdf"), "不是清单"),
        (b"%PDF-1.7\n%%EOF\n", "不是清单"),
        (sign("pan", PAN, "潘玉兰 旧", at=NOW - timedelta(days=5000)), "签署时无效"),
    ):
        said = hand_in("pan", document, status=422)
        assert words in said, said[said.index("<main") :]
    monkeypatch.setattr("ledger.web.manifests.MOST_ADDED", 100)
    assert "所需的内存或时间" in hand_in("pan", mine, status=422)
    monkeypatch.undo()
    assert "密码不对" in hand_in("pan", mine, status=422, password="wrong")  # noqa: S106 - a wrong one

    assert now_of(session, issued).pdf_sha256 == before
    refused = session.scalars(select(JournalEntry.body).filter_by(act="refused")).all()
    assert [b'"not_your_field"' in body for body in refused] == [True, False, True, False]


def test_of_two_who_hand_in_at_once_the_second_is_told_to_start_anew(app, session, cast, issued, sign, tmp_path):
    handed = []
    for login, field, person in (("pan", PAN, cast.pan), ("yu", YU, cast.yu)):
        document = sign(login, field, person.name)
        (tmp_path / f"{login}.pdf").write_bytes(document)
        handed.append((judged(app, session, tmp_path / f"{login}.pdf"), digests(document), person))
    manifest, signer = now_of(session, issued), app.extensions["signer"]

    def take(verdict, said, person, at=NOW):
        with writing(session):
            manifest.receipt = manifest.receipt or "written"
            facts = {"document": said, "by": person, "leads": False, "at": at}
            persons.countersign(session, manifest, signer, verdict, **facts)

    verdict, said, pan = handed[0]
    [signature] = [each for each in verdict.signatures if each.field == PAN]
    for days, refusal in ((-800, ImpossibleTime), (2, ImpossibleTime)):
        dated = replace(signature, signed_at=(NOW + timedelta(days=days)).isoformat())
        with pytest.raises(refusal):
            take(replace(verdict, signatures=[dated]), said, pan)
    with pytest.raises(CertificateOutOfTime):
        take(replace(verdict, signatures=[replace(signature, is_in_time=False)]), said, pan)
    take(verdict, said, pan)
    with pytest.raises(DocumentMovedOn):
        take(*handed[1])


def test_a_signature_that_comes_while_the_authority_is_asked_is_not_lost(app, session, issued, sign, hand_in, tmp_path):
    class Busy(TimestampAuthority):
        """An authority during whose answer a supervisor hands in."""

        def answer(self, request):
            if self.asked == 0:
                with app.app_context():
                    hand_in("pan", document)
            return super().answer(request)

    document = sign("pan", PAN, "潘玉兰")
    authority = Busy(tmp_path / "tsa")
    with serving(authority) as url:
        told = app.extensions["settings"]
        app.extensions["settings"] = replace(told, timestamp_url=url, timestamp_roots=authority.roots)
        with writing(session):
            enqueue(session, "manifest.timestamp", issued.id, by_id=None, at=NOW)
        run_until_done(app, clock=lambda: NOW)
        assert now_of(session, issued).pdf_sha256 == sha256(document).hexdigest()
        session.rollback()
        run_until_done(app, clock=lambda: NOW + timedelta(hours=2))

    manifest = now_of(session, issued)
    assert manifest.timestamp_state is Timestamp.OBTAINED
    stamped = app.extensions["files"].path(manifest.pdf_sha256).read_bytes()
    assert stamped.startswith(document)
    assert Path(app.extensions["files"].path(manifest.earlier[0].sha256)).exists()
