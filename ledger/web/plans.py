"""Planned counts: what is due and overdue, what was not counted for long, planning and beginning."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ledger.db import db
from ledger.errors import LedgerError, NotPermitted
from ledger.events.queries import being_packed, to_count
from ledger.journal.service import writing
from ledger.permissions import Permission
from ledger.stocktake import planning, queries
from ledger.stocktake.models import CountPlan, Stocktake
from ledger.stocktake.queries import Covered
from ledger.stocktake.workflow import KIND_NAMES, OPEN, Kind, Scope
from ledger.text import clean
from ledger.units.models import Unit
from ledger.units.queries import holders, in_tree_order
from ledger.web.access import me, needs, now, own_or_404, own_units, settings
from ledger.web.context import BEIJING, day, say
from ledger.web.count_forms import PlanForm
from ledger.web.errors import journal_refusal
from ledger.web.todo import ToDo

bp = Blueprint("plans", __name__, url_prefix="/plans")

SOON = timedelta(days=7)
MOST_WORDS = 300


@bp.get("")
@needs(Permission.VIEW_GOODS)
def index() -> ResponseReturnValue:
    """List what is to be counted by when, what nobody has counted for long, and offer to plan a count."""
    return _page(_form())


@bp.post("")
@needs(Permission.VIEW_GOODS)
def create() -> ResponseReturnValue:
    """Plan a count, and begin it at once if that was asked for."""
    form, session = _form(), db.session()
    if form.unit is None or not form.kind.choices:
        raise NotPermitted
    if not form.validate_on_submit():
        return _page(form), 422
    unit, wish, begins = form.unit, form.wish(), "begin" in request.form
    try:
        with writing(session):
            plan = planning.plan_count(session, unit, wish, by=me(), at=now())
            count = _begin(plan) if begins else None
    except LedgerError as refusal:
        journal_refusal(refusal)
        flash(say(refusal), "stop")
        return _page(form), 422
    if count is not None:
        return _begun(count)
    flash(_("The count is planned; it waits on the first page of those who are to begin it."))
    return redirect(url_for(".index", unit=unit.id), 303)


@bp.post("/<int:plan_id>/begin")
@needs(Permission.VIEW_GOODS)
def begin(plan_id: int) -> ResponseReturnValue:
    """Freeze the books and let the count begin."""
    plan, session = _plan_or_404(plan_id), db.session()
    try:
        with writing(session):
            count = _begin(plan)
    except LedgerError as refusal:
        return _refused(refusal)
    return _begun(count)


@bp.post("/<int:plan_id>/cancel")
@needs(Permission.VIEW_GOODS)
def cancel(plan_id: int) -> ResponseReturnValue:
    """Give a planned count up."""
    plan, session = _plan_or_404(plan_id), db.session()
    reason = clean(request.form.get("reason", ""))[:MOST_WORDS]
    if not reason:
        flash(_("Say why, so that others understand it later."), "stop")
        return redirect(url_for(".index"), 303)
    try:
        with writing(session):
            planning.cancel_plan(session, plan, reason=reason, by=me(), at=now())
    except LedgerError as refusal:
        return _refused(refusal)
    flash(_("The planned count is cancelled."))
    return redirect(url_for(".index"), 303)


def to_dos() -> Iterator[ToDo]:
    """Yield the planned counts that are due, and that the own store was not counted for too long."""
    session, today = db.session(), now().astimezone(BEIJING).date()
    plans = _plans(own_units(Permission.COUNT_GOODS) | own_units(Permission.CONFIRM_COUNT))
    for plan in plans:
        if plan.due_on <= today + SOON and _begins(plan):
            due = datetime.combine(plan.due_on, time(), BEIJING)
            words = plan.words or _("The whole store")
            text = _("%(unit)s, by %(day)s: %(scope)s", unit=plan.unit.name, day=day(plan.due_on), scope=words)
            yield ToDo(min(due, now()), _(KIND_NAMES[plan.kind]), text, url_for("plans.index"), _("Look at it"))
    busy = {plan.unit_id for plan in plans if plan.kind is not Kind.UNANNOUNCED}
    for unit in dict.fromkeys(me().roots(Permission.COUNT_GOODS)):
        late = [each for each in queries.covered(session, [unit.id]) if _due(each) <= today]
        if late and unit.id not in busy and not queries.in_state(session, [unit.id], OPEN):
            text = _("%(count)s locations of %(unit)s, first %(place)s", count=len(late), unit=unit.name,
                     place=late[0].place.name)  # fmt: skip
            since = datetime.combine(_due(late[0]), time(), BEIJING)
            yield ToDo(since, _("Count the store"), text, url_for("plans.index", unit=unit.id), _("Plan a count"))


def _due(each: Covered) -> date:
    return each.due_on(settings().count_every_months)


def _plans(unit_ids: frozenset[int]) -> list[CountPlan]:
    """Return the planned counts of these units that the person may know of."""
    return [plan for plan in queries.waiting_plans(db.session(), unit_ids) if _may_know(plan)]


def _may_know(plan: CountPlan) -> bool:
    """Whether the person may know of it: of an unannounced one, who confirms counts and is not named to count."""
    if plan.kind is not Kind.UNANNOUNCED:
        return True
    return plan.unit_id in own_units(Permission.CONFIRM_COUNT) and me() not in plan.named


def _may_do(plan: CountPlan) -> bool:
    """Whether the person may begin or cancel it."""
    return plan.unit_id in own_units(_needed(plan.kind))


def _begins(plan: CountPlan) -> bool:
    """Whether it waits for the person: for those named to count, or for who keeps an unannounced one to themselves."""
    return _may_do(plan) and (plan.kind is Kind.UNANNOUNCED or not plan.named or me() in plan.named)


def _needed(kind: Kind) -> Permission:
    return Permission.CONFIRM_COUNT if kind is Kind.UNANNOUNCED else Permission.COUNT_GOODS


def _plan_or_404(plan_id: int) -> CountPlan:
    """Return a plan that the person may begin or cancel. Raises NotPermitted if they may only see it."""
    plan = own_or_404(CountPlan, plan_id)
    if not _may_know(plan):
        abort(404)
    if not _may_do(plan):
        raise NotPermitted
    return plan


def _begin(plan: CountPlan) -> Stocktake:
    """Open the stocktake of a plan, with the batches that belong to it; the caller holds the transaction."""
    session = db.session()
    batches = to_count(session, plan, settings().weight_tolerance_percent)
    return planning.begin(session, plan, batches=batches, being_packed=being_packed(session, plan), by=me(), at=now())


def _begun(count: Stocktake) -> ResponseReturnValue:
    flash(_("Stocktake %(number)s is open. Two people count, each without the other.", number=count.number))
    return redirect(url_for("stocktakes.show", stocktake_id=count.id), 303)


def _refused(refusal: LedgerError) -> ResponseReturnValue:
    journal_refusal(refusal)
    flash(say(refusal), "stop")
    return redirect(url_for(".index"), 303)


def _form() -> PlanForm:
    """Return the form to plan a count of the unit that the address names, or of the person's first one."""
    session = db.session()
    able = own_units(Permission.COUNT_GOODS) | own_units(Permission.CONFIRM_COUNT)
    units = [unit for _depth, unit in in_tree_order(session, able)]
    asked = request.args.get("unit", type=int)
    unit = next((each for each in units if each.id == asked), units[0] if units else None)
    if unit is None:
        return PlanForm(None, [], [], [])
    kinds = [kind for kind in Kind if unit.id in own_units(_needed(kind))]
    places = list(queries.locations_with_goods(session, [unit.id]))
    return PlanForm(unit, kinds, places, holders(session, unit, Permission.COUNT_GOODS))


def _page(form: PlanForm) -> str:
    session, today = db.session(), now().astimezone(BEIJING).date()
    mine = own_units(Permission.VIEW_GOODS)
    able = own_units(Permission.COUNT_GOODS) | own_units(Permission.CONFIRM_COUNT)
    chosen = form.unit
    places = queries.covered(session, mine)
    return render_template(
        "plans/index.html",
        plans=_plans(mine),
        today=today,
        form=form,
        chosen=chosen,
        units=[unit for _depth, unit in in_tree_order(session, able)],
        by_unit=_by_unit(places),
        places=[each for each in places if chosen and each.place.unit_id == chosen.id],
        due=_due,
        every=settings().count_every_months,
        in_count=queries.places_in_count(session, {chosen.id}) if chosen else {},
        kind_names=KIND_NAMES,
        may_do=_may_do,
        Scope=Scope,
    )


def _by_unit(places: Sequence[Covered]) -> list[tuple[Unit, list[Covered]]]:
    """Return the locations of each unit, the unit first of which something was not counted for longest."""
    of_units = sorted(places, key=lambda each: each.place.unit_id or 0)
    grouped = [list(of_unit) for _unit_id, of_unit in groupby(of_units, key=lambda each: each.place.unit_id)]
    named = [(of_unit[0].place.unit, of_unit) for of_unit in grouped if of_unit[0].place.unit]
    return [(unit, of_unit) for unit, of_unit in sorted(named, key=lambda each: each[1][0].since) if unit]
