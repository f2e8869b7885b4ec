"""What is overdue for an event, and by whom; and what will be soon, for those who are to do it."""

from collections.abc import Collection, Iterator
from datetime import datetime, time, timedelta

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ledger.cases.rules import Kind
from ledger.db import db
from ledger.events.deadlines import DEADLINE_NAMES, NEEDED, OVER, Deadline, Open, needed, still_open, with_deadlines
from ledger.events.models import Event
from ledger.permissions import Permission
from ledger.web.access import me, needs, now, own_units, settings
from ledger.web.context import BEIJING, day, sentence, today
from ledger.web.goods_filter import judge_lines
from ledger.web.todo import ToDo

bp = Blueprint("overdue", __name__, url_prefix="/overdue")

SOON = timedelta(days=7)
"""How long before a deadline people are reminded of it."""


@bp.get("")
@needs(Permission.VIEW_GOODS)
def index() -> ResponseReturnValue:
    """List what the person's units have not done though it was due for an event."""
    mine = own_units(Permission.VIEW_GOODS)
    events = with_deadlines(db.session(), mine)
    late = [each for event in events for each in open_until(event, mine, timedelta(0)) if each.due_on < today()]
    return render_template("overdue/index.html", late=late, deadline_names=DEADLINE_NAMES)


def open_until(event: Event, unit_ids: Collection[int], ahead: timedelta) -> list[Open]:
    """Return what these units have not done that is due by now, or so long ahead."""
    judge_lines()
    return still_open(db.session(), event, unit_ids, before=settings().deadlines, until=today() + ahead)


def to_dos() -> Iterator[ToDo]:
    """Yield what the person's own units are to do for an event, from a week before its deadline on, or once it is over.

    Whoever organises an event is told what is overdue.
    """
    asked = {*NEEDED.values(), Permission.ORGANISE}
    mine = {permission: {unit.id for unit in me().roots(permission)} for permission in asked}
    units = set[int]().union(*mine.values())
    for event in with_deadlines(db.session(), units) if units else ():
        ahead = max(SOON, event.report_due_on - today()) if event.state in OVER else SOON
        for each in open_until(event, units, ahead):
            permission = needed(event, each.deadline, each.unit.id)
            if permission and each.unit.id in mine[permission]:
                yield _reminder(each)
    organised = own_units(Permission.ORGANISE)
    for event in with_deadlines(db.session(), organised) if organised else ():
        late = [each for each in open_until(event, organised, timedelta(0)) if each.due_on < today()]
        if late and event.unit_id in organised:
            text = _("%(count)s deadlines of units are missed", count=len(late))
            title = _("Overdue for the event: %(name)s", name=event.name)
            yield ToDo(_since(late[0]), title, text, url_for("overdue.index"), _("Look at it"))


def _reminder(each: Open) -> ToDo:
    said = {"what": _(DEADLINE_NAMES[each.deadline]), "day": day(each.due_on)}
    title = _("%(what)s: overdue since %(day)s", **said) if each.due_on < today() else _("%(what)s by %(day)s", **said)
    text = f"{each.event.name} · {each.unit.name} · {sentence(each.what, {'count': each.count})}"
    action = _("Make the report") if each.deadline is Deadline.REPORT else _("Look at it")
    return ToDo(min(_since(each), now()), title, text, place_of(each), action)


def place_of(each: Open) -> str:
    """Return the address where it is done."""
    if each.deadline is Deadline.COUNT:
        return url_for("plans.index", unit=each.unit.id)
    if each.deadline is Deadline.APPLICATION:
        return url_for("goods.index", unit=each.unit.id, verdict=Kind.MAY_APPLY)
    if each.deadline is Deadline.REPORT:
        return url_for("reports.show", event_id=each.event.id)
    return url_for("events.show", event_id=each.event.id, unit=each.unit.id)


def _since(each: Open) -> datetime:
    return datetime.combine(each.due_on, time(), BEIJING)
