"""Goods in the store: to another location, out as samples and back, disposed of otherwise; and the slips of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ledger.cases.models import Case
from ledger.cases.queries import newest_movement
from ledger.cases.service import MovedMeanwhile
from ledger.db import db
from ledger.errors import N_, LedgerError, Message
from ledger.goods.rules import ACCOUNT_NAMES, Act, check_quantity, claim_of
from ledger.goods.service import Spot
from ledger.goods.tree import offered
from ledger.journal.models import JournalEntry
from ledger.journal.service import writing
from ledger.permissions import Permission
from ledger.store import service
from ledger.store.queries import Lying, lying
from ledger.store.rules import DISPOSAL_NAMES
from ledger.store.slips import SLIP_NAMES, slip_of
from ledger.units.models import User
from ledger.units.queries import holders
from ledger.web import words
from ledger.web.access import me, needs, now, own_or_404, veiled
from ledger.web.context import say
from ledger.web.errors import journal_refusal
from ledger.web.forms import typed_quantities
from ledger.web.papers import hand_out
from ledger.web.signing import offer_second, second_person
from ledger.web.store_forms import BACK, DisposeForm, RelocateForm, SampleEndForm, SampleForm, StoreActForm

bp = Blueprint("store", __name__, url_prefix="/store")

Do = Callable[[Any, Any, dict[str, Any]], object]
"""Does an act by what the form, the second person and what all acts need say."""


@dataclass(frozen=True, slots=True)
class Desk:
    """One kind of act: what its page asks and says."""

    act: Act
    form: type[StoreActForm]
    title: Message
    button: Message
    empty: Message


RELOCATE = Desk(
    Act.RELOCATE,
    RelocateForm,
    N_("Move goods to another location"),
    N_("Move these goods"),
    N_("Nothing of this case is in the store"),
)
SAMPLE = Desk(
    Act.SAMPLE,
    SampleForm,
    N_("Give goods out as samples"),
    N_("Give out the samples"),
    N_("Nothing of this case is in the store"),
)
SAMPLES = Desk(
    Act.SAMPLE_BACK,
    SampleEndForm,
    N_("Bring samples back, or note that they are used up"),
    N_("Note this"),
    N_("Nothing of this case is out as samples"),
)
DISPOSE = Desk(
    Act.DISPOSE,
    DisposeForm,
    N_("Dispose of goods otherwise than by destruction"),
    N_("Give these goods out"),
    N_("Nothing of this case is in the store or with the officers"),
)


@bp.get("/<int:case_id>/relocate")
@needs(Permission.STORE_GOODS)
def ask_relocate(case_id: int) -> ResponseReturnValue:
    """Ask which goods of a case go to which location."""
    return _ask(case_id, RELOCATE)


@bp.post("/<int:case_id>/relocate")
@needs(Permission.STORE_GOODS)
def relocate(case_id: int) -> ResponseReturnValue:
    """Move goods to another location."""
    return _do(case_id, RELOCATE, lambda form, _second, given: service.relocate(location=form.location.data, **given))


@bp.get("/<int:case_id>/sample")
@needs(Permission.STORE_GOODS)
def ask_sample(case_id: int) -> ResponseReturnValue:
    """Ask which goods of a case go to which laboratory."""
    return _ask(case_id, SAMPLE)


@bp.post("/<int:case_id>/sample")
@needs(Permission.STORE_GOODS)
def sample(case_id: int) -> ResponseReturnValue:
    """Give goods out as samples."""

    def give(form: SampleForm, _second: None, given: dict[str, Any]) -> None:
        service.sample(laboratory=form.laboratory.data, document=form.document.data, **given)

    return _do(case_id, SAMPLE, give)


@bp.get("/<int:case_id>/samples")
@needs(Permission.STORE_GOODS)
def ask_samples(case_id: int) -> ResponseReturnValue:
    """Ask what became of samples."""
    return _ask(case_id, SAMPLES)


@bp.post("/<int:case_id>/samples")
@needs(Permission.STORE_GOODS)
def samples(case_id: int) -> ResponseReturnValue:
    """Take samples back into the store, or note that tests used them up."""

    def end(form: SampleEndForm, _second: None, given: dict[str, Any]) -> None:
        if form.end.data == BACK:
            service.bring_back(location=form.location.data, document=form.document.data, **given)
        else:
            service.use_up(document=form.document.data, **given)

    return _do(case_id, SAMPLES, end)


@bp.get("/<int:case_id>/dispose")
@needs(Permission.STORE_GOODS)
def ask_dispose(case_id: int) -> ResponseReturnValue:
    """Ask what is done with which goods of a case instead of destroying them, and who allows it."""
    return _ask(case_id, DISPOSE)


@bp.post("/<int:case_id>/dispose")
@needs(Permission.STORE_GOODS)
def dispose(case_id: int) -> ResponseReturnValue:
    """Dispose of goods, by the custodian and by who may decide, who types the own password."""

    def give(form: DisposeForm, approver: User, given: dict[str, Any]) -> None:
        service.dispose(paper=form.paper(), approver=approver, **given)

    return _do(case_id, DISPOSE, give)


@bp.get("/slips/<int:seq>")
@needs(Permission.VIEW_GOODS)
def slip(seq: int) -> ResponseReturnValue:
    """Hand out the slip of an act as a PDF, drawn from its entry in the journal."""
    entry = own_or_404(JournalEntry, seq)
    if entry.act not in SLIP_NAMES:
        abort(404)
    content = slip_of(db.session(), entry)
    if words.lines_told_of(entry) & veiled():
        flash(
            _("This slip tells quantities of goods that are being counted. You count here yourself: wait until then.")
        )
        return redirect(url_for("cases.show", case_id=words.content(entry)["data"]["case"]), 303)
    from ledger.papers.slip import draw_slip  # noqa: PLC0415 - loads reportlab, which pages do without

    return hand_out(draw_slip, content, content["number"])


def _ask(case_id: int, desk: Desk) -> ResponseReturnValue:
    case = own_or_404(Case, case_id, Permission.STORE_GOODS)
    return _page(case, desk, _form(case, desk), _lying(case, desk), {})


def _do(case_id: int, desk: Desk, act: Do) -> ResponseReturnValue:
    """Do what the form says, once; what is wrong is said in it."""
    case = own_or_404(Case, case_id, Permission.STORE_GOODS)
    form, found = _form(case, desk), _lying(case, desk)
    taken, errors = _taken(found, desk.act)
    is_good = form.validate_on_submit()
    if not taken and not errors:
        form.form_errors.append(_("Enter how much of at least one line."))
    second = second_person(form) if "second" in form and is_good and taken and not errors else None
    if not is_good or errors or not taken or ("second" in form and second is None):
        return _page(case, desk, form, found, errors), 422
    session, here, seen = db.session(), _here(), request.form.get("seen", 0, type=int)
    try:
        with writing(session):
            given = {"session": session, "case": case, "taken": taken, "custodian": me(), "at": now(), "seen": seen}
            act(form, second, given)
    except MovedMeanwhile as refusal:
        flash(say(refusal), "wait")
        return redirect(here, 303)
    except LedgerError as refusal:
        journal_refusal(refusal)
        form.form_errors.append(say(refusal))
        return _page(case, desk, form, _lying(case, desk), {}), 409
    flash(_("Noted: %(count)s lines.", count=len(taken)))
    return redirect(_back(case), 303)


def _form(case: Case, desk: Desk) -> Any:
    form = desk.form(seen=newest_movement(db.session(), case))
    if isinstance(form, DisposeForm):
        form.kind.choices = [("", _("Choose")), *((kind.value, _(name)) for kind, name in DISPOSAL_NAMES.items())]
        form.second.label.text, form.second_password.label.text = _("Allowed by"), _("Password of who allows it")
        offer_second(form, holders(db.session(), case.unit, Permission.DECIDE, other_than=me()))
    return form


def _lying(case: Case, desk: Desk) -> list[Lying]:
    """Return what the page is about: the goods of a case, or of the one line that the address names."""
    line = _line()
    found = lying(db.session(), case, desk.act)
    return [each for each in found if line in (None, each.position.item_id)]


def _taken(found: list[Lying], act: Act) -> tuple[dict[tuple[int, Spot], Decimal], Mapping[tuple[int, Spot], str]]:
    """Return what was entered of goods that may be taken, and a sentence for each figure that is wrong."""
    may = {each.key: each.position for each in found if each.obstacle is None}
    taken, errors = typed_quantities({_name(key): (key, position.item) for key, position in may.items()})
    for key, quantity in taken.items():
        held, reserved = may[key].quantity, may[key].reserved
        try:
            if quantity:
                check_quantity(may[key].account, quantity, held=held, reserved=reserved, claim=claim_of(act))
        except LedgerError as refusal:
            errors[key] = say(refusal)
    return {key: quantity for key, quantity in taken.items() if quantity}, errors


def _name(key: tuple[int, Spot]) -> str:
    """Return what the input for goods of a line is called."""
    item_id, spot = key
    return f"take-{item_id}-{spot.account}-{spot.place_id}"


def _line() -> int | None:
    return request.args.get("line", type=int)


def _here() -> str:
    """Return the address of the page, which names the line it is about."""
    return request.full_path.rstrip("?")


def _back(case: Case) -> str:
    line = _line()
    return url_for("goods.show", item_id=line) if line else url_for("cases.show", case_id=case.id)


def _page(case: Case, desk: Desk, form: Any, found: list[Lying], errors: Mapping[tuple[int, Spot], str]) -> str:
    return render_template(
        "store/act.html",
        case=case,
        desk=desk,
        form=form,
        found=found,
        name=_name,
        errors=errors,
        typed=request.form,
        say=say,
        here=_here(),
        back=_back(case),
        account_names=ACCOUNT_NAMES,
        locations=offered(db.session(), [case.unit_id]),
    )
