"""The program that outsiders check a manifest with: it accepts what is so, and nothing else, and says why."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.journal.note import Signer
from ledger.manifests import verify_manifest
from ledger.manifests.proof import compact, digests
from ledger.manifests.verify_manifest import (
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
    NotProved,
    ed25519_verifies,
    expand,
    verify,
)

PROGRAM = Path(verify_manifest.__file__)
PDF = b"%PDF-1.7 the signed file \x00\xff"
VECTORS = [  # RFC 8032, 7.1
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("public", "message", "signature"), VECTORS)
def test_signatures_of_the_standard_are_accepted(public, message, signature):
    assert ed25519_verifies(bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature))


@given(message=st.binary(max_size=80), bit=st.integers(0, 64 * 8 - 1))
def test_signatures_are_accepted_as_made_and_never_with_a_bit_changed(message, bit):
    key = Ed25519PrivateKey.generate()
    public, signature = key.public_key().public_bytes_raw(), key.sign(message)
    changed = bytearray(signature)
    changed[bit // 8] ^= 1 << bit % 8

    assert ed25519_verifies(public, message, signature)
    assert not ed25519_verifies(public, message, bytes(changed))
    assert not ed25519_verifies(public, message + b".", signature)


def test_there_is_one_spelling_of_a_signature_and_of_a_key():
    key = Ed25519PrivateKey.generate()
    public, signature = key.public_key().public_bytes_raw(), key.sign(b"x")
    more = int.from_bytes(signature[32:], "little") + ORDER

    assert not ed25519_verifies(public, b"x", signature[:32] + more.to_bytes(32, "little"))
    assert not ed25519_verifies(public, b"x", signature[:-1])
    assert not ed25519_verifies(public + b"\0", b"x", signature)
    assert not ed25519_verifies(b"\xff" * 32, b"x", signature)  # y is not below P
    assert not ed25519_verifies(b"\x02" + b"\0" * 31, b"x", signature)  # no point of the curve
    assert not ed25519_verifies(b"\x01" + b"\0" * 30 + b"\x80", b"x", signature)  # minus zero


@pytest.fixture
def receipt(journal):
    """The receipt of PDF, in the middle of the journal."""
    seq = journal.write_manifest(SIGNED, PDF)
    journal.fill(20)
    return journal.prove(seq)


def reason(document, proof, key):
    with pytest.raises(NotProved) as raised:
        verify(document, proof, key)
    return raised.value.reason


def test_the_signed_file_is_proved(journal, receipt):
    proved = verify(PDF, receipt, journal.key)

    assert (proved.act, proved.seq, proved.checkpoint.size) == (SIGNED, 12, 32)
    assert proved.data["number"] == "鹭市监销〔2027〕1号"


def test_another_file_is_not(journal, receipt):
    assert reason(PDF + b"\n", receipt, journal.key) == OTHER_FILE
    assert reason(PDF[:-1], receipt, journal.key) == OTHER_FILE


def test_a_proof_of_the_content_sends_who_has_the_pdf_to_the_receipt(journal):
    seq = journal.write_manifest(SEALED, b"{}")

    assert reason(PDF, journal.prove(seq), journal.key) == OTHER_PAPER
    assert verify(b"{}", journal.prove(seq), journal.key).seq == seq


def test_a_file_whose_other_digest_differs_is_not_proved(journal):
    seq = journal.write(SIGNED, {**digests(PDF), "sm3": "0" * 64})

    assert reason(PDF, journal.prove(seq), journal.key) == OTHER_FILE


@pytest.mark.parametrize("act", ["import.posted", "test.noted", "manifest.signed "])
def test_an_entry_about_something_else_proves_no_manifest_whatever_digest_it_names(journal, act):
    seq = journal.write_manifest(act, PDF)

    assert reason(PDF, journal.prove(seq), journal.key) == OTHER_ENTRY


def test_an_entry_that_is_read_differently_one_day_is_not_read_like_today_s(journal):
    seq = journal.write(SIGNED, digests(PDF), version=2)

    assert reason(PDF, journal.prove(seq), journal.key) == OTHER_ENTRY


ODD_ENTRIES = [
    b"",
    b"null",
    b"[]",
    b"\xff",
    b'{"act":"manifest.signed"}',
    b'{"act":"manifest.signed","v":1,"seq":12,"data":{}}',
    b'{"act":"manifest.signed","v":1,"seq":12,"data":[1],"recorded_at":""}',
    b'{"act":"manifest.signed","v":1,"seq":13,"data":{},"recorded_at":""}',
]


@pytest.mark.parametrize("body", ODD_ENTRIES)
def test_an_entry_that_is_none_proves_nothing(journal, body):
    journal.bodies.append(body)

    assert reason(PDF, journal.prove(12), journal.key) == OTHER_ENTRY


def test_an_entry_at_another_place_is_not_included(journal, receipt):
    assert reason(PDF, receipt.replace("index 11", "index 10"), journal.key) == NOT_INCLUDED


def test_a_journal_signed_by_somebody_else_proves_nothing(journal, receipt):
    other = Signer("ledger.example", Ed25519PrivateKey.generate())
    journal.signer, key = other, journal.key

    assert reason(PDF, journal.prove(12), key) == NOT_SIGNED
    assert reason(PDF, receipt, other.verifier()) == NOT_SIGNED


def test_a_witness_may_sign_beside_the_journal(journal, receipt):
    cosigned = f"{receipt}— witness.example {'QUJD' * 24}\n"

    assert verify(PDF, cosigned, journal.key).seq == 12
    assert reason(PDF, f"{receipt}and something else\n", journal.key) == NOT_SIGNED


@pytest.mark.parametrize("key", ["", "ledger.example", "a+b+c", "ledger.example+00000000+AQOhB7/zzhC+HXDdGOdLwJln5NYw"])
def test_what_is_no_key_is_called_so(receipt, key):
    assert reason(PDF, receipt, key) == NO_KEY


@pytest.mark.parametrize(
    "text", ["", "nothing", "c2sp.org/tlog-proof@v1\n", "QED8WEX0", "0" * 99, "\n\n", "䶮", "O801BG1BG1BG1BG"]
)
def test_what_is_no_proof_is_called_so(journal, text):
    assert reason(PDF, text, journal.key) == NO_PROOF


def test_a_proof_longer_than_any_is_not_even_read(journal, receipt):
    assert reason(PDF, receipt + "— a QUJD\n" * 20_000, journal.key) == NO_PROOF


@pytest.mark.parametrize(
    "change",
    [
        ("c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v2"),
        ("extra ", "extra  "),
        ("index 11", "index 011"),
        ("index 11", "index +11"),
        ("index 11", "index -1"),
        ("index 11", "index ١١"),
        ("index 11\n", "index 11\nAAAA\n"),
        ("\n\nledger", "\nledger"),
        ("\n", "\r\n"),
        ("ledger.example\n32\n", "ledger.example\n032\n"),
    ],
)
def test_a_proof_is_read_to_the_letter(journal, receipt, change):
    assert change[0] in receipt
    assert reason(PDF, receipt.replace(*change), journal.key) in (NO_PROOF, NOT_SIGNED)


@settings(max_examples=300)
@given(data=st.data())
def test_no_changed_receipt_is_accepted(journal, receipt, data):
    at = data.draw(st.integers(0, len(receipt) - 1))
    other = data.draw(st.characters(exclude_characters=receipt[at]))
    act = data.draw(st.sampled_from(["replace", "insert", "remove", "cut"]))
    changed = {
        "replace": receipt[:at] + other + receipt[at + 1 :],
        "insert": receipt[:at] + other + receipt[at:],
        "remove": receipt[:at] + receipt[at + 1 :],
        "cut": receipt[:at],
    }[act]

    with pytest.raises(NotProved):
        verify(PDF, changed, journal.key)


@settings(max_examples=200)
@given(data=st.data())
def test_a_changed_code_says_the_same_or_is_not_accepted(journal, receipt, data):
    code = compact(receipt)
    at = data.draw(st.integers(0, len(code) - 1))
    changed = code[:at] + data.draw(st.sampled_from(verify_manifest.BASE45)) + code[at + 1 :]

    try:
        verify(PDF, changed, journal.key)
    except NotProved:
        return
    assert expand(changed) == receipt  # two spellings of one packed entry


@given(data=st.data())
def test_no_changed_key_is_accepted(journal, receipt, data):
    at = data.draw(st.integers(0, len(journal.key) - 1))
    other = data.draw(st.characters(exclude_characters=journal.key[at]))

    with pytest.raises(NotProved):
        verify(PDF, receipt, journal.key[:at] + other + journal.key[at + 1 :])


def test_the_program_imports_nothing_but_python_s_own():
    names = re.findall(r"^(?:from|import) (\w+)", PROGRAM.read_text(), re.MULTILINE)

    assert set(names) - {"__future__"} <= sys.stdlib_module_names


def test_what_the_program_says_in_chinese_is_what_the_pages_say():
    path = PROGRAM.parents[1] / "translations" / "zh" / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        pages = {message.id: message.string for message in read_po(file, locale="zh")}
    said = [value for value in vars(verify_manifest).values() if isinstance(value, tuple) and isinstance(value[0], str)]

    assert len(said) > 10
    assert {english: pages.get(english) for english, _ in said} == dict(said)


# As a stranger runs it


def run(folder, *words):
    command = [sys.executable, "-I", PROGRAM, *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=30)
    assert not done.stderr
    return done.returncode, done.stdout


@pytest.fixture
def folder(tmp_path, journal, receipt):
    (tmp_path / "manifest.pdf").write_bytes(PDF)
    (tmp_path / "manifest.receipt").write_text(receipt)
    (tmp_path / "code.txt").write_bytes(compact(receipt).encode() + b"\n")
    (tmp_path / "key").write_text(f"{journal.key}\n")
    return tmp_path


@pytest.mark.parametrize("proof", ["manifest.receipt", "code.txt"])
def test_a_stranger_is_told_what_was_proved(folder, journal, proof):
    status, said = run(folder, "manifest.pdf", proof, journal.key)

    assert status == 0
    assert said.startswith("OK      manifest.pdf is the file that was recorded.\n")
    assert "as entry 12, written 2027-03-15T17:20:00+08:00." in said
    assert "manifest.pdf 就是当时记录的那一份文件。" in said
    assert "鹭市监销〔2027〕1号" in said


def test_the_key_may_stand_in_a_file(folder):
    assert run(folder, "manifest.pdf", "manifest.receipt", "key")[0] == 0


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("manifest.receipt", "manifest.receipt", "key"), 1, OTHER_FILE),
        (("manifest.pdf", "manifest.pdf", "key"), 1, NO_PROOF),
        (("manifest.pdf", "manifest.receipt", "a+b+c"), 1, NO_KEY),
        (("manifest.pdf", "none", "key"), 2, ("none cannot be read.", "无法读取 none。")),
        (("none", "manifest.receipt", "key"), 2, ("none cannot be read.", "无法读取 none。")),
        ((), 2, ("python3 verify_manifest.py FILE PROOF KEY", "用法")),
    ],
)
def test_a_stranger_is_told_what_is_wrong_in_both_languages(folder, words, status, said):
    returned, output = run(folder, *words)

    assert returned == status
    assert all(sentence in output for sentence in said)
    assert "OK" not in output
