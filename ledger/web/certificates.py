"""Certificates of destruction: handed out for a receiver's stamp, and taken back as scans or pictures."""

import orjson
from flask import Blueprint, abort, flash, redirect, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ledger.cases.attachments import keep
from ledger.db import db
from ledger.errors import LedgerError
from ledger.events.models import Event, Receiver
from ledger.journal.service import writing
from ledger.manifests.queries import manifest_of
from ledger.permissions import Permission
from ledger.reports import service
from ledger.reports.models import Certificate
from ledger.web.access import me, needs, now, organised_or_404
from ledger.web.context import say
from ledger.web.papers import hand_out
from ledger.web.site_forms import CertificateForm
from ledger.web.uploads import files

bp = Blueprint("certificates", __name__, url_prefix="/reports")


@bp.get("/<int:event_id>/receivers/<int:receiver_id>/certificate.pdf")
@needs(Permission.ORGANISE)
def draw(event_id: int, receiver_id: int) -> ResponseReturnValue:
    """Hand out the certificate for a receiver's stamp. Raises NotPrintable."""
    from ledger.papers.extract import draw_certificate  # noqa: PLC0415 - loads reportlab, which pages do without
    from ledger.reports.summary import certificate_of  # noqa: PLC0415 - the same

    event, receiver = _receiver_or_404(event_id, receiver_id)
    manifest = manifest_of(db.session(), event.id)
    said = certificate_of(manifest, orjson.loads(manifest.content), receiver.name) if manifest else None
    if said is None:
        abort(404)
    return hand_out(draw_certificate, said, f"销毁证明 {receiver.name}")


@bp.post("/<int:event_id>/receivers/<int:receiver_id>/certificate")
@needs(Permission.ORGANISE)
def add(event_id: int, receiver_id: int) -> ResponseReturnValue:
    """Take a stamped certificate back."""
    event, receiver = _receiver_or_404(event_id, receiver_id)
    form, session = CertificateForm(), db.session()
    if not form.validate_on_submit():
        flash(" ".join(form.file.errors), "stop")
        return redirect(url_for("reports.show", event_id=event_id), 303)
    try:
        sha256, shown = keep(files(), form.file.data.stream.read())
        with writing(session):
            service.add_certificate(session, event, receiver, sha256=sha256, shown=shown, by=me(), at=now())
    except LedgerError as refusal:
        flash(say(refusal), "stop")
    else:
        flash(_("Kept the certificate of %(name)s.", name=receiver.name))
    return redirect(url_for("reports.show", event_id=event_id), 303)


@bp.get("/<int:event_id>/certificates/<int:certificate_id>")
@needs(Permission.ORGANISE)
def original(event_id: int, certificate_id: int) -> ResponseReturnValue:
    """Hand out a certificate as it came back, to be saved and never shown within a page."""
    organised_or_404(event_id)
    certificate = db.session.get(Certificate, certificate_id)
    if certificate is None or certificate.event_id != event_id:
        abort(404)
    kind = ("application/octet-stream", ".jpg") if certificate.shown else ("application/pdf", ".pdf")
    name = f"销毁证明 {certificate.receiver.name}{kind[1]}"
    path = files().path(certificate.shown or certificate.sha256)
    return send_file(path, mimetype=kind[0], as_attachment=True, download_name=name)


def _receiver_or_404(event_id: int, receiver_id: int) -> tuple[Event, Receiver]:
    event = organised_or_404(event_id)
    receiver = next((each for each in event.receivers if each.id == receiver_id), None)
    if receiver is None:
        abort(404)
    return event, receiver
