"""The archive of an event: all that belongs to it in one file, made by the worker."""

from typing import Any, cast

from flask import Blueprint, abort, current_app, redirect, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ledger.db import db
from ledger.errors import N_, Message
from ledger.events.models import Event
from ledger.jobs import service as jobs
from ledger.jobs.models import JobState
from ledger.journal.service import writing
from ledger.manifests.archived import ARCHIVE_JOB, Archive, archive_of, ask_for_archive, keep_until
from ledger.manifests.models import Manifest
from ledger.manifests.queries import manifest_of
from ledger.permissions import Permission
from ledger.web.access import me, needs, now, organised_or_404, settings, veiled
from ledger.web.context import sentence
from ledger.web.goods import CountedNow
from ledger.web.uploads import files

bp = Blueprint("archives", __name__, url_prefix="/archives")

MAKING = N_("The archive is being made")


@bp.post("/<int:event_id>")
@needs(Permission.ORGANISE)
def make(event_id: int) -> ResponseReturnValue:
    """Have all that belongs to an event put into one file. Raises CountedNow or NothingToArchive."""
    manifest, session = _archivable(event_id), db.session()
    with writing(session):
        if not _is_making(manifest):
            ask_for_archive(session, manifest, by=me(), at=now())
    current_app.extensions["worker"].nudge()
    return redirect(url_for("events.show", event_id=event_id, _anchor="archive"), 303)


@bp.get("/<int:event_id>/progress")
@needs(Permission.ORGANISE)
def progress(event_id: int) -> ResponseReturnValue:
    """Say how far the archive is, for the page that waits for it."""
    manifest = _archivable(event_id)
    job = jobs.latest(db.session(), ARCHIVE_JOB, manifest.id)
    next_ = None if _is_making(manifest) else url_for("events.show", event_id=event_id, _anchor="archive")
    return {"done": job.done if job else 0, "total": job.total if job else 0, "text": _(MAKING), "next": next_}


@bp.get("/<int:event_id>/archive.zip")
@needs(Permission.ORGANISE)
def download(event_id: int) -> ResponseReturnValue:
    """Hand out the newest archive of an event. Raises CountedNow."""
    manifest = _archivable(event_id)
    made = _kept(manifest)
    if made is None:
        abort(404)
    path = files().path(made.sha256)
    return send_file(path, "application/zip", as_attachment=True, download_name=f"{manifest.number} 档案.zip")


def about(event: Event) -> dict[str, Any]:
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
    return made if made and files().path(made.sha256).exists() else None
