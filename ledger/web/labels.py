"""Labels of sealed batches: choosing them and drawing them on a sheet."""

from collections.abc import Sequence
from io import BytesIO

from flask import Blueprint, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ledger.db import db
from ledger.errors import LedgerError
from ledger.events import labels, queries
from ledger.events.models import Batch, Event
from ledger.events.workflow import PACKING
from ledger.journal.service import writing
from ledger.papers.label import LabelSheet
from ledger.permissions import Permission
from ledger.units.queries import ids_above, in_tree_order
from ledger.web.access import event_or_404, hides, me, needs, now, own_units, settings, signed_in
from ledger.web.context import say
from ledger.web.event_forms import CHOSEN, WAITING, LabelForm
from ledger.web.goods import CountedNow
from ledger.web.papers import hand_out

bp = Blueprint("labels", __name__, url_prefix="/labels")


@bp.get("")
@needs(Permission.PACK_GOODS)
def index() -> ResponseReturnValue:
    """List the events to come with how many labels of the person's units wait to be printed."""
    session, mine = db.session(), own_units(Permission.PACK_GOODS)
    coming = [event for event in queries.events_seen_from(session, mine, ids_above(session, mine)) if _is_on(event)]
    packed = {event.id: list(queries.packed_by_unit(session, event.id, mine).values()) for event in coming}
    waiting = sum(has.unprinted for counts in packed.values() for has in counts)
    return render_template("labels/index.html", events=coming, packed=packed, waiting=waiting)


@bp.get("/calibration")
@signed_in
def calibrate() -> ResponseReturnValue:
    """Hand out a page that shows whether a printer puts labels where a sheet has them."""
    from ledger.papers.labels import draw_calibration  # noqa: PLC0415 - as below

    sheet = request.args.get("sheet", LabelSheet.SHEET_3X8, type=LabelSheet)
    return hand_out(draw_calibration, sheet, _("calibration-%(sheet)s", sheet=sheet.value))


@bp.get("/<int:event_id>")
@needs(Permission.PACK_GOODS)
def choose(event_id: int) -> ResponseReturnValue:
    """Ask which labels go onto which sheet, and say how many they are."""
    event, batches = _sealed(event_id)
    return _page(event, batches, _form(batches))


@bp.post("/<int:event_id>")
@needs(Permission.PACK_GOODS)
def draw(event_id: int) -> ResponseReturnValue:
    """Hand out the labels as a PDF and note that they were printed."""
    event, batches = _sealed(event_id)
    form = _form(batches)
    if not form.validate_on_submit():
        return _page(event, batches, form), 422
    from ledger.papers.labels import draw_labels  # noqa: PLC0415 - loads reportlab, which pages do without

    is_chosen = form.which.data == CHOSEN
    wanted = [batch for batch in batches if (batch.id in form.batches.data if is_chosen else not batch.is_printed)]
    session, target = db.session(), BytesIO()
    try:
        if any(hides(batch) for batch in wanted):
            raise CountedNow
        drawn = labels.labels_of(session, wanted, address=settings().address, is_public=settings().is_public)
        draw_labels(drawn, LabelSheet(form.sheet.data), target, start=form.start.data or 1)
    except LedgerError as refusal:
        form.form_errors.append(say(refusal))
        return _page(event, batches, form), 409
    with writing(session):
        labels.note_printed(session, wanted, [label.code for label in drawn], by=me(), at=now())
    target.seek(0)
    name = _("labels-%(day)s-%(count)s.pdf", day=event.day.isoformat(), count=len(drawn))
    return send_file(target, mimetype="application/pdf", as_attachment=True, download_name=name)


def _is_on(event: Event) -> bool:
    return event.state in PACKING


def _sealed(event_id: int) -> tuple[Event, Sequence[Batch]]:
    """Return an event and the sealed batches for it of the person's units, or of the one that the address names."""
    event, units = event_or_404(event_id), own_units(Permission.PACK_GOODS)
    unit_id = request.args.get("unit", type=int)
    return event, queries.sealed_batches(db.session(), event.id, units & {unit_id} if unit_id else units)


def _form(batches: Sequence[Batch]) -> LabelForm:
    waiting = sum(not batch.is_printed for batch in batches)
    form = LabelForm(which=WAITING if waiting else CHOSEN)
    form.which.choices = [(WAITING, _("the %(count)s that were not printed yet", count=waiting))]
    form.which.choices += [(CHOSEN, _("only those ticked below"))]
    form.batches.choices = [(batch.id, batch.number) for batch in batches]
    return form


def _page(event: Event, batches: Sequence[Batch], form: LabelForm) -> str:
    session, mine = db.session(), own_units(Permission.PACK_GOODS)
    units = [unit for _depth, unit in in_tree_order(session, queries.packed_by_unit(session, event.id, mine))]
    return render_template(
        "labels/choose.html",
        event=event,
        batches=batches,
        form=form,
        units=units,
        unit_id=request.args.get("unit", type=int),
        CHOSEN=CHOSEN,
    )
