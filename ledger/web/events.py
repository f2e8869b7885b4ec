"""Events: the plan and its approval, who packs how much, and the beginning of the day."""

from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ledger.db import db
from ledger.destruction.chain import OPINES
from ledger.destruction.queries import count_open_lines, line_counts, open_since
from ledger.destruction.workflow import Decision
from ledger.errors import LedgerError
from ledger.events import plan, queries, service
from ledger.events.deadlines import DEADLINE_NAMES, PREPARED, days_of
from ledger.events.models import Event, Site
from ledger.events.workflow import STATE_NAMES, Action, EventMovedOn, State, actions_from
from ledger.goods.classes import ENV_CLASS_NAMES, EnvClass
from ledger.journal.service import writing
from ledger.permissions import Permission
from ledger.units.models import Unit
from ledger.units.queries import ids_above, ids_below, in_tree_order
from ledger.web import archives, opinions
from ledger.web.access import event_or_404, me, needs, now, organised_or_404, own_units, settings, veiled
from ledger.web.context import say, today
from ledger.web.errors import journal_refusal
from ledger.web.event_forms import (
    EventForm,
    HeadForm,
    PlanForm,
    ReasonForm,
    ReceiverForm,
    SiteForm,
    SlotForm,
    classes,
    coming,
    decisions,
)
from ledger.web.goods import CountedNow
from ledger.web.overdue import open_until
from ledger.web.papers import hand_out
from ledger.web.signing import signed
from ledger.web.todo import ToDo

bp = Blueprint("events", __name__, url_prefix="/events")

OVER = frozenset({State.CLOSING, State.SEALED, State.CANCELLED})
SIGNED = frozenset({State.SUBMITTED, State.APPROVED, State.OPEN})
"""Where opinions on the plan count."""
CONSUMERS_DAY, REPORT_DAY = (3, 15), (3, 20)


@bp.get("")
@needs(Permission.VIEW_GOODS)
def index() -> ResponseReturnValue:
    """List the events that the person's units organise or may take part in, newest day first."""
    session, mine = db.session(), own_units(Permission.VIEW_GOODS)
    events = queries.events_seen_from(session, mine, ids_above(session, mine))
    return render_template("events/index.html", events=events, state_names=STATE_NAMES, State=State)


@bp.get("/new")
@needs(Permission.ORGANISE)
def new() -> ResponseReturnValue:
    """Ask for the head of a new event, the next 15 March if nothing else is said."""
    return render_template("events/new.html", form=_event_form())


@bp.post("")
@needs(Permission.ORGANISE)
def create() -> ResponseReturnValue:
    """Begin the plan of an event."""
    form = _event_form()
    if not form.validate_on_submit():
        return render_template("events/new.html", form=form), 422
    session = db.session()
    with writing(session):
        unit = session.get_one(Unit, form.unit.data)
        event = service.plan_event(session, unit, **_head(form), by=me(), at=now())
    flash(_("The plan of %(name)s is begun. Now enter its sites, receivers and arrivals.", name=event.name))
    return redirect(url_for(".show", event_id=event.id), 303)


@bp.get("/<int:event_id>")
@needs(Permission.VIEW_GOODS)
def show(event_id: int) -> ResponseReturnValue:
    """Show where an event is, what is packed for it, and its plan; to a unit only what is its own."""
    return _page(event_or_404(event_id))


@bp.get("/<int:event_id>/plan.pdf")
@needs(Permission.VIEW_GOODS)
def paper(event_id: int) -> ResponseReturnValue:
    """Hand out the manifest of the plan; to a unit that arrives, its own goods. Raises CountedNow or NotPrintable."""
    from ledger.papers.plan import draw_plan  # noqa: PLC0415 - loads reportlab, which pages do without
    from ledger.reports.plan import Planned, plan_of  # noqa: PLC0415 - the same

    event = event_or_404(event_id)
    planned = Planned(db.session(), event, own_units(Permission.VIEW_GOODS))
    if veiled() and planned.items & veiled():
        raise CountedNow
    return hand_out(draw_plan, plan_of(planned, at=now()), f"拟销毁物品清单 {event.name}")


@bp.post("/<int:event_id>")
@needs(Permission.ORGANISE)
def change(event_id: int) -> ResponseReturnValue:
    """Change an event's name and days."""
    event, form = organised_or_404(event_id), HeadForm()
    return _plan(event, "head", form, lambda: service.change_head(event, **_head(form)))


@bp.post("/<int:event_id>/sites")
@needs(Permission.ORGANISE)
def add_site(event_id: int) -> ResponseReturnValue:
    """Add a place of destruction to the plan."""
    event, form = organised_or_404(event_id), SiteForm()

    def add() -> None:
        service.add_site(event, name=form.site.data, address=form.address.data, is_main=form.is_main.data)

    return _plan(event, "site", form, add)


@bp.post("/<int:event_id>/receivers")
@needs(Permission.ORGANISE)
def add_receiver(event_id: int) -> ResponseReturnValue:
    """Add who takes goods of a class to the plan."""
    event, form = organised_or_404(event_id), ReceiverForm()
    form.env_class.choices = classes()

    def add() -> None:
        service.add_receiver(
            event,
            env_class=EnvClass(form.env_class.data),
            name=form.receiver.data,
            licence=form.licence.data,
            licence_until=form.licence_until.data,
            form_no=form.form_no.data,
        )

    return _plan(event, "receiver", form, add)


@bp.post("/<int:event_id>/slots")
@needs(Permission.ORGANISE)
def add_slot(event_id: int) -> ResponseReturnValue:
    """Say when a unit arrives where."""
    event, form = organised_or_404(event_id), SlotForm()
    form.unit.choices, form.site_id.choices = _places(event)

    def add() -> None:
        session = db.session()
        service.add_slot(
            session,
            event,
            unit=session.get_one(Unit, form.unit.data),
            site=session.get_one(Site, form.site_id.data),
            arrives_at=form.clock.on(event.day),
        )

    return _plan(event, "slot", form, add)


@bp.post("/<int:event_id>/<any(sites,receivers,slots):kind>/<int:part_id>/remove")
@needs(Permission.ORGANISE)
def remove(event_id: int, kind: str, part_id: int) -> ResponseReturnValue:
    """Take a site, a receiver or a slot out of the plan."""
    event = organised_or_404(event_id)
    part = next((part for part in getattr(event, kind) if part.id == part_id), None)
    if part is None:
        abort(404)
    return _do(event, lambda: service.remove_part(db.session(), event, part))


@bp.post("/<int:event_id>/submit")
@needs(Permission.ORGANISE)
def submit(event_id: int) -> ResponseReturnValue:
    """Hand the plan to the leader."""
    event, done = organised_or_404(event_id), _("The plan is submitted for approval.")
    return _do(event, lambda: plan.submit_plan(db.session(), event, by=me(), at=now()), done=done)


@bp.post("/<int:event_id>/decide")
@needs(Permission.VIEW_GOODS)
def decide(event_id: int) -> ResponseReturnValue:
    """Give the opinion that is next on the plan that the person saw, signed."""
    event, form = event_or_404(event_id), PlanForm()
    form.decision.choices = decisions()
    proof = signed(form, f"plan.{form.decision.data}", form.digest.data) if form.validate_on_submit() else None
    if proof is None:
        return _page(event, plan=form), 422
    session, decision = db.session(), Decision(form.decision.data)
    try:
        with writing(session):
            plan.decide_plan(
                session,
                event,
                decision=decision,
                text=form.said,
                digest=form.digest.data,
                may=opinions.may_for(event),
                by=me(),
                at=now(),
                minutes=form.minutes.data or "",
                proof=proof,
            )
    except LedgerError as refusal:
        _say(refusal, form)
        form.digest.data = event.digest
        return _page(event, plan=form), 409
    flash(_outcome(event))
    return redirect(url_for(".show", event_id=event_id), 303)


@bp.post("/<int:event_id>/<any(revise,cancel):act>")
@needs(Permission.ORGANISE)
def give_up(event_id: int, act: str) -> ResponseReturnValue:
    """Take an approved plan up again, for bad weather say, or give the event up altogether; either with a reason."""
    event, form = organised_or_404(event_id), ReasonForm(prefix=act)
    if not form.validate_on_submit():
        return _page(event, **{act: form}), 422
    step, done = {
        "revise": (plan.revise_plan, _("The plan can be changed now; it needs approval again.")),
        "cancel": (service.cancel_event, _("The event is cancelled. Its batches can be opened again.")),
    }[act]
    return _do(event, lambda: step(db.session(), event, reason=form.reason.data, by=me(), at=now()), done=done)


@bp.post("/<int:event_id>/open")
@needs(Permission.ORGANISE)
def begin(event_id: int) -> ResponseReturnValue:
    """Begin the day: what is sealed now is what is expected."""
    event, done = organised_or_404(event_id), _("The day has begun.")
    sampling = settings().sampling
    return _do(event, lambda: service.open_event(db.session(), event, by=me(), at=now(), sampling=sampling), done=done)


def to_dos() -> Iterator[ToDo]:
    """Yield an event to plan, plans to approve, plans that came back, and days to begin, to follow and to close."""
    session = db.session()
    units = own_units(Permission.ORGANISE)
    since = open_since(session, units)
    if since is not None and not queries.is_packed_for(session, units):
        lines = sum(count_open_lines(session, units).values())
        text = _("%(count)s approved lines have no event yet", count=lines)
        yield ToDo(since, _("Plan a destruction"), text, url_for("events.new"), _("Plan it"))
    signing = frozenset[int]().union(*(opinions.signing_units(permission) for permission in OPINES.values()))
    for event in queries.in_state(session, signing, State.SUBMITTED):
        if opinions.turn_of(event):
            yield _to_do(event, event.submitted_at, _("Approve a plan of destruction"), _("Read the plan"))
    for event in queries.in_state(session, own_units(Permission.ORGANISE), State.PLANNING):
        if event.returned_at:
            yield _to_do(event, event.returned_at, _("Mend the plan that came back"), _("Mend it"))
    for event in queries.in_state(session, own_units(Permission.ORGANISE), State.APPROVED):
        if event.day <= today():
            yield _to_do(event, event.approved_at, _("Begin the day of destruction"), _("Go there"))
    for event in queries.in_state(session, own_units(Permission.ORGANISE), State.OPEN):
        yield _to_do(event, event.opened_at, _("Follow the day on site"), _("Go there"), "day.show")
    for event in queries.in_state(session, own_units(Permission.ORGANISE), State.CLOSING):
        yield _to_do(event, event.ended_at, _("Close the event and issue its manifest"), _("Close it"), "closing.show")


def _to_do(event: Event, since: datetime | None, title: str, action: str, page: str = "events.show") -> ToDo:
    text, href = f"{event.name} · {event.unit.name}", url_for(page, event_id=event.id)
    return ToDo(since=since or now(), title=title, text=text, href=href, action=action)


def _plan(event: Event, name: str, form: Any, act: Callable[[], object]) -> ResponseReturnValue:
    """Change the plan by what a form says; what is wrong with it is said there."""
    if not form.validate_on_submit():
        return _page(event, **{name: form}), 422
    event_id, session = event.id, db.session()
    try:
        with writing(session):
            act()
    except LedgerError as refusal:
        _say(refusal, form)
        return _page(event, **{name: form}), 409
    return redirect(url_for(".show", event_id=event_id, _anchor="plan"), 303)


def _say(refusal: LedgerError, form: Any) -> None:
    """Say a refusal in its form, or on top of a page that no longer has the form."""
    journal_refusal(refusal)
    if isinstance(refusal, EventMovedOn):
        flash(say(refusal), "stop")
    else:
        form.form_errors.append(say(refusal))


def _do(event: Event, act: Callable[[], object], *, done: str | None = None) -> ResponseReturnValue:
    """Do one act on an event, and go back to it; a refusal is said there."""
    event_id, session = event.id, db.session()
    try:
        with writing(session):
            act()
    except LedgerError as refusal:
        journal_refusal(refusal)
        flash(say(refusal), "stop")
    else:
        if done:
            flash(done)
    return redirect(url_for(".show", event_id=event_id, _anchor=None if done else "plan"), 303)


def _page(event: Event, **given: Any) -> str:
    """Return the page of an event, with the forms that were given in place of empty ones."""
    session, mine = db.session(), own_units(Permission.VIEW_GOODS)
    slots = [slot for slot in event.slots if slot.unit_id in mine]
    unit_ids = {slot.unit_id for slot in slots}
    own = {unit.id for unit in me().roots(Permission.PACK_GOODS)} & unit_ids
    chosen = request.args.get("unit", type=int) or min(own, default=None)
    return render_template(
        "events/show.html",
        event=event,
        slots=slots,
        to_pack={} if event.state in OVER else count_open_lines(session, unit_ids),
        packed=queries.packed_by_unit(session, event.id, unit_ids),
        batches=queries.batches_of(session, event.id, mine & {chosen}),
        chosen=chosen,
        may_pack=own_units(Permission.PACK_GOODS),
        organises=event.unit_id in own_units(Permission.ORGANISE),
        **opinions.of_decided(event),
        **_applications(event, mine),
        deadlines=days_of(event, settings().deadlines) if event.state in PREPARED else {},
        late=open_until(event, mine, timedelta(0)),
        deadline_names=DEADLINE_NAMES,
        is_void=event.state in SIGNED and not plan.is_as_signed(event),
        Decision=Decision,
        actions=actions_from(event.state),
        lacks=plan.lacks_of(event),
        forms={**_forms(event), **given},
        archive=archives.about(event) if event.state is State.SEALED else {},
        Action=Action,
        State=State,
        state_names=STATE_NAMES,
        class_names=ENV_CLASS_NAMES,
    )


def _applications(event: Event, mine: Collection[int]) -> dict[str, Any]:
    """Return the applications of these units that the plan covers, or will once it is submitted, and what it misses."""
    session = db.session()
    is_planned, is_over = event.state is State.PLANNING, event.state in OVER
    found = [] if is_over else queries.applications_for(session, event)
    covered = [each for each in (found if is_planned else event.applications) if each.unit_id in mine]
    missed = [] if is_planned else [each for each in found if each.unit_id in mine and each not in event.applications]
    counts = line_counts(session, [*covered, *missed])
    return {"covered": covered, "missed": missed, "line_counts": counts}


def _forms(event: Event) -> dict[str, Any]:
    """Return the forms of the page, none of them filled by this request."""
    receiver, slot, opinion = ReceiverForm(None), SlotForm(None), PlanForm(None, digest=event.digest)
    receiver.env_class.choices, opinion.decision.choices = classes(), decisions()
    slot.unit.choices, slot.site_id.choices = _places(event)
    return {
        "head": HeadForm(None, obj=event),
        "site": SiteForm(None, is_main=not event.sites),
        "receiver": receiver,
        "slot": slot,
        "plan": opinion,
        "revise": ReasonForm(None, prefix="revise"),
        "cancel": ReasonForm(None, prefix="cancel"),
    }


def _event_form() -> EventForm:
    day = coming(CONSUMERS_DAY)
    form = EventForm(name=_("Unified destruction"), day=day, report_due_on=date(day.year, *REPORT_DAY))
    units = in_tree_order(db.session(), own_units(Permission.ORGANISE))
    form.unit.choices = [(unit.id, "　" * depth + unit.name) for depth, unit in units]
    return form


def _head(form: HeadForm) -> dict[str, Any]:
    return {"name": form.name.data, "day": form.day.data, "report_due_on": form.report_due_on.data}


def _outcome(event: Event) -> str:
    """Return what an opinion on the plan has led to."""
    said = {
        State.SUBMITTED: _("Signed. Next: %(step)s.", step=opinions.waited_steps(event)),
        State.APPROVED: _("The plan is approved."),
        State.PLANNING: _("The plan is back with the organiser."),
        State.CANCELLED: _("The plan is refused; the event is cancelled."),
    }
    return str(said[event.state])


def _places(event: Event) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """Return the units that can come, those the organiser answers for, and the sites they can come to."""
    units = in_tree_order(db.session(), ids_below(db.session(), [event.unit_id]))
    return [(unit.id, "　" * depth + unit.name) for depth, unit in units], [
        (site.id, site.name) for site in event.sites
    ]
