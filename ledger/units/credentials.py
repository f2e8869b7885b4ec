"""What people sign with beside their password: adding, using and removing passkeys and code generators."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from webauthn.registration.verify_registration_response import VerifiedRegistration

from ledger.journal.service import record
from ledger.units.models import CodeGenerator, Passkey, SignNonce, User
from ledger.units.passkeys import Proof, Site, Statement, bytes_in, proof_of
from ledger.units.rules import MAX_PASSKEYS, NONCE_LIFE, PasskeyKnown, PasskeyStale, PasskeyUnknown, WrongCode


def give_nonce(session: Session, user: User, purpose: str, *, at: datetime) -> bytes:
    """Return a random number for the person's passkey to sign over for a purpose, good once and for NONCE_LIFE."""
    session.execute(delete(SignNonce).where(SignNonce.made_at < at - NONCE_LIFE))
    nonce = secrets.token_bytes(32)
    session.add(SignNonce(nonce=nonce, user_id=user.id, purpose=purpose, made_at=at))
    return nonce


def take_nonce(session: Session, user: User, nonce: bytes, purpose: str, *, at: datetime) -> None:
    """Use a random number up, whatever then becomes of its signature.

    Raises PasskeyStale if it was given to nobody, to somebody else, for something else or too long ago.
    """
    given = session.get(SignNonce, nonce)
    if given is None or (given.user_id, given.purpose) != (user.id, purpose) or given.made_at < at - NONCE_LIFE:
        raise PasskeyStale
    session.delete(given)


def prove(
    session: Session, site: Site, user: User, answer: Mapping[str, Any], statement: Statement
) -> tuple[Passkey, Proof, int]:
    """Return the person's passkey that signed, the proof of it, and how often its device says it has signed.

    Raises PasskeyUnknown or PasskeyRefused.
    """
    wanted = Passkey.user_id == user.id, Passkey.credential_id == bytes_in(answer, "id")
    passkey = session.scalar(select(Passkey).where(*wanted))
    if passkey is None:
        raise PasskeyUnknown
    return passkey, *proof_of(site, passkey, answer, statement)


def note_used(session: Session, passkey: Passkey, count: int, *, at: datetime) -> None:
    """Note that a passkey signed; one that counts backwards may have been copied, which the journal says."""
    if passkey.sign_count and count <= passkey.sign_count:
        data = {"counted": count, "before": passkey.sign_count}
        _record(session, "user.passkey_counted_back", passkey, by=passkey.user, at=at, more=data)
    passkey.sign_count, passkey.used_at = count, at


def add_passkey(session: Session, user: User, name: str, made: VerifiedRegistration, *, at: datetime) -> Passkey:
    """Add a passkey that the person's device has made. Raises PasskeyKnown."""
    known = session.scalar(select(Passkey.id).where(Passkey.credential_id == made.credential_id))
    if known is not None or len(user.passkeys) >= MAX_PASSKEYS:
        raise PasskeyKnown(most=MAX_PASSKEYS)
    passkey = Passkey(
        name=name,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        added_at=at,
    )
    user.passkeys.append(passkey)
    _record(session, "user.passkey_added", passkey, by=user, at=at)
    return passkey


def remove_passkey(session: Session, passkey: Passkey, *, by: User, at: datetime) -> None:
    """Forget a passkey; what it signed stays provable."""
    _record(session, "user.passkey_removed", passkey, by=by, at=at)
    passkey.user.passkeys.remove(passkey)
    session.delete(passkey)


def begin_generator(user: User, secret: bytes, *, at: datetime) -> None:
    """Keep the secret of a code generator that the person is setting up, in place of one that was never confirmed.

    Raises RuntimeError if a generator is in use: it is removed first.
    """
    if user.has_codes:
        raise RuntimeError("a code generator is replaced by removing it first")
    if user.generator is None:
        user.generator = CodeGenerator(secret=secret, added_at=at)
    else:
        user.generator.secret, user.generator.added_at = secret, at


def confirm_generator(session: Session, user: User, step: int, *, at: datetime) -> None:
    """Let the generator count from now on, by its first code, which is of this time step. Raises WrongCode."""
    generator = user.generator
    if generator is None or generator.confirmed_at is not None or not step:
        raise WrongCode
    generator.confirmed_at, generator.last_step = at, step
    record(session, "user.codes_added", by=user, at=at, unit=user.unit, data={"login": user.login})


def take_code(user: User, step: int) -> bool:
    """Use the code of a time step up, with all before it, and return True; False if it is 0 or was used before."""
    generator = user.generator
    if generator is None or step <= generator.last_step:
        return False
    generator.last_step = step
    return True


def remove_generator(session: Session, user: User, *, by: User, at: datetime) -> None:
    """Forget the person's code generator."""
    if user.has_codes:
        record(session, "user.codes_removed", by=by, at=at, unit=user.unit, data={"login": user.login})
    if user.generator is not None:
        session.delete(user.generator)
        user.generator = None


def remove_all(session: Session, user: User, *, by: User, at: datetime) -> None:
    """Forget all that the person signs with beside the password."""
    for passkey in list(user.passkeys):
        remove_passkey(session, passkey, by=by, at=at)
    remove_generator(session, user, by=by, at=at)


def _record(
    session: Session, act: str, passkey: Passkey, *, by: User, at: datetime, more: Mapping[str, object] | None = None
) -> None:
    user = passkey.user
    named = {
        "login": user.login,
        "name": passkey.name,
        "credential": sha256(passkey.credential_id).hexdigest(),
        **(more or {}),
    }
    record(session, act, by=by, at=at, unit=user.unit, data=named)
