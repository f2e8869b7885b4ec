"""The public result of an event (打假成果): totals and chosen cases without their people, while it is released."""

from typing import cast

import orjson
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ledger.db import db
from ledger.errors import LedgerError
from ledger.events.models import Event
from ledger.journal.service import writing
from ledger.manifests.models import Manifest
from ledger.manifests.queries import manifest_of
from ledger.papers.content import Manifest as Content
from ledger.permissions import Permission
from ledger.reports import queries, service
from ledger.reports.breakdown import charts_of, told_of_cases
from ledger.reports.models import PublicResult
from ledger.web.access import me, needs, now, open_to_all, organised_or_404
from ledger.web.context import say
from ledger.web.site_forms import ResultForm

bp = Blueprint("results", __name__, url_prefix="/results")

_PUBLIC_CHARTS = ("category", "method")


@bp.get("")
@open_to_all
def index() -> ResponseReturnValue:
    """List what is released, newest event first."""
    return render_template("results/index.html", results=queries.released(db.session()))


@bp.get("/<int:result_id>")
@open_to_all
def show(result_id: int) -> ResponseReturnValue:
    """Show the result of an event; what is not released, or no longer, is not there."""
    result = db.session.get(PublicResult, result_id)
    if result is None or result.released_at is None:
        abort(404)
    return _page(_content(_sealed_or_404(result.event)), result.cases, result)


@bp.get("/events/<int:event_id>")
@needs(Permission.ORGANISE)
def edit(event_id: int) -> ResponseReturnValue:
    """Let the organiser choose what the public reads; ?preview shows it as the public would see it."""
    event = organised_or_404(event_id)
    content, result = _content(_sealed_or_404(event)), queries.result_of(db.session(), event_id)
    if result is not None and "preview" in request.args:
        return _page(content, result.cases, result)
    return _edit(event, ResultForm(cases=result.cases if result else "\n\n".join(told_of_cases(content))), result)


@bp.post("/events/<int:event_id>")
@needs(Permission.ORGANISE)
def release(event_id: int) -> ResponseReturnValue:
    """Release the result."""
    event, session, form = organised_or_404(event_id), db.session(), ResultForm()
    _sealed_or_404(event)
    if not form.validate_on_submit():
        return _edit(event, form, queries.result_of(session, event_id)), 422
    try:
        with writing(session):
            result = service.release(session, event, form.cases.data, by=me(), at=now())
    except LedgerError as refusal:
        form.cases.errors = [say(refusal)]
        return _edit(event, form, queries.result_of(session, event_id)), 422
    flash(_("The public can read it now."))
    return redirect(url_for(".show", result_id=result.id), 303)


@bp.post("/events/<int:event_id>/withdraw")
@needs(Permission.ORGANISE)
def withdraw(event_id: int) -> ResponseReturnValue:
    """Take the result back from the public."""
    event, session = organised_or_404(event_id), db.session()
    with writing(session):
        service.withdraw(session, event, by=me(), at=now())
    flash(_("The public can no longer read it."))
    return redirect(url_for(".edit", event_id=event_id), 303)


def _sealed_or_404(event: Event) -> Manifest:
    manifest = manifest_of(db.session(), event.id)
    if manifest is None:
        abort(404)
    return manifest


def _content(manifest: Manifest) -> Content:
    return cast(Content, orjson.loads(manifest.content))


def _page(content: Content, cases: str, result: PublicResult) -> str:
    charts = [chart for chart in charts_of([content]) if chart["key"] in _PUBLIC_CHARTS]
    paragraphs = [text for line in cases.splitlines() if (text := line.strip())]
    return render_template("results/show.html", content=content, charts=charts, cases=paragraphs, result=result)


def _edit(event: Event, form: ResultForm, result: PublicResult | None) -> str:
    return render_template("results/edit.html", event=event, form=form, result=result)
