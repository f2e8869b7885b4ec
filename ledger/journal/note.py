"""Checkpoints as signed notes (C2SP signed-note and tlog-checkpoint): size and root of the log under an Ed25519 key."""

import os
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from ledger.errors import N_, LedgerError

_ED25519 = b"\x01"
_KEY_ID_SIZE = 4


class BadNote(LedgerError):
    """A text that is not a checkpoint signed by this key."""

    code = "bad_note"
    message = N_("This is not a checkpoint signed by the key %(key)s.")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a checkpoint says: the log named origin had size entries under this root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return the lines that are signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"


@dataclass(frozen=True, slots=True)
class Signer:
    """The journal's key under its name."""

    name: str
    key: Ed25519PrivateKey

    def sign(self, size: int, root: bytes) -> str:
        """Return the signed note of a checkpoint."""
        return self.cosign(f"{Checkpoint(self.name, size, root).text()}\n")

    def cosign(self, note: str) -> str:
        """Return a note with this key's signature below those that it has."""
        text = note.partition("\n\n")[0] + "\n"
        signature = _key_id(self.name, self.public_key()) + self.key.sign(text.encode())
        return f"{note}— {self.name} {b64encode(signature).decode()}\n"

    def public_key(self) -> bytes:
        """Return the 32 bytes of the public key."""
        return self.key.public_key().public_bytes_raw()

    def verifier(self) -> str:
        """Return the public key as name+id+key, as verifiers of signed notes read it."""
        public = self.public_key()
        return f"{self.name}+{_key_id(self.name, public).hex()}+{b64encode(_ED25519 + public).decode()}"


def open_note(note: str, verifier: str) -> Checkpoint:
    """Return what a signed note says. Raises BadNote if verifier's key did not sign exactly this."""
    try:
        name, _, encoded = verifier.split("+", 2)  # base64 has its own +
        public = _decode(encoded)[1:]
        text, _, signatures = note.partition("\n\n")
        text += "\n"
        origin, size, root, *_ = text.split("\n")
        wanted = f"— {name} "
        key_id = _key_id(name, public)
        lines = (_decode(line.removeprefix(wanted)) for line in signatures.split("\n") if line.startswith(wanted))
        signature = next(line for line in lines if line[:_KEY_ID_SIZE] == key_id)
        Ed25519PublicKey.from_public_bytes(public).verify(signature[_KEY_ID_SIZE:], text.encode())
        return Checkpoint(origin, int(size), _decode(root))
    except (ValueError, StopIteration, NotBase64, InvalidSignature):
        raise BadNote(key=verifier) from None


def keep_signer(name: str, path: Path) -> Signer:
    """Return the signer whose key is kept at path; makes one, readable by its owner only, if there is none.

    Raises ValueError if name has a space or a plus, which signed notes use as separators.
    """
    if not name or "+" in name or any(sign.isspace() for sign in name):
        raise ValueError(f"a journal's name has no space and no plus: {name!r}")
    if not path.exists():
        fresh = Ed25519PrivateKey.generate()
        pem = fresh.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{path} holds no Ed25519 key")
    return Signer(name, key)


def _key_id(name: str, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:_KEY_ID_SIZE]


def _decode(text: str) -> bytes:
    """Read base64 in its one canonical spelling. Raises ValueError: some decoders overlook stray bits at the end."""
    data = b64decode(text, validate=True)
    if b64encode(data).decode() != text:
        raise ValueError("not canonical base64")
    return data
