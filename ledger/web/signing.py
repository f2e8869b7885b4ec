"""Proving who acts: the password again for a sign-off, and a second person at the same screen (行政处罚法 42)."""

from collections.abc import Sequence
from typing import Any, cast

from flask_babel import gettext as _
from wtforms import Form

from ledger.db import db
from ledger.units.models import User
from ledger.units.rules import LockedOut, WrongCredentials
from ledger.web.access import me
from ledger.web.context import say
from ledger.web.login import attempt


def signed(form: Any) -> bool:
    """Whether the form's password is that of the person who is signed in; says so beside the field if not."""
    return signed_by(me(), form)


def signed_by(person: User, form: Any) -> bool:
    """Whether the form's password is that of this person, who signs at another's screen; says so beside the field."""
    return _is_right(person, form.password)


def offer_second(form: Any, people: Sequence[User]) -> None:
    """Let the form ask which of these people stands beside the one who is signed in."""
    form.second.choices = [("", _("Choose")), *((str(person.id), person.name) for person in people)]


def second_person(form: Any) -> User | None:
    """Return the second person, who typed the own password into the form; None, said beside the field, if wrong.

    Whether that person may take part is for the domain to say.
    """
    chosen = form.second.data
    person = db.session.get(User, int(chosen)) if chosen and chosen.isdecimal() else None
    if person is None or not _is_right(person, form.second_password):
        return None
    return person


def _is_right(person: User, field: Any) -> bool:
    try:
        attempt(person, field.data or "")
    except (WrongCredentials, LockedOut) as refusal:
        cast(Form, field).errors = [
            _("This password is wrong.") if isinstance(refusal, WrongCredentials) else say(refusal)
        ]
        return False
    return True
