"""One-time codes of a code generator (RFC 6238): six digits, thirty seconds each."""

import secrets
from base64 import b32encode, urlsafe_b64encode
from datetime import datetime
from hmac import compare_digest

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.twofactor.totp import TOTP

_SECONDS, _DIGITS, _SECRET = 30, 6, 20
_SKEW = 1
"""How many steps a device's clock may go wrong, either way."""


def new_secret(key: str) -> bytes:
    """Return a secret for one person's generator, under the installation's key: so the database keeps it."""
    return _box(key).encrypt(secrets.token_bytes(_SECRET))


def kept_under(sealed: bytes, key: str, other_key: str) -> bytes:
    """Return a secret under another installation's key. Raises InvalidToken if it is not under key."""
    return _box(other_key).encrypt(_box(key).decrypt(sealed))


def address_of(sealed: bytes, key: str, *, login: str, name: str) -> str:
    """Return the address by which a generator takes the secret over: otpauth://… name is what it calls the ledger."""
    return _totp(_box(key).decrypt(sealed)).get_provisioning_uri(login, name)


def text_of(sealed: bytes, key: str) -> str:
    """Return the secret as people type it into a generator, in groups of four."""
    text = b32encode(_box(key).decrypt(sealed)).decode()
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def step_of(code: str, sealed: bytes, key: str, *, at: datetime) -> int:
    """Return the newest time step whose code this is, 0 if it is none of about now.

    It is none, too, if the secret was kept under another key.
    """
    try:
        totp = _totp(_box(key).decrypt(sealed))
    except InvalidToken:
        return 0
    typed, now = "".join(code.split()), int(at.timestamp()) // _SECONDS
    steps = range(now - _SKEW, now + _SKEW + 1)
    return max((step for step in steps if compare_digest(typed.encode(), totp.generate(step * _SECONDS))), default=0)


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, _DIGITS, SHA1(), _SECONDS)  # noqa: S303 - what generators know; HMAC does not rest on collisions


def _box(key: str) -> Fernet:
    derived = HKDF(SHA256(), 32, salt=None, info=b"ledger code generators/1").derive(key.encode())
    return Fernet(urlsafe_b64encode(derived))
