"""The day of an event: how far it is, its runs, and taking a destruction back. closing.py has what comes after."""

from collections.abc import Sequence

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ledger.db import db
from ledger.destruction.workflow import METHOD_NAMES, Method
from ledger.errors import LedgerError
from ledger.events.models import Event
from ledger.events.workflow import State
from ledger.journal.service import writing
from ledger.manifests import closing
from ledger.permissions import Permission
from ledger.scanning import queries, service
from ledger.scanning.models import Posting
from ledger.scanning.progress import Trouble, progress_by_unit, troubles
from ledger.scanning.rules import REASON_NAMES, STAGE_NAMES, WAY, Outcome, Stage
from ledger.units.models import User
from ledger.units.queries import holders
from ledger.web.access import event_or_404, me, needs, now, organised_or_404, own_units
from ledger.web.context import say
from ledger.web.errors import journal_refusal
from ledger.web.signing import offer_second, second_person
from ledger.web.site_forms import RunForm, TakeBackForm
from ledger.web.words import OUTCOMES, verdict_of

bp = Blueprint("day", __name__, url_prefix="/events")

AFTER = frozenset({State.CLOSING, State.SEALED})


@bp.get("/<int:event_id>/day")
@needs(Permission.VIEW_GOODS)
def show(event_id: int) -> ResponseReturnValue:
    """Show how far the day is; once it is over, its closing."""
    event, session = event_or_404(event_id), db.session()
    if event.state in AFTER:
        return redirect(url_for("closing.show", event_id=event_id), 303)
    units = own_units(Permission.VIEW_GOODS)
    rows = progress_by_unit(session, event)
    return render_template(
        "day/show.html",
        event=event,
        is_open=event.state is State.OPEN,
        expected=sum(row.expected for row in rows),
        passed={stage: sum(row.passed[stage] for row in rows) for stage in WAY},
        by_unit=[row for row in rows if row.unit.id in units],
        troubles=troubles(session, event, units, at=now()) if event.state is State.OPEN else [],
        Trouble=Trouble,
        reason_names=REASON_NAMES,
        scans=queries.last_scans(session, event, units),
        numbers=queries.numbers_of(session, [event_id]),
        runs=queries.runs_of(session, event_id),
        in_runs=queries.batches_in_runs(session, event_id),
        lacking={point.about.id for point in closing.lacks_of_runs(session, event)},
        organises=event.unit_id in own_units(Permission.ORGANISE),
        sees_all=event.unit_id in units,
        may_scan=me().may(Permission.SCAN),
        can_be_taken_back=_can_be_taken_back,
        verdict_of=verdict_of,
        outcomes=OUTCOMES,
        stage_names=STAGE_NAMES,
        method_names=METHOD_NAMES,
        way=WAY,
    )


@bp.get("/<int:event_id>/people")
@needs(Permission.ORGANISE)
def people(event_id: int) -> ResponseReturnValue:
    """Show, before anybody is assigned, who can watch at which site and who cannot, and why."""
    event, session = organised_or_404(event_id), db.session()
    supervisors, sites = _supervisors(event), []
    for site in event.sites:
        found = service.conflicts_at(session, event, site, supervisors)
        conflicts = {person.id: say(conflict) for person, conflict in found}
        sites.append((site, [(person, conflicts.get(person.id)) for person in supervisors]))
    return render_template("day/people.html", event=event, sites=sites, least=service.SUPERVISORS)


@bp.get("/<int:event_id>/runs/new")
@needs(Permission.ORGANISE)
def new_run(event_id: int) -> ResponseReturnValue:
    """Ask where a run is and who watches it."""
    event = organised_or_404(event_id)
    return _ask_run(event, _run_form(event))


@bp.post("/<int:event_id>/runs")
@needs(Permission.ORGANISE)
def open_run(event_id: int) -> ResponseReturnValue:
    """Begin a run."""
    event, session = organised_or_404(event_id), db.session()
    form = _run_form(event)
    if not form.validate_on_submit():
        return _ask_run(event, form), 422
    try:
        with writing(session):
            run = service.open_run(
                session,
                event,
                site=next(site for site in event.sites if site.id == form.site.data),
                receiver=next(receiver for receiver in event.receivers if receiver.id == form.receiver.data),
                method=Method(form.method.data),
                supervisors=[session.get_one(User, int(key)) for key in _chosen(form)],
                by=me(),
                at=now(),
            )
            number = run.number
    except LedgerError as refusal:
        journal_refusal(refusal)
        form.form_errors.append(say(refusal))
        return _ask_run(event, form), 409
    flash(_("Run %(number)s has begun. Site staff can choose it now.", number=number))
    return redirect(url_for(".show", event_id=event_id), 303)


@bp.get("/<int:event_id>/scans/<int:posting_id>/take-back")
@needs(Permission.SCAN)
def ask_take_back(event_id: int, posting_id: int) -> ResponseReturnValue:
    """Ask why a destruction is taken back, and which supervisor stands by."""
    posting = _destruction_or_404(event_id, posting_id)
    return _ask_take_back(posting, _take_back_form(posting))


@bp.post("/<int:event_id>/scans/<int:posting_id>/take-back")
@needs(Permission.SCAN)
def take_back(event_id: int, posting_id: int) -> ResponseReturnValue:
    """Take a mistaken destruction back, as site staff beside a supervisor."""
    posting, session = _destruction_or_404(event_id, posting_id), db.session()
    form = _take_back_form(posting)
    supervisor = second_person(form) if form.validate_on_submit() else None
    if supervisor is None:
        return _ask_take_back(posting, form), 422
    try:
        with writing(session):
            service.void_destroy(
                session, posting, reason=form.reason.data, scanner=me(), supervisor=supervisor, at=now()
            )
    except LedgerError as refusal:
        journal_refusal(refusal)
        flash(say(refusal), "stop")
    else:
        number = posting.batch.number if posting.batch else ""
        flash(_("Batch %(number)s counts as on site again.", number=number))
    return redirect(url_for(".show", event_id=event_id), 303)


def _can_be_taken_back(posting: Posting) -> bool:
    return posting.stage is Stage.DESTROY and posting.outcome is Outcome.OK and posting.voided_at is None


def _destruction_or_404(event_id: int, posting_id: int) -> Posting:
    event_or_404(event_id)
    posting = db.session.get(Posting, posting_id)
    if posting is None or posting.event_id != event_id or posting.stage is not Stage.DESTROY or posting.run is None:
        abort(404)
    return posting


def _take_back_form(posting: Posting) -> TakeBackForm:
    form = TakeBackForm()
    offer_second(form, posting.run.supervisors if posting.run else [])
    return form


def _ask_take_back(posting: Posting, form: TakeBackForm) -> str:
    return render_template("day/take_back.html", posting=posting, event=posting.event, form=form)


def _run_form(event: Event) -> RunForm:
    form = RunForm()
    methods = dict.fromkeys(batch.treatment.last for batch in event.batches if batch.is_expected) or METHOD_NAMES
    form.site.choices = [(site.id, site.name) for site in event.sites]
    form.receiver.choices = [(receiver.id, receiver.name) for receiver in event.receivers]
    form.method.choices = [(method.value, _(METHOD_NAMES[method])) for method in methods]
    people = [("", _("Choose")), *((str(person.id), person.name) for person in _supervisors(event))]
    form.supervisor.choices = form.other_supervisor.choices = people
    return form


def _chosen(form: RunForm) -> Sequence[str]:
    return [form.supervisor.data, form.other_supervisor.data]


def _supervisors(event: Event) -> list[User]:
    return holders(db.session(), event.unit, Permission.SUPERVISE)


def _ask_run(event: Event, form: RunForm) -> str:
    """Return the page that asks for a run; who cannot watch where is said before anybody is chosen."""
    session, people = db.session(), _supervisors(event)
    conflicts = [
        (site, conflict)
        for site in event.sites
        for _who, conflict in service.conflicts_at(session, event, site, people)
    ]
    return render_template(
        "day/new_run.html",
        event=event,
        form=form,
        conflicts=[(site.name, say(conflict)) for site, conflict in conflicts],
        too_few=len(people) < service.SUPERVISORS,
    )
