"""The forms of events, packing and labels."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, IntegerField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Optional, StopValidation, ValidationError

from ledger.destruction.models import ApplicationLine
from ledger.destruction.words import PLAN_PHRASES
from ledger.destruction.workflow import Decision
from ledger.errors import N_
from ledger.goods.classes import ENV_CLASS_NAMES
from ledger.goods.measures import find_measure
from ledger.imports import values
from ledger.papers.label import LabelSheet
from ledger.web.application_forms import OpinionForm
from ledger.web.context import BEIJING, quantity, sentence, today
from ledger.web.forms import DayField, Form, QuantityField, SecondForm, text_field

WAITING, CHOSEN = "waiting", "chosen"
SHEET_NAMES = {
    LabelSheet.SHEET_3X8: N_("A4 with 24 labels, 70 × 37 mm"),
    LabelSheet.SHEET_2X7: N_("A4 with 14 labels, 99.1 × 38.1 mm"),
    LabelSheet.SINGLE_100X70: N_("single labels, 100 × 70 mm"),
    LabelSheet.SINGLE_60X40: N_("single labels, 60 × 40 mm"),
}
PER_SHEET = {"3x8": 24, "2x7": 14, "100x70": 1, "60x40": 1}


def classes() -> list[tuple[str, str]]:
    """Return the environmental classes to choose from."""
    return [(kind.value, _(name)) for kind, name in ENV_CLASS_NAMES.items()]


def decisions() -> list[tuple[str, str]]:
    """Return what can be decided on a plan."""
    return [
        (Decision.AGREE.value, _("Approve the plan")),
        (Decision.RETURN.value, _("Send it back")),
        (Decision.REFUSE.value, _("Refuse it: the event does not take place")),
    ]


def coming(month_and_day: tuple[int, int]) -> date:
    """Return this day of the year when it comes next."""
    this_year = date(today().year, *month_and_day)
    return this_year if this_year >= today() else date(today().year + 1, *month_and_day)


class ClockField(StringField):  # type: ignore[misc]
    """A time of day: 9:30, 09:30, 9：30, 9时30分."""

    data: Any

    def process_formdata(self, given: list[str]) -> None:
        """Read what was typed. Raises ValueError, with a sentence, if it is no time of day."""
        text = (given[0] if given else "").strip()
        self.raw_data, self.data = [text], text
        found = re.fullmatch(r"(\d{1,2})\s*[:：点时]\s*(\d{2})?\s*分?", text)
        try:
            self.data = time(int(found[1]), int(found[2] or 0)) if found else None
        except ValueError:
            self.data = None
        if self.data is None:
            self.data = text  # stays in the field
            raise ValueError(_("Write the time like 9:30."))

    def _value(self) -> str:
        return f"{self.data:%H:%M}" if isinstance(self.data, time) else self.data or ""

    def on(self, day: date) -> datetime:
        """Return the moment on that day in Beijing."""
        return datetime.combine(day, self.data, BEIJING)


class HeadForm(Form):
    """An event's name and days."""

    name = text_field(_l("Name of the event"), 100, missing=_l("Give the event a name."))
    day = DayField(_l("Day of destruction"), [InputRequired(_l("Enter the day."))])
    report_due_on = DayField(_l("Report due on"), [InputRequired(_l("Enter the day."))])

    def validate_report_due_on(self, field: DayField) -> None:
        """Raises ValidationError if the report is due before the day."""
        if isinstance(field.data, date) and isinstance(self.day.data, date) and field.data < self.day.data:
            raise ValidationError(_("The report cannot be due before the day itself."))


class EventForm(HeadForm):
    """A new event."""

    unit = SelectField(_l("Organised by"), coerce=int)


class SiteForm(Form):
    """A place of destruction."""

    site = text_field(_l("Name of the site"), 100, missing=_l("Enter the name of the site."))
    address = text_field(_l("Address"), 200)
    is_main = BooleanField(_l("Main site"))


class ReceiverForm(Form):
    """Who takes goods of a class, and with which papers."""

    env_class = SelectField(_l("Environmental class"))
    receiver = text_field(_l("Receiver"), 100, missing=_l("Enter who takes the goods."))
    licence = text_field(_l("Licence number"), 100)
    licence_until = DayField(_l("Valid until"), [Optional()])
    form_no = text_field(_l("Number of the transfer form"), 100)


class SlotForm(Form):
    """When a unit arrives where."""

    unit = SelectField(_l("Unit"), coerce=int)
    site_id = SelectField(_l("Site"), coerce=int)
    clock = ClockField(_l("Arrives at"), [InputRequired(_l("Enter a time."))])


class PlanForm(OpinionForm):
    """The opinion of one step on the plan that was seen, signed."""

    phrases = PLAN_PHRASES


class ReasonForm(Form):
    """Why something is done that was settled."""

    reason = text_field(_l("Reason"), 200, missing=_l("Say why; it is journalled."))


class IfTaken:
    """Leaves the quantity of a line alone that is not taken; else it is one that is approved, in whole pieces."""

    field_flags: dict[str, bool] = {}  # noqa: RUF012 - as wtforms reads it

    def __init__(self, line: ApplicationLine) -> None:
        self.line = line

    def __call__(self, form: Any, field: Any) -> None:
        """Raises StopValidation or ValidationError, with a sentence, if so much cannot be packed."""
        if not form[f"take{self.line.id}"].data:
            field.errors = []
            raise StopValidation
        if not isinstance(field.data, Decimal):
            return  # said already
        measure = find_measure(self.line.item.measure)
        if measure is not None and not measure.is_whole_enough(field.data):
            raise ValidationError(sentence(values.MESSAGES["not_whole"], {"measure": measure.name}))
        if field.data > self.line.open:
            raise ValidationError(_("At most %(open)s are still to be packed.", open=quantity(self.line.open)))


class PackForm(SecondForm):
    """What goes into which batch; pack_form adds a box and a quantity for each line."""

    into = SelectField(_l("Into"))

    def taken(self, lines: Sequence[ApplicationLine]) -> dict[ApplicationLine, Decimal]:
        """Return how much was taken of which of these lines."""
        return {line: self[f"quantity{line.id}"].data for line in lines if self[f"take{line.id}"].data}

    def saw(self, lines: Iterable[ApplicationLine]) -> bool:
        """Whether of each of these lines as much is to be packed as when the page was opened."""
        return all(self[f"seen{line.id}"].data == str(line.open) for line in lines)

    def look_again(self, lines: Iterable[ApplicationLine]) -> None:
        """Take what is to be packed now as seen."""
        for line in lines:
            self[f"seen{line.id}"].data = str(line.open)


def pack_form(lines: Sequence[ApplicationLine], *, is_all: bool) -> PackForm:
    """Return a form that offers these lines, all of each; is_all ticks them.

    Each line carries what was to be packed when the page was opened, so that pressing twice packs once.
    """

    class Lines(PackForm):
        """The lines of one page."""

    for line in lines:
        name = line.item.name
        setattr(Lines, f"take{line.id}", BooleanField(name, default=is_all))
        field = QuantityField(_l("Quantity of %(name)s", name=name), [IfTaken(line)], default=line.open)
        setattr(Lines, f"quantity{line.id}", field)
        setattr(Lines, f"seen{line.id}", HiddenField(default=str(line.open)))
    return Lines()


class WeightField(QuantityField):
    """A weight in kilograms, under the rules of a quantity; 0 is one, too."""

    def process_formdata(self, given: list[str]) -> None:
        """Read what was typed. Raises ValueError, with a sentence, if it is no weight."""
        text = (given[0] if given else "").strip()
        if text.strip("0") in ("", "."):
            self.raw_data, self.data = given, Decimal(0)
            return
        super().process_formdata(given)


class SealForm(Form):
    """The seal and the weights of a batch."""

    seal = text_field(_l("Number of the seal"), 50, missing=_l("Enter the number on the seal."))
    gross_kg = QuantityField(_l("Gross weight"))
    tare_kg = WeightField(_l("Weight of the empty box"), default=Decimal(0))


class UnpackForm(SecondForm):
    """Why a batch is opened, before a second person."""

    why = text_field(_l("Reason"), 200, missing=_l("Say why the batch is opened."))


class ReprintForm(Form):
    """Why a label is printed anew."""

    cause = text_field(_l("Reason"), 200, missing=_l("Say why, for example “label torn”."))


class SheetForm(Form):
    """What labels are printed on."""

    sheet = SelectField(_l("Sheets of labels"))
    start = IntegerField(_l("First free label on the sheet"), [Optional()], default=1)

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.sheet.choices = [(sheet.value, _(SHEET_NAMES[sheet])) for sheet in LabelSheet]

    def validate_start(self, field: IntegerField) -> None:
        """Raises ValidationError if the sheet has no such label."""
        most = PER_SHEET.get(self.sheet.data, 1)
        if field.data is not None and not 1 <= field.data <= most:
            raise ValidationError(_("This sheet has %(most)s labels: enter 1 to %(most)s.", most=most))


class LabelForm(SheetForm):
    """Which batches' labels go onto which sheet."""

    which = RadioField(_l("Which ones?"), default=WAITING)
    batches = SelectMultipleField(_l("Batches"), coerce=int, validate_choice=False)


class LocationLabelForm(SheetForm):
    """Which locations' labels go onto which sheet."""

    places = SelectMultipleField(_l("Locations"), coerce=int, validate_choice=False)
