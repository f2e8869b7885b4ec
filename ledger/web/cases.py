"""Cases and their goods lists."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ledger.cases import service
from ledger.cases.models import Case, Hold
from ledger.cases.queries import cases_to_store, newest_movement, page_of_cases
from ledger.cases.rules import HoldKind, HoldReleased
from ledger.db import db
from ledger.errors import LedgerError
from ledger.goods import queries
from ledger.goods.filters import Filter
from ledger.goods.measures import MEASURES
from ledger.goods.models import Item
from ledger.goods.rules import ACCOUNT_NAMES, Account
from ledger.goods.tree import offered
from ledger.journal.service import writing
from ledger.manifests.queries import manifests_naming
from ledger.permissions import Permission
from ledger.store.queries import slips_of
from ledger.store.slips import SLIP_NAMES
from ledger.text import clean
from ledger.units.models import Unit
from ledger.units.queries import holders, in_tree_order
from ledger.web import words
from ledger.web.access import me, needs, now, own_or_404, own_units, settings, veiled
from ledger.web.case_forms import AmendForm, CaseForm, LineForm
from ledger.web.context import quantity, say
from ledger.web.errors import journal_refusal
from ledger.web.forms import HoldForm, StoreForm, typed_quantities
from ledger.web.goods import alerts_on, env_class_choices, hold_form, holds_of, papers_of, releases, verdicts_today
from ledger.web.signing import offer_second, second_person
from ledger.web.todo import ToDo

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
    return _new_page(_case_form())


@bp.post("")
@needs(Permission.REGISTER_GOODS)
def create() -> ResponseReturnValue:
    """Register a case."""
    form = _case_form()
    if not form.validate_on_submit():
        return _new_page(form), 422
    session = db.session()
    try:
        with writing(session):
            unit = session.get_one(Unit, form.unit.data)
            case = service.register_case(session, form.facts(form.number.data), unit=unit, by=me(), at=now())
    except service.CaseExists as refusal:
        form.number.errors = [say(refusal)]
        return _new_page(form), 409
    flash(_("Case %(number)s is registered. Now enter its goods.", number=case.number))
    return redirect(url_for(".show", case_id=case.id), 303)


@bp.get("/<int:case_id>")
@needs(Permission.VIEW_GOODS)
def show(case_id: int) -> ResponseReturnValue:
    """Show a case and its goods list."""
    return _page(own_or_404(Case, case_id), hold_form())


@bp.post("/<int:case_id>/holds")
@needs(Permission.HOLD_GOODS)
def set_hold(case_id: int) -> ResponseReturnValue:
    """Stop the destruction of all goods of a case."""
    case, form = own_or_404(Case, case_id, Permission.HOLD_GOODS), hold_form()
    if not form.validate_on_submit():
        return _page(case, form), 422
    session = db.session()
    with writing(session):
        kind = HoldKind(form.kind.data)
        service.set_hold(session, case, None, kind=kind, reason=form.reason.data, by=me(), at=now())
    flash(_("The hold stands: these goods go nowhere until it is released."))
    return redirect(url_for(".show", case_id=case_id), 303)


@bp.post("/holds/<int:hold_id>/release")
@needs(Permission.VIEW_GOODS)
def release_hold(hold_id: int) -> ResponseReturnValue:
    """Release a hold on a case or on one of its lines, and go back to that page."""
    hold, reason = own_or_404(Hold, hold_id), clean(request.form.get("reason", ""))[:300]
    own_or_404(Hold, hold_id, releases(hold.kind))
    item_id, case_id, session = hold.item_id, hold.case_id, db.session()
    if not reason:
        flash(_("Say why, so that others understand it later."), "stop")
    else:
        try:
            with writing(session):
                service.release_hold(session, hold, reason=reason, by=me(), at=now())
        except HoldReleased as refusal:
            flash(say(refusal), "wait")
        else:
            flash(_("The hold is released."))
    back = url_for("goods.show", item_id=item_id) if item_id else url_for(".show", case_id=case_id)
    return redirect(back, 303)


@bp.get("/<int:case_id>/store")
@needs(Permission.STORE_GOODS)
def store(case_id: int) -> ResponseReturnValue:
    """Ask what the officers hand over, where it goes, and who hands it over."""
    case = own_or_404(Case, case_id, Permission.STORE_GOODS)
    return _store_page(case, _store_form(case), {})


@bp.post("/<int:case_id>/store")
@needs(Permission.STORE_GOODS)
def store_in(case_id: int) -> ResponseReturnValue:
    """Take goods into the store, answered for by who hands over and who receives."""
    case = own_or_404(Case, case_id, Permission.STORE_GOODS)
    form, (taken, errors) = _store_form(case), _read_received(case)
    is_valid = form.validate_on_submit()
    if not taken and not errors:
        form.form_errors.append(_("Enter what was handed over; 0 for what has not come yet."))
    if not is_valid or errors or form.form_errors:
        return _store_page(case, form, errors), 422
    handler, session = second_person(form), db.session()
    if handler is None:
        return _store_page(case, form, errors), 422
    try:
        with writing(session):
            place = form.location.data
            seen = request.form.get("seen", 0, type=int)
            service.store_in(session, case, taken, location=place, handler=handler, custodian=me(), at=now(), seen=seen)
    except LedgerError as refusal:
        journal_refusal(refusal)
        flash(say(refusal), "stop")
        return redirect(url_for(".store", case_id=case_id), 303)
    flash(_("%(count)s lines are in the store at %(location)s.", count=len(taken), location=form.location.data))
    return redirect(url_for(".show", case_id=case_id), 303)


@bp.get("/<int:case_id>/amend")
@needs(Permission.REGISTER_GOODS)
def amend(case_id: int) -> ResponseReturnValue:
    """Ask what the papers say now."""
    case = own_or_404(Case, case_id, Permission.REGISTER_GOODS)
    return _amend_page(case, AmendForm(obj=case))


@bp.post("/<int:case_id>/amend")
@needs(Permission.REGISTER_GOODS)
def save_amendment(case_id: int) -> ResponseReturnValue:
    """Amend a case; of two people who do so at once the second is told."""
    case, form = own_or_404(Case, case_id, Permission.REGISTER_GOODS), AmendForm()
    if not form.validate_on_submit():
        return _amend_page(case, form), 422
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


def to_dos() -> Iterator[ToDo]:
    """Yield the goods that wait with the officers for the custodian."""
    for case in cases_to_store(db.session(), own_units(Permission.STORE_GOODS)):
        text = _("%(unit)s, %(number)s", unit=case.unit.name, number=case.number)
        way = url_for("cases.store", case_id=case.id)
        yield ToDo(case.registered_at, _("Take goods into the store"), text, way, _("Take in"))


def _new_page(form: CaseForm) -> str:
    return render_template("cases/new.html", form=form, notice_days=settings().notice_days)


def _amend_page(case: Case, form: AmendForm) -> str:
    return render_template("cases/amend.html", case=case, form=form, notice_days=settings().notice_days)


def _page(case: Case, form: HoldForm) -> str:
    waiting = sum(bool(_with_officers(item)) for item in case.items)
    may_store = case.unit_id in own_units(Permission.STORE_GOODS)
    return render_template(
        "cases/show.html",
        **_list_of(case),
        **holds_of(case),
        **alerts_on(case, case.items),
        papers=papers_of(case),
        form=form,
        waiting=waiting,
        may_store=may_store,
        accounts={position.account for item in case.items for position in queries.standing(item)},
        slips=slips_of(db.session(), case),
        slip_names=SLIP_NAMES,
        manifests=manifests_naming(db.session(), case),
        words=words,
    )


def _store_form(case: Case) -> StoreForm:
    form = StoreForm(seen=newest_movement(db.session(), case))
    form.second.label.text, form.second_password.label.text = _("Handed over by"), _("Password of who hands over")
    offer_second(form, holders(db.session(), case.unit, Permission.REGISTER_GOODS, other_than=me()))
    return form


def _store_page(case: Case, form: StoreForm, errors: Mapping[int, str]) -> str:
    waiting = [(item, _with_officers(item)) for item in case.items if _with_officers(item)]
    return render_template(
        "cases/store.html",
        case=case,
        form=form,
        waiting=waiting,
        errors=errors,
        typed=request.form,
        locations=offered(db.session(), [case.unit_id]),
    )


def _with_officers(item: Item) -> Decimal:
    """Return how much of a line the officers still hold."""
    held = (position.quantity for position in item.positions if position.account is Account.SEIZED)
    return sum(held, Decimal(0))


def _read_received(case: Case) -> tuple[dict[int, Decimal], dict[int, str]]:
    """Return what was received of each line, and a sentence for each figure that is none; nothing is left out."""
    taken, errors = typed_quantities({f"line-{item.id}": (item.id, item) for item in case.items})
    return {item_id: quantity for item_id, quantity in taken.items() if quantity}, errors


def _case_form() -> CaseForm:
    form = CaseForm()
    units = in_tree_order(db.session(), own_units(Permission.REGISTER_GOODS))
    form.unit.choices = [(unit.id, "　" * depth + unit.name) for depth, unit in units]
    return form


def _line_form() -> LineForm:
    form = LineForm()
    form.env_class.choices = [
        ("", _("as its words suggest")),
        *env_class_choices(),
    ]
    return form


def _list_of(case: Case) -> dict[str, object]:
    session = db.session()
    wanted = Filter(unit_ids=None, case_id=case.id)
    is_veiled = any(item.id in veiled() for item in case.items)
    return {
        "case": case,
        "verdicts": verdicts_today(case.items, {case.id: case}),
        "standing": queries.standing,
        "totals": [] if is_veiled else queries.totals_by_measure(session, wanted),
        "account_names": ACCOUNT_NAMES,
        "may_register": case.unit_id in own_units(Permission.REGISTER_GOODS),
    }
