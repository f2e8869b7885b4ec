"""One run: what went in, what was left, its pictures, and the signatures of those who watched it."""

from decimal import Decimal
from io import BytesIO
from typing import NamedTuple

from flask import Blueprint, Response, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ledger.db import db
from ledger.destruction.workflow import METHOD_NAMES
from ledger.errors import LedgerError, NotPermitted
from ledger.events.photos import PHOTO_STAGE_NAMES
from ledger.events.workflow import State
from ledger.files.images import clean_picture
from ledger.journal.service import writing
from ledger.permissions import Permission
from ledger.scanning import runs, service, signing
from ledger.scanning.models import Run, Signature
from ledger.units.models import User
from ledger.web.access import event_or_404, hides, me, needs, now, organised_or_404, own_units
from ledger.web.context import say
from ledger.web.errors import journal_refusal
from ledger.web.signing import signed_by
from ledger.web.site_forms import HandOverForm, PaperForm, ResultsForm
from ledger.web.uploads import files, send_picture

bp = Blueprint("runs", __name__, url_prefix="/events")


class Watcher(NamedTuple):
    """A supervisor of a run, their signature, and whether it holds."""

    person: User
    signature: Signature | None
    holds: bool


@bp.get("/<int:event_id>/runs/<int:run_id>")
@needs(Permission.VIEW_GOODS)
def show(event_id: int, run_id: int) -> ResponseReturnValue:
    """Show a run to those who organise its event or see all of it."""
    return _show(_run_or_404(event_id, run_id))


@bp.post("/<int:event_id>/runs/<int:run_id>/finish")
@needs(Permission.ORGANISE)
def finish(event_id: int, run_id: int) -> ResponseReturnValue:
    """End a run."""
    organised_or_404(event_id)
    run, session = _run_or_404(event_id, run_id), db.session()
    try:
        with writing(session):
            service.finish_run(session, run, by=me(), at=now())
    except LedgerError as refusal:
        flash(say(refusal), "wait")
    else:
        flash(_("Run %(number)s has ended. Now its supervisors sign.", number=run.number))
    return redirect(url_for(".show", event_id=event_id, run_id=run_id), 303)


@bp.post("/<int:event_id>/runs/<int:run_id>/results")
@needs(Permission.ORGANISE)
def note_results(event_id: int, run_id: int) -> ResponseReturnValue:
    """Write down what was left of a run, what it brought, and where the recording is."""
    organised_or_404(event_id)
    run, session = _run_or_404(event_id, run_id), db.session()
    form = ResultsForm()
    if not form.validate_on_submit():
        return _show(run, form), 422
    try:
        with writing(session):
            signing.check_writable(session, run)
            runs.note_results(
                session,
                run,
                video=form.video.data,
                residue_kg=form.residue_kg.data,
                income=form.income.data,
                receipt_no=form.receipt_no.data,
                by=me(),
                at=now(),
            )
    except LedgerError as refusal:
        journal_refusal(refusal)
        form.form_errors.append(say(refusal))
        return _show(run, form), 409
    flash(_("What was left of run %(number)s is written down.", number=run.number))
    return redirect(url_for(".show", event_id=event_id, run_id=run_id), 303)


@bp.get("/<int:event_id>/runs/<int:run_id>/sign/<int:user_id>")
@needs(Permission.VIEW_GOODS)
def ask_signature(event_id: int, run_id: int, user_id: int) -> ResponseReturnValue:
    """Hand the screen to a supervisor: what is signed for, and a sheet to sign on."""
    run, person = _supervisor_or_404(event_id, run_id, user_id)
    digest = signing.digest_of(runs.run_sheet(db.session(), run))
    return _ask_signature(run, person, HandOverForm(formdata=None, digest=digest))


@bp.post("/<int:event_id>/runs/<int:run_id>/sign/<int:user_id>")
@needs(Permission.VIEW_GOODS)
def sign(event_id: int, run_id: int, user_id: int) -> ResponseReturnValue:
    """Take a supervisor's signature, signed by their own means."""
    run, person = _supervisor_or_404(event_id, run_id, user_id)
    form = HandOverForm()
    proof = signed_by(person, form, "run", form.digest.data) if form.validate_on_submit() else None
    if proof is None:
        return _ask_signature(run, person, form), 422
    return _keep(run, person, by=person, digest=form.digest.data, strokes=form.strokes.data, proof=proof)


@bp.post("/<int:event_id>/runs/<int:run_id>/paper/<int:user_id>")
@needs(Permission.ORGANISE)
def sign_on_paper(event_id: int, run_id: int, user_id: int) -> ResponseReturnValue:
    """Keep a picture of the paper that a supervisor signed who cannot sign on the screen."""
    organised_or_404(event_id)
    run, person = _supervisor_or_404(event_id, run_id, user_id)
    form = PaperForm()
    if not form.validate_on_submit():
        return _ask_signature(run, person, HandOverForm(formdata=None, digest=form.sheet.data), form), 422
    try:
        paper = files().keep(BytesIO(clean_picture(form.paper.data.stream)))
    except LedgerError as refusal:
        form.form_errors.append(say(refusal))
        return _ask_signature(run, person, HandOverForm(formdata=None, digest=form.sheet.data), form), 422
    return _keep(run, person, by=me(), digest=form.sheet.data, paper=paper)


@bp.get("/<int:event_id>/runs/<int:run_id>/paper/<int:user_id>")
@needs(Permission.VIEW_GOODS)
def show_paper(event_id: int, run_id: int, user_id: int) -> Response:
    """Hand out the picture of the paper that a supervisor signed."""
    run = _run_or_404(event_id, run_id)
    signed = next((each for each in run.signatures if each.user_id == user_id and each.paper), None)
    return send_picture(signed.paper, f"{run.event_id}-{run.number}-{user_id}.jpg") if signed else abort(404)


def _keep(run: Run, person: User, **facts: object) -> ResponseReturnValue:
    session, name, event_id, run_id = db.session(), person.name, run.event_id, run.id
    try:
        with writing(session):
            signing.sign_run(session, run, person=person, at=now(), **facts)  # type: ignore[arg-type]
    except LedgerError as refusal:
        journal_refusal(refusal)
        flash(say(refusal), "stop")
    else:
        flash(_("%(name)s has signed for the run.", name=name))
    return redirect(url_for(".show", event_id=event_id, run_id=run_id), 303)


def _run_or_404(event_id: int, run_id: int) -> Run:
    event = event_or_404(event_id)
    run = db.session.get(Run, run_id)
    if run is None or run.event_id != event_id or event.unit_id not in own_units(Permission.VIEW_GOODS):
        abort(404)
    return run


def _supervisor_or_404(event_id: int, run_id: int, user_id: int) -> tuple[Run, User]:
    """Return a run and one of its supervisors, who signs at their own screen or at the organiser's."""
    run = _run_or_404(event_id, run_id)
    person = next((each for each in run.supervisors if each.id == user_id), None)
    if person is None:
        abort(404)
    if me().id != user_id and run.event.unit_id not in own_units(Permission.ORGANISE):
        raise NotPermitted
    return run, person


def _show(run: Run, form: ResultsForm | None = None) -> str:
    session, organises = db.session(), run.event.unit_id in own_units(Permission.ORGANISE)
    holding = signing.signed_for(session, run)
    given = {each.user_id: each for each in run.signatures}
    is_writable = not run.is_open and run.event.state in (State.OPEN, State.CLOSING)
    batches = runs.batches_of(session, run)
    return render_template(
        "runs/show.html",
        run=run,
        event=run.event,
        batches=batches,
        net_kg=None if any(map(hides, batches)) else sum((batch.net_kg for batch in batches), Decimal(0)),
        watchers=[Watcher(who, given.get(who.id), given.get(who.id) in holding) for who in run.supervisors],
        form=(form or ResultsForm(obj=run)) if is_writable and organises else None,
        is_writable=is_writable,
        organises=organises,
        may_photograph=me().may(Permission.PHOTOGRAPH) and run.event.state in (State.OPEN, State.CLOSING),
        lacking=runs.lacking_pictures(run),
        stage_names=PHOTO_STAGE_NAMES,
        method_names=METHOD_NAMES,
    )


def _ask_signature(run: Run, person: User, form: HandOverForm, paper: PaperForm | None = None) -> str:
    session = db.session()
    batches = runs.batches_of(session, run)
    digest = signing.digest_of(runs.run_sheet(session, run))
    return render_template(
        "runs/sign.html",
        run=run,
        event=run.event,
        person=person,
        form=form,
        paper=(paper or PaperForm(formdata=None, sheet=digest))
        if run.event.unit_id in own_units(Permission.ORGANISE)
        else None,
        count=len(batches),
        net_kg=None if any(map(hides, batches)) else sum((batch.net_kg for batch in batches), Decimal(0)),
        digest=digest,
        is_own_screen=person.id == me().id,
        method_names=METHOD_NAMES,
    )
