"""Samples on site: which there are, what was found in them, and letting a unit's goods go on after a failed one."""

from decimal import Decimal

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ledger.db import db
from ledger.errors import LedgerError, NotPermitted
from ledger.events.models import Batch, Event
from ledger.events.photos import PhotoStage
from ledger.events.queries import items_in
from ledger.goods.models import Item
from ledger.journal.service import writing
from ledger.permissions import Permission
from ledger.scanning import inspection, queries
from ledger.scanning.models import Inspection
from ledger.scanning.rules import NotAllCounted, Seal
from ledger.units.queries import holders
from ledger.web.access import event_or_404, me, needs, now, organised_or_404, own_or_404, own_units
from ledger.web.context import say
from ledger.web.errors import journal_refusal
from ledger.web.forms import typed_quantities
from ledger.web.signing import offer_second, second_person
from ledger.web.site_forms import InspectForm, LiftForm

bp = Blueprint("inspections", __name__, url_prefix="/events")


@bp.get("/<int:event_id>/inspections")
@needs(Permission.VIEW_GOODS)
def index(event_id: int) -> ResponseReturnValue:
    """Show the samples of the person's units that are on site, what was found in them, and how they were drawn."""
    event, session = event_or_404(event_id), db.session()
    on_site = queries.samples_on_site(session, event_id, own_units(Permission.VIEW_GOODS))
    of_batch = {each.batch_id: each for each in queries.inspections_of(session, [event_id])}
    inspected = [of_batch[batch.id] for batch in on_site if batch.id in of_batch]
    return render_template(
        "inspections/index.html",
        event=event,
        due=[batch for batch in on_site if batch.id not in of_batch],
        inspected=sorted(inspected, key=lambda each: (not each.stops, each.is_passed, each.id)),
        counted=queries.counted_in(session, inspected),
        opens=own_units(Permission.SCAN),
        organises=event.unit_id in own_units(Permission.ORGANISE),
        may_photograph=me().may(Permission.PHOTOGRAPH),
        opening=PhotoStage.OPENING,
        whole=Seal.WHOLE,
    )


@bp.get("/<int:event_id>/inspections/<int:batch_id>")
@needs(Permission.SCAN)
def ask(event_id: int, batch_id: int) -> ResponseReturnValue:
    """Ask what is in a sample; what should be there is not said."""
    batch = _sample_or_404(event_id, batch_id)
    if queries.inspections_of(db.session(), [event_id], batch_id):
        return redirect(url_for(".index", event_id=event_id), 303)
    return _ask(batch, _form(batch), {})


@bp.post("/<int:event_id>/inspections/<int:batch_id>")
@needs(Permission.SCAN)
def record(event_id: int, batch_id: int) -> ResponseReturnValue:
    """Record what is in a sample, before a supervisor."""
    batch, session = _sample_or_404(event_id, batch_id), db.session()
    form, number = _form(batch), batch.number
    found, errors = typed_quantities({f"line-{item.id}": (item.id, item) for item, _held in _goods(batch)})
    errors |= {item.id: say(NotAllCounted()) for item, _held in _goods(batch) if item.id not in {**found, **errors}}
    witness = second_person(form) if form.validate_on_submit() and not errors else None
    if witness is None:
        return _ask(batch, form, errors), 422
    try:
        with writing(session):
            is_passed = inspection.inspect(
                session,
                batch,
                found=found,
                seal_found=form.seal_found.data,
                seal=Seal(form.seal.data),
                new_seal=form.new_seal.data,
                deviation=form.deviation.data,
                hold_reason=_("Sample %(number)s was not as it had been packed", number=number),
                opener=me(),
                witness=witness,
                at=now(),
            ).is_passed
    except LedgerError as refusal:
        journal_refusal(refusal)
        form.form_errors.append(say(refusal))
        return _ask(batch, form, {}), 409
    if is_passed:
        flash(_("Batch %(number)s is as it was packed; it may be destroyed.", number=number))
    else:
        flash(
            _("Batch %(number)s is not as it was packed: nothing of its unit is destroyed now.", number=number), "stop"
        )
    return redirect(url_for(".index", event_id=event_id), 303)


@bp.get("/<int:event_id>/inspections/<int:batch_id>/lift")
@needs(Permission.ORGANISE)
def ask_lift(event_id: int, batch_id: int) -> ResponseReturnValue:
    """Ask why the goods of a unit may go on though a sample failed."""
    failed = _failed_or_404(event_id, batch_id)
    return _ask_lift(failed, _lift_form(failed))


@bp.post("/<int:event_id>/inspections/<int:batch_id>/lift")
@needs(Permission.ORGANISE)
def lift(event_id: int, batch_id: int) -> ResponseReturnValue:
    """Let the goods of a unit go on, as somebody who confirms differences agrees."""
    failed, session = _failed_or_404(event_id, batch_id), db.session()
    form, unit = _lift_form(failed), failed.batch.unit.name
    confirmer = second_person(form) if form.validate_on_submit() else None
    if confirmer is None:
        return _ask_lift(failed, form), 422
    try:
        with writing(session):
            inspection.lift(session, failed, reason=form.reason.data, by=me(), confirmer=confirmer, at=now())
    except LedgerError as refusal:
        journal_refusal(refusal)
        flash(say(refusal), "stop")
    else:
        flash(_("The goods of %(unit)s may go on; what was in the sample stays held.", unit=unit))
    return redirect(url_for(".index", event_id=event_id), 303)


def _sample_or_404(event_id: int, batch_id: int) -> Batch:
    """Return a sample that has arrived; which batches are drawn is not said before."""
    event_or_404(event_id)
    batch = own_or_404(Batch, batch_id)
    if batch not in queries.samples_on_site(db.session(), event_id, [batch.unit_id]):
        abort(404)
    if batch.unit_id not in own_units(Permission.SCAN):
        raise NotPermitted
    return batch


def _failed_or_404(event_id: int, batch_id: int) -> Inspection:
    organised_or_404(event_id)
    found = [each for each in queries.inspections_of(db.session(), [event_id], batch_id) if not each.is_passed]
    return found[0] if found else abort(404)


def _goods(batch: Batch) -> list[tuple[Item, Decimal]]:
    return items_in(db.session(), [batch.id]).get(batch.id, [])


def _form(batch: Batch) -> InspectForm:
    form = InspectForm()
    form.seal.choices = [(Seal.WHOLE, _("Whole")), (Seal.BROKEN, _("Broken"))]
    offer_second(form, holders(db.session(), batch.event.unit, Permission.SUPERVISE, other_than=me()))
    return form


def _ask(batch: Batch, form: InspectForm, errors: dict[int, str]) -> str:
    return render_template(
        "inspections/count.html",
        batch=batch,
        form=form,
        items=[item for item, _held in _goods(batch)],
        typed=request.form,
        errors=errors,
    )


def _lift_form(failed: Inspection) -> LiftForm:
    form = LiftForm()
    offer_second(form, holders(db.session(), failed.batch.unit, Permission.CONFIRM_COUNT, other_than=me()))
    return form


def _ask_lift(failed: Inspection, form: LiftForm) -> str:
    event: Event = failed.batch.event
    return render_template("inspections/lift.html", failed=failed, event=event, form=form)
