"""The pictures of an event: adding them from a telephone or a desk, and showing them to whom they concern."""

from collections.abc import Iterator
from io import BytesIO

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from ledger.db import db
from ledger.errors import LedgerError
from ledger.events.models import Event, Photo
from ledger.events.photos import CLOSED, PHOTO_STAGE_NAMES, PhotoStage
from ledger.events.queries import photos_of
from ledger.events.workflow import State
from ledger.files.images import clean_picture
from ledger.journal.service import writing
from ledger.permissions import Permission
from ledger.scanning.queries import runs_of
from ledger.scanning.runs import photograph
from ledger.units.models import Unit
from ledger.units.queries import in_tree_order
from ledger.web.access import event_or_404, me, needs, now, own_or_404, own_units
from ledger.web.context import say
from ledger.web.site_forms import PhotoForm
from ledger.web.uploads import MOST_AT_ONCE, files, send_picture

bp = Blueprint("pictures", __name__, url_prefix="/events")


@bp.get("/<int:event_id>/photos")
@needs(Permission.VIEW_GOODS)
def index(event_id: int) -> ResponseReturnValue:
    """Show the pictures of the person's units, and take new ones."""
    event = event_or_404(event_id)
    return _index(event, _form(event))


@bp.post("/<int:event_id>/photos")
@needs(Permission.PHOTOGRAPH)
def add(event_id: int) -> ResponseReturnValue:
    """Add pictures; those that cannot be read are named, the others are kept."""
    event = event_or_404(event_id)
    form = _form(event)
    if not form.validate_on_submit():
        return _index(event, form), 422
    added = sum(_add(event, form, upload) for upload in form.photos.data[:MOST_AT_ONCE])
    if added:
        flash(_("Added pictures: %(count)s.", count=added))
    return redirect(url_for(".index", event_id=event_id), 303)


@bp.get("/<int:event_id>/photos/<int:photo_id>")
@needs(Permission.VIEW_GOODS)
def show(event_id: int, photo_id: int) -> Response:
    """Hand out a picture."""
    event_or_404(event_id)
    photo = own_or_404(Photo, photo_id)
    if photo.event_id != event_id:
        abort(404)
    return send_picture(photo.sha256, f"{photo.event_id}-{photo.id}.jpg")


def _add(event: Event, form: PhotoForm, upload: FileStorage) -> bool:
    """Add one picture. Whether that was done; if not, it is said why."""
    session = db.session()
    run = next((run for run in runs_of(session, event.id) if str(run.number) == form.run.data), None)
    try:
        digest = files().keep(BytesIO(clean_picture(upload.stream)))
        with writing(session):
            photograph(
                session,
                event,
                run,
                unit=session.get_one(Unit, form.unit.data),
                stage=PhotoStage(form.stage.data),
                subject=form.subject.data,
                sha256=digest,
                by=me(),
                at=now(),
            )
    except LedgerError as refusal:
        flash(f"{upload.filename or ''} {say(refusal)}".strip(), "stop")
        return False
    return True


def _form(event: Event) -> PhotoForm:
    given = {name: request.args.get(name) for name in ("stage", "subject", "run")}
    form = PhotoForm(**given)
    own = own_units(Permission.PHOTOGRAPH) & {event.unit_id, *(slot.unit_id for slot in event.slots)}
    form.unit.choices = [(unit.id, unit.name) for _depth, unit in in_tree_order(db.session(), own)]
    form.stage.choices = list(_stages())
    runs = [(str(run.number), _("Run %(number)s", number=run.number)) for run in runs_of(db.session(), event.id)]
    form.run.choices = [("", _("no run")), *runs]
    return form


def _stages() -> Iterator[tuple[str, str]]:
    for stage, name in PHOTO_STAGE_NAMES.items():
        yield stage.value, _(name)


def _index(event: Event, form: PhotoForm) -> str:
    return render_template(
        "pictures/index.html",
        event=event,
        form=form,
        photos=photos_of(db.session(), event.id, own_units(Permission.VIEW_GOODS)),
        may_add=bool(form.unit.choices) and event.state not in CLOSED,
        is_closing=event.state is State.CLOSING,
        stages=dict(_stages()),
        most=MOST_AT_ONCE,
    )
