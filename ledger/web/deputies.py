"""Who signs in a chain in the place of somebody else, for which days; and naming one's own deputy."""

from datetime import timedelta

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.validators import InputRequired

from ledger.db import db
from ledger.errors import LedgerError, NotPermitted
from ledger.journal.service import writing
from ledger.permissions import SIGNING, Permission
from ledger.units import deputies
from ledger.units.models import Deputy, User
from ledger.web.access import me, needs, now, own_units
from ledger.web.context import say, today
from ledger.web.errors import journal_refusal
from ledger.web.forms import DayField, SignForm, text_field
from ledger.web.signing import signed

bp = Blueprint("deputies", __name__, url_prefix="/deputies")

KEPT = timedelta(days=365)
"""For how long deputies of the past are listed."""


class DeputyForm(SignForm):
    """Who stands in for the person, from when to when, and why; signed."""

    deputy = SelectField(_l("Deputy"), [InputRequired(_l("Choose who stands in for you."))])
    first_day = DayField(_l("First day of standing in"), [InputRequired(_l("Enter the day."))])
    last_day = DayField(_l("Last day of standing in"), [InputRequired(_l("Enter the day."))])
    reason = text_field(_l("Reason"), 200, missing=_l("Say why, for example “on a course”."))


@bp.get("")
@needs(Permission.VIEW_GOODS)
def index() -> ResponseReturnValue:
    """List who stands in for whom in the person's units; who signs in a chain can name the own deputy."""
    return _page(_form())


@bp.post("")
@needs(Permission.VIEW_GOODS)
def create() -> ResponseReturnValue:
    """Name the own deputy."""
    form = _form()
    if form is None:
        raise NotPermitted
    is_good = form.validate_on_submit()
    first, last = form.first_day.data, form.last_day.data
    proof = signed(form, "deputy.name", f"{form.deputy.data} {first} {last}") if is_good else None
    if proof is None:
        return _page(form), 422
    session = db.session()
    deputy = session.get_one(User, int(form.deputy.data))
    try:
        with writing(session):
            given = {"first_day": first, "last_day": last, "reason": form.reason.data}
            deputies.name_deputy(session, me(), deputy, **given, today=today(), at=now(), proof=proof)
    except LedgerError as refusal:
        journal_refusal(refusal)
        form.form_errors.append(say(refusal))
        return _page(form), 409
    flash(_("%(name)s stands in for you on these days.", name=deputy.name))
    return redirect(url_for(".index"), 303)


@bp.post("/<int:deputy_id>/end")
@needs(Permission.VIEW_GOODS)
def end(deputy_id: int) -> ResponseReturnValue:
    """Take the own deputy's right to sign back."""
    session, named = db.session(), db.session.get(Deputy, deputy_id)
    if named is None or named.person_id != me().id or named.ended_at is not None:
        abort(404)
    with writing(session):
        deputies.end_deputy(session, named, by=me(), at=now())
    flash(_("%(name)s does not stand in for you any more.", name=named.deputy.name))
    return redirect(url_for(".index"), 303)


def _form() -> DeputyForm | None:
    """Return the form, if the person signs in any chain."""
    if not any(me().may(permission) for permission in SIGNING):
        return None
    form = DeputyForm()
    people = deputies.fit_deputies(db.session(), me())
    form.deputy.choices = [("", _("Choose")), *((str(person.id), person.name) for person in people)]
    return form


def _page(form: DeputyForm | None) -> str:
    listed = deputies.deputies_in(db.session(), own_units(Permission.VIEW_GOODS), since=today() - KEPT)
    return render_template("deputies/index.html", form=form, deputies=listed)
