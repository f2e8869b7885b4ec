"""Cases and their goods lists."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ledger.cases import service
from ledger.cases.models import Case
from ledger.cases.queries import page_of_cases
from ledger.db import db
from ledger.goods import queries
from ledger.goods.classes import ENV_CLASS_NAMES
from ledger.goods.measures import MEASURES
from ledger.goods.rules import ACCOUNT_NAMES
from ledger.journal.service import writing
from ledger.permissions import Permission
from ledger.units.models import Unit
from ledger.units.queries import in_tree_order
from ledger.web.access import me, needs, now, own_or_404, own_units
from ledger.web.context import quantity, say
from ledger.web.forms import AmendForm, CaseForm, LineForm
from ledger.web.goods import verdicts_today

bp = Blueprint("cases", __name__, url_prefix="/cases")


@bp.get("")
@needs(Permission.VIEW_GOODS)
def index() -> ResponseReturnValue:
    """List the cases of the person's units, newest first."""
    query, before = request.args.get("q", "").strip(), request.args.get("before", "")
    page = page_of_cases(
        db.session(),
        own_units(Permission.VIEW_GOODS),
        query=query,
        before=int(before) if before.isdecimal() else None,
    )
    return render_template("cases/index.html", page=page, query=query)


@bp.get("/new")
@needs(Permission.REGISTER_GOODS)
def new() -> ResponseReturnValue:
    """Ask for a case's papers."""
    return render_template("cases/new.html", form=_case_form())


@bp.post("")
@needs(Permission.REGISTER_GOODS)
def create() -> ResponseReturnValue:
    """Register a case."""
    form = _case_form()
    if not form.validate_on_submit():
        return render_template("cases/new.html", form=form), 422
    session = db.session()
    try:
        with writing(session):
            unit = session.get_one(Unit, form.unit.data)
            case = service.register_case(session, form.facts(form.number.data), unit=unit, by=me(), at=now())
    except service.CaseExists as refusal:
        form.number.errors = [say(refusal)]
        return render_template("cases/new.html", form=form), 409
    flash(_("Case %(number)s is registered. Now enter its goods.", number=case.number))
    return redirect(url_for(".show", case_id=case.id), 303)


@bp.get("/<int:case_id>")
@needs(Permission.VIEW_GOODS)
def show(case_id: int) -> ResponseReturnValue:
    """Show a case and its goods list."""
    return render_template("cases/show.html", **_list_of(own_or_404(Case, case_id)))


@bp.get("/<int:case_id>/amend")
@needs(Permission.REGISTER_GOODS)
def amend(case_id: int) -> ResponseReturnValue:
    """Ask what the papers say now."""
    case = own_or_404(Case, case_id, Permission.REGISTER_GOODS)
    return render_template("cases/amend.html", case=case, form=AmendForm(obj=case))


@bp.post("/<int:case_id>/amend")
@needs(Permission.REGISTER_GOODS)
def save_amendment(case_id: int) -> ResponseReturnValue:
    """Amend a case; of two people who do so at once the second is told."""
    case, form = own_or_404(Case, case_id, Permission.REGISTER_GOODS), AmendForm()
    if not form.validate_on_submit():
        return render_template("cases/amend.html", case=case, form=form), 422
    session, version = db.session(), int(form.version.data) if form.version.data.isdecimal() else 0
    try:
        with writing(session):
            facts = form.facts(case.number)
            service.amend_case(session, case, facts, version=version, reason=form.reason.data, by=me(), at=now())
    except (service.AmendedMeanwhile, service.NothingAmended) as refusal:
        flash(say(refusal), "wait")
        return redirect(url_for(".amend", case_id=case_id), 303)
    flash(_("The case is amended; what it said before stays in the journal."))
    return redirect(url_for(".show", case_id=case_id), 303)


@bp.get("/<int:case_id>/list")
@needs(Permission.VIEW_GOODS)
def print_list(case_id: int) -> ResponseReturnValue:
    """Show the goods list as the paper to print and sign."""
    return render_template("cases/print_list.html", **_list_of(own_or_404(Case, case_id)))


@bp.get("/<int:case_id>/lines/new")
@needs(Permission.REGISTER_GOODS)
def new_line(case_id: int) -> ResponseReturnValue:
    """Ask for a line of the goods list."""
    case = own_or_404(Case, case_id, Permission.REGISTER_GOODS)
    return render_template("cases/new_line.html", case=case, form=_line_form(), measures=MEASURES)


@bp.post("/<int:case_id>/lines")
@needs(Permission.REGISTER_GOODS)
def create_line(case_id: int) -> ResponseReturnValue:
    """Register a line."""
    case = own_or_404(Case, case_id, Permission.REGISTER_GOODS)
    form = _line_form()
    if not form.validate_on_submit():
        return render_template("cases/new_line.html", case=case, form=form, measures=MEASURES), 422
    line = form.line(cause=case.cause)
    session = db.session()
    with writing(session):
        service.register_lines(session, case, [line], by=me(), at=now())
    flash(
        _(
            "Registered: %(name)s, %(quantity)s %(measure)s.",
            name=line.name,
            quantity=quantity(line.quantity),
            measure=line.measure,
        )
    )
    again = ".new_line" if form.another.data else ".show"
    return redirect(url_for(again, case_id=case_id), 303)


def _case_form() -> CaseForm:
    form = CaseForm()
    units = in_tree_order(db.session(), own_units(Permission.REGISTER_GOODS))
    form.unit.choices = [(unit.id, "　" * depth + unit.name) for depth, unit in units]
    return form


def _line_form() -> LineForm:
    form = LineForm()
    form.env_class.choices = [
        ("", _("as its words suggest")),
        *((kind.value, _(name)) for kind, name in ENV_CLASS_NAMES.items()),
    ]
    return form


def _list_of(case: Case) -> dict[str, object]:
    session = db.session()
    wanted = queries.Filter(unit_ids=None, case_id=case.id)
    return {
        "case": case,
        "verdicts": verdicts_today(case.items, {case.id: case}),
        "standing": queries.standing,
        "totals": queries.totals_by_measure(session, wanted),
        "account_names": ACCOUNT_NAMES,
        "may_register": case.unit_id in own_units(Permission.REGISTER_GOODS),
    }
