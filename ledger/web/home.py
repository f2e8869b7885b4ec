"""The first page: what waits for me."""

from collections.abc import Iterator

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from ledger.db import db
from ledger.goods.filters import Filter
from ledger.goods.queries import MANY, count_lines
from ledger.goods.rules import Account
from ledger.imports import queries as lists
from ledger.imports.workflow import STATE_NAMES, State
from ledger.journal.queries import page_of_entries
from ledger.permissions import Permission
from ledger.web import (
    admin,
    applications,
    batches,
    cases,
    closing,
    events,
    goods,
    imports,
    overdue,
    plans,
    stocktakes,
    waivers,
    words,
)
from ledger.web.access import me, own_units, signed_in, unless_all
from ledger.web.todo import ToDo

bp = Blueprint("home", __name__)

RECENT = 6


@bp.get("/")
@signed_in
def show() -> ResponseReturnValue:
    """Show what waits for the person, where the goods are, and what happened last."""
    session, user = db.session(), me()
    units = own_units(Permission.VIEW_GOODS)
    journal_units = own_units(Permission.VIEW_JOURNAL)
    counts = {
        account: count_lines(session, Filter(unit_ids=unless_all(units), account=account))
        for account in (None, Account.SEIZED, Account.STORED)
    }
    return render_template(
        "home/show.html",
        to_dos=sorted(to_dos(), key=lambda waiting: (not waiting.is_first, waiting.since)),
        with_others=[made for made in lists.waiting(session, units, State.WAITING) if made.by_id == user.id],
        counts=counts if units else None,
        many=MANY,
        Account=Account,
        recent=page_of_entries(session, journal_units).entries[:RECENT] if journal_units else [],
        words=words,
        state_names=STATE_NAMES,
        may_register=user.may(Permission.REGISTER_GOODS),
    )


def to_dos() -> Iterator[ToDo]:
    """Yield what waits for the person who is signed in."""
    for area in (
        imports,
        cases,
        goods,
        stocktakes,
        plans,
        applications,
        events,
        batches,
        closing,
        overdue,
        waivers,
        admin,
    ):
        yield from area.to_dos()
