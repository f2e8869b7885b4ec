"""The seal: made once, kept to its owner, and accepted by programs that are not ours."""

import re
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, NoEncryption, pkcs12
from cryptography.x509.oid import NameOID
from papers import NOW, ORGANISER, SEAL_PLACE, draw, draw_certified, look, sign_field
from pyhanko.pdf_utils.reader import PdfFileReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from ledger.manifests.seal import (
    SealExposed,
    SealOutOfDate,
    SealUnusable,
    certify,
    draw_stamp,
    keep_trial_seal,
    open_seal,
    seal_summary,
)

BUREAU = "鹭江市李𫖮市场监督管理局"
FONTS = Path(__file__).parents[2] / "ledger" / "front" / "node_modules" / "@expo-google-fonts"


@pytest.fixture
def seal(tmp_path):
    return keep_trial_seal(tmp_path / "seal.p12", BUREAU, at=NOW)


@pytest.fixture
def paper(tmp_path, seal):
    draw_certified(tmp_path / "manifest.pdf", seal, {"manifest.json": b"{}"})
    return tmp_path / "manifest.pdf"


def write_seal(path, key, *, password=None, days=10):
    """Write PKCS#12 as an authority gives it to a bureau."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "鹭江市市场监督管理局")])
    start = NOW - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(0x3A1790C4)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .sign(key, None if isinstance(key, ed25519.Ed25519PrivateKey) else SHA256())
    )
    lock = BestAvailableEncryption(password) if password else NoEncryption()
    path.touch(mode=0o600)
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"seal", key, certificate, None, lock))
    return path


def test_a_trial_seal_is_made_once_for_ten_years_and_says_what_it_is(tmp_path, seal):
    again = keep_trial_seal(tmp_path / "seal.p12", "another name", at=NOW)
    summary = seal_summary(again)

    assert again.is_trial
    assert summary == seal_summary(seal)
    assert summary.subject == BUREAU
    assert re.fullmatch(r"[0-9A-F]{4}( [0-9A-F]{4})+", summary.serial)
    assert 3650 <= (summary.end - NOW.date()).days <= 3653
    assert BUREAU in summary.message % summary.said()


def test_the_key_of_a_trial_seal_is_readable_by_its_owner_only_and_alone_in_its_folder(tmp_path, seal):
    assert stat.S_IMODE((tmp_path / "seal.p12").stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [tmp_path / "seal.p12"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610])
def test_a_seal_that_others_can_read_is_refused(tmp_path, seal, mode):
    (tmp_path / "seal.p12").chmod(mode)

    with pytest.raises(SealExposed, match=r"seal\.p12"):
        keep_trial_seal(tmp_path / "seal.p12", BUREAU, at=NOW)
    with pytest.raises(SealExposed):
        open_seal(tmp_path / "seal.p12", None)


@pytest.mark.parametrize("key", [rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())])
def test_a_bureau_s_own_seal_is_opened_by_its_password_and_signs(tmp_path, key):
    path = write_seal(tmp_path / "own.p12", key, password=b"secret")
    seal = open_seal(path, "secret")
    draw_certified(tmp_path / "manifest.pdf", seal, {})

    [signature] = look(tmp_path / "manifest.pdf", roots=seal.trust_roots()).signatures

    assert (seal.is_trial, seal_summary(seal).serial) == (False, "3A17 90C4")
    assert signature.is_intact
    assert signature.is_last_word
    for wrong in ("other", None, ""):
        with pytest.raises(SealUnusable):
            open_seal(path, wrong)


def test_what_cannot_sign_is_no_seal(tmp_path):
    key = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "text.p12").touch(mode=0o600)
    (tmp_path / "bare.p12").touch(mode=0o600)
    (tmp_path / "bare.p12").write_bytes(pkcs12.serialize_key_and_certificates(None, key, None, None, NoEncryption()))
    other = write_seal(tmp_path / "other.p12", ed25519.Ed25519PrivateKey.generate())

    for path in (tmp_path / "text.p12", tmp_path / "bare.p12", other, tmp_path / "none.p12", tmp_path):
        with pytest.raises((SealUnusable, SealExposed)):
            open_seal(path, None)


@pytest.mark.parametrize("days", [-3, 20])
def test_a_seal_does_not_sign_outside_of_its_time(tmp_path, days):
    seal = open_seal(write_seal(tmp_path / "own.p12", ec.generate_private_key(ec.SECP256R1())), None)
    draw(tmp_path / "a.pdf", {})

    with pytest.raises(SealOutOfDate):
        certify(
            tmp_path / "a.pdf",
            tmp_path / "b.pdf",
            seal,
            field=SEAL_PLACE,
            reason="x",
            at=NOW + timedelta(days=days),
        )
    assert not (tmp_path / "b.pdf").exists()


def test_the_time_of_signing_is_the_one_given_and_the_document_s_own_facts_stay(tmp_path, seal):
    draw(tmp_path / "a.pdf", {})
    at = datetime(2027, 3, 15, 9, 20, tzinfo=UTC)
    certify(tmp_path / "a.pdf", tmp_path / "b.pdf", seal, field=SEAL_PLACE, reason="销毁清单", at=at)

    with (tmp_path / "b.pdf").open("rb") as file:
        reader = PdfFileReader(file)
        [signature] = reader.embedded_signatures
        assert signature.self_reported_timestamp == at
        assert signature.sig_object["/Reason"] == "销毁清单"
        assert signature.sig_object["/Name"] == BUREAU
        assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
        assert signature.docmdp_level.value == 1
        changed = reader.trailer["/Info"]["/ModDate"]
    with (tmp_path / "a.pdf").open("rb") as file:
        assert changed == PdfFileReader(file).trailer["/Info"]["/ModDate"]


def test_an_open_field_is_signed_later_without_breaking_the_seal(tmp_path, seal):
    path = tmp_path / "manifest.pdf"
    draw_certified(path, seal, {}, open_fields=[ORGANISER])
    person = keep_trial_seal(tmp_path / "person.p12", "吴䶮", at=NOW)

    sign_field(path, ORGANISER.name, person)

    signatures = look(path, roots=[*seal.trust_roots(), *person.trust_roots()]).signatures
    assert [(each.field, each.subject) for each in signatures] == [("Sig_seal", BUREAU), ("Sig_organiser", "吴䶮")]
    assert all(each.is_intact and each.is_last_word and each.is_trusted for each in signatures)


def darkness(path, place, tmp_path):
    """Return how many dark pixels a page has in a field, as poppler draws it."""
    corner = {"-x": place.x1, "-y": 841.89 - place.y2, "-W": place.x2 - place.x1, "-H": place.y2 - place.y1}
    box = [str(word) for name, points in corner.items() for word in (name, round(points))]
    page = ["-f", str(place.page), "-singlefile"]
    subprocess.run(["pdftoppm", "-gray", "-r", "72", *page, *box, path, tmp_path / "page"], check=True)
    pixels = (tmp_path / "page.pgm").read_bytes().split(b"\n", 3)[3]
    return sum(pixel < 250 for pixel in pixels)


def test_fields_show_the_stamp_or_nothing(tmp_path, seal):
    pdfmetrics.registerFont(TTFont("Stamp", FONTS / "noto-sans-sc" / "400Regular" / "NotoSansSC_400Regular.ttf"))
    draw_stamp(tmp_path / "stamp.pdf", ["自制试用印章", "不作正式用印"], width=119, height=119, font="Stamp")
    draw_certified(tmp_path / "stamped.pdf", seal, {}, stamp=tmp_path / "stamp.pdf")
    draw_certified(tmp_path / "bare.pdf", seal, {}, open_fields=[ORGANISER])

    assert darkness(tmp_path / "stamped.pdf", SEAL_PLACE, tmp_path) > 100
    assert darkness(tmp_path / "bare.pdf", SEAL_PLACE, tmp_path) == 0
    assert darkness(tmp_path / "bare.pdf", ORGANISER, tmp_path) == 0
    [signature] = look(tmp_path / "stamped.pdf", roots=seal.trust_roots()).signatures
    assert signature.is_last_word


# What programs of others say


def test_poppler_accepts_the_signature(tmp_path, seal, paper):
    (tmp_path / "root.der").write_bytes(seal.trust_roots()[0])
    (tmp_path / "nss").mkdir()
    certutil = ["certutil", "-d", tmp_path / "nss"]
    subprocess.run([*certutil, "-N", "--empty-password"], check=True)
    subprocess.run([*certutil, "-A", "-t", "CT,CT,CT", "-n", "root", "-i", tmp_path / "root.der"], check=True)

    said = subprocess.check_output(["pdfsig", "-nssdir", tmp_path / "nss", paper], text=True)

    assert "Signature is Valid." in said
    assert "Certificate is Trusted." in said
    assert "Total document signed" in said
    assert f"CN={BUREAU}" in said


def test_openssl_accepts_the_signature(tmp_path, seal, paper):
    document = paper.read_bytes()
    [start, length, after, rest] = map(int, re.search(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)\]", document).groups())
    (tmp_path / "signed").write_bytes(document[start:length] + document[after : after + rest])
    (tmp_path / "cms").write_bytes(bytes.fromhex(document[length + 1 : after - 1].decode()).rstrip(b"\0"))
    root = x509.load_der_x509_certificate(seal.trust_roots()[0])
    (tmp_path / "root.pem").write_bytes(root.public_bytes(serialization.Encoding.PEM))
    words = ["-in", "cms", "-inform", "DER", "-content", "signed", "-CAfile", "root.pem", "-purpose", "any"]

    done = subprocess.run(
        ["openssl", "cms", "-verify", "-cades", "-binary", *words, "-out", "out"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "successful" in done.stderr


def test_qpdf_finds_no_fault(paper):
    said = subprocess.check_output(["qpdf", "--check", paper], text=True)

    assert "No syntax or stream encoding errors found" in said
