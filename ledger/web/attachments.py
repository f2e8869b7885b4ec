"""The pictures and documents of a case: adding them from a telephone or a desk, and handing them out."""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from ledger.cases.attachments import attach, attachments_of, keep
from ledger.cases.models import Attachment, Case
from ledger.db import db
from ledger.errors import LedgerError
from ledger.journal.service import writing
from ledger.permissions import Permission
from ledger.web.access import me, needs, now, own_or_404, own_units, veiled
from ledger.web.context import say
from ledger.web.site_forms import AttachForm
from ledger.web.uploads import MOST_AT_ONCE, files, send_picture

bp = Blueprint("attachments", __name__, url_prefix="/cases")


@bp.get("/<int:case_id>/attachments")
@needs(Permission.VIEW_GOODS)
def index(case_id: int) -> ResponseReturnValue:
    """Show what belongs to a case, and take more."""
    case = own_or_404(Case, case_id)
    return _index(case, _form(case))


@bp.post("/<int:case_id>/attachments")
@needs(Permission.PHOTOGRAPH)
def add(case_id: int) -> ResponseReturnValue:
    """Add files; those that cannot be taken are named, the others are kept."""
    case = own_or_404(Case, case_id, Permission.PHOTOGRAPH)
    form = _form(case)
    if not form.validate_on_submit():
        return _index(case, form), 422
    added = sum(_add(case, form, upload) for upload in form.files.data[:MOST_AT_ONCE])
    if added:
        flash(_("Added files: %(count)s.", count=added))
    return redirect(url_for(".index", case_id=case_id), 303)


@bp.get("/<int:case_id>/attachments/<int:attachment_id>")
@needs(Permission.VIEW_GOODS)
def show(case_id: int, attachment_id: int) -> Response:
    """Hand out the copy of a picture to look at."""
    attachment = _attachment_or_404(case_id, attachment_id)
    if attachment.shown is None:
        abort(404)
    return send_picture(attachment.shown, f"{case_id}-{attachment_id}.jpg")


@bp.get("/<int:case_id>/attachments/<int:attachment_id>/original")
@needs(Permission.VIEW_GOODS)
def original(case_id: int, attachment_id: int) -> Response:
    """Hand out a file as it was handed in, to be saved and never shown within a page."""
    attachment = _attachment_or_404(case_id, attachment_id)
    kind = ("application/octet-stream", "") if attachment.shown else ("application/pdf", ".pdf")
    path = files().path(attachment.sha256)
    return send_file(path, mimetype=kind[0], as_attachment=True, download_name=f"{attachment.name}{kind[1]}")


def _attachment_or_404(case_id: int, attachment_id: int) -> Attachment:
    attachment = own_or_404(Attachment, attachment_id)
    if attachment.case_id != case_id or is_kept_back(attachment.case):
        abort(404)
    return attachment


def is_kept_back(case: Case) -> bool:
    """Whether the files may tell the person quantities that they are counting blind just now."""
    return bool(veiled()) and any(item.id in veiled() for item in case.items)


def _add(case: Case, form: AttachForm, upload: FileStorage) -> bool:
    """Add one file. Whether that was done; if not, it is said why."""
    session = db.session()
    item = next((item for item in case.items if str(item.id) == form.item.data), None)
    try:
        sha256, shown = keep(files(), upload.stream.read())
        with writing(session):
            attach(session, case, item, name=form.name.data, sha256=sha256, shown=shown, by=me(), at=now())
    except LedgerError as refusal:
        flash(f"{upload.filename or ''} {say(refusal)}".strip(), "stop")
        return False
    return True


def _form(case: Case) -> AttachForm:
    form = AttachForm(item=request.args.get("item"))
    lines = [(str(item.id), f"{item.number}. {item.name}") for item in case.items]
    form.item.choices = [("", _("the whole case")), *lines]
    return form


def _index(case: Case, form: AttachForm) -> str:
    is_hidden = is_kept_back(case)
    return render_template(
        "attachments/index.html",
        case=case,
        form=form,
        attachments=[] if is_hidden else attachments_of(db.session(), [case.id]),
        is_kept_back=is_hidden,
        may_add=case.unit_id in own_units(Permission.PHOTOGRAPH),
        most=MOST_AT_ONCE,
    )
