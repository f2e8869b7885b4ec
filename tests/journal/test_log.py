"""The Merkle log against the published roots of RFC 6962's reference implementation, and its proofs exhaustively."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.journal.log import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    extends,
    frontier_of,
    includes,
    inclusion_proof,
    leaf_hash,
)

INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [leaf_hash(bytes([number])) for number in range(70)]


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_the_standard(size):
    assert frontier_of(leaf_hash(bytes.fromhex(text)) for text in INPUTS[:size]).root().hex() == ROOTS[size - 1]


def test_an_empty_log_has_the_hash_of_nothing():
    assert Frontier().root() == EMPTY_ROOT == sha256(b"").digest()


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 8, 9, 64, 69])
def test_a_frontier_survives_being_kept(size):
    frontier = frontier_of(LEAVES[:size])

    assert Frontier.unpack(size, frontier.pack()) == frontier


def test_a_frontier_of_another_size_is_not_accepted():
    with pytest.raises(ValueError, match="2 subtrees"):
        Frontier.unpack(3, b"\0" * 32)


@pytest.mark.parametrize("size", range(1, 70))
def test_every_leaf_can_be_proved_and_no_other(size):
    leaves, root = LEAVES[:size], frontier_of(LEAVES[:size]).root()

    for index, leaf in enumerate(leaves):
        proof = inclusion_proof(leaves, index)
        assert includes(root, size, index, leaf, proof)
        assert not includes(root, size, index, leaf_hash(b"another"), proof)
        assert not includes(root, size, index, leaf, [*proof, leaf])
        assert not proof or not includes(root, size, index, leaf, proof[:-1])


@pytest.mark.parametrize("size", range(1, 70))
def test_every_earlier_log_can_be_proved_to_be_the_beginning(size):
    root = frontier_of(LEAVES[:size]).root()

    for old_size in range(1, size + 1):
        proof = consistency_proof(LEAVES[:size], old_size)
        old_root = frontier_of(LEAVES[:old_size]).root()
        assert extends(old_root, old_size, root, size, proof)
        assert not extends(leaf_hash(b"rewritten"), old_size, root, size, proof)


def test_there_is_no_proof_of_what_is_not_there():
    with pytest.raises(IndexError):
        inclusion_proof(LEAVES[:3], 3)
    with pytest.raises(ValueError, match="no log of 4"):
        consistency_proof(LEAVES[:3], 4)


@given(size=st.integers(2, 60), data=st.data())
def test_a_changed_proof_proves_nothing(size, data):
    index = data.draw(st.integers(0, size - 1))
    root, proof = frontier_of(LEAVES[:size]).root(), inclusion_proof(LEAVES[:size], index)
    step, byte = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(0, 31))
    proof[step] = proof[step][:byte] + bytes([proof[step][byte] ^ 1]) + proof[step][byte + 1 :]

    assert not includes(root, size, index, LEAVES[index], proof)
