"""Every attack on a signed manifest, against all that check one: the ledger, the program, and the page in a browser.

The page is opened from a disk, in a browser without a network.
"""

import subprocess
import sys
import zlib
from base64 import b64encode
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import orjson
import pytest
from browser import complaint_of
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from papers import NOW, draw_certified, paint_over, revisions, rewrite

from ledger.journal.keys import Key
from ledger.journal.note import Signer
from ledger.journal.service import canonical
from ledger.manifests import verify_manifest
from ledger.manifests.check import Kind, SignedManifest, check
from ledger.manifests.page import verify_page
from ledger.manifests.proof import base45, compact, digests
from ledger.manifests.seal import keep_trial_seal
from ledger.manifests.verify_manifest import (
    COMMON,
    NO_KEY,
    NO_PROOF,
    NOT_INCLUDED,
    NOT_SIGNED,
    ORDER,
    OTHER_ENTRY,
    OTHER_FILE,
    OTHER_PAPER,
    SEALED,
    SIGNED,
)

PROGRAM = Path(verify_manifest.__file__)
NUMBER = "鹭市监销〔2027〕1号"
STEPS = 6
"""Of the page's check."""


@dataclass
class Copy:
    """What somebody hands in, and where it comes from."""

    document: bytes
    proof: bytes
    key: str
    house: "House"


@dataclass
class House:
    """A bureau that signed one manifest, and knows it."""

    folder: Path
    journal: object
    seal: object
    content: bytes
    document: bytes
    sealed: int
    signed: int

    def signed_as(self, digest):
        return self.known if digest == sha256(self.document).hexdigest() else None

    def numbered(self, number):
        return self.known if number == NUMBER else None

    def root_at(self, size):
        del size

    @property
    def known(self):
        return SignedManifest(NUMBER, sha256(self.document).hexdigest(), self.signed, self.content)

    @property
    def copy(self):
        return Copy(self.document, self.journal.prove(self.signed).encode(), self.journal.key, self)


class Nobody:
    """An installation that never heard of the manifest."""

    def signed_as(self, digest):
        del digest

    def numbered(self, number):
        del number

    def root_at(self, size):
        del size


@pytest.fixture
def copy(tmp_path, journal):
    seal = keep_trial_seal(tmp_path / "seal.p12", "鹭江市市场监督管理局", at=NOW)
    content = b'{"number":"%s","quantity":"2268"}' % NUMBER.encode()
    sealed = journal.write_manifest(SEALED, content)
    attached = {"manifest.json": content, "proof.tlog-proof": journal.prove(sealed).encode()}
    document = draw_certified(tmp_path / "manifest.pdf", seal, attached)
    signed = journal.write_manifest(SIGNED, document)
    journal.fill(5)
    return House(tmp_path, journal, seal, content, document, sealed, signed).copy


# Attacks on the file


def flipped(copy):
    at = len(copy.document) // 2
    return replace(copy, document=copy.document[:at] + bytes([copy.document[at] ^ 1]) + copy.document[at + 1 :])


def other_attachment(copy):
    """Draw and certify it anew, with another seal, other data attached, and the true proof."""
    house = copy.house
    seal = keep_trial_seal(house.folder / "other.p12", "鹭江市市场监督管理局", at=NOW)
    attached = {"manifest.json": house.content.replace(b"2268", b"2280")}
    attached["proof.tlog-proof"] = house.journal.prove(house.sealed).encode()
    return replace(copy, document=draw_certified(house.folder / "other.pdf", seal, attached))


def appended(catalogue):
    """Return an attack that adds a revision with another catalogue, as shadow, hide and replace attacks do."""

    def attack(copy):
        start = copy.document.rindex(b"startxref") + len(b"startxref\n")
        before = int(copy.document[start:].split()[0])
        places, added = [], b"\n"
        stream = b'{"number":"%s","quantity":"2280"}' % NUMBER.encode()
        bodies = {
            9001: catalogue,
            9002: b"<< /Names [(manifest.json) 9003 0 R (manifest.json) 9003 0 R] >>",
            9003: b"<< /Type /Filespec /F (manifest.json) /EF << /F 9004 0 R >> >>",
            9004: b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
            9005: b"<< /Type /Pages /Kids [] /Count 0 >>",
        }
        for number, body in bodies.items():
            places.append(len(copy.document) + len(added))
            added += b"%d 0 obj\n%s\nendobj\n" % (number, body)
        table = len(copy.document) + len(added)
        added += b"xref\n9001 5\n" + b"".join(b"%010d 00000 n \n" % place for place in places)
        added += b"trailer\n<< /Size 9006 /Root 9001 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n" % (before, table)
        return replace(copy, document=copy.document + added)

    return attack


def bomb(copy):
    packed = zlib.compress(b"\0" * (200 << 20), 9)
    stream = b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed)
    body = b"%PDF-1.7\n1 0 obj\n<< /Names << /EmbeddedFiles 2 0 R >> >>\nendobj\n5 0 obj\n" + stream
    return replace(copy, document=body + b"\nendobj\nstartxref\n9\n%%EOF\n")


FILES = {
    "one byte changed": flipped,
    "one byte more": lambda copy: replace(copy, document=copy.document + b"\n"),
    "one byte less": lambda copy: replace(copy, document=copy.document[:-1]),
    "nothing": lambda copy: replace(copy, document=b""),
    "cut off in the middle": lambda copy: replace(copy, document=copy.document[: len(copy.document) // 2]),
    "cut back to before the seal": lambda copy: replace(copy, document=revisions(copy.document)[0]),
    "a figure painted over": lambda copy: replace(copy, document=paint_over(copy.document)),
    "written anew": lambda copy: replace(copy, document=rewrite(copy.house.folder / "manifest.pdf")),
    "other data attached": other_attachment,
    "hidden behind another catalogue": appended(b"<< /Type /Catalog /Pages 9005 0 R >>"),
    "two attachments of one name": appended(b"<< /Pages 9005 0 R /Names << /EmbeddedFiles 9002 0 R >> >>"),
    "a bomb": bomb,
}
"""Whatever is done to the file, its SHA-256 tells; none of these may be called real by anybody."""


# Attacks on the receipt, the journal behind it, and the key


def texts(change):
    """Return an attack that changes the text of the receipt."""

    def attack(copy):
        changed = change(copy.proof.decode())
        assert changed != copy.proof.decode()
        return replace(copy, proof=changed.encode())

    return attack


def lines(change):
    """Return an attack that changes the lines of the receipt."""
    return texts(lambda text: "\n".join(change(text.split("\n"))))


def stray(lines):
    """Spell the first hash of the path with bits that some readers overlook."""
    signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    last = signs[signs.index(lines[3][-2]) + 1]
    return [*lines[:3], f"{lines[3][:-2]}{last}=", *lines[4:]]


def entry(change):
    """Return an attack by somebody who can write into the journal what no ledger writes."""

    def attack(copy):
        journal = copy.house.journal
        genuine = journal.bodies[copy.house.signed - 1]
        journal.bodies.append(change(genuine.replace(b'"seq":13', b'"seq":%d' % (len(journal.bodies) + 1))))
        return replace(copy, proof=journal.prove(len(journal.bodies)).encode())

    return attack


def in_pairs(body):
    """Write the data as a list of names and values, which Python makes a dictionary of."""
    told = orjson.loads(body)
    return canonical({**told, "data": [list(pair) for pair in sorted(told["data"].items())]})


def other_entry(copy):
    journal = copy.house.journal
    return replace(copy, proof=journal.prove(journal.write_manifest(SIGNED, b"another file")).encode())


def older_root(copy):
    """Take the state of the journal from before the manifest was signed."""
    house = copy.house
    journal = replace(house.journal, bodies=house.journal.bodies[: house.signed - 1])
    head, _, _ = copy.proof.decode().partition("\n\n")
    return replace(copy, proof=f"{head}\n\n{journal.note()}".encode())


def other_journal(copy):
    """Write the same under the same name with a key of one's own."""
    journal = replace(copy.house.journal, signer=a_signer())
    return replace(copy, proof=journal.prove(copy.house.signed).encode())


def a_signer():
    """Return somebody else's key under the journal's name."""
    return Signer("ledger.example", Ed25519PrivateKey.generate())


def other_name(copy):
    """Have the right key sign the note of another journal."""
    journal = copy.house.journal
    text = journal.note().partition("\n\n")[0].replace("ledger", "other")
    line = journal.note().splitlines()[-1].split(" ")
    signature = b64encode(
        verify_manifest.decode64(line[2])[:4] + journal.signer.key.sign(f"{text}\n".encode())
    ).decode()
    head, _, _ = copy.proof.decode().partition("\n\n")
    return replace(copy, proof=f"{head}\n\n{text}\n\n— ledger.example {signature}\n".encode())


def second_spelling(copy):
    """Write the signature's number as itself plus the order of the group (RFC 8032, 8.4)."""
    *before, line = copy.proof.decode().splitlines()
    signature = verify_manifest.decode64(line.split(" ")[2])
    more = int.from_bytes(signature[36:], "little") + ORDER
    changed = b64encode(signature[:36] + more.to_bytes(32, "little")).decode()
    return replace(copy, proof="\n".join([*before, f"— ledger.example {changed}\n"]).encode())


def other_sm3(copy):
    journal = copy.house.journal
    seq = journal.write(SIGNED, {**digests(copy.document), "sm3": "0" * 64})
    return replace(copy, proof=journal.prove(seq).encode())


def code_bomb(copy):
    """Unpack to fifty megabytes."""
    packing = zlib.compressobj(9, wbits=-15, zdict=COMMON)
    packed = packing.compress(b"\0" * (50 << 20)) + packing.flush()
    return replace(copy, proof=base45(b"\1\0\1\7example\0" + bytes(68) + packed).encode())


def about_the_data(copy):
    return replace(copy, proof=copy.house.journal.prove(copy.house.sealed).encode())


def in_a_tree_of(size):
    return texts(lambda text: text.replace("ledger.example\n18\n", f"ledger.example\n{size}\n"))


PROOFS = {
    "no receipt at all": (lambda copy: replace(copy, proof=b""), NO_PROOF),
    "the file as its own receipt": (lambda copy: replace(copy, proof=copy.document), NO_PROOF),
    "the receipt of another file": (other_entry, OTHER_FILE),
    "the proof of the data": (about_the_data, OTHER_PAPER),
    "an older root": (older_root, NOT_INCLUDED),
    "another place": (texts(lambda text: text.replace("index 12", "index 11")), NOT_INCLUDED),
    "a place beyond the end": (texts(lambda text: text.replace("index 12", f"index {'9' * 18}")), NOT_INCLUDED),
    "a path that is too short": (lines(lambda lines: [*lines[:3], *lines[4:]]), NOT_INCLUDED),
    "a path that is too long": (lines(lambda lines: [*lines[:4], *lines[3:]]), NOT_INCLUDED),
    "a path of short hashes": (texts(lambda text: text.replace("index 12\n", "index 12\nAAAA\n")), NO_PROOF),
    "another size": (in_a_tree_of(17), NOT_SIGNED),
    "a size with a nought before it": (in_a_tree_of("018"), NO_PROOF),
    "another journal's key": (other_journal, NOT_SIGNED),
    "another journal's name": (other_name, NOT_SIGNED),
    "two spellings of a signature": (second_spelling, NOT_SIGNED),
    "a line that is no signature": (texts(lambda text: f"{text}and so on\n"), NOT_SIGNED),
    "no end of the line": (texts(lambda text: text[:-1]), NO_PROOF),
    "other ends of lines": (texts(lambda text: text.replace("\n", "\r\n")), NO_PROOF),
    "stray bits in base64": (lines(stray), NO_PROOF),
    "longer than any": (texts(lambda text: text + "— a QUJD\n" * 20_000), NO_PROOF),
    "no UTF-8": (lambda copy: replace(copy, proof=b"\xff" + copy.proof), NO_PROOF),
    "a mark of byte order": (lambda copy: replace(copy, proof=b"\xef\xbb\xbf" + copy.proof), NO_PROOF),
    "a code that is a bomb": (code_bomb, NO_PROOF),
    "half a code": (texts(lambda text: compact(text)[:300]), NO_PROOF),
    "another act": (entry(lambda body: body.replace(SIGNED.encode(), b"goods.exported")), OTHER_ENTRY),
    "another version": (entry(lambda body: body.replace(b'"v":1', b'"v":2')), OTHER_ENTRY),
    "yes for one": (entry(lambda body: body.replace(b'"v":1', b'"v":true')), OTHER_ENTRY),
    "a fraction": (entry(lambda body: body.replace(b'"v":1', b'"v":1.0')), OTHER_ENTRY),
    "a number too great for some": (entry(lambda body: body.replace(b'"id":7', b'"id":9007199254740993')), OTHER_ENTRY),
    "not a number": (entry(lambda body: body.replace(b'"id":7', b'"id":NaN')), OTHER_ENTRY),
    "a name twice": (entry(lambda body: body[:-1] + b',"v":1}'), OTHER_ENTRY),
    "digests twice": (entry(lambda body: body.replace(b'"sha256":', b'"sha256":"0","sha256":')), OTHER_ENTRY),
    "a space": (entry(lambda body: body.replace(b'"v":1', b'"v": 1')), OTHER_ENTRY),
    "not in order": (entry(lambda body: b'{"v":1,' + body[1:].replace(b',"v":1', b"")), OTHER_ENTRY),
    "a sign spelled out": (entry(lambda body: body.replace(b'"wu"', b'"\\u0077u"')), OTHER_ENTRY),
    "half a sign": (entry(lambda body: body.replace(b'"wu"', b'"\\ud800"')), OTHER_ENTRY),
    "pairs in place of data": (entry(in_pairs), OTHER_ENTRY),
    "lists in lists": (entry(lambda _: b"[" * 50_000), OTHER_ENTRY),
    "another encoding": (entry(lambda body: body.decode().encode("utf-16")), OTHER_ENTRY),
    "another SM3": (other_sm3, OTHER_FILE),
    "no key": (lambda copy: replace(copy, key="ledger.example"), NO_KEY),
    "a key of another kind": (lambda copy: replace(copy, key=copy.key.replace("+A", "+B", 1)), NO_KEY),
    "another key": (
        lambda copy: replace(copy, key=Signer("ledger.example", Ed25519PrivateKey.generate()).verifier()),
        NOT_SIGNED,
    ),
}
"""What is done to the receipt or the key, and the reason that every verifier gives."""

GENUINE = {
    "the receipt": lambda copy: copy,
    "the receipt as a code": texts(compact),
    "the data with their proof": lambda copy: replace(about_the_data(copy), document=copy.house.content),
    "the data with the printed code": lambda copy: texts(compact)(GENUINE["the data with their proof"](copy)),
    "a witness beside the journal": texts(lambda text: f"{text}— witness.example {'QUJD' * 24}\n"),
    "a later state of the journal": lambda copy: (copy.house.journal.fill(9), copy.house.copy)[1],
}


@pytest.mark.parametrize("name", GENUINE)
def test_what_is_genuine_is_real_to_all_three(copy, name, page):
    handed = GENUINE[name](copy)

    assert by_program(handed) == (True, None)
    assert by_page(page, handed) == (True, None)
    assert by_ledger(handed, Nobody()) is Kind.OK


def test_program_and_page_name_who_signed_with_certificates_of_their_own(copy, page):
    journal, who = (
        copy.house.journal,
        {"name": "潘䶮", "field": "Sig_supervisor1", "subject": "pan", "certificate": "ab12"},
    )
    seq = journal.write(SIGNED, {**digests(copy.document), "signatures": [who]})
    handed = replace(copy, proof=journal.prove(seq).encode())

    assert by_program(handed) == by_page(page, handed) == (True, None)
    by_hand = [sys.executable, "-I", PROGRAM, "document", "proof", "key"]
    said = subprocess.run(by_hand, cwd=copy.house.folder, capture_output=True, text=True, check=True).stdout
    for words in who.values():
        assert words in said
        assert words in page.locator("#answer").inner_text()


@pytest.mark.parametrize("name", FILES)
def test_no_changed_file_is_real_to_anybody(copy, name, page):
    handed = FILES[name](copy)
    assert handed.document != copy.document

    assert by_program(handed) == (False, OTHER_FILE)
    assert by_page(page, handed) == (False, OTHER_FILE)
    assert by_ledger(handed, Nobody()) is Kind.ALTERED
    assert by_ledger(handed, copy.house) is Kind.ALTERED


@pytest.mark.parametrize("name", PROOFS)
def test_what_proves_nothing_is_refused_by_all_three_for_one_reason(copy, name, page):
    attack, reason = PROOFS[name]
    handed = attack(copy)

    assert by_program(handed) == (False, reason)
    assert by_page(page, handed) == (False, reason)
    assert by_ledger(handed, Nobody()) is not Kind.OK


# The three verifiers


def by_program(handed):
    """Return whether the program proves what is handed in, and else why not, as a stranger runs it."""
    names = {"document": handed.document, "proof": handed.proof, "key": handed.key.encode()}
    for name, body in names.items():
        (handed.house.folder / name).write_bytes(body)
    command = [sys.executable, "-I", PROGRAM, *names]
    done = subprocess.run(command, cwd=handed.house.folder, capture_output=True, text=True, check=False, timeout=30)
    assert not done.stderr
    assert done.returncode in (0, 1)
    return (True, None) if done.returncode == 0 else (False, reason_in(done.stdout))


def by_page(page, handed):
    """Return the same as the page says it."""
    for name, body in (("document", handed.document), ("proof", handed.proof)):
        page.set_input_files(f"#{name}", {"name": name, "mimeType": "application/octet-stream", "buffer": body})
    page.fill("#key", handed.key)
    page.click("button")
    verdict = page.locator("#answer .verdict")
    verdict.wait_for()
    is_real = "ok" in verdict.get_attribute("class").split()
    steps = page.locator("#answer ul").first.locator("li")
    assert steps.count() == STEPS
    assert is_real == (page.locator("#answer li.ok").count() == STEPS)
    return (True, None) if is_real else (False, reason_in(verdict.inner_text()))


def by_ledger(handed, register):
    """Return what /verify says."""
    path = handed.house.folder / "handed-in"
    path.write_bytes(handed.document)
    receipt, roots = handed.proof.decode("utf-8", "replace"), handed.house.seal.trust_roots()
    return check(path, register, receipt=receipt, keys=[Key(handed.key)], roots=roots, at=NOW).kind


def reason_in(said):
    [found] = [value for value in REASONS if all(sentence in said for sentence in value)]
    return found


REASONS = [NO_PROOF, NO_KEY, NOT_SIGNED, NOT_INCLUDED, OTHER_ENTRY, OTHER_FILE, OTHER_PAPER]


@pytest.fixture(scope="module")
def page(chromium, tmp_path_factory):
    """The page as it was downloaded, opened from the disk; it asks for nothing and complains of nothing."""
    path = tmp_path_factory.mktemp("page") / "verify.html"
    path.write_bytes(verify_page(""))
    asked, complaints = [], []
    with chromium.new_context(offline=True, locale="zh-CN") as context:
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.extend(complaint_of(message)))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path.as_uri())
        yield page
    assert asked == [path.as_uri()]
    assert not complaints
