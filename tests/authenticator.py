"""A passkey's device in software: makes ES256 keys and signs what pages ask for, as browsers answer them."""

import json
from hashlib import sha256
from secrets import token_bytes
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40
HOST = "localhost"


class Authenticator:
    """One device with one key."""

    def __init__(self) -> None:
        self.id = token_bytes(16)
        self.count = 0
        self._key = ec.generate_private_key(ec.SECP256R1())

    def make(self, options: dict[str, Any]) -> str:
        """Return the new passkey as the page sends it."""
        numbers = self._key.public_key().public_numbers()
        cose = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
        held = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cose
        data = self._data(PRESENT | VERIFIED | ATTESTED) + held
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(options, "webauthn.create", attestation=attestation)

    def sign(self, options: dict[str, Any], *, flags: int = PRESENT | VERIFIED, origin: str = f"http://{HOST}") -> str:
        """Return the answer to what is to be signed, as the page sends it."""
        self.count += 1
        data = self._data(flags)
        client = self._client(options, "webauthn.get", origin)
        signature = self._key.sign(data + sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._answer(options, "webauthn.get", origin, authenticator_data=data, signature=signature)

    def _data(self, flags: int) -> bytes:
        return sha256(HOST.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, options: dict[str, Any], kind: str, origin: str) -> bytes:
        return json.dumps({"type": kind, "challenge": options["publicKey"]["challenge"], "origin": origin}).encode()

    def _answer(self, options: dict[str, Any], kind: str, origin: str = f"http://{HOST}", **parts: bytes) -> str:
        parts = {"id": self.id, "client_data": self._client(options, kind, origin), **parts}
        return json.dumps(
            {"nonce": options["nonce"], **{name: bytes_to_base64url(part) for name, part in parts.items()}}
        )
