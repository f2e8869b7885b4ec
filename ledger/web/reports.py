"""Reports after an event: summary, statistics tables and pictures, in one package."""

from collections.abc import Iterator
from datetime import datetime, time
from tempfile import TemporaryFile
from typing import cast

import orjson
from flask import Blueprint, abort, current_app, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ledger.db import db
from ledger.events import service as events
from ledger.events.queries import in_state, photos_of, unreported
from ledger.events.workflow import State
from ledger.files.service import FileStore
from ledger.journal.service import writing
from ledger.manifests.queries import manifest_of
from ledger.permissions import Permission
from ledger.web.access import me, needs, now, organised_or_404, own_units
from ledger.web.context import BEIJING, day, today
from ledger.web.todo import ToDo

bp = Blueprint("reports", __name__, url_prefix="/reports")


@bp.get("")
@needs(Permission.VIEW_JOURNAL)
def index() -> ResponseReturnValue:
    """List the events whose report can be made, and those whose report is due."""
    session, units = db.session(), own_units(Permission.VIEW_JOURNAL)
    due = unreported(session, units)
    done = [event for event in in_state(session, units, State.SEALED) if event.reported_at]
    return render_template(
        "reports/index.html",
        due=due,
        done=done[::-1],
        manifests={event.id: manifest_of(session, event.id) for event in [*due, *done]},
        mine=own_units(Permission.ORGANISE),
    )


@bp.get("/<int:event_id>/report.zip")
@needs(Permission.ORGANISE)
def package(event_id: int) -> ResponseReturnValue:
    """Hand out the package of an event: summary, statistics, manifest, pictures, and an index with hashes."""
    from ledger.reports.package import write_package  # noqa: PLC0415 - loads reportlab, which pages do without

    event, session = organised_or_404(event_id), db.session()
    manifest = manifest_of(session, event.id)
    if manifest is None or manifest.pdf_sha256 is None or manifest.receipt is None:
        abort(404)
    files = cast(FileStore, current_app.extensions["files"])
    photos = photos_of(session, event.id, own_units(Permission.VIEW_GOODS))
    target = TemporaryFile()  # noqa: SIM115 - it is closed with the answer
    write_package(
        target,
        manifest=manifest,
        content=orjson.loads(manifest.content),
        pictures=[(photo, files.path(photo.sha256)) for photo in photos],
        document=files.path(manifest.pdf_sha256),
    )
    target.seek(0)
    name = f"{event.name} {event.day:%Y-%m-%d}.zip"
    return send_file(target, "application/zip", as_attachment=True, download_name=name)


@bp.post("/<int:event_id>/handed-in")
@needs(Permission.ORGANISE)
def hand_in(event_id: int) -> ResponseReturnValue:
    """Note that the report was handed in."""
    event, session = organised_or_404(event_id), db.session()
    with writing(session):
        events.note_reported(session, event, by=me(), at=now())
    flash(_("Noted that the report of %(name)s was handed in.", name=event.name))
    return redirect(url_for(".index"), 303)


def to_dos() -> Iterator[ToDo]:
    """Yield the reports that are due."""
    for event in unreported(db.session(), own_units(Permission.ORGANISE)):
        left = (event.report_due_on - today()).days
        title = _("Hand in the report: due on %(day)s", day=day(event.report_due_on))
        text = _("%(name)s; %(days)s days late", name=event.name, days=-left) if left < 0 else event.name
        since = event.ended_at or datetime.combine(event.day, time(), BEIJING)
        yield ToDo(since, title, text, url_for("reports.index"), _("Make the report"))
