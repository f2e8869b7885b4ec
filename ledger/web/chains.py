"""Who decides about destruction in a unit, and setting that."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ledger.db import db
from ledger.destruction import queries
from ledger.destruction.chain import MOST_STEPS, OPINES, ChainStep, unstaffed
from ledger.destruction.deciding import set_chain
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
    return _page(_unit_or_404(unit_id), is_of_plans=False)


@bp.get("/<int:unit_id>/plans")
@needs(Permission.VIEW_GOODS)
def show_plans(unit_id: int) -> ResponseReturnValue:
    """Show who decides about the plans of events that a unit organises, and since when."""
    return _page(_unit_or_404(unit_id), is_of_plans=True)


@bp.post("/<int:unit_id>")
@needs(Permission.DECIDE)
def save(unit_id: int) -> ResponseReturnValue:
    """Set who decides about applications in a unit and those below it, as a leader beside a legal reviewer."""
    return _save(unit_id, is_of_plans=False)


@bp.post("/<int:unit_id>/plans")
@needs(Permission.DECIDE)
def save_plans(unit_id: int) -> ResponseReturnValue:
    """Set who decides about plans in a unit and those below it, as a leader beside a legal reviewer."""
    return _save(unit_id, is_of_plans=True)


def _save(unit_id: int, *, is_of_plans: bool) -> ResponseReturnValue:
    unit = _unit_or_404(unit_id, Permission.DECIDE)
    form, rows, session = _form(unit), _rows(()), db.session()
    is_good = all([form.validate_on_submit(), *(row.validate() for row in rows)])
    beside = second_person(form) if is_good else None
    if beside is None:
        return _page(unit, form, rows, is_of_plans=is_of_plans), 422
    try:
        with writing(session):
            seen = int(form.seen.data) if form.seen.data.isdecimal() else None
            steps, who = steps_of(rows), {"by": me(), "beside": beside}
            set_chain(session, unit, steps, seen=seen, is_of_plans=is_of_plans, **who, at=now())
    except LedgerError as refusal:
        journal_refusal(refusal)
        flash(say(refusal), "stop")
        return _page(unit, form, rows, is_of_plans=is_of_plans), 409
    flash(_("The chain is set. What runs keeps the one it was submitted to."))
    return redirect(url_for(".show_plans" if is_of_plans else ".show", unit_id=unit.id), 303)


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


def _page(unit: Unit, form: ChainForm | None = None, rows: list[StepForm] | None = None, *, is_of_plans: bool) -> str:
    known = queries.chain_set_for(db.session(), unit, is_of_plans=is_of_plans)
    chain = tuple(queries.chain_for(db.session(), unit, is_of_plans=is_of_plans))
    able = {step.role: holders(db.session(), unit, OPINES[step.role]) for step in chain}
    ids = {role: [person.id for person in people] for role, people in able.items()}
    may_set = unit.id in own_units(Permission.DECIDE)
    if may_set and form is None:
        form = _form(unit)
    if form is not None:
        form.seen.data = str(known.id) if known else ""
    return render_template(
        "chains/show.html",
        unit=unit,
        is_of_plans=is_of_plans,
        known=known,
        chain=chain,
        able=able,
        unstaffed=unstaffed([step.role for step in chain], ids),
        form=form,
        rows=rows or (_rows(chain) if may_set else []),
        class_names=ENV_CLASS_NAMES,
        is_open=request.method == "POST",
    )
