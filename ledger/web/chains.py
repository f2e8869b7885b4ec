"""Who decides about destruction in a unit, and setting that."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ledger.db import db
from ledger.destruction import queries
from ledger.destruction.chain import DEFAULT, MOST_STEPS, ChainStep, as_step
from ledger.destruction.chains import set_chain
from ledger.errors import LedgerError, NotPermitted
from ledger.goods.classes import ENV_CLASS_NAMES
from ledger.journal.service import writing
from ledger.permissions import Permission
from ledger.units.models import Unit
from ledger.units.queries import holders, in_tree_order
from ledger.web.access import me, needs, now, own_units
from ledger.web.chain_forms import ChainForm, StepForm, steps_of
from ledger.web.context import say
from ledger.web.errors import journal_refusal
from ledger.web.signing import offer_second, second_person

bp = Blueprint("chains", __name__, url_prefix="/chains")


@bp.get("")
@needs(Permission.VIEW_GOODS)
def index() -> ResponseReturnValue:
    """List the person's units, each with the unit whose chain decides its applications."""
    session = db.session()
    units = in_tree_order(session, own_units(Permission.VIEW_GOODS))
    return render_template(
        "chains/index.html",
        units=[(depth, unit, queries.chain_set_for(session, unit)) for depth, unit in units],
    )


@bp.get("/<int:unit_id>")
@needs(Permission.VIEW_GOODS)
def show(unit_id: int) -> ResponseReturnValue:
    """Show who decides about the applications of a unit, and since when."""
    return _page(_unit_or_404(unit_id))


@bp.post("/<int:unit_id>")
@needs(Permission.DECIDE)
def save(unit_id: int) -> ResponseReturnValue:
    """Set the chain of a unit and those below it, as a leader beside a legal reviewer."""
    unit = _unit_or_404(unit_id, Permission.DECIDE)
    form, rows, session = _form(unit), _rows(()), db.session()
    is_good = all([form.validate_on_submit(), *(row.validate() for row in rows)])
    beside = second_person(form) if is_good else None
    if beside is None:
        return _page(unit, form, rows), 422
    try:
        with writing(session):
            seen = int(form.seen.data) if form.seen.data.isdecimal() else None
            set_chain(session, unit, steps_of(rows), seen=seen, by=me(), beside=beside, at=now())
    except LedgerError as refusal:
        journal_refusal(refusal)
        flash(say(refusal), "stop")
        return _page(unit, form, rows), 409
    flash(_("The chain is set. Applications that run keep the one they were submitted to."))
    return redirect(url_for(".show", unit_id=unit.id), 303)


def _unit_or_404(unit_id: int, permission: Permission = Permission.VIEW_GOODS) -> Unit:
    unit = db.session.get(Unit, unit_id)
    if unit is None or unit.id not in own_units(Permission.VIEW_GOODS):
        abort(404)
    if unit.id not in own_units(permission):
        raise NotPermitted
    return unit


def _form(unit: Unit) -> ChainForm:
    form = ChainForm()
    form.second.label.text = _("Legal reviewer beside you")
    form.second_password.label.text = _("Password of the legal reviewer")
    offer_second(form, holders(db.session(), unit, Permission.OPINE_AS_LEGAL, other_than=me()))
    return form


def _rows(chain: "tuple[ChainStep, ...]") -> list[StepForm]:
    """Return a form for each place of a chain."""
    steps: list[ChainStep | None] = [*chain, *[None] * (MOST_STEPS - len(chain))]
    before = [None, *steps]
    return [
        StepForm(number, step, is_beside=bool(step and above and step.stage == above.stage))
        for number, (step, above) in enumerate(zip(steps, before, strict=False))
    ]


def _page(unit: Unit, form: ChainForm | None = None, rows: list[StepForm] | None = None) -> str:
    known = queries.chain_set_for(db.session(), unit)
    chain = tuple(as_step(members) for members in known.steps) if known else DEFAULT
    may_set = unit.id in own_units(Permission.DECIDE)
    if may_set and form is None:
        form = _form(unit)
    if form is not None:
        form.seen.data = str(known.id) if known else ""
    return render_template(
        "chains/show.html",
        unit=unit,
        known=known,
        chain=chain,
        form=form,
        rows=rows or (_rows(chain) if may_set else []),
        class_names=ENV_CLASS_NAMES,
        is_open=request.method == "POST",
    )
