"""The forms of the pages, and the base of all of them."""

from collections.abc import Callable, Hashable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

import orjson
from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, EqualTo, InputRequired, Length, Optional, ValidationError

from ledger.goods.measures import Measure, find_measure
from ledger.goods.models import Item
from ledger.imports import values
from ledger.stocktake.models import CountExtra
from ledger.text import clean
from ledger.web.context import sentence
from ledger.web.strokes import read_strokes

Key = TypeVar("Key", bound=Hashable)


class Form(FlaskForm):  # type: ignore[misc]
    """A form whose sentences follow the reader's language and whose texts are kept clean."""


def text_field(
    label: Any, most: int, *, missing: Any = None, area: bool = False, check: Any = None, **kwargs: Any
) -> Any:
    """Return a field for a line of text, compulsory if missing says what is then asked for, or as check demands."""
    presence = check or (DataRequired(missing) if missing else Optional())
    length = Length(max=most, message=_l("At most %(max)d characters."))
    kind = TextAreaField if area else StringField
    return kind(label, [presence, length], filters=[lambda text: clean(text) if text else ""], **kwargs)


class DayField(StringField):  # type: ignore[misc]
    """A day in any of the spellings people use: 2027-3-15, 2027.3.15, 2027/3/15, 2027年3月15日, 20270315."""

    data: Any

    def process_formdata(self, given: list[str]) -> None:
        """Read what was typed. Raises ValueError, with a sentence, if it is no day."""
        text = (given[0] if given else "").strip()
        self.raw_data = [text]
        if not text:
            self.data = None
            return
        self.data = values.read_day(text)
        if self.data is None:
            self.data = text  # stays in the field
            raise ValueError(_("Write the day like 2027-3-15."))

    def _value(self) -> str:
        return self.data.isoformat() if isinstance(self.data, date) else self.data or ""


class BooksForm(Form):
    """Whose store ledger, and for which days; it is asked for by its address, so it changes nothing."""

    unit = SelectField(_l("Unit"), coerce=int)
    below = SelectField(_l("Units below it"))
    since = DayField(_l("From the day"), [InputRequired(_l("Enter the day."))])
    until = DayField(_l("To the day"), [InputRequired(_l("Enter the day."))])

    def validate_since(self, field: DayField) -> None:
        """Raises ValidationError if no goods can be that old."""
        if isinstance(field.data, date) and field.data < values.EARLIEST:
            raise ValidationError(sentence(values.MESSAGES["day_too_old"], {}))

    def validate_until(self, field: DayField) -> None:
        """Raises ValidationError if the period ends before it begins."""
        if isinstance(field.data, date) and isinstance(self.since.data, date) and field.data < self.since.data:
            raise ValidationError(_("The period cannot end before it begins."))


class StrokesField(StringField):  # type: ignore[misc]
    """A signature drawn on the screen, as its points; components/sign.html has the pad."""

    data: Any

    def process_formdata(self, given: list[str]) -> None:
        """Read what was drawn. Raises ValueError, with a sentence, if that is no signature."""
        self.raw_data = given
        self.data = None
        try:
            self.data = read_strokes(given[0] if given else "")
        except ValueError:
            raise ValueError(_("Sign on the sheet.")) from None

    def _value(self) -> str:
        return orjson.dumps(self.data).decode() if self.data else ""


class PasskeyField(HiddenField):  # type: ignore[misc]
    """What a passkey answered, put there by front/src/passkeys.js; nothing of it ever goes back to a page."""

    def _value(self) -> str:
        return ""


def password_field(label: Any, missing: Any) -> Any:
    """Return the field for the password that signs, compulsory unless a passkey does."""

    def check(form: Any, field: StringField) -> None:
        if not field.data and not form.passkey.data:
            raise ValidationError(missing)

    return PasswordField(label, [check, Length(max=128)])


def _code_field(label: Any) -> Any:
    return StringField(label, [Length(max=20)])


class SignForm(Form):
    """A form that is signed: by passkey, or by the password again and a one-time code; see signing.py."""

    passkey = PasskeyField(validators=[Length(max=8_000)])
    password = password_field(_l("Your password, as signature"), _l("Enter your password."))
    code = _code_field(_l("One-time code"))


class NameForm(SignForm):
    """What a new passkey is to be called."""

    name = text_field(_l("Name of the passkey"), 64, missing=_l("Give it a name, for example “office computer”."))


class CodeForm(Form):
    """The first code of a new code generator."""

    code = StringField(_l("Code that it shows now"), [InputRequired(_l("Enter the six digits.")), Length(max=20)])


class SecondForm(Form):
    """A form that two people answer for: the second one chooses the own name and types the own password."""

    second_code = _code_field(_l("One-time code of the second person"))

    second = SelectField(_l("Second person"), [InputRequired(_l("Choose who does this together with you."))])
    second_password = PasswordField(
        _l("Password of the second person"), [InputRequired(_l("The second person types the own password here."))]
    )


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


class HoldForm(Form):
    """Why goods must not be destroyed for now."""

    kind = SelectField(_l("Kind"))
    reason = text_field(_l("Reason and document"), 300, missing=_l("Say why, with the number of the document."))


class StoreForm(SecondForm):
    """Where goods are taken into the store, and who hands them over."""

    location = text_field(_l("Location"), 100, missing=_l("Enter the location, for example A-01-3."))
    seen = HiddenField()
    """The newest movement of the case's goods when the page was made."""


class VerifyForm(Form):
    """A manifest to check, and the receipt that came with it."""

    file = FileField(_l("Manifest (PDF)"), [FileRequired(_l("Choose a file."))])
    receipt = FileField(_l("Receipt"), [Optional()])


class CountersignForm(SignForm):
    """A manifest's document with a signature of the person's own certificate in it."""

    file = FileField(_l("The signed manifest (PDF)"), [FileRequired(_l("Choose a file."))])


class MeasureField(StringField):  # type: ignore[misc]
    """A unit of measure that the dictionary knows."""

    def process_formdata(self, given: list[str]) -> None:
        """Read what was typed. Raises ValueError, with a sentence, if nobody knows it."""
        self.raw_data = given
        _read(self, given, values.measure)

    def _value(self) -> str:
        return self.data.name if isinstance(self.data, Measure) else self.data or ""


class QuantityField(StringField):  # type: ignore[misc]
    """A quantity in the unit of measure of the same form, under the rules of the import."""

    def process_formdata(self, given: list[str]) -> None:
        """Read what was typed. Raises ValueError, with a sentence, if it is no quantity."""
        self.raw_data = given
        _read(self, given, lambda text: values.quantity(text, None))

    def _value(self) -> str:
        return f"{self.data:f}" if isinstance(self.data, Decimal) else self.data or ""


class MoneyField(StringField):  # type: ignore[misc]
    """An amount in yuan, kept in fen."""

    def process_formdata(self, given: list[str]) -> None:
        """Read what was typed. Raises ValueError, with a sentence, if it is no amount."""
        self.raw_data = given
        _read(self, given, values.money)

    def _value(self) -> str:
        return f"{Decimal(self.data) / 100:.2f}" if isinstance(self.data, int) else self.data or ""


def _read(field: Any, given: list[str], reading: Callable[[str], object]) -> None:
    """Take a field's value by the same rules as a cell of an imported list; what was typed stays on an error."""
    text = given[0] if given else ""
    try:
        field.data = reading(text)
    except values.BadCell as bad:
        field.data = text
        raise ValueError(sentence(values.MESSAGES[bad.code], bad.facts)) from None


def typed_quantities(asked: Mapping[str, tuple[Key, Item | CountExtra]]) -> tuple[dict[Key, Decimal], dict[Key, str]]:
    """Return what was typed into the inputs of these names for their lines, and a sentence for each that is no figure.

    What was left empty is left out.
    """
    found, errors = dict[Key, Decimal](), dict[Key, str]()
    for name, (key, item) in asked.items():
        text = request.form.get(name, "").strip()
        if text:
            try:
                found[key] = values.counted(text, find_measure(item.measure))
            except values.BadCell as bad:
                errors[key] = sentence(values.MESSAGES[bad.code], bad.facts)
    return found, errors


class ReasonForm(Form):
    """Why something is given up."""

    reason = text_field(_l("Reason"), 300, missing=_l("Say why."))
