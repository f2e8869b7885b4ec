"""Booking a movement back that was booked wrongly."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ledger.db import db
from ledger.errors import LedgerError
from ledger.goods.models import Item, Movement
from ledger.goods.rules import ACCOUNT_NAMES, ACT_NAMES
from ledger.journal.models import JournalEntry
from ledger.journal.service import writing
from ledger.permissions import Permission
from ledger.store.correction import correct, kept_from_correcting
from ledger.store.rules import CORRECTED_BY, NotCorrectable
from ledger.web import words
from ledger.web.access import me, needs, now, own_or_404, own_units
from ledger.web.context import say
from ledger.web.errors import journal_refusal
from ledger.web.forms import ReasonForm

bp = Blueprint("corrections", __name__, url_prefix="/corrections")


@bp.get("/<int:movement_id>")
@needs(Permission.VIEW_GOODS)
def show(movement_id: int) -> ResponseReturnValue:
    """Ask why a movement is to be booked back, or say why it cannot be."""
    return _page(_movement_or_404(movement_id), ReasonForm())


@bp.post("/<int:movement_id>")
@needs(Permission.VIEW_GOODS)
def save(movement_id: int) -> ResponseReturnValue:
    """Book a movement back, by somebody of its role who had no part in it."""
    movement, form, session = _movement_or_404(movement_id), ReasonForm(), db.session()
    if not form.validate_on_submit():
        return _page(movement, form), 422
    try:
        with writing(session):
            correct(session, movement, reason=form.reason.data, by=me(), at=now())
    except LedgerError as refusal:
        journal_refusal(refusal)
        flash(say(refusal), "stop")
        return redirect(url_for(".show", movement_id=movement_id), 303)
    flash(_("Booked back. Both entries stay in the journal."))
    return redirect(url_for("goods.show", item_id=movement.item_id), 303)


def may_correct(movement: Movement, unit_id: int) -> bool:
    """Whether the person's role could book this movement of a unit's goods back."""
    return movement.act in CORRECTED_BY and unit_id in own_units(CORRECTED_BY[movement.act][0])


def _movement_or_404(movement_id: int) -> Movement:
    """Return the movement of a line that the person may correct. Raises NotPermitted, or NotCorrectable."""
    movement = db.session.get(Movement, movement_id)
    if movement is None:
        abort(404)
    own_or_404(Item, movement.item_id)
    if movement.act not in CORRECTED_BY:
        raise NotCorrectable
    own_or_404(Item, movement.item_id, CORRECTED_BY[movement.act][0])
    return movement


def _page(movement: Movement, form: ReasonForm) -> str:
    session = db.session()
    obstacle = kept_from_correcting(session, movement, by=me())
    return render_template(
        "corrections/show.html",
        movement=movement,
        item=movement.item,
        entry=session.get_one(JournalEntry, movement.entry_seq),
        form=form,
        obstacle=obstacle and say(obstacle),
        account_names=ACCOUNT_NAMES,
        act_names=ACT_NAMES,
        words=words,
    )
