"""Waivers of duties: asking for one, deciding on it, and which there are."""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectField
from wtforms.validators import InputRequired

from ledger.db import db
from ledger.duties import PART_NAMES, WAIVABLE, Part
from ledger.errors import LedgerError, NotPermitted
from ledger.journal.service import writing
from ledger.permissions import Permission
from ledger.units import waivers
from ledger.units.models import Unit, User, Waiver
from ledger.units.queries import holders, in_tree_order
from ledger.web.access import me, needs, now, own_or_404, own_units
from ledger.web.context import day, say, today
from ledger.web.errors import journal_refusal
from ledger.web.forms import DayField, Form, SignForm, text_field
from ledger.web.signing import signed
from ledger.web.todo import ToDo

bp = Blueprint("waivers", __name__, url_prefix="/waivers")

APPROVE, REFUSE = "approve", "refuse"


class AskForm(Form):
    """Who may hold which two parts in which unit, why, and until when."""

    unit = SelectField(_l("Unit"), coerce=int)
    person = SelectField(_l("Person"), [InputRequired(_l("Choose who is concerned."))])
    pair = SelectField(_l("What goes together"))
    reason = text_field(_l("Reason"), 300, missing=_l("Say why, with the number of the document."), area=True)
    last_day = DayField(_l("Until, inclusive"), [InputRequired(_l("Enter the day."))])


class DecideForm(SignForm):
    """The decision on a waiver that was seen, signed."""

    digest = HiddenField()
    decision = RadioField(_l("Decision"), [InputRequired(_l("Choose."))], default=APPROVE)
    opinion = text_field(_l("Opinion"), 300, area=True)


@bp.get("")
@needs(Permission.VIEW_GOODS)
def index() -> ResponseReturnValue:
    """List the waivers of the person's units; who packs there can ask for one."""
    return _page(_ask_form())


@bp.post("")
@needs(Permission.PACK_GOODS)
def create() -> ResponseReturnValue:
    """Ask for a waiver."""
    form, session = _ask_form(), db.session()
    if not form.validate_on_submit():
        return _page(form), 422
    unit, person = session.get_one(Unit, form.unit.data), session.get_one(User, int(form.person.data))
    part, other = (Part(name) for name in form.pair.data.split("-"))
    try:
        with writing(session):
            given = {"reason": form.reason.data, "last_day": form.last_day.data, "today": today()}
            waivers.ask_waiver(session, unit, person, (part, other), **given, by=me(), at=now())
    except LedgerError as refusal:
        journal_refusal(refusal)
        form.form_errors.append(say(refusal))
        return _page(form), 409
    flash(_("The waiver is asked for; it counts once it is approved."))
    return redirect(url_for(".index"), 303)


@bp.get("/<int:waiver_id>")
@needs(Permission.VIEW_GOODS)
def show(waiver_id: int) -> ResponseReturnValue:
    """Show a waiver: who, why, until when, and who approved it."""
    waiver = own_or_404(Waiver, waiver_id)
    return _show(waiver, _decide_form(digest=waiver.digest))


@bp.post("/<int:waiver_id>")
@needs(Permission.VIEW_GOODS)
def decide(waiver_id: int) -> ResponseReturnValue:
    """Approve the waiver that was seen, or refuse it, signed."""
    waiver, form, session = own_or_404(Waiver, waiver_id), _decide_form(), db.session()
    if waiver.unit_id not in own_units(Permission.DECIDE):
        raise NotPermitted
    is_good = form.validate_on_submit()
    proof = signed(form, f"waiver.{form.decision.data}", form.digest.data) if is_good else None
    if proof is None:
        return _show(waiver, form), 422
    approves = form.decision.data == APPROVE
    try:
        with writing(session):
            said = {"approves": approves, "opinion": form.opinion.data, "digest": form.digest.data, "proof": proof}
            waivers.decide_waiver(session, waiver, **said, by=me(), at=now())
    except LedgerError as refusal:
        journal_refusal(refusal)
        form.form_errors.append(say(refusal))
        return _show(waiver, form), 409
    flash(_("The waiver is approved.") if approves else _("The waiver is refused."))
    return redirect(url_for(".show", waiver_id=waiver.id), 303)


def to_dos() -> Iterator[ToDo]:
    """Yield the waivers that wait for the person's decision."""
    units = own_units(Permission.DECIDE)
    for waiver in waivers.waiting_waivers(db.session(), units) if units else ():
        if me().id not in (waiver.asked_by_id, waiver.person_id):
            text = f"{waiver.unit.name} · {waiver.person.name} · {_('until %(day)s', day=day(waiver.last_day))}"
            href = url_for("waivers.show", waiver_id=waiver.id)
            yield ToDo(waiver.asked_at, _("Decide on a waiver of a duty"), text, href, _("Look at it"), is_first=True)


def _ask_form() -> AskForm:
    session, form = db.session(), AskForm()
    units = in_tree_order(session, own_units(Permission.PACK_GOODS))
    people = {person.id: person for _depth, unit in units for person in holders(session, unit, Permission.PACK_GOODS)}
    form.unit.choices = [(unit.id, "　" * depth + unit.name) for depth, unit in units]
    form.person.choices = [("", _("Choose")), *((str(key), person.name) for key, person in people.items())]
    pairs = [sorted(pair) for pair in WAIVABLE]
    form.pair.choices = [("-".join(pair), " + ".join(_(PART_NAMES[part]) for part in pair)) for pair in pairs]
    return form


def _decide_form(**given: str) -> DecideForm:
    form = DecideForm(**given)
    form.decision.choices = [(APPROVE, _("Approve the waiver")), (REFUSE, _("Refuse it"))]
    return form


def _page(form: AskForm) -> str:
    listed = waivers.waivers_in(db.session(), own_units(Permission.VIEW_GOODS))
    return render_template("waivers/index.html", form=form, waivers=listed, part_names=PART_NAMES)


def _show(waiver: Waiver, form: Any) -> str:
    is_mine = waiver.decided_at is None and waiver.unit_id in own_units(Permission.DECIDE)
    may_sign = is_mine and me().id not in (waiver.asked_by_id, waiver.person_id)
    return render_template(
        "waivers/show.html", waiver=waiver, form=form, may_sign=may_sign, is_mine=is_mine, part_names=PART_NAMES
    )
