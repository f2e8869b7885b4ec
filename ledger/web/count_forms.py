"""The forms by which counts are planned, and goods noted that are on no list."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
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
from ledger.errors import LedgerError
from ledger.goods.measures import Measure, find_measure
from ledger.goods.models import Place
from ledger.imports.values import MESSAGES, BadCell, counted
from ledger.stocktake.entries import Row, Unreadable
from ledger.stocktake.finds import Find
from ledger.stocktake.models import CountBatch, CountExtra, CountLine, Stocktake
from ledger.stocktake.planning import Wish
from ledger.stocktake.rules import Condition, Finding, NotWeighed
from ledger.stocktake.service import Found
from ledger.stocktake.workflow import KIND_NAMES, SCOPE_NAMES, Cause, Kind, Scope
from ledger.text import clean
from ledger.units.models import Unit, User
from ledger.web.access import now
from ledger.web.context import BEIJING, say, sentence
from ledger.web.forms import DayField, Form, MeasureField, QuantityField, text_field, typed_quantities

MOST_WORDS = 300
MOST_SEAL = 50
Errors = dict[str, str]
"""What is wrong with single figures, by the names of their inputs."""


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


def entered(count: Stocktake, labels: Mapping[int, str]) -> tuple[Found, Errors]:
    """Return what was entered of a stocktake's lines, goods without a line and batches, and what is wrong with it.

    labels are the codes of those that count now, by the places that the batches are.
    """
    figures, wrong = typed_quantities({f"line-{line.id}": (line.id, line.item) for line in count.lines})
    spoilt, odd = typed_quantities({f"spoilt-{line.id}": (line.id, line.item) for line in count.lines})
    extras, queer = typed_quantities({f"extra-{each.id}": (each.id, each) for each in count.extras})
    batches, bad = _seen(count.batches, labels)
    faults = {"line": odd | wrong, "extra": queer, "batch": bad}
    said = {f"{kind}-{key}": text for kind, found in faults.items() for key, text in found.items()}
    return Found(figures, spoilt, extras, batches), said


def read_row(row: Row, typed: Mapping[str, str], label: str) -> Found:
    """Return what a device says was found of one thing; label is the one that counted then, if it is a batch.

    Raises Unreadable, BadCode or NotWeighed.
    """
    try:
        if isinstance(row, CountBatch):
            return Found({}, batches={row.id: _finding(row, typed, label)})
        measure = find_measure(row.item.measure if isinstance(row, CountLine) else row.measure)
        found = counted(typed.get("found", ""), measure)
        if isinstance(row, CountExtra):
            return Found({}, extras={row.id: found})
        broken = typed.get("spoilt")
        return Found({row.id: found}, {row.id: counted(broken, measure) if broken else Decimal(0)})
    except BadCell as bad:
        raise Unreadable(MESSAGES[bad.code], bad.facts) from None


def _seen(batches: Sequence[CountBatch], labels: Mapping[int, str]) -> tuple[dict[int, Finding], dict[int, str]]:
    """Return what was entered of sealed batches, by their ids, and a sentence for each that cannot be taken.

    What was left empty is left out.
    """
    found, errors = dict[int, Finding](), dict[int, str]()
    for batch in batches:
        names = ("condition", "label", "seal", "weight")
        typed = {name: clean(request.form.get(f"{name}-{batch.id}", "")) for name in names}
        if typed["condition"] == Condition.GONE or any(typed[name] for name in names[1:]):
            try:
                found[batch.id] = _finding(batch, typed, labels[batch.place_id])
            except LedgerError as refusal:
                errors[batch.id] = say(refusal)
            except BadCell as bad:
                errors[batch.id] = sentence(MESSAGES[bad.code], bad.facts)
    return found, errors


def _finding(batch: CountBatch, typed: Mapping[str, str], valid: str) -> Finding:
    """Return what was entered of a batch. Raises BadCode, BadCell or NotWeighed."""
    condition = Condition(typed.get("condition") or Condition.WHOLE)
    if condition is Condition.GONE:
        return Finding(condition)
    label, weight = typed.get("label", ""), typed.get("weight", "")
    kilograms = counted(weight, None) if weight else None
    seal = clean(typed.get("seal", ""))[:MOST_SEAL]
    finding = Finding(condition, read_code(label) if label else "", seal, kilograms, valid)
    if not finding.is_whole:
        raise NotWeighed(number=batch.number)
    return finding


def explained(key: int | str) -> tuple[Cause | None, str]:
    """Return the cause and the explanation that were entered for a line, by its id, or a batch, by “batch-” and its."""
    chosen = request.form.get(f"cause-{key}", "")
    text = clean(request.form.get(f"explanation-{key}", ""))[:MOST_WORDS]
    return Cause(chosen) if chosen in set(Cause) else None, text
