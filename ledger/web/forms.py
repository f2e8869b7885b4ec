"""The forms of the pages, and the base of all of them."""

import re
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, PasswordField, RadioField, SelectField, StringField, SubmitField, TextAreaField
from wtforms.validators import EqualTo, InputRequired, Length, Optional, ValidationError

from ledger.cases.service import CaseFacts
from ledger.text import clean


class Form(FlaskForm):  # type: ignore[misc]
    """A form whose sentences follow the reader's language and whose texts are kept clean."""


def text_field(label: Any, most: int, *, missing: Any = None, area: bool = False, **kwargs: Any) -> Any:
    """Return a field for a line of text, compulsory if missing says what is then asked for."""
    presence = InputRequired(missing) if missing else Optional()
    length = Length(max=most, message=_l("At most %(max)d characters."))
    kind = TextAreaField if area else StringField
    return kind(label, [presence, length], filters=[lambda text: clean(text) if text else ""], **kwargs)


class DayField(StringField):  # type: ignore[misc]
    """A day in any of the spellings people use: 2027-3-15, 2027.3.15, 2027/3/15, 2027年3月15日, 20270315."""

    def process_formdata(self, values: list[str]) -> None:
        """Read what was typed. Raises ValueError, with a sentence, if it is no day."""
        text = (values[0] if values else "").strip()
        self.raw_data = [text]
        if not text:
            self.data = None
            return
        self.data = typed_day(text)
        if self.data is None:
            self.data = text
            raise ValueError(_("Write the day like 2027-3-15."))

    def _value(self) -> str:
        return self.data.isoformat() if isinstance(self.data, date) else self.data or ""


def typed_day(text: str) -> date | None:
    """Return the day that text names, None if it names none."""
    found = re.fullmatch(r"(\d{4})(?:[-./年](\d{1,2})[-./月](\d{1,2})日?|(\d{2})(\d{2}))", text)
    if not found:
        return None
    year, *rest = (int(part) for part in found.groups() if part)
    try:
        return datetime(year, *rest).date()  # noqa: DTZ001 - a day has no zone
    except ValueError:
        return None


class LoginForm(Form):
    """Sign-in name and password."""

    login = StringField(_l("Sign-in name"), [InputRequired(_l("Enter your sign-in name.")), Length(max=64)])
    password = PasswordField(_l("Password"), [InputRequired(_l("Enter your password.")), Length(max=128)])
    next = HiddenField()


class PasswordForm(Form):
    """The present password and, twice, the new one."""

    current = PasswordField(_l("Present password"), [InputRequired(_l("Enter your present password."))])
    new = PasswordField(_l("New password"), [InputRequired(_l("Enter a new password."))])
    again = PasswordField(
        _l("New password once more"),
        [InputRequired(_l("Enter the new password once more.")), EqualTo("new", _l("The two are not the same."))],
    )


class CaseForm(Form):
    """What a case's papers say."""

    unit = SelectField(_l("Case unit"), coerce=int)
    number = text_field(_l("Case number"), 100, missing=_l("Enter the number as it is printed."))
    party = text_field(_l("Party"), 200)
    cause = text_field(_l("Cause"), 200)
    decision = text_field(_l("Penalty decision"), 100)
    served_on = DayField(_l("Served on"))

    def validate_served_on(self, field: DayField) -> None:
        """Raises ValidationError if a decision is said to be served that has no number."""
        if field.data and not self.decision.data:
            raise ValidationError(_("A decision that was served has a number: enter it above."))

    def facts(self) -> CaseFacts:
        """Return what was entered."""
        return CaseFacts(
            number=self.number.data,
            party=self.party.data,
            cause=self.cause.data,
            decision=self.decision.data,
            served_on=self.served_on.data,
        )


class UnitForm(Form):
    """A unit's code and names, and the unit above it."""

    unit = SelectField(_l("Below"), coerce=int)
    code = text_field(_l("Code"), 32, missing=_l("Enter a code, for example LJ-SM-3."))
    name = text_field(_l("Name"), 100, missing=_l("Enter the unit's full name."))
    short_name = text_field(_l("Short name"), 32, missing=_l("Enter the short name used in document numbers."))


class PersonForm(Form):
    """A new person with a first role."""

    name = text_field(_l("Name"), 64, missing=_l("Enter the person's name."))
    login = text_field(_l("Sign-in name"), 64, missing=_l("Enter a sign-in name."))
    unit = SelectField(_l("Unit"), coerce=int)
    role = SelectField(_l("Role"))


class GrantForm(Form):
    """A role in a unit."""

    unit = SelectField(_l("Unit"), coerce=int)
    role = SelectField(_l("Role"))


class ResetForm(Form):
    """Why a password is to be reset."""

    reason = text_field(_l("Reason"), 200, missing=_l("Say why, for example “forgotten, asked by telephone”."))


class UploadForm(Form):
    """A list to import, and what it is a list of."""

    file = FileField(_l("File"), [FileRequired(_l("Choose a file."))])
    kind = RadioField(_l("What is it?"))
    unit = SelectField(_l("Unit"), coerce=int)
    case_number = text_field(_l("Case number"), 100)


class LineForm(Form):
    """One line of a goods list."""

    another = SubmitField(_l("Register and enter another"))
