"""Proving who acts: a sign-off by passkey, or by password and code; a second person at the same screen (行政处罚法 42).

Who has set up a passkey or a code generator signs with it from then on; an installation may demand it of everybody.
A passkey signs in two requests to one address, so that doors need not know of it: the page's script sends the form
with ASK in place of an answer, signed() gives back what is to be signed, and the script sends the form again.
"""

from collections.abc import Sequence
from typing import Any, NoReturn, cast
from urllib.parse import urlsplit

from flask import abort, jsonify, make_response, request
from flask_babel import gettext as _
from wtforms import Form

from ledger.db import db
from ledger.errors import LedgerError
from ledger.journal.service import writing
from ledger.units import credentials
from ledger.units.models import User
from ledger.units.onetime import step_of
from ledger.units.passkeys import Proof, Site, Statement, bytes_in, read_answer, to_sign
from ledger.units.rules import FactorNeeded, LockedOut, PasskeyNeeded, WrongCode, WrongCredentials
from ledger.web.access import me, now, settings
from ledger.web.context import say
from ledger.web.login import attempt

ASK = "ask"


def signed(form: Any, purpose: str, *digests: str) -> Proof | None:
    """Return how the person who is signed in has signed this form; None, said in the form, if they did not.

    purpose and digests are what is signed: a passkey signs exactly these. If the form asks what a passkey is to sign,
    the request ends with that.
    """
    return signed_by(me(), form, purpose, *digests)


def signed_by(person: User, form: Any, purpose: str, *digests: str) -> Proof | None:
    """Return how this person, who may sign at another's screen, has signed; as signed()."""
    answer = form.passkey.data
    try:
        if answer and person.id == me().id:
            return _by_passkey(answer, Statement(purpose, digests))
        if not person.has_codes and person.passkeys:
            raise PasskeyNeeded(name=person.name)
        if not person.has_codes and settings().demands_second_factor:
            raise FactorNeeded
    except LedgerError as refusal:
        form.form_errors.append(say(refusal))
        return None
    return _by_password(person, form.password, form.code)


def confirmed(form: Any, purpose: str, *digests: str) -> Proof | None:
    """Return how the person has signed a change of what they sign with: by what they have, be it the password alone."""
    person = me()
    if person.has_codes or person.passkeys:
        return signed(form, purpose, *digests)
    return _by_password(person, form.password, form.code)


def offer_second(form: Any, people: Sequence[User]) -> None:
    """Let the form ask which of these people stands beside the one who is signed in, and for a code if one has such."""
    form.second.choices = [("", _("Choose")), *((str(person.id), person.name) for person in people)]
    if not any(person.has_codes for person in people):
        del form.second_code


def second_person(form: Any) -> User | None:
    """Return the second person, who typed the own password into the form, and the own code if they have a generator.

    None, said beside the field, if wrong. Whether that person may take part is for the domain to say.
    """
    chosen = form.second.data
    person = db.session.get(User, int(chosen)) if chosen and chosen.isdecimal() else None
    if person is None or _by_password(person, form.second_password, form.second_code) is None:
        return None
    return person


def site() -> Site:
    """Return where passkeys work: at the public address, or where the page was asked for as long as none is set."""
    parts = urlsplit(settings().public_url or request.host_url)
    return Site(parts.hostname or "", f"{parts.scheme}://{parts.netloc}")


def _give_to_sign(statement: Statement) -> NoReturn:
    """End the request with what the person's passkey is to sign."""
    session, person = db.session(), me()
    with writing(session):
        nonce = credentials.give_nonce(session, person, statement.purpose, at=now())
    abort(make_response(jsonify(to_sign(site(), person, nonce, statement))))


def _by_passkey(text: str, statement: Statement) -> Proof:
    """Return the proof of a passkey's answer. Raises PasskeyStale, PasskeyUnknown or PasskeyRefused."""
    session, person = db.session(), me()
    if text == ASK:
        _give_to_sign(statement)
    answer = read_answer(text)
    nonce = bytes_in(answer, "nonce")
    with writing(session):  # committed before the answer is looked at: a number is good for one try
        credentials.take_nonce(session, person, nonce, statement.purpose, at=now())
    passkey, proof, count = credentials.prove(session, site(), person, answer, statement)
    with writing(session):
        credentials.note_used(session, passkey, count, at=now())
    return proof


def _by_password(person: User, field: Any, code_field: Any) -> Proof | None:
    step, typed = None, (code_field.data if code_field else None) or ""
    if person.has_codes and person.generator:
        step = step_of(typed, person.generator.secret, settings().secret_key, at=now())
        if not typed and code_field:
            _say(code_field, _("Enter the code that the generator of %(name)s shows now.", name=person.name))
            return None
    try:
        attempt(person, field.data or "", step=step)
    except WrongCode as refusal:
        _say(code_field or field, say(refusal))
    except WrongCredentials:
        _say(field, _("This password is wrong."))
    except LockedOut as refusal:
        _say(field, say(refusal))
    else:
        return {"way": "password" if step is None else "code"}
    return None


def _say(field: Any, sentence: str) -> None:
    cast(Form, field).errors = [sentence]
