"""Proofs that leave the house: of a manifest's content, and of the signed file itself (the receipt).

Both are one kind of text, C2SP tlog-proof: the bytes of a journal entry, its place, the path to the root, the signed
checkpoint. They are read by verify_manifest.py, with which outsiders check them; docs/manifest-proof.md describes them.
"""

import zlib
from collections.abc import Iterable
from hashlib import sha256

from cryptography.hazmat.primitives.hashes import SM3, Hash

from ledger.journal.log import inclusion_proof
from ledger.manifests.verify_manifest import (
    BASE45,
    COMMON,
    COMPACT_VERSION,
    Proof,
    decode64,
    read_proof,
    write_proof,
)


def digests(document: bytes) -> dict[str, str]:
    """Return what an entry says of a document: its SHA-256 and SM3 (GB/T 32905), hexadecimal."""
    sm3 = Hash(SM3())
    sm3.update(document)
    return {"sha256": sha256(document).hexdigest(), "sm3": sm3.finalize().hex()}


def prove(body: bytes, *, seq: int, leaves: Iterable[bytes], note: str) -> str:
    """Return the proof that entry seq, whose bytes are body, stands in the journal with these leaves.

    note is the signed checkpoint over just these leaves. Raises IndexError if there are not so many.
    """
    return write_proof(Proof(body, seq - 1, tuple(inclusion_proof(leaves, seq - 1)), note))


def compact(proof_text: str) -> str:
    """Return a proof as it is printed as a code: Base45, which codes hold as capitals and digits.

    It says all that proof_text says but other signatures than the journal's own.
    """
    proof = read_proof(proof_text)
    origin, size, _root, _blank, line, *_others = proof.note.split("\n")
    packing = zlib.compressobj(9, wbits=-15, zdict=COMMON)
    packed = packing.compress(proof.body) + packing.flush()
    name = origin.encode()
    head = bytes([COMPACT_VERSION]) + _varint(proof.index) + _varint(int(size)) + bytes([len(name)]) + name
    signature = decode64(line.removeprefix(f"— {origin} "))
    return base45(head + bytes([len(proof.path)]) + b"".join(proof.path) + signature + packed)


def _varint(number: int) -> bytes:
    """Return a number in groups of seven bits, lowest first."""
    groups = []
    while number > 127:  # noqa: PLR2004 - the eighth bit says that another group follows
        groups.append(number & 127 | 128)
        number >>= 7
    return bytes([*groups, number])


def base45(data: bytes) -> str:
    """Return data as Base45 (RFC 9285)."""
    signs: list[str] = []
    for at in range(0, len(data), 2):
        number = int.from_bytes(data[at : at + 2], "big")
        for _ in range(len(data[at : at + 2]) + 1):
            number, value = divmod(number, 45)
            signs.append(BASE45[value])
    return "".join(signs)
