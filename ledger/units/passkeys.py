"""What a passkey signs (W3C Web Authentication), and the proof that is kept of it: anybody can check it again later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json_dict
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from ledger.journal.service import canonical
from ledger.units.models import Passkey, User
from ledger.units.rules import PasskeyRefused

Proof = dict[str, Any]
"""How somebody proved who they are, as journal and opinions keep it: way is password, code (with the password) or
passkey, which has all that its signature is checked by."""

_SCHEME = "ledger-sign-off/1"
_UNREADABLE = (WebAuthnException, AttributeError, KeyError, TypeError, ValueError)
"""What checking raises; the last four at an answer that is no answer of a browser."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where passkeys work: the host that they belong to, and the address that pages have."""

    host: str
    origin: str

    @property
    def takes_passkeys(self) -> bool:
        """Whether browsers allow them there: by https, or on this machine by its name."""
        return self.origin.startswith("https://") or self.host == "localhost"


@dataclass(frozen=True, slots=True)
class Statement:
    """What is signed: for what, and the digests of its exact content."""

    purpose: str
    digests: Sequence[str]


def challenge_of(nonce: bytes, person: str, statement: Statement) -> bytes:
    """Return what a passkey signs: the SHA-256 over a fresh number, the sign-in name, the purpose and all digests."""
    content = {
        "scheme": _SCHEME,
        "nonce": bytes_to_base64url(nonce),
        "person": person,
        "purpose": statement.purpose,
        "digests": sorted(statement.digests),
    }
    return sha256(canonical(content)).digest()


def to_sign(site: Site, user: User, nonce: bytes, statement: Statement) -> dict[str, Any]:
    """Return what the browser asks one of the person's passkeys with."""
    options = generate_authentication_options(
        rp_id=site.host,
        challenge=challenge_of(nonce, user.login, statement),
        allow_credentials=_described(user.passkeys),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return {"nonce": bytes_to_base64url(nonce), "publicKey": options_to_json_dict(options)}


def proof_of(site: Site, passkey: Passkey, answer: Mapping[str, Any], statement: Statement) -> tuple[Proof, int]:
    """Return the proof to keep of what the browser answered, checked, and how often the device says it has signed.

    Raises PasskeyRefused.
    """
    proof = {
        "way": "passkey",
        "site": site.host,
        "origin": site.origin,
        "nonce": answer.get("nonce"),
        "person": passkey.user.login,
        "purpose": statement.purpose,
        "digests": sorted(statement.digests),
        "credential": bytes_to_base64url(passkey.credential_id),
        "public_key": bytes_to_base64url(passkey.public_key),
        **{name: answer.get(name) for name in ("authenticator_data", "client_data", "signature")},
    }
    return proof, check(proof)


def check(proof: Mapping[str, Any]) -> int:
    """Return how often the device says it has signed, if the proof's signature is by its key and over what it names.

    The device must have checked who holds it. Raises PasskeyRefused.
    """
    try:
        nonce = base64url_to_bytes(proof["nonce"])
        return verify_authentication_response(
            credential={
                "id": proof["credential"],
                "rawId": proof["credential"],
                "type": "public-key",
                "response": {
                    "authenticatorData": proof["authenticator_data"],
                    "clientDataJSON": proof["client_data"],
                    "signature": proof["signature"],
                },
            },
            expected_challenge=challenge_of(nonce, proof["person"], Statement(proof["purpose"], proof["digests"])),
            expected_rp_id=proof["site"],
            expected_origin=proof["origin"],
            credential_public_key=base64url_to_bytes(proof["public_key"]),
            credential_current_sign_count=0,  # a device that counts backwards is noted, not refused
            require_user_verification=True,
        ).new_sign_count
    except _UNREADABLE:
        raise PasskeyRefused from None


def holds(content: Mapping[str, Any]) -> bool:
    """Whether what an entry of the journal keeps of a passkey proves its act: by its actor, over its content."""
    data = content["data"]
    proof = data.get("proof")
    if not isinstance(proof, dict) or proof.get("way") != "passkey":
        return True
    try:
        check(proof)
    except PasskeyRefused:
        return False
    return proof["person"] == content["actor"]["login"] and data.get("digest") in proof["digests"]


def to_register(site: Site, name: str, user: User, nonce: bytes) -> dict[str, Any]:
    """Return what the browser makes a new passkey with; name is what the device calls this installation."""
    options = generate_registration_options(
        rp_id=site.host,
        rp_name=name,
        user_id=str(user.id).encode(),
        user_name=user.login,
        user_display_name=user.name,
        challenge=nonce,
        exclude_credentials=_described(user.passkeys),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    return {"nonce": bytes_to_base64url(nonce), "publicKey": options_to_json_dict(options)}


def registered(site: Site, nonce: bytes, answer: Mapping[str, Any]) -> VerifiedRegistration:
    """Return the new passkey that the browser answered with. Raises PasskeyRefused."""
    try:
        return verify_registration_response(
            credential={
                "id": answer["id"],
                "rawId": answer["id"],
                "type": "public-key",
                "response": {
                    "attestationObject": answer["attestation"],
                    "clientDataJSON": answer["client_data"],
                },
            },
            expected_challenge=nonce,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except _UNREADABLE:
        raise PasskeyRefused from None


def read_answer(text: str) -> dict[str, Any]:
    """Return what a page sends of a passkey's answer. Raises PasskeyRefused if it is nothing of the kind."""
    try:
        answer = orjson.loads(text)
    except ValueError:
        raise PasskeyRefused from None
    if not isinstance(answer, dict):
        raise PasskeyRefused
    return answer


def bytes_in(answer: Mapping[str, Any], name: str) -> bytes:
    """Return the bytes that an answer names. Raises PasskeyRefused."""
    try:
        return base64url_to_bytes(answer[name])
    except _UNREADABLE:
        raise PasskeyRefused from None


def _described(passkeys: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=passkey.credential_id) for passkey in passkeys]
