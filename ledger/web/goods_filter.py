"""What the list of goods is narrowed to: read from an address or a form, and kept in every link of the list."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask import flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import SelectField

from ledger.cases.rules import KIND_WORDS, STAGE_NAMES, Kind, Stage
from ledger.codes import BadCode, read_code
from ledger.db import db
from ledger.destruction.judging import is_any_void, judge_some
from ledger.destruction.kinds import at_stage, of_kind
from ledger.errors import Message
from ledger.goods.classes import ENV_CLASS_NAMES, EnvClass
from ledger.goods.filters import ORDER_NAMES, Condition, Filter, Order
from ledger.goods.rules import ACCOUNT_NAMES, Account
from ledger.goods.tree import offered
from ledger.journal.service import writing
from ledger.permissions import Permission
from ledger.units.queries import ids_below, in_tree_order
from ledger.web.access import own_units, settings, unless_all, veiled
from ledger.web.context import today
from ledger.web.forms import Form, text_field

_PORTIONS = 15
"""How many portions of lines one request has judged at most."""
SHOWN_ACCOUNTS = (Account.SEIZED, Account.STORED, Account.SAMPLED, Account.PACKED, Account.DESTROYED, Account.MISSING)


class FilterForm(Form):
    """The filters of the list. One that is empty, or says nothing sensible, lets every line through."""

    class Meta:
        """Reading a list changes nothing, so its form needs no token."""

        csrf = False

    unit = SelectField(_l("Case unit, with those below"))
    stage = SelectField(_l("Case"))
    verdict = SelectField(_l("May it be destroyed?"))
    account = SelectField()
    category = text_field(_l("Category"), 100)
    env_class = SelectField(_l("Environmental class"))
    location = text_field(_l("Location"), 100)
    sort = SelectField()

    def __init__(self, given: "MultiDict[str, str]") -> None:
        super().__init__(given)
        units = in_tree_order(db.session(), own_units(Permission.VIEW_GOODS))
        self.unit.choices = [("", _("All")), *((str(unit.id), "　" * depth + unit.name) for depth, unit in units)]
        self.stage.choices = _choices(STAGE_NAMES)
        self.verdict.choices = _choices(KIND_WORDS)
        self.sort.choices = _choices(self.orders)
        self.account.choices = _choices({account: ACCOUNT_NAMES[account] for account in SHOWN_ACCOUNTS})
        self.env_class.choices = _choices(ENV_CLASS_NAMES)
        self.validate()
        for field in self:
            if field.errors:
                field.data, field.errors = "", []

    @property
    def locations(self) -> list[str]:
        """Locations to choose from while typing."""
        return offered(db.session(), own_units(Permission.VIEW_GOODS))

    @property
    def orders(self) -> dict[Order, Message]:
        """How the list can be sorted; not by the value of what is counted blind, for that tells what it is."""
        return {order: name for order, name in ORDER_NAMES.items() if order is not Order.WORTH or not veiled()}

    @property
    def order(self) -> Order:
        """How it is sorted."""
        return Order(self.sort.data) if self.sort.data else Order.NEWEST

    @property
    def kept(self) -> dict[str, str]:
        """The filters that are set, as an address has them."""
        return {field.short_name: field.data for field in self if field.data}


def wanted_lines(form: FilterForm, words: str) -> Filter:
    """Return which of the lines that the person may see the filters and the words of the search let through."""
    if form.stage.data or form.verdict.data:
        judge_lines_or_say()
    units, session = own_units(Permission.VIEW_GOODS), db.session()
    if form.unit.data:
        units &= ids_below(session, [int(form.unit.data)])
    return Filter(
        unit_ids=unless_all(units),
        query=_code_or_words(words.strip()),
        account=Account(form.account.data) if form.account.data else None,
        category=form.category.data,
        env_class=EnvClass(form.env_class.data) if form.env_class.data else None,
        location=form.location.data,
        further=list(_asked_above(form)),
        order=form.order,
    )


def judge_lines() -> bool:
    """Have lines judged before they are looked for by that. Returns False if the worker has to do the rest."""
    session, terms = db.session(), settings().terms
    for _portion in range(_PORTIONS):
        if not is_any_void(session, terms=terms, today=today()):
            return True
        with writing(session):
            judge_some(session, terms=terms, today=today())
    return False


def judge_lines_or_say() -> None:
    """Do the same, and tell the person if lines may be missing from what is shown."""
    if not judge_lines():
        flash(_("Some lines are still being looked through. Load the page again in a minute."), "wait")


def _asked_above(form: FilterForm) -> Iterator[Condition]:
    """Yield what is asked of the case, and of what the verdict says."""
    if form.stage.data:
        yield at_stage(Stage(form.stage.data))
    if form.verdict.data:
        yield of_kind(Kind(form.verdict.data))


def _choices(names: Mapping[Any, Message]) -> list[tuple[str, str]]:
    return [("", _("All")), *((str(key), _(name)) for key, name in names.items())]


def _code_or_words(query: str) -> str:
    """Return the label code that query spells in any way, or else query itself."""
    try:
        return read_code(query)
    except BadCode:
        return query
