"""Applying for the destruction of goods, and giving the opinions that decide about it."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from ledger.db import db
from ledger.destruction import queries, service
from ledger.destruction.models import Application
from ledger.destruction.workflow import (
    EDITABLE,
    STATE_NAMES,
    ApplicationMovedOn,
    ContentChanged,
    Decision,
    State,
)
from ledger.errors import LedgerError
from ledger.goods.models import Item
from ledger.journal.service import writing
from ledger.permissions import Permission
from ledger.units.models import Unit
from ledger.units.queries import in_tree_order
from ledger.web import opinions, reviewing
from ledger.web.access import me, needs, now, own_or_404, own_units, settings, veiled
from ledger.web.application_forms import AgreeForm, ApplicationForm, AppliedForm, NewApplicationForm, OpinionForm
from ledger.web.context import say, today
from ledger.web.errors import journal_refusal
from ledger.web.forms import ReasonForm
from ledger.web.goods import CountedNow
from ledger.web.papers import hand_out
from ledger.web.signing import signed
from ledger.web.todo import ToDo

bp = Blueprint("applications", __name__, url_prefix="/applications")

NAMED = 3
"""How many lines a message names; it travels in a cookie."""


@bp.get("")
@needs(Permission.VIEW_GOODS)
def index() -> ResponseReturnValue:
    """List the applications of the person's units: what waits for them first, then the newest."""
    session, chosen, before = db.session(), request.args.get("state"), request.args.get("before", "")
    page = queries.page_of_applications(
        session,
        own_units(Permission.VIEW_GOODS),
        state=State(chosen) if chosen in set(State) else None,
        before=int(before) if before.isdecimal() else None,
    )
    return render_template(
        "applications/index.html",
        page=page,
        chosen=chosen,
        line_counts=queries.line_counts(session, page.applications),
        to_dos=list(to_dos()),
        State=State,
        state_names=STATE_NAMES,
    )


@bp.get("/sign")
@needs(Permission.VIEW_GOODS)
def ask_several() -> ResponseReturnValue:
    """Offer the applications that wait for the person's opinion, to agree to several at once."""
    return _several_page(AgreeForm())


@bp.post("/sign")
@needs(Permission.VIEW_GOODS)
def agree_to_several() -> ResponseReturnValue:
    """Agree to the chosen applications under one signature, over the content of each that the page showed."""
    form, seen = AgreeForm(), _seen()
    is_good = form.validate_on_submit()
    if not seen:
        form.form_errors.append(_("Choose at least one application."))
    digests = [digest for _, digest in seen]
    proof = signed(form, f"application.{Decision.AGREE}", *digests) if is_good and seen else None
    if proof is None:
        return _several_page(form), 422
    session = db.session()
    with writing(session):
        said, may = form.said, opinions.may
        left = service.agree_to_several(session, seen, text=said, may=may, by=me(), at=now(), proof=proof)
    for application, refusal in left:
        journal_refusal(refusal)
        flash(_("Left out: %(number)s. %(reason)s", number=application.number, reason=say(refusal)), "stop")
    flash(_("Signed: %(count)s applications.", count=len(seen) - len(left)))
    return redirect(url_for(".index"), 303)


@bp.get("/new")
@needs(Permission.APPLY)
def new() -> ResponseReturnValue:
    """Say which of the chosen lines can go into one application and which cannot, and ask for what it rests on."""
    return _new_page(_sort_out(request.args.getlist("item")))


@bp.post("")
@needs(Permission.APPLY)
def create() -> ResponseReturnValue:
    """Begin an application over the chosen lines, or over none yet."""
    session, chosen = db.session(), _sort_out(request.form.getlist("item"))
    form = _new_form(chosen)
    if not form.validate_on_submit():
        return _new_page(chosen, form), 422
    if chosen.behind:  # something happened to them since the page was opened, which it now says
        return _new_page(chosen, form), 409
    with writing(session):
        unit = session.get_one(Unit, form.unit.data)
        application = service.draft(
            session, unit, legal_basis=form.legal_basis.data, reason=form.reason.data, by=me(), at=now()
        )
        service.add_free_goods(session, application, chosen.along)
    return redirect(url_for(".show", application_id=application.id), 303)


@bp.get("/<int:application_id>")
@needs(Permission.VIEW_GOODS)
def show(application_id: int) -> ResponseReturnValue:
    """Show an application: to its unit as a draft to fill, to all others as what is to be decided, or was."""
    application = own_or_404(Application, application_id)
    if application.state in EDITABLE and application.unit_id in own_units(Permission.APPLY):
        return _draft_page(application, ApplicationForm(obj=application), _line_forms(application))
    return _review_page(application, _opinion_form(digest=application.digest))


@bp.get("/<int:application_id>/form.pdf")
@needs(Permission.VIEW_GOODS)
def paper(application_id: int) -> ResponseReturnValue:
    """Hand out the approval form. Raises CountedNow or NotPrintable."""
    from ledger.papers.approval import draw_approval  # noqa: PLC0415 - loads reportlab, which pages do without
    from ledger.reports.applied import items_on  # noqa: PLC0415 - the same
    from ledger.reports.approval import approval_of  # noqa: PLC0415 - the same

    application = own_or_404(Application, application_id)
    if items_on(db.session(), application) & veiled():
        raise CountedNow
    content = approval_of(db.session(), application, at=now())
    return hand_out(draw_approval, content, f"销毁审批表 {application.number}")


@bp.post("/<int:application_id>")
@needs(Permission.APPLY)
def save(application_id: int) -> ResponseReturnValue:
    """Keep what was typed into a draft; and, as the button says, take a line out or submit it."""
    application = own_or_404(Application, application_id, Permission.APPLY)
    if application.state not in EDITABLE:  # most often the same button pressed twice
        return _refused(application_id, ApplicationMovedOn(state=STATE_NAMES[application.state]))
    removed = request.form.get("remove", type=int)
    form, lines = ApplicationForm(obj=application), _line_forms(application)
    sent = [each for each in lines if each.quantity.name in request.form and each.line_id != removed]
    if not all([form.validate_on_submit(), *(each.validate() for each in sent)]):
        return _draft_page(application, form, lines), 422
    session, is_submitted = db.session(), request.form.get("do") == "submit"
    try:
        with writing(session):
            service.revise(application, legal_basis=form.legal_basis.data, reason=form.reason.data)
            present = {line.id: line for line in application.lines}
            for each in sent:
                if each.line_id in present:
                    line = present[each.line_id]
                    service.change_line(application, line, **each.asked)
            if removed in present:
                service.remove_line(application, present[removed])
            if is_submitted:
                service.submit(session, application, terms=settings().terms, today=today(), by=me(), at=now())
    except ApplicationMovedOn as refusal:
        return _refused(application_id, refusal)
    except LedgerError as refusal:
        journal_refusal(refusal)
        flash(say(refusal), "stop")
        return _draft_page(application, form, lines), 409
    flash(
        _("Submitted. Next: %(step)s.", step=opinions.waited_steps(application))
        if is_submitted
        else _("Kept as a draft.")
    )
    return redirect(url_for(".show", application_id=application_id), 303)


@bp.get("/<int:application_id>/goods")
@needs(Permission.APPLY)
def goods(application_id: int) -> ResponseReturnValue:
    """Search the unit's goods that may be applied for, to add some."""
    application, words = _editable_or_404(application_id), request.args.get("q", "").strip()
    return render_template("applications/goods.html", words=words, **reviewing.of_goods(application, words))


@bp.post("/<int:application_id>/lines")
@needs(Permission.APPLY)
def add_lines(application_id: int) -> ResponseReturnValue:
    """Add all that lies free of the chosen lines."""
    application = _editable_or_404(application_id)
    items = _own_items(request.form.getlist("item"), frozenset({application.unit_id}))

    def act() -> None:
        added = {line.item_id for line in service.add_free_goods(db.session(), application, items)}
        flash(_("Added %(count)s lines.", count=len(added)))
        missed = [item.name for item in items if item.id not in added]
        if missed:
            facts = {"count": len(missed), "names": "、".join(missed[:NAMED])}
            flash(_("%(count)s lines have nothing free in the store: %(names)s", **facts), "wait")

    return _do(application_id, act)


@bp.post("/<int:application_id>/opinion")
@needs(Permission.VIEW_GOODS)
def decide(application_id: int) -> ResponseReturnValue:
    """Give the opinion that is next, signed over the content that the page showed."""
    application, form = own_or_404(Application, application_id), _opinion_form()
    is_good = form.validate_on_submit() and not reviewing.is_veiled(application)
    proof = signed(form, f"application.{form.decision.data}", form.digest.data) if is_good else None
    if proof is None:
        return _review_page(application, form), 422
    session, decision = db.session(), Decision(form.decision.data)
    try:
        with writing(session):
            service.decide(
                session,
                application,
                decision=decision,
                text=form.said,
                digest=form.digest.data,
                minutes=form.minutes.data or "",
                may=opinions.may_for(application),
                by=me(),
                at=now(),
                proof=proof,
            )
    except ContentChanged as refusal:
        journal_refusal(refusal)
        flash(say(refusal), "stop")
        form.digest.data = application.digest
        return _review_page(application, form), 409
    except LedgerError as refusal:
        return _refused(application_id, refusal)
    flash(reviewing.outcome(application, decision))
    return redirect(url_for(".show", application_id=application_id), 303)


@bp.post("/<int:application_id>/withdraw")
@needs(Permission.APPLY)
def withdraw(application_id: int) -> ResponseReturnValue:
    """Give an application up that is not decided."""
    application, form = own_or_404(Application, application_id, Permission.APPLY), ReasonForm()
    if not form.validate_on_submit():
        return _unsaid(application_id, form)
    return _do(
        application_id,
        lambda: service.withdraw(db.session(), application, reason=form.reason.data, by=me(), at=now()),
        _("The application is withdrawn; its goods are free again."),
    )


@bp.post("/<int:application_id>/lines/withdraw")
@needs(Permission.APPLY)
def withdraw_line(application_id: int) -> ResponseReturnValue:
    """Take what is not packed yet of one line out of an approved application."""
    application, form = own_or_404(Application, application_id, Permission.APPLY), ReasonForm()
    chosen = request.form.get("line", type=int)
    line = next((line for line in application.lines if line.id == chosen), None)
    if line is None:
        abort(404)
    if not form.validate_on_submit():
        return _unsaid(application_id, form)
    return _do(
        application_id,
        lambda: service.withdraw_line(db.session(), line, reason=form.reason.data, by=me(), at=now()),
        _("Taken out; the rest of the approval stands."),
    )


def to_dos() -> Iterator[ToDo]:
    """Yield the applications that wait for the person's opinion, and those of their own that are not submitted."""
    for application in reviewing.waiting_for_me():
        title = _("Give your opinion: %(number)s", number=application.number)
        since, text = application.submitted_at or now(), reviewing.told(application)
        yield _to_do(application, since, title, text, _("Give opinion"), is_first=True)
    for application in queries.unsent_of(db.session(), me()):
        if application.state is State.RETURNED and application.decided_at:
            title = _("Sent back to you: %(number)s", number=application.number)
            yield _to_do(application, application.decided_at, title, application.opinions[-1].text, _("Change it"))
        else:
            title = _("Not submitted yet: %(number)s", number=application.number)
            yield _to_do(application, application.created_at, title, application.unit.name, _("Go on"))


def _to_do(
    application: Application, since: datetime, title: str, text: str, action: str, *, is_first: bool = False
) -> ToDo:
    href = url_for("applications.show", application_id=application.id)
    return ToDo(since, title, text, href, action, is_first=is_first)


def _sort_out(given: Sequence[str]) -> queries.Chosen:
    """Return what of the lines with these ids can go into one application, and why the others cannot."""
    items = _own_items(given, own_units(Permission.APPLY))
    return queries.sort_out(db.session(), items, terms=settings().terms, today=today())


def _own_items(given: Sequence[str], unit_ids: frozenset[int]) -> Sequence[Item]:
    """Return the lines with these ids; what lies beyond these units does not exist."""
    ids = {int(each) for each in given if each.isdecimal()}
    items = db.session.scalars(select(Item).where(Item.id.in_(ids)).order_by(Item.id.desc())).all()
    if len(items) != len(ids) or any(item.unit_id not in unit_ids for item in items):
        abort(404)
    return items


def _new_form(chosen: queries.Chosen) -> NewApplicationForm:
    form = NewApplicationForm()
    units = {chosen.unit.id} if chosen.unit else own_units(Permission.APPLY)
    form.unit.choices = [(unit.id, "　" * depth + unit.name) for depth, unit in in_tree_order(db.session(), units)]
    return form


def _new_page(chosen: queries.Chosen, form: NewApplicationForm | None = None) -> str:
    return render_template("applications/new.html", chosen=chosen, form=form or _new_form(chosen))


def _editable_or_404(application_id: int) -> Application:
    application = own_or_404(Application, application_id, Permission.APPLY)
    if application.state not in EDITABLE:
        abort(404)
    return application


def _line_forms(application: Application) -> list[AppliedForm]:
    queries.load_positions(db.session(), [line.item_id for line in application.lines])
    hidden = veiled()
    return [AppliedForm(line, free=queries.free_for(line)) for line in application.lines if line.item_id not in hidden]


def _draft_page(application: Application, form: ApplicationForm, lines: list[AppliedForm]) -> str:
    forms = {each.line_id: each for each in lines}
    return render_template("applications/draft.html", form=form, forms=forms, **reviewing.of_draft(application))


def _seen() -> list[tuple[Application, str]]:
    """Return the chosen applications that the person may see now, each with the digest that the page showed."""
    pairs = [value.partition(":") for value in dict.fromkeys(request.form.getlist("item"))]
    chosen = {int(key): digest for key, _, digest in pairs if key.isdecimal()}
    seen = [(own_or_404(Application, key), digest) for key, digest in chosen.items()]
    return [(application, digest) for application, digest in seen if not reviewing.is_veiled(application)]


def _several_page(form: AgreeForm) -> str:
    chosen = set(request.form.getlist("item"))
    return render_template("applications/several.html", form=form, chosen=chosen, **reviewing.of_several())


def _opinion_form(**given: str) -> OpinionForm:
    form = OpinionForm(**given)
    form.decision.choices = [(decision.value, _(name)) for decision, name in reviewing.DECISIONS.items()]
    return form


def _review_page(application: Application, form: OpinionForm) -> str:
    return render_template("applications/show.html", form=form, **reviewing.of_review(application))


def _do(application_id: int, act: Callable[[], None], done: str | None = None) -> ResponseReturnValue:
    """Do one act on an application, and go back to it; a refusal is said there."""
    try:
        with writing(db.session()):
            act()
    except LedgerError as refusal:
        return _refused(application_id, refusal)
    if done:
        flash(done)
    return redirect(url_for(".show", application_id=application_id), 303)


def _refused(application_id: int, refusal: LedgerError) -> ResponseReturnValue:
    journal_refusal(refusal)
    flash(say(refusal), "stop")
    return redirect(url_for(".show", application_id=application_id), 303)


def _unsaid(application_id: int, form: ReasonForm) -> ResponseReturnValue:
    flash(" ".join(map(str, form.reason.errors)), "stop")
    return redirect(url_for(".show", application_id=application_id), 303)
