"""Reports after an event, of all of it and of each unit: papers, pictures, who has handed in; and pages of charts."""

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from tempfile import TemporaryFile

import orjson
from flask import Blueprint, Response, abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ledger.db import db
from ledger.errors import NotPermitted
from ledger.events import service as events
from ledger.events.models import Event, Photo
from ledger.events.photos import PHOTO_STAGE_NAMES, PhotoStage
from ledger.events.queries import ended, photos_of
from ledger.events.workflow import State
from ledger.goods.classes import ENV_CLASS_NAMES
from ledger.journal.service import writing
from ledger.manifests.queries import manifest_of
from ledger.papers.content import Manifest as Content
from ledger.papers.reported import ReportData
from ledger.permissions import Permission
from ledger.reports import queries, service
from ledger.reports.breakdown import charts_of, events_of
from ledger.reports.queries import Reported
from ledger.units.models import Unit
from ledger.units.queries import ids_below
from ledger.web.access import event_or_404, me, needs, now, own_units, signer, veiled
from ledger.web.forms import Form
from ledger.web.goods import CountedNow
from ledger.web.papers import hand_out
from ledger.web.uploads import files

bp = Blueprint("reports", __name__, url_prefix="/reports")

CAPTION = 200
_KINDS = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@bp.get("")
@needs(Permission.VIEW_JOURNAL)
def index() -> ResponseReturnValue:
    """List the events that the person's units report on, and who has handed in."""
    found = ended(db.session(), own_units(Permission.VIEW_JOURNAL))
    due = [event for event in found if event.report_of(event.unit_id) is None]
    return render_template("reports/index.html", due=due, done=[event for event in found if event not in due])


@bp.get("/<int:event_id>")
@needs(Permission.VIEW_JOURNAL)
def show(event_id: int) -> ResponseReturnValue:
    """Show what each of the person's units reports on an event, and what came back from the receivers."""
    event, session = _ended_or_404(event_id), db.session()
    manifest, mine = manifest_of(session, event.id), own_units(Permission.VIEW_JOURNAL)
    content: Content | None = orjson.loads(manifest.content) if manifest else None
    organises = event.unit_id in own_units(Permission.ORGANISE)
    took = {row["name"] for row in content["receivers"]} if content else set[str]()
    return render_template(
        "reports/show.html",
        event=event,
        units=[unit for unit in event.reporting if unit.id in mine],
        named={event.unit.code, *(unit["code"] for unit in (content["units"] if content else []))},
        is_ready=manifest is not None and manifest.receipt is not None,
        mine={unit.id for unit in event.reporting if _is_mine(event, unit)},
        chosen={unit.id: len(_captions(event, unit)) for unit in event.reporting},
        organises=organises,
        receivers=[receiver for receiver in event.receivers if receiver.name in took] if organises else [],
        certificates=queries.certificates_of(session, event.id) if organises else [],
        class_names=ENV_CLASS_NAMES,
    )


@bp.get(
    "/<int:event_id>/units/<int:unit_id>"
    "/<any('report.zip', 'summary.pdf', 'summary.docx', 'statistics.xlsx', 'extract.pdf'):paper>"
)
@needs(Permission.VIEW_JOURNAL)
def paper(event_id: int, unit_id: int, paper: str) -> ResponseReturnValue:
    """Hand out a unit's report on an event, or a paper of it. Raises NotPermitted, CountedNow or NotPrintable."""
    event = _ended_or_404(event_id)
    told = _told_or_404(event, _unit_or_404(event, unit_id))
    name = f"{told.unit or event.name} {event.day:%Y-%m-%d}"
    if paper == "report.zip":
        return _package(told, name)
    from ledger.papers.extract import draw_extract  # noqa: PLC0415 - loads reportlab, which pages do without
    from ledger.papers.report import draw_report  # noqa: PLC0415 - the same
    from ledger.reports.package import made_at_of, summary_for  # noqa: PLC0415 - the same
    from ledger.reports.summary import extract_of  # noqa: PLC0415 - the same

    if paper == "extract.pdf":
        return hand_out(draw_extract, extract_of(told.manifest, told.content), name)
    summary, pictures = summary_for(told, files())
    if paper == "summary.pdf":

        def draw(said: ReportData, target: BytesIO) -> int:
            return draw_report(said, target, pictures)

        return hand_out(draw, summary, summary["title"])
    target = BytesIO()
    if paper == "summary.docx":
        from ledger.papers.draft import write_draft  # noqa: PLC0415 - loads python-docx, which pages do without

        write_draft(summary, target, pictures)
    else:
        from ledger.reports.statistics import write_statistics  # noqa: PLC0415 - loads XlsxWriter

        write_statistics(told.content, target, made_at=made_at_of(told.manifest))
    target.seek(0)
    ending = paper.rpartition(".")[2]
    return send_file(target, _KINDS[ending], as_attachment=True, download_name=f"{summary['title']}.{ending}")


@bp.post("/<int:event_id>/units/<int:unit_id>/handed-in")
@needs(Permission.VIEW_JOURNAL)
def hand_in(event_id: int, unit_id: int) -> ResponseReturnValue:
    """Note that a unit's report was handed in. Raises NotPermitted or EventMovedOn."""
    event, session = _ended_or_404(event_id), db.session()
    unit = _own_unit(event, unit_id)
    with writing(session):
        events.note_reported(session, event, unit, by=me(), at=now())
    flash(_("Noted that the report of %(name)s was handed in.", name=unit.name))
    return redirect(url_for(".show", event_id=event_id), 303)


@bp.get("/<int:event_id>/units/<int:unit_id>/pictures")
@needs(Permission.VIEW_JOURNAL)
def pictures(event_id: int, unit_id: int) -> ResponseReturnValue:
    """Show the pictures that a unit can choose for its report, with what is written under them."""
    event = _ended_or_404(event_id)
    return _pictures(event, _own_unit(event, unit_id))


@bp.post("/<int:event_id>/units/<int:unit_id>/pictures")
@needs(Permission.VIEW_JOURNAL)
def choose(event_id: int, unit_id: int) -> ResponseReturnValue:
    """Keep which pictures a unit's report has; what is written under one, if nothing is, is what it shows."""
    event, session = _ended_or_404(event_id), db.session()
    unit = _own_unit(event, unit_id)
    picked = set(request.form.getlist("picture", type=int))
    with writing(session):
        captions = {photo: _caption(photo.id) or photo.subject for photo in _photos(event, unit) if photo.id in picked}
        service.choose_pictures(session, event, unit, captions, by=me(), at=now())
    flash(_("The report has %(count)s pictures.", count=len(captions)))
    return redirect(url_for(".show", event_id=event_id), 303)


@bp.get("/charts")
@needs(Permission.VIEW_JOURNAL)
def charts() -> ResponseReturnValue:
    """Show what was destroyed as bars, each chart with its table: of one event, of a year, or of all."""
    told, is_kept_back = _contents()
    heads = {content["event"]["id"]: content["event"] for content in told}
    days = {key: date.fromisoformat(head["day"]) for key, head in heads.items()}
    year, event_id = request.args.get("year", type=int), request.args.get("event", type=int)
    picked = {key for key, day in days.items() if year in (None, day.year) and event_id in (None, key)}
    shown = [content for content in told if content["event"]["id"] in picked]
    return render_template(
        "reports/charts.html",
        charts=charts_of(shown),
        sums=events_of(shown),
        events=[(key, head["name"]) for key, head in heads.items()],
        years=sorted({day.year for day in days.values()}, reverse=True),
        year=year,
        event_id=event_id,
        by="value" if request.args.get("by") == "value" else "lines",
        is_kept_back=is_kept_back,
    )


def _package(told: Reported, name: str) -> Response:
    from ledger.reports.package import write_package  # noqa: PLC0415 - loads reportlab, which pages do without

    target = TemporaryFile()  # noqa: SIM115 - it is closed with the answer
    write_package(target, told, files(), key=signer().verifier())
    target.seek(0)
    return send_file(target, "application/zip", as_attachment=True, download_name=f"{name}.zip")


def _ended_or_404(event_id: int) -> Event:
    event = event_or_404(event_id)
    if event.state not in (State.CLOSING, State.SEALED):
        abort(404)
    return event


def _unit_or_404(event: Event, unit_id: int) -> Unit:
    unit = next((unit for unit in event.reporting if unit.id == unit_id), None)
    if unit is None or unit.id not in own_units(Permission.VIEW_JOURNAL):
        abort(404)
    return unit


def _own_unit(event: Event, unit_id: int) -> Unit:
    """Return a unit whose report the person makes. Raises NotPermitted if they may only see it."""
    unit = _unit_or_404(event, unit_id)
    if not _is_mine(event, unit):
        raise NotPermitted
    return unit


def _is_mine(event: Event, unit: Unit) -> bool:
    """Whether the person makes a unit's report: its registrars do, and whoever organises the event for all units."""
    makes = unit.id in own_units(Permission.APPLY) and unit.id != event.unit_id
    return makes or event.unit_id in own_units(Permission.ORGANISE)


def _told_or_404(event: Event, unit: Unit) -> Reported:
    manifest = manifest_of(db.session(), event.id)
    told = queries.reported(db.session(), manifest, unit) if manifest and manifest.receipt else None
    if told is None:
        abort(404)
    if _is_veiled(told.content):
        raise CountedNow
    return told


def _photos(event: Event, unit: Unit) -> Sequence[Photo]:
    mine = ids_below(db.session(), [unit.id]) if unit.id == event.unit_id else [unit.id]
    return photos_of(db.session(), event.id, mine)


def _captions(event: Event, unit: Unit) -> dict[int, str]:
    return queries.captions_of(db.session(), _photos(event, unit), unit)


def _caption(photo_id: int) -> str:
    return " ".join(request.form.get(f"caption-{photo_id}", "").split())[:CAPTION]


def _pictures(event: Event, unit: Unit) -> str:
    return render_template(
        "reports/pictures.html",
        event=event,
        unit=unit,
        form=Form(),
        photos=_photos(event, unit),
        captions=_captions(event, unit),
        stages={stage: _(PHOTO_STAGE_NAMES[stage]) for stage in PhotoStage},
        longest=CAPTION,
    )


def _contents() -> tuple[list[Content], bool]:
    """Return what manifests say to the person, newest first, and whether some are left out: lines are counted blind."""
    session, mine, told, is_kept_back = db.session(), own_units(Permission.VIEW_JOURNAL), list[Content](), False
    for event in ended(session, mine):
        manifest = manifest_of(session, event.id)
        if manifest is None:
            continue
        units = [event.unit] if event.unit_id in mine else [unit for unit in event.reporting if unit.id in mine]
        shares = [share for unit in units if (share := queries.content_for(session, manifest, unit)) is not None]
        if any(_is_veiled(share) for share in shares):
            is_kept_back = True
        else:
            told += shares
    return told, is_kept_back


def _is_veiled(content: Content) -> bool:
    return bool(veiled()) and any(
        line["item"] in veiled() for unit in content["units"] for case in unit["cases"] for line in case["lines"]
    )
