"""The first page: what waits for me."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ledger.db import db
from ledger.goods import queries as goods
from ledger.goods.rules import Account
from ledger.imports import queries as imports
from ledger.imports.models import GoodsImport
from ledger.imports.workflow import STATE_NAMES, State
from ledger.journal.queries import page_of_entries
from ledger.permissions import Permission
from ledger.units.queries import waiting_resets
from ledger.web import words
from ledger.web.access import me, now, own_units, signed_in
from ledger.web.admin import looks_after
from ledger.web.context import BEIJING

bp = Blueprint("home", __name__)

RECENT = 6


@dataclass(frozen=True, slots=True)
class ToDo:
    """One thing that waits for the person, since when, and the way to it."""

    since: datetime
    title: str
    text: str
    href: str
    action: str

    @property
    def days(self) -> int:
        """For how many days it has waited."""
        return (now().astimezone(BEIJING).date() - self.since.astimezone(BEIJING).date()).days


@bp.get("/")
@signed_in
def show() -> ResponseReturnValue:
    """Show what waits for the person, where the goods are, and what happened last."""
    session, user = db.session(), me()
    units = own_units(Permission.VIEW_GOODS)
    journal_units = own_units(Permission.VIEW_JOURNAL)
    counts = {
        account: goods.count_lines(session, goods.Filter(unit_ids=units, account=account))
        for account in (None, Account.SEIZED, Account.STORED)
    }
    return render_template(
        "home/show.html",
        to_dos=sorted(to_dos(), key=lambda waiting: waiting.since),
        with_others=[made for made in imports.waiting(session, units, State.WAITING) if made.by_id == user.id],
        counts=counts if units else None,
        many=goods.MANY,
        Account=Account,
        recent=page_of_entries(session, journal_units).entries[:RECENT] if journal_units else [],
        words=words,
        state_names=STATE_NAMES,
        may_register=user.may(Permission.REGISTER_GOODS),
    )


def to_dos() -> Iterator[ToDo]:
    """Return what waits for the person who is signed in."""
    session, user = db.session(), me()
    for made in imports.waiting(session, own_units(Permission.CONFIRM_OPENING), State.WAITING):
        if made.by_id != user.id:
            text = _(
                "%(name)s handed in %(rows)s lines of %(unit)s",
                name=made.by.name,
                rows=made.summary["new_rows"],
                unit=made.unit.name,
            )
            yield _import_to_do(made, _("Confirm an opening balance"), text, _("Look at it"))
    for made in imports.waiting(session, own_units(Permission.REGISTER_GOODS), State.CHECKED):
        if made.by_id == user.id:
            text = _("%(file)s: %(bad)s rows to mend", file=made.file_name, bad=made.summary["bad_rows"])
            yield _import_to_do(made, _("Decide about an import"), text, _("Look at it"))
    if user.may(Permission.MANAGE_UNITS):
        for reset in waiting_resets(session):
            if looks_after(reset.user) and user.id not in (reset.requested_by_id, reset.user_id):
                text = _("asked for by %(name)s: %(reason)s", name=reset.requested_by.name, reason=reset.reason)
                title = _("Reset the password of %(name)s", name=reset.user.name)
                yield ToDo(reset.requested_at, title, text, url_for("admin.index"), _("Look at it"))


def _import_to_do(made: GoodsImport, title: str, text: str, action: str) -> ToDo:
    return ToDo(made.handed_in_at, title, text, url_for("imports.show", import_id=made.id), action)
