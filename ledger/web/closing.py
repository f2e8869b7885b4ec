"""Closing an event: open points resolved in writing, the supervisors' signatures, and issuing the manifest."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ledger.db import db
from ledger.errors import LedgerError, NotPermitted
from ledger.events.models import Batch, Event
from ledger.events.queries import items_in
from ledger.events.workflow import State
from ledger.journal.service import writing
from ledger.manifests import closing
from ledger.manifests import service as manifests
from ledger.manifests.content import build, digest_of
from ledger.manifests.models import Supervision
from ledger.manifests.pieces import differs
from ledger.manifests.queries import manifest_of, to_supervise
from ledger.manifests.workflow import OPEN_NAMES, SUPERVISORS, WAY_NAMES, WAYS, NotOpen, Open, Way
from ledger.papers.content import Manifest, ManifestLine
from ledger.permissions import Permission
from ledger.scanning.loads import off_weight_loads
from ledger.scanning.models import Load, Posting, Run
from ledger.scanning.queries import runs_of
from ledger.units.models import Unit, User
from ledger.units.queries import holders
from ledger.web.access import event_or_404, me, needs, now, organised_or_404, own_units, signer
from ledger.web.context import say
from ledger.web.errors import journal_refusal
from ledger.web.signing import offer_second, second_person, signed_by
from ledger.web.site_forms import ResolveForm, SuperviseForm
from ledger.web.todo import ToDo
from ledger.web.words import verdict_of

bp = Blueprint("closing", __name__, url_prefix="/events")

CLOSING = frozenset({State.CLOSING, State.SEALED})
_POINTS = ", ".join(Open)
BY_CUSTODIAN = frozenset({Way.TURNED_BACK, Way.RETURNED})
"""Ways that bring goods back into a store: its custodian writes them."""


class Row(NamedTuple):
    """One line of the comparison: its figures at the six points, and whether they still want an explanation."""

    unit: str
    line: ManifestLine
    is_open: bool


class Named(NamedTuple):
    """How something to resolve is called, whose it is, its code, and where what it lacks can still be supplied."""

    name: str
    unit: str
    code: str = ""
    supplied_at: str = ""


class Watcher(NamedTuple):
    """A supervisor of the runs, their signature, and whether it holds."""

    person: User
    signature: Supervision | None
    holds: bool


@bp.post("/<int:event_id>/closing")
@needs(Permission.ORGANISE)
def begin(event_id: int) -> ResponseReturnValue:
    """End the work on site; who does it closes the event."""
    event, session = organised_or_404(event_id), db.session()
    try:
        with writing(session):
            closing.end(session, event, by=me(), at=now())
    except LedgerError as refusal:
        journal_refusal(refusal)
        flash(say(refusal), "stop")
        return redirect(url_for("day.show", event_id=event_id), 303)
    return redirect(url_for(".show", event_id=event_id), 303)


@bp.get("/<int:event_id>/closing")
@needs(Permission.VIEW_GOODS)
def show(event_id: int) -> ResponseReturnValue:
    """Show what is left before the manifest can be issued."""
    event, session = _closing_or_404(event_id), db.session()
    content = build(session, event, number="")
    points = closing.open_points(session, event)
    rows = _comparison(event, content, points)
    watchers = _watchers(event, digest_of(content))
    shows_all = "all" in request.args
    return render_template(
        "closing/show.html",
        event=event,
        is_sealed=event.state is State.SEALED,
        manifest=manifest_of(session, event_id),
        points=[(point, _named(point.about)) for point in points if _is_seen(event, point.about)],
        open_count=len(points),
        missing=max(SUPERVISORS - sum(watcher.holds for watcher in watchers), 0),
        watchers=watchers,
        resolutions=[
            (row, _named(about))
            for row in closing.resolutions(session, event)
            if _is_seen(event, about := closing.about_of(row))
        ],
        rows=rows if shows_all else [row for row in rows if differs(row.line["six"])],
        agreeing=0 if shows_all else sum(not differs(row.line["six"]) for row in rows),
        organises=event.unit_id in own_units(Permission.ORGANISE),
        differs=differs,
        decimal=Decimal,
        open_names=OPEN_NAMES,
        way_names=WAY_NAMES,
        verdict_of=verdict_of,
        scan_point=Open.SCAN,
    )


@bp.get(f"/<int:event_id>/closing/<any({_POINTS}):point>/<int:about_id>")
@needs(Permission.VIEW_GOODS)
def ask(event_id: int, point: str, about_id: int) -> ResponseReturnValue:
    """Ask what happened to a batch or behind a scan, or why a load or a run lacks something."""
    event = _closing_or_404(event_id)
    try:
        found = _point_of(event, Open(point), about_id)
    except NotOpen as refusal:
        return _back(event, refusal)
    form = _resolve_form(event, found)
    if len(form.way.choices) == 1:
        form.way.data = form.way.choices[0][0]
    return _ask(event, found, form)


@bp.post(f"/<int:event_id>/closing/<any({_POINTS}):point>/<int:about_id>")
@needs(Permission.VIEW_GOODS)
def resolve(event_id: int, point: str, about_id: int) -> ResponseReturnValue:
    """Write down what happened; a second person confirms it with their own password."""
    event, session = _closing_or_404(event_id), db.session()
    try:
        found = _point_of(event, Open(point), about_id)
        form = _resolve_form(event, found)
        confirmer = second_person(form) if form.validate_on_submit() else None
        if confirmer is None:
            return _ask(event, found, form), 422
        with writing(session):
            closing.resolve(
                session,
                event,
                found,
                way=Way(form.way.data),
                text=form.text.data,
                writer=me(),
                confirmer=confirmer,
                at=now(),
            )
    except NotPermitted:
        raise
    except LedgerError as refusal:
        return _back(event, refusal)
    flash(_("Resolved and confirmed by %(name)s.", name=confirmer.name))
    return redirect(url_for(".show", event_id=event_id), 303)


@bp.get("/<int:event_id>/closing/signatures/<int:user_id>")
@needs(Permission.VIEW_GOODS)
def ask_signature(event_id: int, user_id: int) -> ResponseReturnValue:
    """Hand the screen to a supervisor: what is signed for, and a sheet to sign on."""
    event, person = _supervisor_or_404(event_id, user_id)
    content = build(db.session(), event, number="")
    sentences = closing.statements(db.session(), event, person)
    chosen = request.args.get("sentence", 0, type=int) % len(sentences)
    form = SuperviseForm(formdata=None, statement=sentences[chosen], digest=digest_of(content))
    return _ask_signature(event, person, form, content, chosen)


@bp.post("/<int:event_id>/closing/signatures/<int:user_id>")
@needs(Permission.VIEW_GOODS)
def supervise(event_id: int, user_id: int) -> ResponseReturnValue:
    """Take a supervisor's signature, signed by their own means."""
    event, person = _supervisor_or_404(event_id, user_id)
    form, session = SuperviseForm(), db.session()
    proof = signed_by(person, form, "supervision", form.digest.data) if form.validate_on_submit() else None
    if proof is None:
        return _ask_signature(event, person, form, build(session, event, number="")), 422
    try:
        with writing(session):
            closing.supervise(
                session,
                event,
                statement=form.statement.data,
                strokes=form.strokes.data,
                digest=form.digest.data,
                by=person,
                at=now(),
                proof=proof,
            )
    except LedgerError as refusal:
        return _back(event, refusal)
    flash(_("%(name)s has signed. Give the device back to who closes the event.", name=person.name))
    return redirect(url_for(".show", event_id=event_id), 303)


@bp.post("/<int:event_id>/closing/manifest")
@needs(Permission.ORGANISE)
def issue(event_id: int) -> ResponseReturnValue:
    """Seal the content in the journal and have the document made."""
    event, session = organised_or_404(event_id), db.session()
    try:
        with writing(session):
            manifest_id = manifests.issue(session, event, signer(), by=me(), at=now()).id
    except LedgerError as refusal:
        return _back(event, refusal)
    current_app.extensions["worker"].nudge()
    return redirect(url_for("manifests.show", manifest_id=manifest_id), 303)


def to_dos() -> Iterator[ToDo]:
    """Yield the events that the person watched and has to sign for, once nothing else is open there."""
    session = db.session()
    for event in to_supervise(session, me()):
        if not closing.open_points(session, event):
            yield ToDo(
                since=event.ended_at or now(),
                title=_("Sign for what you saw destroyed"),
                text=f"{event.name} · {event.unit.name}",
                href=url_for("closing.ask_signature", event_id=event.id, user_id=me().id),
                action=_("Sign as supervisor"),
                is_first=True,
            )


def _closing_or_404(event_id: int) -> Event:
    event = event_or_404(event_id)
    if event.state not in CLOSING:
        abort(404)
    return event


def _supervisor_or_404(event_id: int, user_id: int) -> tuple[Event, User]:
    """Return the event and one of its supervisors, who signs at their own screen or at the organiser's."""
    event = _closing_or_404(event_id)
    people = [person for run in runs_of(db.session(), event_id) for person in run.supervisors]
    person = next((person for person in people if person.id == user_id), None)
    if person is None:
        abort(404)
    if me().id != user_id and event.unit_id not in own_units(Permission.ORGANISE):
        raise NotPermitted
    return event, person


def _back(event: Event, refusal: LedgerError) -> ResponseReturnValue:
    event_id = event.id
    journal_refusal(refusal)
    flash(say(refusal), "stop")
    return redirect(url_for(".show", event_id=event_id), 303)


def _whose(event: Event, about: Batch | Posting | Load | Run) -> Unit:
    """Return the unit whose goods something is about, else the one that organises the event."""
    if isinstance(about, Posting):
        return about.batch.unit if about.batch else event.unit
    return event.unit if isinstance(about, Run) else about.unit


def _is_seen(event: Event, about: Batch | Posting | Load | Run) -> bool:
    """Whether the person may see what a point or a resolution is about: their own unit's, or all who organise."""
    return not own_units(Permission.VIEW_GOODS).isdisjoint({event.unit_id, _whose(event, about).id})


def _named(about: Batch | Posting | Load | Run) -> Named:
    """Return how what is to be resolved is called."""
    if isinstance(about, Load):
        address = url_for("loads.show", event_id=about.event_id, load_id=about.id)
        return Named(about.plate, about.unit.name, supplied_at=address)
    if isinstance(about, Run):
        address = url_for("runs.show", event_id=about.event_id, run_id=about.id)
        return Named(_("Run %(number)s", number=about.number), about.site.name, supplied_at=address)
    if isinstance(about, Batch):
        return Named(about.number, about.unit.name, about.shown_code)
    if about.batch is None:
        return Named(_("unknown code"), about.scan.user.name, about.scan.code[:40])
    return _named(about.batch)


def _point_of(event: Event, kind: Open, about_id: int) -> closing.Point:
    """Return the open point that an address names. Raises NotOpen."""
    for point in closing.open_points(db.session(), event):
        if (point.kind, point.about.id) == (kind, about_id):
            if not _is_seen(event, point.about):
                abort(404)
            return point
    raise NotOpen


def _ways_for_me(event: Event, point: closing.Point) -> list[Way]:
    """Return the ways that this person may write down: the organiser's, and those of the unit's custodian."""
    keeps = isinstance(point.about, Batch) and point.about.unit_id in own_units(Permission.STORE_GOODS)
    organises = event.unit_id in own_units(Permission.ORGANISE)
    return [way for way in WAYS[point.kind] if keeps or (organises and way not in BY_CUSTODIAN)]


def _resolve_form(event: Event, point: closing.Point) -> ResolveForm:
    """Return the form for a point. Raises NotPermitted for who can write nothing here."""
    form, ways = ResolveForm(), _ways_for_me(event, point)
    if not ways:
        raise NotPermitted
    form.way.choices = [(way.value, _(WAY_NAMES[way])) for way in ways]
    people = holders(db.session(), _whose(event, point.about), Permission.CONFIRM_COUNT, other_than=me())
    offer_second(form, people)
    return form


def _ask(event: Event, point: closing.Point, form: ResolveForm) -> str:
    others = [way for way in WAYS[point.kind] if way not in _ways_for_me(event, point)]
    about, session = point.about, db.session()
    return render_template(
        "closing/resolve.html",
        event=event,
        point=point,
        form=form,
        named=_named(about),
        batch=about if isinstance(about, Batch) else None,
        posting=about if isinstance(about, Posting) else None,
        load=about if isinstance(about, Load) else None,
        run=about if isinstance(about, Run) else None,
        goods=items_in(session, [about.id])[about.id] if isinstance(about, Batch) else [],
        told=verdict_of(about) if isinstance(about, Posting) else None,
        off=next((each for each in off_weight_loads(session, event.id) if each.load is about), None)
        if point.kind is Open.LOAD
        else None,
        open_names=OPEN_NAMES,
        others=[_(WAY_NAMES[way]) for way in others],
        keepers=holders(session, _whose(event, about), Permission.STORE_GOODS) if others else [],
    )


def _ask_signature(
    event: Event, person: User, form: SuperviseForm, content: Manifest, chosen: int | None = None
) -> str:
    return render_template(
        "closing/sign.html",
        event=event,
        person=person,
        form=form,
        totals=content["totals"],
        decimal=Decimal,
        digest=digest_of(content),
        open_count=len(closing.open_points(db.session(), event)),
        sentences=closing.statements(db.session(), event, person),
        chosen=chosen,
        is_own_screen=person.id == me().id,
    )


def _comparison(event: Event, content: Manifest, points: Sequence[closing.Point]) -> list[Row]:
    """Return the lines of the units that the person sees, those whose figures differ first."""
    session, seen = db.session(), own_units(Permission.VIEW_GOODS)
    waiting = [point.about.id for point in points if isinstance(point.about, Batch)]
    open_items = {item.id for goods in items_in(session, waiting).values() for item, _ in goods}
    codes = {batch.unit.code for batch in event.batches if batch.unit_id in seen}
    rows = [
        Row(unit["name"], line, line["item"] in open_items)
        for unit in content["units"]
        if unit["code"] in codes
        for case in unit["cases"]
        for line in case["lines"]
    ]
    return sorted(rows, key=lambda row: (not row.is_open, not differs(row.line["six"]), row.line["no"]))


def _watchers(event: Event, digest: str) -> list[Watcher]:
    """Return the supervisors of the runs with their signatures."""
    session = db.session()
    given = {row.user_id: row for row in closing.signatures(session, event)}
    people = {person.id: person for run in runs_of(session, event.id) for person in run.supervisors}
    return [
        Watcher(person, row := given.get(key), row is not None and row.digest == digest)
        for key, person in people.items()
    ]
