"""Batches: packing them, sealing, opening, and what is in them."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ledger.codes import BadCode, ForeignCode, read_code
from ledger.db import db
from ledger.destruction.models import ApplicationLine
from ledger.destruction.queries import count_open_lines, open_lines, open_since
from ledger.destruction.workflow import Treatment
from ledger.duties import DutyConflict
from ledger.errors import LedgerError, NotPermitted
from ledger.events import packing, queries
from ledger.events.models import Batch, Event
from ledger.events.workflow import (
    PACKING,
    BatchEmpty,
    BatchLeft,
    BatchNotSealed,
    BatchSealed,
    EventMovedOn,
    PackedMeanwhile,
)
from ledger.goods.classes import ENV_CLASS_NAMES, EnvClass
from ledger.goods.queries import accounts_at, history_of
from ledger.goods.rules import ACCOUNT_NAMES, Account
from ledger.journal.service import writing
from ledger.permissions import Permission
from ledger.units.models import Unit, User, Waiver
from ledger.units.queries import holders
from ledger.web import words
from ledger.web.access import event_or_404, me, needs, now, own_units, veiled
from ledger.web.context import say
from ledger.web.errors import journal_refusal
from ledger.web.event_forms import PackForm, ReprintForm, SealForm, UnpackForm, pack_form
from ledger.web.signing import offer_second, second_person
from ledger.web.todo import ToDo

bp = Blueprint("batches", __name__, url_prefix="/batches")

MOVED_ON = (EventMovedOn, BatchSealed, BatchNotSealed, BatchEmpty, BatchLeft)
"""Refusals of what the page no longer offers: they are said on top of it."""


@bp.get("/pack/<int:event_id>/<int:unit_id>")
@needs(Permission.PACK_GOODS)
def pack(event_id: int, unit_id: int) -> ResponseReturnValue:
    """Offer a unit's approved goods of one class and method, to be packed for an event."""
    event, unit = _packing(event_id, unit_id)
    kinds = _kinds(unit)
    kind = _kind(kinds)
    if kind is None:
        return _nothing_left(event)
    form = pack_form(kinds[kind], is_all="all" in request.args)
    _offer(form, event, unit, kind)
    return _pack_page(event, unit, kinds, kind, form)


@bp.post("/pack/<int:event_id>/<int:unit_id>")
@needs(Permission.PACK_GOODS)
def save(event_id: int, unit_id: int) -> ResponseReturnValue:
    """Pack what was taken, by the person who is signed in and a second one at the same screen."""
    event, unit = _packing(event_id, unit_id)
    kinds = _kinds(unit)
    kind = _kind(kinds)
    if kind is None:
        return _nothing_left(event)
    form = pack_form(kinds[kind], is_all=False)
    open_batches = _offer(form, event, unit, kind)
    is_good = form.validate_on_submit()
    taken = form.taken(kinds[kind])
    if not taken:
        form.form_errors.append(_("Choose at least one line."))
    checker = second_person(form) if is_good and taken else None
    if checker is None:
        return _pack_page(event, unit, kinds, kind, form), 422
    session = db.session()
    try:
        with writing(session):
            if not form.saw(taken) or any(name.startswith("take") and name not in form for name in request.form):
                raise PackedMeanwhile
            into = open_batches.get(form.into.data)
            batch = packing.pack(session, event, unit, taken, packer=me(), checker=checker, at=now(), batch=into)
            code = batch.code
    except LedgerError as refusal:
        _say(refusal, form)
        form.look_again(kinds[kind])
        return _pack_page(event, unit, kinds, kind, form), 409
    flash(_("Packed: %(count)s lines. Now weigh the batch and seal it, or pack more into it.", count=len(taken)))
    return redirect(url_for(".show", code=code), 303)


@bp.get("/<string:code>")
@needs(Permission.VIEW_GOODS)
def show(code: str) -> ResponseReturnValue:
    """Show what a batch holds, who packed it, and where it has been; any label it ever had leads here."""
    return _page(batch_or_404(code))


@bp.post("/<string:code>/seal")
@needs(Permission.PACK_GOODS)
def seal(code: str) -> ResponseReturnValue:
    """Close a batch under a seal, weighed."""
    batch, form = batch_or_404(code, Permission.PACK_GOODS), SealForm()

    def act() -> None:
        packing.seal(
            db.session(),
            batch,
            seal_no=form.seal.data,
            gross_kg=form.gross_kg.data,
            tare_kg=form.tare_kg.data,
            by=me(),
            at=now(),
        )

    return _do(batch, "seal", form, act, _("Batch %(number)s is sealed. Print its label.", number=batch.number))


@bp.post("/<string:code>/unpack")
@needs(Permission.STORE_GOODS)
def unpack(code: str) -> ResponseReturnValue:
    """Bring a batch's goods back to the store, by the custodian before a second person."""
    batch, form = batch_or_404(code, Permission.STORE_GOODS), UnpackForm()
    _offer_second(form, batch.unit)
    second = second_person(form) if form.validate_on_submit() else None
    if second is None:
        return _page(batch, unpack=form), 422

    def act() -> None:
        packing.unpack(db.session(), batch, reason=form.why.data, custodian=me(), second=second, at=now())

    done = _("Batch %(number)s is open; its goods are back in the store.", number=batch.number)
    return _do(batch, "unpack", form, act, done)


@bp.post("/<string:code>/reprint")
@needs(Permission.PACK_GOODS)
def reprint(code: str) -> ResponseReturnValue:
    """Give a batch a new label; the old one is void from now on."""
    batch, form = batch_or_404(code, Permission.PACK_GOODS), ReprintForm()

    def act() -> None:
        packing.reprint(db.session(), batch, reason=form.cause.data, by=me(), at=now())

    done = _("Batch %(number)s has a new code. Print its label; the old one is void.", number=batch.number)
    return _do(batch, "reprint", form, act, done)


def batch_or_404(code: str, permission: Permission = Permission.VIEW_GOODS) -> Batch:
    """Return the batch of one of the person's units that any generation of code was printed for.

    Raises NotPermitted if they may see it but not do what permission says, or ForeignCode for a rehearsal's label.
    """
    try:
        batch = queries.batch_by_code(db.session(), read_code(code))
    except ForeignCode:
        raise
    except BadCode:
        batch = None
    if batch is None or batch.unit_id not in own_units(Permission.VIEW_GOODS):
        abort(404)
    if batch.unit_id not in own_units(permission):
        raise NotPermitted
    return batch


def to_dos() -> Iterator[ToDo]:
    """Yield what the person's own units have to pack and to seal; not what units below them have."""
    session = db.session()
    for unit in me().roots(Permission.PACK_GOODS):
        since = open_since(session, [unit.id])
        for event in queries.packable_events(session, unit.id)[:1] if since else ():
            yield ToDo(
                since=since or now(),
                title=_("Pack %(count)s approved lines", count=count_open_lines(session, [unit.id])[unit.id]),
                text=f"{event.name} · {unit.name}",
                href=url_for("batches.pack", event_id=event.id, unit_id=unit.id),
                action=_("Pack"),
            )
        for batch in queries.to_seal(session, [unit.id]):
            yield ToDo(
                since=batch.packed_at or now(),
                title=_("Seal batch %(number)s", number=batch.number),
                text=f"{batch.event.name} · {unit.name}",
                href=url_for("batches.show", code=batch.code),
                action=_("Weigh and seal"),
            )


def _packing(event_id: int, unit_id: int) -> tuple[Event, Unit]:
    event, unit = event_or_404(event_id), db.session.get(Unit, unit_id)
    if unit is None or unit.id not in own_units(Permission.VIEW_GOODS):
        abort(404)
    if unit.id not in own_units(Permission.PACK_GOODS):
        raise NotPermitted
    return event, unit


def _kinds(unit: Unit) -> dict[str, list[ApplicationLine]]:
    """Return what is to be packed by class and method, since a batch holds one of each; not what is being counted."""
    kinds: defaultdict[str, list[ApplicationLine]] = defaultdict(list)
    for line in open_lines(db.session(), [unit.id]):
        if line.item_id not in veiled():
            kinds[_kind_of(line.item.env_class, line.treatment)].append(line)
    return dict(sorted(kinds.items(), key=lambda kind: -len(kind[1])))


def _kind_of(env_class: EnvClass, treatment: Treatment) -> str:
    """Return what a batch holds one of, as addresses name it."""
    return "-".join([env_class, *treatment.methods])


def _kind(kinds: dict[str, list[ApplicationLine]]) -> str | None:
    """Return the class and method that the address asks for, else the one with the most lines."""
    asked = request.args.get("kind")
    return asked if asked in kinds else next(iter(kinds), None) if request.method == "GET" else None


def _nothing_left(event: Event) -> ResponseReturnValue:
    flash(_("Nothing of this kind is left to be packed."), "wait")
    return redirect(url_for("events.show", event_id=event.id), 303)


def _offer(form: PackForm, event: Event, unit: Unit, kind: str) -> dict[str, Batch]:
    """Let the form ask for the batch, a new one or one of this kind that is still open, and for the checker."""
    batches = {
        str(batch.id): batch
        for batch in queries.batches_of(db.session(), event.id, [unit.id])
        if not batch.is_sealed and _kind_of(batch.env_class, batch.treatment) == kind
    }
    form.into.choices = [("", _("a new batch")), *((key, batch.number) for key, batch in batches.items())]
    _offer_second(form, unit)
    return batches


def _offer_second(form: Any, unit: Unit) -> None:
    offer_second(form, holders(db.session(), unit, Permission.PACK_GOODS, other_than=me()))


def _pack_page(event: Event, unit: Unit, kinds: dict[str, list[ApplicationLine]], kind: str, form: PackForm) -> str:
    lines: Sequence[ApplicationLine] = kinds[kind]
    return render_template(
        "batches/pack.html",
        event=event,
        unit=unit,
        kinds=kinds,
        kind=kind,
        lines=lines,
        form=form,
        applied=_applied(unit, lines),
        class_names=ENV_CLASS_NAMES,
    )


def _applied(unit: Unit, lines: Sequence[ApplicationLine]) -> list[tuple[User, Waiver | None]]:
    """Return who of those offered applied for some of these goods: they cannot check them, but by a waiver."""
    session, applicants = db.session(), {line.application.applicant_id for line in lines}
    people = holders(session, unit, Permission.PACK_GOODS, other_than=me())
    return [
        (person, packing.waiver_of(session, unit, person, at=now())) for person in people if person.id in applicants
    ]


def _say(refusal: LedgerError, form: Any) -> None:
    """Say a refusal where it belongs: what one person may not do beside that person's name."""
    journal_refusal(refusal)
    if isinstance(refusal, MOVED_ON):
        flash(say(refusal), "stop")
    elif isinstance(refusal, DutyConflict) and "second" in form:
        form.second.errors = [say(refusal)]
    else:
        form.form_errors.append(say(refusal))


def _do(batch: Batch, name: str, form: Any, act: Callable[[], None], done: str) -> ResponseReturnValue:
    """Do one act on a batch; what is wrong with it is said in its form."""
    if not form.validate_on_submit():
        return _page(batch, **{name: form}), 422
    session = db.session()
    try:
        with writing(session):
            act()
            code = batch.code
    except LedgerError as refusal:
        _say(refusal, form)
        return _page(batch, **{name: form}), 409
    flash(done)
    return redirect(url_for(".show", code=code), 303)


def _page(batch: Batch, **given: Any) -> str:
    """Return the page of a batch, with the forms that were given in place of empty ones."""
    session = db.session()
    unpack_form = UnpackForm(None)
    _offer_second(unpack_form, batch.unit)
    accounts = accounts_at(session, batch.place_id)
    lies_packed = accounts == {Account.PACKED}
    return render_template(
        "batches/show.html",
        batch=batch,
        slot=next((slot for slot in batch.event.slots if slot.unit_id == batch.unit_id), None),
        is_old_label=read_code(str(request.view_args and request.view_args["code"])) != batch.code,
        accounts=accounts,
        kind=_kind_of(batch.env_class, batch.treatment),
        veiled=veiled(),
        history=history_of(session, batch.place_id),
        may_pack=batch.unit_id in own_units(Permission.PACK_GOODS),
        may_seal=lies_packed and not batch.is_sealed and batch.event.state in PACKING,
        may_unpack=lies_packed and batch.unit_id in own_units(Permission.STORE_GOODS),
        forms={"seal": SealForm(None), "unpack": unpack_form, "reprint": ReprintForm(None), **given},
        class_names=ENV_CLASS_NAMES,
        account_names=ACCOUNT_NAMES,
        Account=Account,
        words=words,
    )
