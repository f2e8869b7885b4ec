"""What is said of a file: yes to the signed one, no to every changed copy, and why; nothing is fetched."""

import socket
import zlib
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from time import perf_counter

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID
from hypothesis import given, settings
from hypothesis import strategies as st
from papers import NOW, ORGANISER, draw, draw_certified, look, paint_over, revisions, rewrite, sign_field

from ledger.journal.keys import Key
from ledger.journal.service import canonical
from ledger.manifests.check import (
    ADDED,
    BROKEN,
    CHANGED,
    CONTINUED,
    EXTENDED,
    KNOWN,
    MISSING,
    NO_CONTENT,
    NOT_PROVED,
    NOT_STAMPED,
    OTHER_CONTENT,
    OTHER_PROOF,
    PROVED,
    REWRITTEN,
    SEALED_CONTENT,
    STRANGER,
    UNKNOWN,
    VALID,
    Kind,
    SignedManifest,
    check,
)
from ledger.manifests.inspection import Locked, NotReadable, TooHeavy
from ledger.manifests.seal import keep_trial_seal, open_seal
from ledger.manifests.verify_manifest import NOT_SIGNED, OTHER_FILE, SEALED, SIGNED, NotProved, verify

NUMBER = "鹭市监销〔2027〕1号"
LINE = {"no": 12, "name": "过期食品", "quantity": "2268"}


@dataclass
class House:
    """A bureau that signed one manifest: what it keeps, and what it gave away."""

    path: Path
    document: bytes
    content: bytes
    receipt: str
    seal: object
    journal: object
    folder: Path
    knows: bool = True
    root: bytes | None = None

    def signed_as(self, digest):
        return self.manifest if self.knows and digest == self.manifest.sha256 else None

    def numbered(self, number):
        return self.manifest if self.knows and number == NUMBER else None

    def root_at(self, size):
        return self.root if size == len(self.journal.bodies) else None

    @property
    def manifest(self):
        return SignedManifest(NUMBER, sha256(self.document).hexdigest(), 14, self.content)

    def check(self, document=None, *, receipt=None, fields=("Sig_seal",), roots=None):
        """Return the verdict on a file, the signed one if none is given."""
        path = self.folder / "handed-in"
        path.write_bytes(self.document if document is None else document)
        roots = self.seal.trust_roots() if roots is None else roots
        return check(path, self, receipt=receipt, keys=[Key(self.journal.key)], roots=roots, at=NOW, fields=fields)


@pytest.fixture
def house(tmp_path, journal):
    return settle(tmp_path, journal)


def settle(folder, journal, **more):
    """Let a bureau seal and sign a manifest."""
    seal = keep_trial_seal(folder / "seal.p12", "鹭江市市场监督管理局", at=NOW)
    content = canonical({"number": NUMBER, "units": [{"lines": [LINE], "party": "某超市"}]})
    sealed = journal.write_manifest(SEALED, content)
    attached = {"manifest.json": content, "proof.tlog-proof": journal.prove(sealed).encode()}
    document = draw_certified(folder / "manifest.pdf", seal, attached, **more)
    journal.fill(1)
    signed = journal.write_manifest(SIGNED, document)
    return House(folder / "manifest.pdf", document, content, journal.prove(signed), seal, journal, folder)


def messages(verdict, *, passed):
    return [finding.message for finding in verdict.findings if finding.passed is passed]


def test_the_signed_file_is_what_it_says_by_journal_receipt_signature_and_content(house):
    verdict = house.check(receipt=house.receipt)

    assert verdict.kind is Kind.OK
    assert verdict.number == NUMBER
    assert {KNOWN, PROVED, VALID, SEALED_CONTENT} < set(messages(verdict, passed=True))
    assert messages(verdict, passed=None) == [NOT_STAMPED]
    assert not messages(verdict, passed=False)
    assert all(str(finding) for finding in verdict.findings)


def test_either_the_journal_or_the_receipt_is_enough(house):
    without_receipt = house.check()
    house.knows = False
    with_receipt, with_nothing = house.check(receipt=house.receipt), house.check()

    assert without_receipt.kind is Kind.OK
    assert with_receipt.kind is Kind.OK
    assert with_nothing.kind is Kind.UNVERIFIABLE
    assert UNKNOWN in messages(with_nothing, passed=None)


def test_a_receipt_of_another_past_than_this_journal_s_speaks_against_the_journal_not_the_file(house):
    then = verify(house.document, house.receipt, house.journal.key).checkpoint
    house.root = then.root
    assert CONTINUED in messages(house.check(receipt=house.receipt), passed=True)

    house.root = sha256(b"another past").digest()
    verdict = house.check(receipt=house.receipt)
    assert verdict.kind is Kind.UNVERIFIABLE
    assert messages(verdict, passed=False) == [REWRITTEN]


def test_the_file_is_what_it_says_years_after_its_certificate_ended_and_under_another_seal(house):
    path = house.folder / "manifest.pdf"
    later = check(
        path,
        house,
        receipt=None,
        keys=[Key(house.journal.key)],
        roots=house.seal.trust_roots(),
        at=NOW + timedelta(days=9000),
    )
    under_another = house.check(roots=[])

    assert later.kind is Kind.OK
    assert VALID in messages(later, passed=True)
    assert under_another.kind is Kind.OK
    assert STRANGER in messages(under_another, passed=None)


def test_one_changed_byte_is_noticed_wherever_it_is(house):
    content_at = house.document.index(b"stream", 100) + 20
    for at in (content_at, len(house.document) // 2, house.document.index(b"/Reason") + 12):
        changed = bytearray(house.document)
        changed[at] ^= 1
        verdict = house.check(bytes(changed), receipt=house.receipt)

        assert verdict.kind is Kind.ALTERED
        [why] = [finding for finding in verdict.findings if finding.message == NOT_PROVED]
        assert why.facts == {"why": OTHER_FILE[0]}


def test_a_changed_byte_within_what_the_seal_covers_is_named_without_a_receipt(house):
    changed = house.document.replace(b"D:20000101000000", b"D:20000101000001")
    assert changed != house.document

    verdict = house.check(changed)

    assert verdict.kind is Kind.ALTERED
    assert {BROKEN, CHANGED} == set(messages(verdict, passed=False))


def test_a_figure_painted_over_is_named(house):
    verdict = house.check(paint_over(house.document))

    assert verdict.kind is Kind.ALTERED
    assert messages(verdict, passed=False) == [ADDED]
    assert EXTENDED in messages(verdict, passed=True)


def test_a_file_cut_back_to_before_it_was_sealed_is_named_with_what_is_missing(house):
    before, _ = revisions(house.document)[-2:]

    verdict = house.check(before)

    assert verdict.kind is Kind.ALTERED
    assert MISSING % {"field": "Seal of the bureau"} in [str(finding) for finding in verdict.findings]


def test_a_file_cut_back_by_a_person_s_signature_is_named_though_what_is_left_is_valid(tmp_path, journal):
    house = settle(tmp_path, journal, open_fields=[ORGANISER])
    sealed = house.document
    person = keep_trial_seal(tmp_path / "person.p12", "吴䶮", at=NOW)
    house.document = sign_field(house.path, ORGANISER.name, person)
    roots, fields = [*house.seal.trust_roots(), *person.trust_roots()], ("Sig_seal", "Sig_organiser")

    whole, cut = house.check(fields=fields, roots=roots), house.check(sealed, fields=fields, roots=roots)

    assert whole.kind is Kind.OK
    assert messages(whole, passed=True).count(VALID) == 2
    assert cut.kind is Kind.ALTERED
    assert VALID in messages(cut, passed=True)
    assert MISSING % {"field": "Signature of the organiser"} in [str(finding) for finding in cut.findings]


def test_a_file_written_anew_is_named(house):
    verdict = house.check(rewrite(house.path))

    assert verdict.kind is Kind.ALTERED
    assert BROKEN in messages(verdict, passed=False)


def test_a_forged_manifest_under_a_seal_of_the_same_name_is_named_with_its_differences(house):
    units = [{"lines": [{**LINE, "quantity": "2280"}], "party": ""}]
    forged = canonical({"number": NUMBER, "units": units, "extra": [1]})
    (house.folder / "forger").mkdir()
    seal = keep_trial_seal(house.folder / "forger" / "seal.p12", "鹭江市市场监督管理局", at=NOW)
    document = draw_certified(house.folder / "forged.pdf", seal, {"manifest.json": forged})

    verdict = house.check(document)

    assert verdict.kind is Kind.ALTERED
    assert {CHANGED, OTHER_CONTENT} == set(messages(verdict, passed=False))
    assert STRANGER in messages(verdict, passed=None)
    extra, line, party = verdict.differences
    assert (extra.where, extra.sealed, extra.found) == ("extra", "", "(1)")
    assert (line.where, line.no, line.name) == ("units[0].lines[0].quantity", 12, "过期食品")
    assert (line.sealed, line.found) == ("2268", "2280")
    assert (party.where, party.sealed) == ("units[0].party", "…")


def test_data_that_the_attached_proof_is_not_about_are_named(house):
    proof = house.journal.prove(12).encode()
    document = draw_certified(
        house.folder / "other.pdf", house.seal, {"manifest.json": b"{}", "proof.tlog-proof": proof}
    )

    assert OTHER_PROOF in messages(house.check(document), passed=False)


def test_a_receipt_for_another_file_speaks_against_the_file_only_if_the_journal_does_not_know_it(house):
    other = house.journal.prove(house.journal.write_manifest(SIGNED, b"another file"))

    assert house.check(receipt=other).kind is Kind.OK
    house.knows = False
    assert house.check(receipt=other).kind is Kind.ALTERED


def test_a_receipt_of_another_journal_says_nothing(house):
    house.knows = False
    foreign = house.receipt.replace("ledger.example", "ledger.elsewhere")

    verdict = house.check(receipt=foreign)

    assert verdict.kind is Kind.UNVERIFIABLE
    assert [finding.facts["why"] for finding in verdict.findings if finding.message == NOT_PROVED] == [NOT_SIGNED[0]]


def test_a_paper_that_is_no_manifest_is_not_called_altered(house):
    draw(house.folder / "letter.pdf", {})

    verdict = house.check((house.folder / "letter.pdf").read_bytes())

    assert verdict.kind is Kind.UNVERIFIABLE
    assert {UNKNOWN, NO_CONTENT, MISSING} < set(messages(verdict, passed=None))


@settings(max_examples=300)
@given(data=st.data())
def test_no_changed_file_is_proved_by_its_receipt(house, data):
    at = data.draw(st.integers(0, len(house.document) - 1))
    changed = bytearray(house.document)
    changed[at] ^= data.draw(st.integers(1, 255))

    for document in (bytes(changed), house.document[:at]):
        with pytest.raises(NotProved):
            verify(document, house.receipt, house.journal.key)


@settings(max_examples=100)
@given(data=st.data())
def test_no_byte_that_a_seal_covers_changes_unnoticed(house, data):
    hole = house.document.index(b"/Contents <") + 10
    end = house.document.index(b">", hole)
    at = data.draw(st.one_of(st.integers(0, hole - 1), st.integers(end + 1, len(house.document) - 1)))
    changed = bytearray(house.document)
    changed[at] ^= data.draw(st.integers(1, 255))
    (house.folder / "changed.pdf").write_bytes(changed)

    try:
        seen = look(house.folder / "changed.pdf", roots=house.seal.trust_roots())
    except NotReadable:
        return
    assert not any(each.is_intact and each.is_last_word for each in seen.signatures)


# Hostile files


def wrapped(*objects, trailer=b""):
    """Return a PDF of these objects, the first of which is the catalogue."""
    document, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(document))
        document += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    table += b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(document)
    end = b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(places) + 1, trailer, start)
    return document + table + end


def attaching(stream, extra=b""):
    """Return a PDF with a stream attached as manifest.json."""
    catalogue = b"<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles 3 0 R >> >>"
    pages, names = b"<< /Type /Pages /Kids [] /Count 0 >>", b"<< /Names [(manifest.json) 4 0 R] >>"
    spec, head = b"<< /Type /Filespec /EF << /F 5 0 R >> >>", b"<< /Length %d %s >>" % (len(stream), extra)
    return wrapped(catalogue, pages, names, spec, head + b"\nstream\n" + stream + b"\nendstream")


def bomb(layers):
    packed = b"\0" * (300 << 20)
    for _ in range(layers):
        packed = zlib.compress(packed, 9)
    return attaching(packed, b"/Filter [%s]" % (b"/FlateDecode " * layers))


HOSTILE = {
    "nothing": lambda: b"",
    "text": lambda: b"a letter",
    "a heading alone": lambda: b"%PDF-1.7\n",
    "thirty million noughts": lambda: b"%PDF-1.7\n" + b"\0" * (30 << 20),
    "tables in a circle": lambda: wrapped(b"<< /Pages 1 0 R >>", trailer=b"/Prev 60"),
    "a table that is its own predecessor": lambda: wrapped(b"<< >>", trailer=b"/Prev 40"),
    "lists in lists": lambda: wrapped(b"[" * 100_000 + b"]" * 100_000),
    "words in words": lambda: wrapped(b"<< /A " * 100_000 + b">>" * 100_000),
    "names in a circle": lambda: wrapped(
        b"<< /Names << /EmbeddedFiles << /Kids [2 0 R] >> >> >>", b"<< /Kids [2 0 R] >>"
    ),
    "fields in a circle": lambda: wrapped(b"<< /AcroForm << /Fields [2 0 R] >> >>", b"<< /T (a) /Kids [2 0 R] >>"),
    "an object that is itself": lambda: wrapped(b"1 0 R"),
    "a bomb": lambda: bomb(1),
    "a bomb in a bomb": lambda: bomb(2),
    "json in json": lambda: attaching(b"[" * 1_000_000),
    "data that are no text": lambda: attaching(b'{"number":{"a":[1]}}'),
    "another catalogue": lambda: wrapped(b"<< /Names 7 /AcroForm (x) >>"),
}


def test_a_file_put_together_by_hand_is_read_like_any_other(tmp_path):
    (tmp_path / "hand.pdf").write_bytes(attaching(b'{"number":"1"}'))

    assert look(tmp_path / "hand.pdf", roots=[]).number == "1"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_answered_within_bounds(house, name):
    start = perf_counter()
    verdict = house.check(HOSTILE[name]())

    assert verdict.kind is Kind.UNVERIFIABLE
    assert perf_counter() - start < 30


def test_a_locked_file_is_called_locked(house):
    verdict = house.check(rewrite(house.path, "--encrypt", "", "owner", "256", "--"))

    assert verdict.kind is Kind.UNVERIFIABLE
    assert messages(verdict, passed=None)[-1] in (Locked.message, NotReadable.message)


def test_a_file_that_cannot_be_looked_into_is_still_known_by_its_hash(house, monkeypatch):
    def give_up(*_args, **_more):
        raise TooHeavy

    monkeypatch.setattr("ledger.manifests.check.look_apart", give_up)
    verdict = house.check()

    assert verdict.kind is Kind.OK
    assert TooHeavy.message in messages(verdict, passed=None)


def test_nothing_that_a_certificate_names_is_fetched(house, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = x509.UniformResourceIdentifier(f"http://127.0.0.1:{server.getsockname()[1]}/x")
        seal = seal_that_names(tmp_path / "calling.p12", address)
        document = draw_certified(tmp_path / "calling.pdf", seal, {"manifest.json": b"{}"})

        for roots in (seal.trust_roots(), []):
            house.check(document, roots=roots)

        server.settimeout(0.2)
        with pytest.raises(TimeoutError):
            server.accept()


def seal_that_names(path, address):
    """Return a seal whose certificate says where revocation lists, answers and issuers are to be had."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "caller")])
    places = [AuthorityInformationAccessOID.OCSP, AuthorityInformationAccessOID.CA_ISSUERS]
    access = x509.AuthorityInformationAccess([x509.AccessDescription(place, address) for place in places])
    lists = x509.CRLDistributionPoints([x509.DistributionPoint([address], None, None, None)])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(7).add_extension(access, critical=False).add_extension(lists, critical=False)
    start = NOW - timedelta(days=1)
    builder = builder.not_valid_before(start).not_valid_after(start + timedelta(days=9))
    path.touch(mode=0o600)
    certificate = builder.sign(key, SHA256())
    path.write_bytes(pkcs12.serialize_key_and_certificates(None, key, certificate, None, NoEncryption()))
    return open_seal(path, None)
