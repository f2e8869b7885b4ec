"""The forms of applications: their head, their lines, and the opinions on them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, ValidationError

from ledger.destruction.models import ApplicationLine
from ledger.destruction.words import PHRASES
from ledger.destruction.workflow import DECISION_NAMES, LEGAL_BASIS, METHOD_NAMES, Decision, Method
from ledger.goods.measures import find_measure
from ledger.imports import values
from ledger.web.context import quantity, sentence
from ledger.web.forms import Form, QuantityField, SignForm, text_field


class ApplicationForm(Form):
    """What an application says beside its goods."""

    legal_basis = text_field(_l("Legal basis"), 300, missing=_l("Say which law the destruction rests on."))
    reason = text_field(_l("Grounds"), 500, area=True)


class NewApplicationForm(ApplicationForm):
    """An application to begin, for one unit."""

    unit = SelectField(_l("Unit"), coerce=int)
    legal_basis = text_field(
        _l("Legal basis"), 300, missing=_l("Say which law the destruction rests on."), default=LEGAL_BASIS
    )


class AppliedForm(Form):
    """How much of one line an application asks for, and how it is to be destroyed; one of many in its page's form."""

    quantity = QuantityField(_l("Quantity"))
    method = SelectField(_l("Method"), coerce=Method)
    container = SelectField(_l("Container"), coerce=lambda given: Method(given) if given else None)

    def __init__(self, line: ApplicationLine, *, free: Decimal) -> None:
        """Fill in what the line asks for now; free is how much it could ask for."""
        super().__init__(prefix=f"{line.id}-", obj=line, container=line.container_method, meta={"csrf": False})
        self.method.choices = [(method.value, _(name)) for method, name in METHOD_NAMES.items()]
        self.container.choices = [("", _("like its contents")), *self.method.choices]
        self.line_id, self.free = line.id, free
        self.measure = find_measure(line.item.measure)

    @property
    def asked(self) -> dict[str, Any]:
        """What the line asks for, in the words of ledger.destruction.service.change_line."""
        return {"quantity": self.quantity.data, "method": self.method.data, "container": self.container.data}

    def validate_quantity(self, field: QuantityField) -> None:
        """Raises ValidationError if pieces that are counted whole are divided, or less than that lies there."""
        if not isinstance(field.data, Decimal):
            return
        if self.measure is not None and not self.measure.is_whole_enough(field.data):
            raise ValidationError(sentence(values.MESSAGES["not_whole"], {"measure": self.measure.name}))
        if field.data > self.free:
            raise ValidationError(_("At most %(free)s lie free there.", free=quantity(self.free)))


def _word_unless_agreed(form: Any, _field: StringField) -> None:
    """Raises ValidationError if an application is not agreed to without a word."""
    if form.decision.data != Decision.AGREE and not form.said:
        raise ValidationError(_("Say why, so that the applicant knows what to do."))


class AgreeForm(SignForm):
    """Words of agreement: usual ones, own ones, or both, one after the other."""

    phrase = SelectField(_l("Usual words"), default="")
    text = text_field(_l("Opinion"), 450, area=True)
    phrases: Mapping[Decision, tuple[str, ...]] = PHRASES

    def __init__(self, *given: Any, **more: Any) -> None:
        """Offer the usual words."""
        super().__init__(*given, **more)
        self.phrase.choices = [("", "—"), *((each, each) for each in self.phrases[Decision.AGREE])]

    @property
    def said(self) -> str:
        """The words of the opinion."""
        return f"{self.phrase.data}{self.text.data}"


class OpinionForm(AgreeForm):
    """The opinion of one step over what the person sees, which digest names."""

    digest = HiddenField()
    decision = RadioField(_l("Decision"), [InputRequired(_l("Choose."))], default=Decision.AGREE.value)
    text = text_field(_l("Opinion"), 450, area=True, check=_word_unless_agreed)
    minutes = text_field(_l("Minutes of the meeting"), 200)

    def __init__(self, *given: Any, **more: Any) -> None:
        """Offer the usual words of each decision."""
        super().__init__(*given, **more)
        usual = {_(DECISION_NAMES[name]): [(each, each) for each in said] for name, said in self.phrases.items()}
        self.phrase.choices = {"—": [("", "—")], **usual}

    @property
    def said(self) -> str:
        """The words of the opinion; usual ones of another decision are not among them."""
        is_fitting = self.phrase.data in self.phrases.get(self.decision.data, ())
        return f"{self.phrase.data if is_fitting else ''}{self.text.data}"
