"""Loads: what a vehicle brings, what it weighs, and the slips by which it changes hands."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ledger.db import db
from ledger.errors import LedgerError, NotPermitted
from ledger.events.models import Event
from ledger.events.workflow import State
from ledger.journal.service import writing
from ledger.papers.handover import HandOver
from ledger.permissions import Permission
from ledger.scanning import loads, signing, slips
from ledger.scanning.models import Load, Signature
from ledger.scanning.rules import Outcome, Seal, weighs_otherwise
from ledger.scanning.workflow import LEG_NAMES, LEGS, SIGNS_NAMES, Leg, Signs
from ledger.units.models import Unit, User
from ledger.units.queries import holders, in_tree_order
from ledger.web.access import event_or_404, hides, me, needs, now, own_or_404, own_units
from ledger.web.context import say
from ledger.web.errors import journal_refusal
from ledger.web.papers import hand_out
from ledger.web.signing import signed_by
from ledger.web.site_forms import HandOverForm, LoadForm, WeighForm

bp = Blueprint("loads", __name__, url_prefix="/events")


class Side(NamedTuple):
    """One side of a slip: what was signed, whether it holds, and who can sign at this screen."""

    signs: Signs
    signature: Signature | None
    holds: bool
    people: Sequence[User]


class HandedOver(NamedTuple):
    """A hand-over of a load: its two sides, the number of its slip once both have signed, and if they still can."""

    leg: Leg
    sides: Sequence[Side]
    number: str
    is_open: bool


@bp.get("/<int:event_id>/loads")
@needs(Permission.VIEW_GOODS)
def index(event_id: int) -> ResponseReturnValue:
    """Show the loads of the person's units."""
    event, session = event_or_404(event_id), db.session()
    mine = loads.loads_of(session, event_id, own_units(Permission.VIEW_GOODS))
    return render_template(
        "loads/index.html",
        event=event,
        loads=[(load, loads.loaded_on(session, load)) for load in mine],
        off={each.load.id for each in loads.off_weight_loads(session, event_id)},
        may_begin=event.state in loads.LOADING and bool(_units(event)),
        is_before=event.state is State.APPROVED,
    )


@bp.get("/<int:event_id>/loads/new")
@needs(Permission.VIEW_GOODS)
def new(event_id: int) -> ResponseReturnValue:
    """Ask for a vehicle, its driver and who escorts it."""
    event = event_or_404(event_id)
    return _ask(event, _load_form(event))


@bp.post("/<int:event_id>/loads")
@needs(Permission.VIEW_GOODS)
def create(event_id: int) -> ResponseReturnValue:
    """Begin a load."""
    event, session = event_or_404(event_id), db.session()
    form = _load_form(event)
    if not form.validate_on_submit():
        return _ask(event, form), 422
    escorts = [session.get_one(User, int(key)) for key in (form.escort.data, form.other_escort.data) if key]
    try:
        with writing(session):
            load = loads.open_load(
                session,
                event,
                session.get_one(Unit, form.unit.data),
                plate=form.plate.data,
                driver=form.driver.data,
                escorts=escorts,
                by=me(),
                at=now(),
            )
            load_id = load.id
    except LedgerError as refusal:
        journal_refusal(refusal)
        form.form_errors.append(say(refusal))
        return _ask(event, form), 409
    return redirect(url_for(".show", event_id=event_id, load_id=load_id), 303)


@bp.get("/<int:event_id>/loads/<int:load_id>")
@needs(Permission.VIEW_GOODS)
def show(event_id: int, load_id: int) -> ResponseReturnValue:
    """Show what is on a load, what it weighs, and who has signed for it."""
    load = _load_or_404(event_id, load_id)
    return _show(load, WeighForm(obj=load))


@bp.post("/<int:event_id>/loads/<int:load_id>/weigh")
@needs(Permission.SCAN)
def weigh(event_id: int, load_id: int) -> ResponseReturnValue:
    """Keep what the weighbridge shows."""
    load, session = _load_or_404(event_id, load_id), db.session()
    form = WeighForm()
    if not _is_on_site(load):
        raise NotPermitted
    if not form.validate_on_submit():
        return _show(load, form), 422
    try:
        with writing(session):
            weights = {"gross_kg": form.gross_kg.data, "tare_kg": form.tare_kg.data}
            loads.weigh(session, load, **weights, by=me(), at=now())
    except LedgerError as refusal:
        return _back(event_id, load_id, refusal)
    flash(_("The weights are kept."))
    return redirect(url_for(".show", event_id=event_id, load_id=load_id), 303)


@bp.get("/<int:event_id>/loads/<int:load_id>/sign/<any(hands_over, sets_out, arrives, takes_over):signs>/<int:user_id>")
@needs(Permission.VIEW_GOODS)
def ask_signature(event_id: int, load_id: int, signs: str, user_id: int) -> ResponseReturnValue:
    """Hand the screen to one who signs a slip: what is signed for, and a sheet to sign on."""
    load, side, person = _signer_or_404(event_id, load_id, signs, user_id)
    refusal = signing.kept_from_signing(load, _leg_of(side))
    if refusal is not None:
        return _back(event_id, load_id, refusal)
    content = slips.hand_over(db.session(), load, _leg_of(side))
    return _ask_signature(load, side, person, HandOverForm(formdata=None, digest=signing.digest_of(content)), content)


@bp.post(
    "/<int:event_id>/loads/<int:load_id>/sign/<any(hands_over, sets_out, arrives, takes_over):signs>/<int:user_id>"
)
@needs(Permission.VIEW_GOODS)
def sign(event_id: int, load_id: int, signs: str, user_id: int) -> ResponseReturnValue:
    """Take a signature under a slip, signed by the person's own means."""
    load, side, person = _signer_or_404(event_id, load_id, signs, user_id)
    form, session = HandOverForm(), db.session()
    proof = signed_by(person, form, "hand-over", form.digest.data) if form.validate_on_submit() else None
    if proof is None:
        return _ask_signature(load, side, person, form, slips.hand_over(session, load, _leg_of(side))), 422
    try:
        with writing(session):
            is_whole = signing.sign_slip(
                session,
                load,
                side,
                strokes=form.strokes.data,
                digest=form.digest.data,
                by=person,
                at=now(),
                proof=proof,
            )
    except LedgerError as refusal:
        return _back(event_id, load_id, refusal)
    flash(
        _("Both sides have signed; the slip is in the journal.") if is_whole else _("Signed. Now the other side signs.")
    )
    return redirect(url_for(".show", event_id=event_id, load_id=load_id), 303)


@bp.get("/<int:event_id>/loads/<int:load_id>/slips/<any(departure, arrival):leg>")
@needs(Permission.VIEW_GOODS)
def slip(event_id: int, load_id: int, leg: str) -> ResponseReturnValue:
    """Hand out a slip that both sides signed as a PDF, drawn from its entry in the journal."""
    load = _load_or_404(event_id, load_id)
    content = slips.signed_slip(db.session(), load, Leg(leg))
    if content is None:
        abort(404)
    if any(hides(each.batch) for each in loads.loaded_on(db.session(), load)):
        flash(_("This slip tells seals and weights of goods that are being counted. You count here yourself: wait."))
        return redirect(url_for(".show", event_id=event_id, load_id=load_id), 303)
    from ledger.papers.handover import draw_hand_over  # noqa: PLC0415 - loads reportlab, which pages do without

    return hand_out(draw_hand_over, content, content["number"])


def _load_or_404(event_id: int, load_id: int) -> Load:
    event_or_404(event_id)
    load = own_or_404(Load, load_id)
    return load if load.event_id == event_id else abort(404)


def _leg_of(signs: Signs) -> Leg:
    return next(leg for leg, sides in LEGS.items() if signs in sides)


def _units(event: Event) -> list[Unit]:
    """Return the units whose loads the person begins: their own, or any that arrives where they work on site."""
    session = db.session()
    arriving = {batch.unit_id for batch in event.batches if batch.is_expected} | {slot.unit_id for slot in event.slots}
    own = own_units(Permission.PACK_GOODS) | own_units(Permission.SCAN)
    return [unit for _depth, unit in in_tree_order(session, own & arriving)]


def _is_on_site(load: Load) -> bool:
    return not own_units(Permission.SCAN).isdisjoint({load.event.unit_id, load.unit_id})


def _signers(load: Load, signs: Signs) -> Sequence[User]:
    """Return who can sign a slip for one side."""
    session = db.session()
    if signs is Signs.HANDS_OVER:
        return holders(session, load.unit, Permission.STORE_GOODS)
    return holders(session, load.event.unit, Permission.SCAN) if signs is Signs.TAKES_OVER else load.escorts


def _at_this_screen(load: Load, signs: Signs) -> Sequence[User]:
    """Return those of them who can sign here: the person, and others if the person sends or receives the load."""
    works_here = _is_on_site(load) or load.unit_id in own_units(Permission.PACK_GOODS)
    return [person for person in _signers(load, signs) if works_here or person.id == me().id]


def _signer_or_404(event_id: int, load_id: int, signs: str, user_id: int) -> tuple[Load, Signs, User]:
    load, side = _load_or_404(event_id, load_id), Signs(signs)
    person = next((each for each in _signers(load, side) if each.id == user_id), None)
    if person is None:
        abort(404)
    if person not in _at_this_screen(load, side):
        raise NotPermitted
    return load, side, person


def _back(event_id: int, load_id: int, refusal: LedgerError) -> ResponseReturnValue:
    journal_refusal(refusal)
    flash(say(refusal), "stop")
    return redirect(url_for(".show", event_id=event_id, load_id=load_id), 303)


def _load_form(event: Event) -> LoadForm:
    """Return the form for a new load. Raises NotPermitted for who sends and receives none."""
    form, units, session = LoadForm(), _units(event), db.session()
    if not units:
        raise NotPermitted
    people = {
        person.id: person
        for unit in units
        for permission in (Permission.PACK_GOODS, Permission.SCAN)
        for person in holders(session, unit, permission)
    }
    form.unit.choices = [(unit.id, unit.name) for unit in units]
    named = [(str(key), person.name) for key, person in people.items()]
    form.escort.choices = [("", _("Choose")), *named]
    form.other_escort.choices = [("", _("nobody else")), *named]
    return form


def _ask(event: Event, form: LoadForm) -> str:
    return render_template("loads/new.html", event=event, form=form)


def _show(load: Load, form: WeighForm) -> str:
    session = db.session()
    on = loads.loaded_on(session, load)
    after = [each.batch.id for leg in Leg for each in slips.after_the_slip(slips.signed_slip(session, load, leg), on)]
    handed, packed, net = [_handed_over(load, leg) for leg in Leg], loads.packed_kg(on), load.net_kg
    return render_template(
        "loads/show.html",
        load=load,
        event=load.event,
        on=on,
        after=set(after),
        handed=handed,
        to_sign=next((side for each in handed if each.is_open for side in each.sides if not side.holds), None),
        lacks_departure=load.arrived_seq is not None and load.departed_seq is None,
        packed_kg=packed,
        is_off=net is not None and packed is not None and weighs_otherwise(net, packed),
        form=form if load.event.state is State.OPEN and _is_on_site(load) else None,
        is_veiled=any(hides(each.batch) for each in on),
        leg_names=LEG_NAMES,
        signs_names=SIGNS_NAMES,
        Seal=Seal,
        Outcome=Outcome,
    )


def _handed_over(load: Load, leg: Leg) -> HandedOver:
    session = db.session()
    slip, given = slips.signed_slip(session, load, leg), {each.signs: each for each in load.signatures}
    is_open = signing.kept_from_signing(load, leg) is None
    digest = slip["digest"] if slip else signing.digest_of(slips.hand_over(session, load, leg))
    sides = []
    for signs in LEGS[leg]:
        signature = given.get(signs)
        holds = signature is not None and signature.digest == digest
        sides.append(Side(signs, signature, holds, _at_this_screen(load, signs) if is_open else ()))
    return HandedOver(leg, sides, slip["number"] if slip else "", is_open)


def _ask_signature(load: Load, signs: Signs, person: User, form: HandOverForm, content: HandOver) -> str:
    leg = _leg_of(signs)
    handed = [line for line in content["lines"] if not line["state"]]
    return render_template(
        "loads/sign.html",
        load=load,
        event=load.event,
        person=person,
        signs=signs,
        form=form,
        content=content,
        handed=handed,
        whole=sum(line["seal"] == Seal.WHOLE for line in handed),
        decimal=Decimal,
        digest=signing.digest_of(content),
        is_own_screen=person.id == me().id,
        is_veiled=any(hides(each.batch) for each in loads.loaded_on(db.session(), load)),
        leg_name=_(LEG_NAMES[leg]),
        lacks_departure=leg is Leg.ARRIVAL and load.departed_seq is None,
        signs_names=SIGNS_NAMES,
        url=url_for(".sign", event_id=load.event_id, load_id=load.id, signs=signs, user_id=person.id),
    )
