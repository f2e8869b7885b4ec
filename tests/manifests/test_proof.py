"""Proofs as they are written: to the letter of the format, of every entry of every journal, and as a printed code."""

from dataclasses import replace
from time import process_time

import pytest
import qrcode
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st

from ledger.journal.log import frontier_of, leaf_hash, node_hash
from ledger.manifests.proof import compact, digests, prove
from ledger.manifests.verify_manifest import SEALED, decode45, expand, read_proof, root_of, verify

PUBLISHED = """c2sp.org/tlog-proof@v1
extra eyJhIjoxfQ==
index 2
Rz7upDKM0lRkOtFWkr9UXLngm25jmq5DW8blYbm1NnE=
LW6UPoWsCd1q8YK/n8kEGr5wYJFJo9LVVxfgnjdQfm0=
30PHtJXCfngoIWhQF9qaBt25QfJzcfll+9bP4k8qGuQ=

ledger.example
5
Ka5mZTI7KGrUbwdyRoy5mxqrTXoppoC+d5CzLHwzh+I=

— ledger.example 057Nwu5hsJ89NIVJRC3qxxAg1nn0HJPeKGF9dyvoosJbnoKrmJZY1E+8qWYKZQPQBDw9mnzlOvNLVRb4pi0XP+EwVQQ=
"""


def test_digests_are_those_of_the_standards():
    assert digests(b"abc") == {
        "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "sm3": "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
    }


def test_a_proof_is_text_in_the_published_form(journal):
    journal.bodies[:] = [b"x", b"y", b'{"a":1}', b"z", b"w"]

    assert journal.prove(3) == PUBLISHED


@pytest.mark.parametrize("size", range(1, 71))
def test_every_entry_of_every_journal_is_proved_and_no_other(journal, size):
    bodies = [bytes([number]) for number in range(size)]
    leaves = [leaf_hash(body) for body in bodies]
    root = frontier_of(leaves).root()

    for seq, body in enumerate(bodies, start=1):
        path = read_proof(prove(body, seq=seq, leaves=leaves, note="")).path
        assert [index for index in range(size) if root_of(body, index, size, path) == root] == [seq - 1]
        assert root_of(b"another", seq - 1, size, path) != root
        assert root_of(body, seq - 1, size, (*path, root)) is None
        assert not path or root_of(body, seq - 1, size, path[:-1]) is None


def test_there_is_no_proof_of_what_is_not_there(journal):
    with pytest.raises(IndexError):
        prove(b"", seq=12, leaves=journal.leaves(), note=journal.note())
    with pytest.raises(IndexError):
        prove(b"", seq=0, leaves=journal.leaves(), note=journal.note())


def test_a_proof_from_a_million_entries_takes_hardly_longer_than_hashing_them():
    leaves = [leaf_hash(b"")] * 1_000_000

    start = process_time()
    for leaf in leaves:
        node_hash(leaf, leaf)
    hashed = process_time()
    text = prove(b"", seq=777_777, leaves=leaves, note="")
    proved = process_time()

    assert proved - hashed < 3 * (hashed - start)
    assert len(read_proof(text).path) == 20


@given(more=st.integers(0, 300), data=st.data())
def test_the_printed_code_says_what_the_text_says(journal, more, data):
    longer = replace(journal, bodies=[*journal.bodies])
    longer.fill(more)
    text = longer.prove(data.draw(st.integers(1, len(longer.bodies))))

    assert expand(compact(text)) == text


def test_base45_is_that_of_the_standard():
    assert decode45("QED8WEX0") == b"ietf!"
    for wrong in ("GGW", "::", "A", "a0", "QED8WEX"):
        with pytest.raises(ValueError, match=r".*"):
            decode45(wrong)


def test_the_code_of_a_large_journal_is_read_from_a_picture(journal):
    content, seq = b"{}", journal.write_manifest(SEALED, b"{}")
    leaves = [*journal.leaves(), *[leaf_hash(b"later")] * 99_988]
    note = journal.signer.sign(len(leaves), frontier_of(leaves).root())
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, box_size=3)
    code.add_data(compact(prove(journal.bodies[seq - 1], seq=seq, leaves=leaves, note=note)))
    code.make()

    [read] = zxingcpp.read_barcodes(code.make_image().get_image().convert("L"))

    assert code.version <= 24  # 113 modules: 0.35 mm each on the proof page
    assert verify(content, read.text, journal.key).seq == seq
