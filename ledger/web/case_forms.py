"""The forms of cases and their lines."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeGuard

import orjson
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField, SubmitField
from wtforms.validators import Optional, ValidationError

from ledger.cases.rules import DETENTION_DAYS, CaseFacts
from ledger.goods.classes import EnvClass, propose_class
from ledger.goods.lines import AMENDABLE, Line, said_of
from ledger.goods.measures import Measure
from ledger.goods.models import Item
from ledger.imports import values
from ledger.web.access import settings
from ledger.web.context import sentence
from ledger.web.forms import DayField, Form, MeasureField, MoneyField, QuantityField, text_field


class PapersForm(Form):
    """What a case's papers say, but for its number."""

    party = text_field(_l("Party"), 200)
    cause = text_field(_l("Cause"), 200)
    kept_on = DayField(_l("Registered and kept in advance on"), [Optional()])
    detained_on = DayField(_l("Seized or sealed off on"), [Optional()])
    detained_until = DayField(_l("Seized or sealed off until"), [Optional()])
    decision = text_field(_l("Penalty decision"), 100)
    served_on = DayField(_l("Served on"), [Optional()])
    noticed_on = DayField(_l("Notice of ownerless goods published on"), [Optional()])
    noticed_until = DayField(_l("Notice until"), [Optional()])

    def validate_served_on(self, field: DayField) -> None:
        """Raises ValidationError if a decision is said to be served that has no number."""
        if field.data and not self.decision.data:
            raise ValidationError(_("A decision that was served has a number: enter it above."))

    def validate_detained_until(self, field: DayField) -> None:
        """Raises ValidationError if the measure would end before it began, or later than an extension allows."""
        since = self.detained_on.data
        _check_end(field.data, since)
        if _is_day(field.data) and field.data > since + timedelta(days=2 * DETENTION_DAYS):
            raise ValidationError(
                _("At most %(days)s days, and as many once more by an extension.", days=DETENTION_DAYS)
            )

    def validate_noticed_on(self, field: DayField) -> None:
        """Raises ValidationError if goods of a party are said to be ownerless."""
        if field.data and self.party.data:
            raise ValidationError(_("Only goods without a party are ownerless: leave the party empty."))

    def validate_noticed_until(self, field: DayField) -> None:
        """Raises ValidationError if the notice would end before it was published."""
        _check_end(field.data, self.noticed_on.data)

    def facts(self, number: str) -> CaseFacts:
        """Return what was entered for the case of this number, with the usual terms where none were."""
        return CaseFacts(
            number=number,
            party=self.party.data,
            cause=self.cause.data,
            decision=self.decision.data,
            served_on=self.served_on.data,
            kept_on=self.kept_on.data,
            detained_on=self.detained_on.data,
            detained_until=self.detained_until.data or _end(self.detained_on.data, DETENTION_DAYS),
            noticed_on=self.noticed_on.data,
            noticed_until=self.noticed_until.data or _end(self.noticed_on.data, settings().notice_days),
        )


class CaseForm(PapersForm):
    """A new case."""

    unit = SelectField(_l("Case unit"), coerce=int)
    number = text_field(_l("Case number"), 100, missing=_l("Enter the number as it is printed."))


class AmendForm(PapersForm):
    """What a case's papers say now, why it is amended, and the version that was seen."""

    reason = text_field(_l("Reason"), 200, missing=_l("Say why, for example “decision served” or “typing error”."))
    version = HiddenField()


class LineFactsForm(Form):
    """What one line of a goods list says, but for its quantity."""

    name = text_field(_l("Name of the goods"), 200, missing=_l("Enter the name of the goods."))
    spec = text_field(_l("Specification (model)"), 200)
    brand = text_field(_l("Brand"), 200)
    lot = text_field(_l("Lot"), 200)
    producer = text_field(_l("Producer"), 200)
    value = MoneyField(_l("Value"), [Optional()])
    category = text_field(_l("Category"), 100)
    env_class = SelectField(_l("Environmental class"), [Optional()])
    seal = text_field(_l("Seal"), 200)
    remark = text_field(_l("Remark"), 500, area=True)

    def facts(self) -> dict[str, object]:
        """Return what was entered, by the names of ledger.goods.lines.Line."""
        return {name: self[name].data for name in AMENDABLE if name in self}


class LineForm(LineFactsForm):
    """One line of a goods list."""

    measure = MeasureField(_l("Unit of measure"))
    quantity = QuantityField(_l("Quantity"))
    another = SubmitField()

    def validate_quantity(self, field: QuantityField) -> None:
        """Raises ValidationError if pieces that are counted whole are divided."""
        measure = self.measure.data
        if isinstance(measure, Measure) and isinstance(field.data, Decimal) and not measure.is_whole_enough(field.data):
            raise ValidationError(sentence(values.MESSAGES["not_whole"], {"measure": measure.name}))

    def line(self, *, cause: str) -> Line:
        """Return what was entered; without a class, the one its words suggest."""
        facts: dict[str, Any] = self.facts()
        chosen = self.env_class.data
        facts["env_class"] = EnvClass(chosen) if chosen else propose_class(self.category.data, self.name.data)
        return Line(measure=self.measure.data.name, quantity=self.quantity.data, cause=cause, **facts)


class AmendLineForm(LineFactsForm):
    """What a line says now, why it is amended, and what the person saw it say."""

    unit_price = MoneyField(_l("Unit price"), [Optional()])
    reason = text_field(_l("Reason"), 200, missing=_l("Say why, for example “typing error”."))
    seen = HiddenField()

    def facts(self) -> dict[str, object]:
        """Return what was entered, by the names of ledger.goods.lines.Line."""
        return {**super().facts(), "env_class": EnvClass(self.env_class.data)}

    @staticmethod
    def seen_of(item: Item) -> str:
        """Return what a line says now, for the field that keeps it."""
        return orjson.dumps(said_of(item)).decode()

    def what_was_seen(self) -> dict[str, object]:
        """Return what the person saw the line say; nothing if the field was tampered with."""
        try:
            seen = orjson.loads(self.seen.data or "")
        except orjson.JSONDecodeError:
            return {}
        return seen if isinstance(seen, dict) else {}


def _check_end(end: object, start: object) -> None:
    """Raises ValidationError if a period has an end but no beginning, or a later one."""
    if _is_day(end) and not (_is_day(start) and start <= end):
        raise ValidationError(_("It cannot end before it begins: look at both days."))


def _is_day(value: object) -> TypeGuard[date]:
    return isinstance(value, date)


def _end(start: date | None, days: int) -> date | None:
    return start and start + timedelta(days=days)
