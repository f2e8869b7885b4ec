"""Stocktakes: opening one, counting blind, comparing, explaining, confirming."""

from collections.abc import Callable, Iterator, Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from ledger.cases.queries import cases_of
from ledger.codes import RANDOM_SIGNS, read_code, shown
from ledger.db import db
from ledger.duties import PART_NAMES, Part
from ledger.errors import N_, LedgerError, Message
from ledger.events.queries import labels_at
from ledger.journal.service import writing
from ledger.permissions import Permission
from ledger.stocktake import queries, service
from ledger.stocktake.booking import pairs_of
from ledger.stocktake.finds import item_of, likely, note_find, take_for
from ledger.stocktake.models import CountLine, Stocktake
from ledger.stocktake.rules import CONDITION_NAMES, FAULT_NAMES
from ledger.stocktake.workflow import (
    BLIND,
    CAUSE_NAMES,
    KIND_NAMES,
    OPEN,
    STATE_NAMES,
    Action,
    Cause,
    CountMovedOn,
    State,
    actions_from,
)
from ledger.text import clean
from ledger.web.access import me, needs, now, own_or_404, own_units, veiled
from ledger.web.context import say, sentence
from ledger.web.count_forms import MOST_WORDS, Errors, FindForm, entered, explained, taken_for
from ledger.web.counting import late_figures, setting_of
from ledger.web.errors import journal_refusal
from ledger.web.goods import CountedNow
from ledger.web.papers import hand_out
from ledger.web.todo import ToDo

bp = Blueprint("stocktakes", __name__, url_prefix="/stocktakes")

WAITS_FOR: dict[State, Message] = {
    State.RECOUNTING: N_("waits for somebody else to recount"),
    State.EXPLAINING: N_("waits for causes and explanations"),
    State.CONFIRMING: N_("waits for somebody who did not count to confirm"),
    State.CLOSED: N_("closed"),
    State.CANCELLED: N_("cancelled"),
}


@bp.get("")
@needs(Permission.VIEW_GOODS)
def index() -> ResponseReturnValue:
    """List the stocktakes of the person's units, open ones first."""
    session = db.session()
    mine = own_units(Permission.VIEW_GOODS)
    counts = [*queries.in_state(session, mine, OPEN), *queries.over(session, mine)]
    return render_template(
        "stocktakes/index.html",
        counts=counts,
        waits_for={count.id: _waits_for(count) for count in counts},
        state_names=STATE_NAMES,
        kind_names=KIND_NAMES,
        OPEN=OPEN,
        may_plan=me().may(Permission.COUNT_GOODS) or me().may(Permission.CONFIRM_COUNT),
    )


@bp.get("/<int:stocktake_id>")
@needs(Permission.VIEW_GOODS)
def show(stocktake_id: int) -> ResponseReturnValue:
    """Show what this person may see of a stocktake, and do in it, at its present state."""
    return _page(own_or_404(Stocktake, stocktake_id))


@bp.get("/<int:stocktake_id>/report.pdf")
@needs(Permission.VIEW_GOODS)
def report(stocktake_id: int) -> ResponseReturnValue:
    """Hand out the report of a closed stocktake. Raises CountMovedOn, CountedNow or NotPrintable."""
    from ledger.papers.counting import draw_count_report  # noqa: PLC0415 - loads reportlab, which pages do without
    from ledger.reports.counting import count_report_of  # noqa: PLC0415 - the same

    count = own_or_404(Stocktake, stocktake_id)
    if count.state is not State.CLOSED:
        raise CountMovedOn(state=STATE_NAMES[count.state])
    if veiled() & {line.item_id for line in count.lines}.union(*queries.items_packed(db.session(), count).values()):
        raise CountedNow
    return hand_out(draw_count_report, count_report_of(db.session(), count), f"清点核对表 {_named(count)}")


@bp.get("/<int:stocktake_id>/sheet.pdf")
@needs(Permission.COUNT_GOODS)
def sheet(stocktake_id: int) -> ResponseReturnValue:
    """Hand out the blind sheet to count with. Raises CountMovedOn or NotPrintable."""
    from ledger.papers.counting import draw_count_sheet  # noqa: PLC0415 - loads reportlab, which pages do without
    from ledger.reports.counting import count_sheet_of  # noqa: PLC0415 - the same

    count = own_or_404(Stocktake, stocktake_id, Permission.COUNT_GOODS)
    if count.state not in BLIND:
        raise CountMovedOn(state=STATE_NAMES[count.state])
    return hand_out(draw_count_sheet, count_sheet_of(db.session(), count), f"盘点表 {_named(count)}")


@bp.post("/<int:stocktake_id>/figures")
@needs(Permission.COUNT_GOODS)
def note(stocktake_id: int) -> ResponseReturnValue:
    """Keep what was entered, where no script sends it line by line."""
    count = own_or_404(Stocktake, stocktake_id, Permission.COUNT_GOODS)
    refused, errors = _note(count)
    if errors and not refused:
        return _page(count, errors), 422
    if refused:
        flash(say(refused), "stop")
    else:
        flash(_("What you entered is noted."))
    return _back(stocktake_id)


@bp.post("/<int:stocktake_id>/finish")
@needs(Permission.COUNT_GOODS)
def finish(stocktake_id: int) -> ResponseReturnValue:
    """Keep what was entered and end the person's count."""
    count = own_or_404(Stocktake, stocktake_id, Permission.COUNT_GOODS)
    refused, errors = _note(count)
    if errors and not refused:
        return _page(count, errors), 422
    if refused:
        flash(say(refused), "stop")
    else:
        _do(lambda: service.finish(db.session(), count, by=me(), at=now()))
    return _back(stocktake_id)


@bp.post("/<int:stocktake_id>/finds")
@needs(Permission.COUNT_GOODS)
def add_find(stocktake_id: int) -> ResponseReturnValue:
    """Keep goods that the person found beside the list."""
    count = own_or_404(Stocktake, stocktake_id, Permission.COUNT_GOODS)
    form, session = FindForm(count), db.session()
    if not form.validate_on_submit():
        return _page(count, form=form), 422
    try:
        with writing(session):
            row = note_find(session, count, form.find(), by=me(), at=now())
            name = row.item.name if isinstance(row, CountLine) else row.name
    except LedgerError as refusal:
        journal_refusal(refusal)
        flash(say(refusal), "stop")
        return _page(count, form=form), 422
    flash(_("Noted: %(name)s. It stands in the list below and can be changed until you finish.", name=name))
    return _back(stocktake_id)


@bp.post("/<int:stocktake_id>/explanations")
@needs(Permission.COUNT_GOODS)
def explain(stocktake_id: int) -> ResponseReturnValue:
    """Keep causes and explanations; hand them on to who confirms, if that was asked for."""
    count = own_or_404(Stocktake, stocktake_id, Permission.COUNT_GOODS)
    given = {line.id: explained(line.id) for line in count.lines if line.needs_a_word}
    of_batches = {batch.id: explained(f"batch-{batch.id}") for batch in count.batches if batch.faults}
    taken = {extra.id: taken_for(extra) for extra in count.extras if extra.differs}

    def keep() -> None:
        for line in count.lines:
            if line.id in given:
                cause, explanation = given[line.id]
                service.explain(count, line, cause=cause, explanation=explanation, by=me())
        for batch in count.batches:
            if batch.id in of_batches:
                cause, explanation = of_batches[batch.id]
                service.explain(count, batch, cause=cause, explanation=explanation, by=me())
        lines = {line.id: line for line in count.lines}
        for extra in count.extras:
            if extra.id in taken:
                line_id, explanation = taken[extra.id]
                take_for(count, extra, lines.get(line_id), explanation=explanation, by=me())

    if _do(keep) and "submit" in request.form:
        _do(lambda: service.submit(db.session(), count, by=me(), at=now()))
    return _back(stocktake_id)


@bp.post("/<int:stocktake_id>/confirm")
@needs(Permission.CONFIRM_COUNT)
def confirm(stocktake_id: int) -> ResponseReturnValue:
    """Accept the differences: the books move."""
    count = own_or_404(Stocktake, stocktake_id, Permission.CONFIRM_COUNT)
    _do(lambda: service.confirm(db.session(), count, by=me(), at=now()))
    return _back(stocktake_id)


@bp.post("/<int:stocktake_id>/reject")
@needs(Permission.CONFIRM_COUNT)
def reject(stocktake_id: int) -> ResponseReturnValue:
    """Send the explanations back."""
    count = own_or_404(Stocktake, stocktake_id, Permission.CONFIRM_COUNT)
    return _with_reason(count, service.reject)


@bp.post("/<int:stocktake_id>/cancel")
@needs(Permission.COUNT_GOODS)
def cancel(stocktake_id: int) -> ResponseReturnValue:
    """Give a stocktake up."""
    count = own_or_404(Stocktake, stocktake_id, Permission.COUNT_GOODS)
    return _with_reason(count, service.cancel)


def to_dos() -> Iterator[ToDo]:
    """Yield what to count, recount, explain and confirm."""
    session = db.session()
    for count in queries.in_state(session, own_units(Permission.COUNT_GOODS), BLIND):
        part = _open_part(count)
        if part is Part.RECOUNTER:
            yield _to_do(count, _("Recount what two people found differently"), _("Count"))
        elif part is not None:
            yield _to_do(count, _("Count"), _("Count"))
    for count in queries.in_state(session, own_units(Permission.COUNT_GOODS), [State.EXPLAINING]):
        yield _to_do(count, _("Explain the differences of a count"), _("Explain"))
    for count in queries.in_state(session, own_units(Permission.CONFIRM_COUNT), [State.CONFIRMING]):
        if me().id not in count.counters:
            yield _to_do(count, _("Confirm the differences of a count"), _("Look at it"))


def _to_do(count: Stocktake, title: str, action: str) -> ToDo:
    since = max(at for at in (count.frozen_at, count.first_done_at, count.second_done_at, count.recount_done_at) if at)
    text = _("%(unit)s, stocktake %(number)s: %(scope)s", unit=count.unit.name, number=count.number, scope=count.scope)
    return ToDo(since, title, text, url_for("stocktakes.show", stocktake_id=count.id), action)


def _page(count: Stocktake, errors: Errors | None = None, form: FindForm | None = None) -> str:
    """Return the page of a stocktake: blind entry, waiting, or the comparison."""
    may_count = count.unit_id in own_units(Permission.COUNT_GOODS)
    shared = {
        "count": count,
        "may_count": may_count,
        "may_cancel": Action.CANCEL in actions_from(count.state) and may_count,
        "waits_for": _waits_for(count),
        "kind_names": KIND_NAMES,
        "State": State,
        "setting": setting_of(count),
        "came_late": late_figures(count),
    }
    if count.state not in BLIND:
        return render_template("stocktakes/compare.html", **shared, **_comparison(count))
    part = _open_part(count) if may_count else None
    mine = part or _part_done(count)
    lines = sorted(count.lines_for(mine), key=lambda line: (line.place.name, line.id)) if mine else []
    extras = count.extras_for(mine) if mine else []
    batches = count.batches_for(mine) if mine else []
    shared |= {"lines": lines, "extras": extras, "batches": batches, "part": mine, "conditions": CONDITION_NAMES}
    shared["cases"] = cases_of(db.session(), [line.item for line in lines])
    if part is None:
        return render_template("stocktakes/waiting.html", **shared)
    typed = request.form if errors else MultiDict[str, str]()
    shared |= _looked_up(count, lines) | {"errors": errors or {}, "typed": typed, "shown": shown, "Part": Part}
    if form is not None:
        shared["form"] = form
    return render_template("stocktakes/entry.html", **shared, opens_find=form is not None or shared["label"])


def _looked_up(count: Stocktake, lines: Sequence[CountLine]) -> dict[str, object]:
    """Return where a label that was scanned or typed leads: to a line of the list, to a location, or to no list."""
    text = clean(request.args.get("code", ""))
    try:
        code = read_code(text) if text else ""
    except LedgerError:
        code = ""
    found = [line for line in lines if text and (code in (line.item.code, line.place.code) or line.place.name == text)]
    sealed = next((each for each in count.batches if code and each.label[:RANDOM_SIGNS] == code[:RANDOM_SIGNS]), None)
    label = code if not (found or sealed) else ""
    known, part = item_of(db.session(), count, label), _open_part(count) or Part.FIRST_COUNTER
    return {
        "aimed_at": next((line for line in found if line.found_by(part) is None), found[0] if found else None),
        "is_unread": bool(text and not found and not code),
        "sealed": sealed,
        "scanned": code,
        "label": label,
        "known": known,
        "form": FindForm(count, label),
    }


def _comparison(count: Stocktake) -> dict[str, object]:
    """Return what the comparison shows: what needs a look first, what agrees apart."""
    agreeing = [line for line in count.lines if not (line.figures.difference or line.moved_meanwhile or line.spoilt)]
    rest = sorted(
        set(count.lines) - set(agreeing), key=lambda line: (not line.differs, line.figures.difference, line.id)
    )
    extras = [extra for extra in count.extras if extra.differs]
    packed = queries.items_packed(db.session(), count)
    pairs = dict(pairs_of(count))
    may_explain = count.unit_id in own_units(Permission.COUNT_GOODS)
    may_confirm = count.unit_id in own_units(Permission.CONFIRM_COUNT)
    return {
        "rest": rest,
        "agreeing": [line for line in agreeing if line.book],
        "extras": extras,
        "hidden": [batch for batch in count.batches if not veiled().isdisjoint(packed[batch.place_id])],
        "faulty": sum(bool(batch.faults) for batch in count.batches),
        "fault_names": FAULT_NAMES,
        "conditions": CONDITION_NAMES,
        "likely": {extra.id: likely(extra, count.lines) for extra in extras},
        "elsewhere": pairs | {over: short for short, over in pairs.items()},
        "missing": [line for line in rest if line.differs and line.figures.difference < 0],
        "short": sum(line.differs and line.figures.difference < 0 for line in rest),
        "over": sum(line.differs and line.figures.difference > 0 for line in rest),
        "spoilt": sum(line.needs_a_word and not line.differs for line in rest),
        "moved": sum(line.moved_meanwhile for line in rest) + sum(each.moved_meanwhile for each in count.batches),
        "causes": CAUSE_NAMES,
        "Cause": Cause,
        "part_names": PART_NAMES,
        "shown": shown,
        "most": MOST_WORDS,
        "explains": count.state is State.EXPLAINING and may_explain,
        "confirms": count.state is State.CONFIRMING and may_confirm,
        "counted_myself": me().id in count.counters,
    }


def _open_part(count: Stocktake) -> Part | None:
    """Return as which counter the person can count now; None if they cannot, or have finished."""
    part = service.part_of(count, me())
    return None if part is None or count.done_at(part) else part


def _part_done(count: Stocktake) -> Part | None:
    """Return as which counter the person finished."""
    taken = {count.first_id: Part.FIRST_COUNTER, count.second_id: Part.SECOND_COUNTER}
    return taken.get(me().id)


def _waits_for(count: Stocktake) -> str:
    """Return for whom or what a stocktake waits, in words."""
    if count.state is State.COUNTING:
        both = ((count.first, count.first_done_at), (count.second, count.second_done_at))
        counting = " · ".join(person.name for person, done_at in both if person and done_at is None)
        if count.first is None:
            return sentence(N_("waits for two people to count"), {})
        if count.second is None and not counting:
            return sentence(N_("%(name)s has counted; waits for a second person"), {"name": count.first.name})
        if count.second is None:
            return sentence(N_("%(name)s counts; waits for a second person"), {"name": counting})
        return sentence(N_("waits for %(name)s to finish counting"), {"name": counting})
    if count.state is State.RECOUNTING and count.recounter:
        return sentence(N_("%(name)s recounts"), {"name": count.recounter.name})
    return sentence(WAITS_FOR[count.state], {})


def _note(count: Stocktake) -> tuple[LedgerError | None, Errors]:
    """Keep the figures of the form; return why that was refused, and what is wrong with single figures."""
    session = db.session()
    found, faults = entered(count, labels_at(session, [batch.place_id for batch in count.batches], now()))
    if found == service.Found({}):
        return None, faults
    try:
        with writing(session):
            service.note_figures(session, count, found, by=me(), at=now())
    except LedgerError as refusal:
        journal_refusal(refusal)
        return refusal, faults
    return None, faults


def _with_reason(count: Stocktake, act: Callable[..., None]) -> ResponseReturnValue:
    """Do an act that needs a reason."""
    stocktake_id = count.id
    reason = clean(request.form.get("reason", ""))[:MOST_WORDS]
    if not reason:
        flash(_("Say why, so that others understand it later."), "stop")
    else:
        _do(lambda: act(db.session(), count, reason=reason, by=me(), at=now()))
    return _back(stocktake_id)


def _do(act: Callable[[], None]) -> bool:
    """Do one act on a stocktake and return whether it was taken; a refusal is said on the next page."""
    try:
        with writing(db.session()):
            act()
    except LedgerError as refusal:
        journal_refusal(refusal)
        flash(say(refusal), "stop")
        return False
    return True


def _named(count: Stocktake) -> str:
    return f"{count.unit.short_name} 第{count.number}号"


def _back(stocktake_id: int) -> ResponseReturnValue:
    return redirect(url_for(".show", stocktake_id=stocktake_id), 303)
