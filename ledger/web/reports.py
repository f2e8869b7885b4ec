"""Reports after an event: summary, statistics tables and pictures, in one package."""

from collections.abc import Iterator
from datetime import datetime, time
from tempfile import TemporaryFile
from typing import Any, cast

import orjson
from flask import Blueprint, abort, current_app, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ledger.db import db
from ledger.errors import N_, Message
from ledger.events import service as events
from ledger.events.models import Event
from ledger.events.queries import in_state, photos_of, unreported
from ledger.events.workflow import State
from ledger.files.service import FileStore
from ledger.jobs import service as jobs
from ledger.jobs.models import JobState
from ledger.journal.service import writing
from ledger.manifests.archived import ARCHIVE_JOB, Archive, archive_of, ask_for_archive, keep_until
from ledger.manifests.models import Manifest
from ledger.manifests.queries import manifest_of
from ledger.permissions import Permission
from ledger.web.access import me, needs, now, organised_or_404, own_units, settings, signer, veiled
from ledger.web.context import BEIJING, day, sentence, today
from ledger.web.goods import CountedNow
from ledger.web.todo import ToDo

bp = Blueprint("reports", __name__, url_prefix="/reports")

MAKING = N_("The archive is being made")


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
        key=signer().verifier(),
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


@bp.post("/<int:event_id>/archive")
@needs(Permission.ORGANISE)
def make_archive(event_id: int) -> ResponseReturnValue:
    """Have all that belongs to an event put into one file. Raises CountedNow or NothingToArchive."""
    manifest, session = _archivable(event_id), db.session()
    with writing(session):
        if not _is_making(manifest):
            ask_for_archive(session, manifest, by=me(), at=now())
    current_app.extensions["worker"].nudge()
    return redirect(url_for("events.show", event_id=event_id, _anchor="archive"), 303)


@bp.get("/<int:event_id>/archive/progress")
@needs(Permission.ORGANISE)
def archive_progress(event_id: int) -> ResponseReturnValue:
    """Say how far the archive is, for the page that waits for it."""
    manifest = _archivable(event_id)
    job = jobs.latest(db.session(), ARCHIVE_JOB, manifest.id)
    next_ = None if _is_making(manifest) else url_for("events.show", event_id=event_id, _anchor="archive")
    return {"done": job.done if job else 0, "total": job.total if job else 0, "text": _(MAKING), "next": next_}


@bp.get("/<int:event_id>/archive.zip")
@needs(Permission.ORGANISE)
def archive(event_id: int) -> ResponseReturnValue:
    """Hand out the newest archive of an event. Raises CountedNow."""
    manifest = _archivable(event_id)
    made = _kept(manifest)
    if made is None:
        abort(404)
    path = cast(FileStore, current_app.extensions["files"]).path(made.sha256)
    return send_file(path, "application/zip", as_attachment=True, download_name=f"{manifest.number} 档案.zip")


def about_archive(event: Event) -> dict[str, Any]:
    """Return what the page of a closed event says of its archive: nothing before its manifest is signed."""
    manifest = manifest_of(db.session(), event.id)
    if manifest is None or manifest.receipt is None:
        return {}
    years, job = settings().retention_years, jobs.latest(db.session(), ARCHIVE_JOB, manifest.id)
    return {
        "years": years,
        "until": keep_until(event.day, years),
        "made": _kept(manifest),
        "job": job,
        "is_making": _is_making(manifest),
        "failure": _said(job.error) if job and job.error else None,
    }


def _said(error: dict[str, object]) -> str:
    """Return the refusal that ended a job as a sentence."""
    return sentence(Message(str(error["message"])), cast(dict[str, object], error["facts"]))


def _archivable(event_id: int) -> Manifest:
    """Return the manifest of an event that the person organises. Raises CountedNow while the person counts goods."""
    manifest = manifest_of(db.session(), organised_or_404(event_id).id)
    if manifest is None:
        abort(404)
    if veiled():  # its count reports and slips tell quantities of more goods than the event's
        raise CountedNow
    return manifest


def _is_making(manifest: Manifest) -> bool:
    job = jobs.latest(db.session(), ARCHIVE_JOB, manifest.id)
    return job is not None and job.state in (JobState.QUEUED, JobState.RUNNING)


def _kept(manifest: Manifest) -> Archive | None:
    """Return the newest archive, if it lies here and was not only written by a command."""
    made = archive_of(db.session(), manifest)
    files = cast(FileStore, current_app.extensions["files"])
    return made if made and files.path(made.sha256).exists() else None


def to_dos() -> Iterator[ToDo]:
    """Yield the reports that are due."""
    for event in unreported(db.session(), own_units(Permission.ORGANISE)):
        left = (event.report_due_on - today()).days
        title = _("Hand in the report: due on %(day)s", day=day(event.report_due_on))
        text = _("%(name)s; %(days)s days late", name=event.name, days=-left) if left < 0 else event.name
        since = event.ended_at or datetime.combine(event.day, time(), BEIJING)
        yield ToDo(since, title, text, url_for("reports.index"), _("Make the report"))
