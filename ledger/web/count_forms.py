"""The forms by which counts are planned, and goods noted that are on no list."""

from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField
from wtforms.validators import InputRequired, Optional, ValidationError

from ledger.cases.models import Case
from ledger.cases.service import find_case
from ledger.codes import BadCode, read_code
from ledger.db import db
from ledger.goods.measures import Measure
from ledger.goods.models import Place
from ledger.stocktake.finds import Find
from ledger.stocktake.models import CountExtra, CountLine, Stocktake
from ledger.stocktake.planning import Wish
from ledger.stocktake.workflow import KIND_NAMES, SCOPE_NAMES, Cause, Kind, Scope
from ledger.text import clean
from ledger.units.models import Unit, User
from ledger.web.access import now
from ledger.web.context import BEIJING, say
from ledger.web.forms import DayField, Form, MeasureField, QuantityField, text_field

MOST_WORDS = 300


class PlanForm(Form):
    """What is to be counted by when, and by whom."""

    kind = SelectField(_l("Why it is counted"), coerce=Kind)
    scope = RadioField(_l("What is counted"), coerce=Scope, default=Scope.STORE)
    cases = text_field(_l("Case numbers"), 2000, area=True)
    due_on = DayField(_l("To be counted by"), [InputRequired(_l("Enter the day."))])
    first = SelectField(_l("First counter"), [Optional()], coerce=int, default=0)
    second = SelectField(_l("Second counter"), [Optional()], coerce=int, default=0)

    def __init__(self, unit: Unit | None, kinds: list[Kind], places: list[Place], people: list[User]) -> None:
        """Offer a unit's locations, the kinds of counts that the person may plan there, and who could count."""
        super().__init__()
        self.unit, self.places, self.people = unit, places, people
        self.kind.choices = [(kind, _(KIND_NAMES[kind])) for kind in kinds]
        self.scope.choices = [(scope, _(name)) for scope, name in SCOPE_NAMES.items()]
        self.first.choices = self.second.choices = [(0, _("not named yet")), *((each.id, each.name) for each in people)]
        self.due_on.data = self.due_on.data or now().astimezone(BEIJING).date()
        chosen = set(request.form.getlist("place", type=int))
        self.chosen = [place for place in places if place.id in chosen]
        self.found: list[Case] = []

    def validate_scope(self, field: RadioField) -> None:
        """Raises ValidationError if locations are to be counted, and none is chosen."""
        if field.data is Scope.LOCATIONS and not self.chosen:
            raise ValidationError(_("Choose the locations that are to be counted."))

    def validate_cases(self, field: Any) -> None:
        """Raises ValidationError if cases are to be counted, and one of them is none of the unit's."""
        if self.scope.data is not Scope.CASES or self.unit is None:
            return
        numbers = [number for line in request.form.get("cases", "").splitlines() if (number := clean(line))]
        if not numbers:
            raise ValidationError(_("Enter the numbers of the cases, each on its own line."))
        for number in numbers:
            case = find_case(db.session(), self.unit.id, number)
            if case is None:
                raise ValidationError(_("This unit has no case %(number)s.", number=number))
            self.found.append(case)
        field.data = "\n".join(numbers)

    def wish(self) -> Wish:
        """Return what was asked for."""
        named = {person.id: person for person in self.people}
        return Wish(
            kind=self.kind.data,
            due_on=self.due_on.data,
            places=self.chosen if self.scope.data is Scope.LOCATIONS else (),
            cases=list(dict.fromkeys(self.found)),
            counters=[named[key] for key in (self.first.data, self.second.data) if key in named],
        )


class FindForm(Form):
    """Goods at a location of which the list says nothing."""

    label = text_field(_l("Label code"), 40)
    found = QuantityField(_l("Quantity"))
    place = SelectField(_l("Where you found it"), coerce=int)
    name = text_field(_l("Name of the goods"), 200)
    spec = text_field(_l("Specification (model)"), 200)
    measure = MeasureField(_l("Unit of measure"), [Optional()])

    def __init__(self, count: Stocktake, label: str = "") -> None:
        """Offer the locations of the stocktake; label is what was scanned."""
        super().__init__()
        places = {line.place_id: line.place for line in count.lines if not line.is_find}
        self.places = dict(sorted(places.items(), key=lambda each: each[1].name))
        self.place.choices = [(place.id, place.name) for place in self.places.values()]
        self.label.data = self.label.data or label

    def validate_label(self, field: Any) -> None:
        """Raises ValidationError if that is no label code."""
        if field.data:
            try:
                field.data = read_code(field.data)
            except BadCode as refusal:
                raise ValidationError(say(refusal)) from None

    def find(self) -> Find:
        """Return what was entered."""
        measure = self.measure.data
        return Find(
            place=self.places[self.place.data],
            quantity=self.found.data,
            label=self.label.data,
            name=self.name.data,
            spec=self.spec.data,
            measure=measure.name if isinstance(measure, Measure) else "",
        )


def taken_for(extra: CountExtra) -> tuple[int, str]:
    """Return the line that goods without one are taken for, 0 for none, and what was said of them."""
    text = clean(request.form.get(f"explanation-extra-{extra.id}", ""))[:MOST_WORDS]
    return request.form.get(f"belongs-{extra.id}", 0, type=int), text


def explained(line: CountLine) -> tuple[Cause | None, str]:
    """Return the cause and the explanation that were entered for a line."""
    chosen = request.form.get(f"cause-{line.id}", "")
    text = clean(request.form.get(f"explanation-{line.id}", ""))[:MOST_WORDS]
    return Cause(chosen) if chosen in set(Cause) else None, text
