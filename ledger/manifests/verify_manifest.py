#!/usr/bin/env python3
"""Check a destruction manifest without the software that made it. Needs Python 3.9 or later and nothing else.

    python3 verify_manifest.py manifest.pdf  manifest.receipt  KEY
    python3 verify_manifest.py manifest.json proof.tlog-proof  KEY

KEY is the public key of the bureau's journal (name+id+key), or a file that holds it. Get it from where the bureau
publishes it, not from the one who hands you the manifest. Instead of proof.tlog-proof, a file with the text of the code
that is printed on the proof page does as well.

The answer is OK, and what was proved, or what is wrong. Exit status: 0 OK, 1 wrong, 2 could not be checked.

How it works: the journal is a Merkle tree (RFC 6962). The proof holds one entry of it, the hashes that lead from this
entry to the root of the tree, and the root, signed by the journal (Ed25519, RFC 8032). The entry names the SHA-256 of
the file. So the file is the one that was recorded, unless somebody has the journal's key and rewrote its past; whoever
kept any later checkpoint can show that, too. Nothing is read from the network, and the PDF is not taken apart: one
changed byte, a line painted over or a page cut off change its SHA-256.
"""

from __future__ import annotations

import json
import re
import sys
import zlib
from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import new, sha256, sha512
from pathlib import Path

HEADER = "c2sp.org/tlog-proof@v1"
SEALED, SIGNED = "manifest.sealed", "manifest.signed"
"""The acts that name the SHA-256 of a manifest.json and of a manifest.pdf."""
ENTRY_VERSION = COMPACT_VERSION = 1
LONGEST_ENTRY, LONGEST_PROOF = 1 << 16, 1 << 17
COMMON = (
    b'{"act":"manifest.sealed","actor":{"id":1,"login":"","name":""},"at":"2027-03-15T09:00:00+00:00",'
    b'"data":{"number":"","sha256":"","sm3":""},"recorded_at":"2027-03-15T09:00:00+00:00","seq":1,"unit":"350200","v":1}'
)
"""What entries have in common, so that printed codes need not hold it (RFC 1950, preset dictionary)."""
BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def N_(english: str, chinese: str) -> tuple[str, str]:  # noqa: N802 - so that the pages of the ledger translate it, too
    """Return a sentence in both languages."""
    return english, chinese


NO_PROOF = N_("This is not a proof of a manifest.", "这不是销毁清单的证明文件。")
NO_KEY = N_("This is not the public key of a journal.", "这不是日志链的公钥。")
NOT_SIGNED = N_("The checkpoint is not signed with this key.", "检查点不是用这把公钥对应的密钥签署的。")
NOT_INCLUDED = N_("The entry does not stand in the signed journal.", "已签署的日志链里没有这条记录。")
OTHER_ENTRY = N_("The entry is not about a manifest.", "这条记录与销毁清单无关。")
OTHER_PAPER = N_(
    "This proof is about manifest.json, which is attached to the PDF. The PDF itself needs manifest.receipt.",
    "这份证明针对 PDF 里所附的 manifest.json。核验 PDF 本身请用 manifest.receipt。",
)
OTHER_FILE = N_("The file is not the one that was recorded: its SHA-256 differs.", "文件不是当时记录的那一份。")


class NotProved(Exception):
    """A proof that does not prove the file; reason is the sentence in both languages."""

    def __init__(self, reason: tuple[str, str]) -> None:
        super().__init__(reason[0])
        self.reason = reason


@dataclass(frozen=True)
class Proof:
    """What a proof says: the bytes of one entry, its place counted from 0, the path to the root, the signed root."""

    body: bytes
    index: int
    path: tuple[bytes, ...]
    note: str


@dataclass(frozen=True)
class Checkpoint:
    """What was signed: the journal called origin had size entries under this root."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True)
class Proved:
    """What is certain after a check. seq is the number of the entry, counted from 1."""

    act: str
    seq: int
    recorded_at: str
    data: dict[str, object]
    checkpoint: Checkpoint


def verify(document: bytes, proof_text: str, key: str) -> Proved:
    """Return what the proof and the key prove about the document. Raises NotProved, with the reason."""
    proved = verify_entry(proof_text, key)
    if proved.data.get("sha256") != sha256(document).hexdigest():
        is_pdf = proved.act == SEALED and document.startswith(b"%PDF")
        raise NotProved(OTHER_PAPER if is_pdf else OTHER_FILE)
    other = sm3(document)
    if other and proved.data.get("sm3", other) != other:
        raise NotProved(OTHER_FILE)
    return proved


def verify_entry(proof_text: str, key: str) -> Proved:
    """Return what the proof and the key prove about the journal, whatever the file is. Raises NotProved."""
    proof = read_proof(proof_text)
    checkpoint = open_checkpoint(proof.note, key)
    if root_of(proof.body, proof.index, checkpoint.size, proof.path) != checkpoint.root:
        raise NotProved(NOT_INCLUDED)
    try:
        entry = json.loads(proof.body, parse_int=_whole, parse_float=_whole, parse_constant=_whole)
        spelled = json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        act, place = entry["act"], repr((entry["v"], entry["seq"]))
        proved = Proved(act, entry["seq"], entry["recorded_at"], {**entry["data"]}, checkpoint)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise NotProved(OTHER_ENTRY) from None
    if spelled != proof.body or act not in (SEALED, SIGNED) or place != repr((ENTRY_VERSION, proof.index + 1)):
        raise NotProved(OTHER_ENTRY)
    return proved


def _whole(text: str) -> int:
    """Read a number as everybody reads it. Raises ValueError if it is none that canonical JSON has here."""
    if abs(int(text)) >= 1 << 53:
        raise ValueError(text)
    return int(text)


def sm3(document: bytes) -> str | None:
    """Return the document's SM3 (GB/T 32905), or None where this Python cannot compute it."""
    try:
        return new("sm3", document).hexdigest()
    except ValueError:
        return None


# Reading proofs (C2SP tlog-proof, or the same as the text of a printed code)


def read_proof(text: str) -> Proof:
    """Return what a proof says. Raises NotProved if it is not one, to the letter."""
    if len(text) > LONGEST_PROOF:
        raise NotProved(NO_PROOF)
    try:
        return _read_text(text if text.startswith(HEADER) else expand(text))
    except (ValueError, IndexError, zlib.error):
        raise NotProved(NO_PROOF) from None


def _read_text(text: str) -> Proof:
    head, blank, note = text.partition("\n\n")
    header, extra, index, *path = head.split("\n")
    hashes = tuple(decode64(line) for line in path)
    heads = (header, extra[:6], index[:6], blank, {len(each) for each in hashes} - {sha256().digest_size})
    if heads != (HEADER, "extra ", "index ", "\n\n", set()):
        raise ValueError(text)
    return Proof(decode64(extra[6:]), _number(index[6:]), hashes, note)


def expand(text: str) -> str:
    """Return the proof whose compact form stands in a printed code. Raises ValueError or IndexError if it is none."""
    compact = decode45(text.strip("\r\n"))
    version, position = compact[0], 1
    index, position = _varint(compact, position)
    size, position = _varint(compact, position)
    end = position + 1 + compact[position]
    origin, steps, position = compact[position + 1 : end].decode(), compact[end], end + 1
    path = tuple(compact[at : at + 32] for at in range(position, position + 32 * steps, 32))
    position += 32 * steps
    signature, packed = compact[position : position + 68], compact[position + 68 :]
    unpacking = zlib.decompressobj(wbits=-15, zdict=COMMON)
    body = unpacking.decompress(packed, LONGEST_ENTRY)
    root = root_of(body, index, size, path)
    if version != COMPACT_VERSION or not unpacking.eof or unpacking.unused_data or root is None:
        raise ValueError(text)
    note = f"{origin}\n{size}\n{encode64(root)}\n\n— {origin} {encode64(signature)}\n"
    return write_proof(Proof(body, index, path, note))


def write_proof(proof: Proof) -> str:
    """Return a proof as text (C2SP tlog-proof)."""
    hashes = "".join(f"{encode64(each)}\n" for each in proof.path)
    return f"{HEADER}\nextra {encode64(proof.body)}\nindex {proof.index}\n{hashes}\n{proof.note}"


def _number(text: str) -> int:
    if not re.fullmatch("0|[1-9][0-9]{0,17}", text):
        raise ValueError(text)
    return int(text)


def _varint(data: bytes, position: int) -> tuple[int, int]:
    """Return a number written in groups of seven bits, lowest first, and where it ends."""
    number = 0
    for shift in range(0, 63, 7):
        number |= (data[position] & 127) << shift
        position += 1
        if data[position - 1] < 128:  # noqa: PLR2004 - the eighth bit says that another group follows
            return number, position
    raise ValueError(number)


def decode45(text: str) -> bytes:
    """Read Base45 (RFC 9285). Raises ValueError if it is none."""
    values = [BASE45.index(sign) for sign in text]
    if len(values) % 3 == 1:
        raise ValueError(text)
    groups = [values[at : at + 3] for at in range(0, len(values), 3)]
    numbers = [(sum(value * 45**place for place, value in enumerate(group)), len(group) - 1) for group in groups]
    try:
        return b"".join(number.to_bytes(size, "big") for number, size in numbers)
    except OverflowError:
        raise ValueError(text) from None


def encode64(data: bytes) -> str:
    """Return data as base64."""
    return b64encode(data).decode()


def decode64(text: str) -> bytes:
    """Read base64 in its one canonical spelling. Raises ValueError: some readers overlook stray bits at the end."""
    data = b64decode(text, validate=True)
    if encode64(data) != text:
        raise ValueError(text)
    return data


# The journal: its signed root (C2SP signed-note, tlog-checkpoint) and the way to it (RFC 9162, 2.1.3.2)


def open_checkpoint(note: str, key: str) -> Checkpoint:
    """Return what a signed note says. Raises NotProved if key did not sign exactly this."""
    name, public, key_id = _read_key(key)
    try:
        text, _, signatures = note.partition("\n\n")
        lines = [re.fullmatch(r"— (\S+) (\S+)", line) for line in signatures[:-1].split("\n")]
        signed = [(line[1], decode64(line[2])) for line in lines if line]
        mine = [signature[4:] for signer, signature in signed if signer == name and signature[:4] == key_id]
        origin, size, root = text.split("\n")
        checkpoint = Checkpoint(origin, _number(size), decode64(root))
        is_whole = note.endswith("\n") and len(signed) == len(lines) and origin == name
    except ValueError:
        raise NotProved(NO_PROOF) from None
    if not is_whole or not mine or not ed25519_verifies(public, f"{text}\n".encode(), mine[0]):
        raise NotProved(NOT_SIGNED)
    return checkpoint


def _read_key(key: str) -> tuple[str, bytes, bytes]:
    """Return name, public key and id of a verifier key (name+id+key). Raises NotProved if it is none."""
    try:
        name, key_id, encoded = key.split("+", 2)  # base64 has its own +
        typed = decode64(encoded)
        wanted = sha256(name.encode() + b"\n" + typed).digest()[:4]
    except ValueError:
        raise NotProved(NO_KEY) from None
    if key_id != wanted.hex() or typed[:1] != b"\x01":
        raise NotProved(NO_KEY)
    return name, typed[1:], wanted


def root_of(body: bytes, index: int, size: int, path: tuple[bytes, ...]) -> bytes | None:
    """Return the root of the tree with size leaves in which body is the leaf at index, or None if path does not fit."""
    if not 0 <= index < size:
        return None
    node, last, root = index, size - 1, sha256(b"\0" + body).digest()
    for sibling in path:
        if last == 0:
            return None
        if node & 1 or node == last:
            root = sha256(b"\1" + sibling + root).digest()
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            root = sha256(b"\1" + root + sibling).digest()
        node, last = node >> 1, last >> 1
    return root if last == 0 else None


# Ed25519 (RFC 8032, 5.1), for checking only. A point of the curve is (X, Y, Z, T), four numbers below P.

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
NEUTRAL = (0, 1, 1, 0)


def ed25519_verifies(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether signature is the public key's signature of message."""
    key, scalar = _point(public), int.from_bytes(signature[32:], "little")
    if key is None or len(signature) != 64 or scalar >= ORDER:  # noqa: PLR2004 - as the standard has it
        return False
    challenge = int.from_bytes(sha512(signature[:32] + public + message).digest(), "little") % ORDER
    x, y, z, _ = _add(_times(scalar, BASE), _times(challenge, (-key[0], key[1], key[2], -key[3])))
    x, y = x * pow(z, -1, P) % P, y * pow(z, -1, P) % P
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


def _point(encoded: bytes) -> tuple[int, ...] | None:
    """Return the point that 32 bytes stand for, or None if there is none."""
    number = int.from_bytes(encoded, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    squared = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(squared, (P + 3) // 8, P)
    if x * x % P != squared:
        x = x * pow(2, (P - 1) // 4, P) % P
    if len(encoded) != 32 or y >= P or x * x % P != squared or (x == 0 and sign):  # noqa: PLR2004
        return None
    x = x if x & 1 == sign else P - x
    return x, y, 1, x * y % P


def _add(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    """Return the sum of two points."""
    a, b = (one[1] - one[0]) * (other[1] - other[0]), (one[1] + one[0]) * (other[1] + other[0])
    c, d = 2 * one[3] * other[3] * D, 2 * one[2] * other[2]
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(factor: int, point: tuple[int, ...]) -> tuple[int, ...]:
    """Return a point added to itself so many times."""
    result: tuple[int, ...] = NEUTRAL
    while factor:
        if factor & 1:
            result = _add(result, point)
        point, factor = _add(point, point), factor >> 1
    return result


BASE = _point((4 * pow(5, -1, P) % P).to_bytes(32, "little")) or NEUTRAL


# The command line

USAGE = N_("How to use it: %(usage)s", "用法：%(usage)s")
UNREADABLE = N_("%(file)s cannot be read.", "无法读取 %(file)s。")
OK = N_("%(file)s is the file that was recorded.", "%(file)s 就是当时记录的那一份文件。")
ENTRY = N_(
    "It stands in the journal %(origin)s as entry %(seq)s, written %(at)s.",
    "它记在日志链 %(origin)s 第 %(seq)s 条，写入时间 %(at)s。",
)
UNDER = N_(
    "The journal of %(size)s entries was signed with the key you gave.",
    "含 %(size)s 条记录的日志链已签署，与您给出的公钥相符。",
)


def main(words: list[str]) -> int:
    """Check what the command line names, say the result, and return the exit status."""
    if len(words) != 3:  # noqa: PLR2004 - three words, see the top
        return say(2, "--", (USAGE, {"usage": "python3 verify_manifest.py FILE PROOF KEY"}))
    file, proof, key = words
    document, proof_text = read(file), read(proof)
    for name, content in ((file, document), (proof, proof_text)):
        if content is None:
            return say(2, "--", (UNREADABLE, {"file": name}))
    try:
        key = (read(key) or key.encode()).decode().strip()
        proved = verify(document or b"", (proof_text or b"").decode(), key)
    except UnicodeDecodeError:
        return say(1, "WRONG", (NO_PROOF, {}))
    except NotProved as error:
        return say(1, "WRONG", (error.reason, {}))
    journal = {"origin": proved.checkpoint.origin, "size": f"{proved.checkpoint.size:,}"}
    facts = {"file": file, "seq": f"{proved.seq:,}", "at": proved.recorded_at, **journal}
    status = say(0, "OK", (OK, facts), (ENTRY, facts), (UNDER, facts))
    signed = proved.data.get("signatures")  # who signed the document with certificates of their own
    rows = [(str(name), str(proved.data[name])) for name in ("number", "sha256", "sm3") if name in proved.data]
    rows += [("signed", json.dumps(each, ensure_ascii=False)) for each in (signed if isinstance(signed, list) else ())]
    sys.stdout.write("".join(f"{name:8}{value}\n" for name, value in rows))
    return status


def read(name: str) -> bytes | None:
    """Return the content of a file, or None if it cannot be read."""
    try:
        return Path(name).read_bytes()
    except (OSError, ValueError):
        return None


def say(status: int, word: str, *sentences: tuple[tuple[str, str], dict[str, str]]) -> int:
    """Write sentences in both languages after a word and return status."""
    lines = [sentence[language] % facts for language in (0, 1) for sentence, facts in sentences]
    sys.stdout.write("\n".join([f"{word:7} {lines[0]}", *(f"{'':7} {line}" for line in lines[1:])]) + "\n")
    return status


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr] # a terminal without Chinese signs
    sys.exit(main(sys.argv[1:]))
