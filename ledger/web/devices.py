"""The devices at an event: what each has, what is left on it, blocking one, and ending a day without one."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ledger.db import db
from ledger.errors import LedgerError
from ledger.events.models import Event
from ledger.journal.service import writing
from ledger.permissions import Permission
from ledger.scanning import devices
from ledger.scanning.models import Device
from ledger.scanning.queries import devices_of, devices_out, scans_of_devices
from ledger.units.queries import holders
from ledger.web.access import me, needs, now, organised_or_404
from ledger.web.context import say
from ledger.web.errors import journal_refusal
from ledger.web.signing import offer_second, second_person
from ledger.web.site_forms import WriteOffForm

bp = Blueprint("devices", __name__, url_prefix="/events")


@bp.get("/<int:event_id>/devices")
@needs(Permission.ORGANISE)
def index(event_id: int) -> ResponseReturnValue:
    """Show the devices that scan for an event."""
    event, session = organised_or_404(event_id), db.session()
    out = devices_out(session, event_id)
    return render_template(
        "devices/index.html",
        event=event,
        devices=devices_of(session, event_id),
        out={device.id for device in out},
        arrived=scans_of_devices(session, event_id),
    )


@bp.post("/<int:event_id>/devices/<int:device_id>/block")
@needs(Permission.ORGANISE)
def block(event_id: int, device_id: int) -> ResponseReturnValue:
    """Keep aside what a device sends from now on, or take it again."""
    _event, device = _device_or_404(event_id, device_id)
    session, lifts = db.session(), "lift" in request.form
    try:
        with writing(session):
            (devices.unblock if lifts else devices.block)(session, device, by=me(), at=now())
    except LedgerError as refusal:
        flash(say(refusal), "wait")
    else:
        told = _("Device no. %(number)s is taken again.") if lifts else _("Device no. %(number)s is blocked.")
        flash(told % {"number": device.number})
    return redirect(url_for(".index", event_id=event_id), 303)


@bp.get("/<int:event_id>/devices/<int:device_id>/write-off")
@needs(Permission.ORGANISE)
def ask_write_off(event_id: int, device_id: int) -> ResponseReturnValue:
    """Ask why a day can end without what may be left on a device."""
    event, device = _device_or_404(event_id, device_id)
    return _ask(event, device, _form(event))


@bp.post("/<int:event_id>/devices/<int:device_id>/write-off")
@needs(Permission.ORGANISE)
def write_off(event_id: int, device_id: int) -> ResponseReturnValue:
    """Write a device off, with a supervisor."""
    event, device = _device_or_404(event_id, device_id)
    form, session = _form(event), db.session()
    confirmer = second_person(form) if form.validate_on_submit() else None
    if confirmer is None:
        return _ask(event, device, form), 422
    try:
        with writing(session):
            devices.write_off(session, device, reason=form.reason.data, by=me(), confirmer=confirmer, at=now())
    except LedgerError as refusal:
        journal_refusal(refusal)
        flash(say(refusal), "stop")
    else:
        flash(_("Device no. %(number)s is written off.", number=device.number))
    return redirect(url_for(".index", event_id=event_id), 303)


def _device_or_404(event_id: int, device_id: int) -> tuple[Event, Device]:
    event, device = organised_or_404(event_id), db.session.get(Device, device_id)
    if device is None or device.event_id != event_id:
        abort(404)
    return event, device


def _form(event: Event) -> WriteOffForm:
    form = WriteOffForm()
    offer_second(form, holders(db.session(), event.unit, Permission.SUPERVISE, other_than=me()))
    return form


def _ask(event: Event, device: Device, form: WriteOffForm) -> str:
    return render_template("devices/write_off.html", event=event, device=device, form=form)
