"""The forms by which goods are moved, lent and given out."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectField
from wtforms.validators import InputRequired, ValidationError

from ledger.errors import LedgerError
from ledger.store.rules import Disposal, check_proceeds
from ledger.store.service import Paper
from ledger.web.context import say
from ledger.web.forms import Form, MoneyField, SecondForm, text_field

BACK, USED_UP = "back", "used_up"


class StoreActForm(Form):
    """What every act on goods in the store asks for beside quantities."""

    seen = HiddenField()
    """The newest movement of the case's goods when the page was made."""


class RelocateForm(StoreActForm):
    """Where goods are put."""

    location = text_field(_l("New location"), 100, missing=_l("Enter the location, for example A-01-3."))


class MoveAllForm(Form):
    """Where all that lies somewhere is put."""

    location = text_field(_l("New location"), 100, missing=_l("Enter the location, for example A-01-3."))


class LocationForm(Form):
    """A new location, and what it hangs below."""

    name = text_field(_l("Name"), 100, missing=_l("Enter a name, for example A-01."))
    below = text_field(_l("Below the location"), 1000)


class HangForm(Form):
    """Below which location another one is to hang."""

    below = text_field(_l("Below the location"), 1000)


class SampleForm(StoreActForm):
    """Who tests goods, and by which paper."""

    laboratory = text_field(_l("Laboratory"), 100, missing=_l("Enter the name of the laboratory."))
    document = text_field(_l("Document number"), 100, missing=_l("Enter the number of the document."))


class SampleEndForm(StoreActForm):
    """What became of samples."""

    end = RadioField(_l("What became of them?"), default=BACK)
    location = text_field(_l("Location"), 100)
    document = text_field(_l("Document number"), 100, missing=_l("Enter the number of the document."))

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.end.choices = [(BACK, _("Brought back to the store")), (USED_UP, _("Used up in tests"))]

    def validate_location(self, field: Any) -> None:
        """Raises ValidationError if samples come back to nowhere."""
        if self.end.data == BACK and not field.data:
            raise ValidationError(_("Enter the location, for example A-01-3."))


class DisposeForm(StoreActForm, SecondForm):
    """What is done with goods instead of destroying them, and who allows it."""

    kind = SelectField(_l("What is done with them"), [InputRequired(_l("Choose."))])
    recipient = text_field(_l("Recipient"), 100, missing=_l("Enter who receives or buys the goods."))
    document = text_field(_l("Document number"), 100, missing=_l("Enter the number of the document."))
    proceeds = MoneyField(_l("Proceeds"))
    reason = text_field(_l("Reason"), 300, missing=_l("Say why."))

    def validate_proceeds(self, field: Any) -> None:
        """Raises ValidationError if a sale comes without its money, or money with anything else."""
        try:
            check_proceeds(Disposal(self.kind.data), field.data)
        except ValueError:
            return  # the kind says what is wrong with it
        except LedgerError as refusal:
            raise ValidationError(say(refusal)) from None

    def paper(self) -> Paper:
        """Return what was entered."""
        return Paper(
            kind=Disposal(self.kind.data),
            recipient=self.recipient.data,
            document=self.document.data,
            reason=self.reason.data,
            proceeds=self.proceeds.data,
        )
