"""Finding lines, and the life and balances of one line."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from io import BytesIO
from tempfile import TemporaryFile
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from ledger.cases import service as cases
from ledger.cases.alerts import ALERT_NAMES, ALERT_WAYS, DAYS_TO_DECIDE, OF_CASES, Alert
from ledger.cases.models import Case
from ledger.cases.quality import DOUBT_NAMES, Doubt, cases_alerted, has_doubts, lines_alerted, lines_in_doubt
from ledger.cases.queries import alerts_of, cases_of, holds_on
from ledger.cases.rules import (
    HOLD_ENDS,
    HOLD_NAMES,
    MAY_APPLY,
    STAGE_NAMES,
    HoldKind,
    Verdict,
    checks,
    earliest_day,
    stage_of,
    verdict,
)
from ledger.codes import shown
from ledger.db import db
from ledger.destruction.queries import facts_of, lines_on, verdicts
from ledger.destruction.workflow import STATE_NAMES
from ledger.errors import N_, LedgerError
from ledger.goods import queries
from ledger.goods.classes import ENV_CLASS_NAMES
from ledger.goods.filters import Filter, lines_of
from ledger.goods.models import Item
from ledger.goods.rules import ACCOUNT_NAMES, ACT_NAMES
from ledger.goods.tree import of_label
from ledger.journal.service import writing
from ledger.permissions import Permission
from ledger.store.correction import corrected
from ledger.store.queries import kept_from_amending
from ledger.store.rules import LineAmendedMeanwhile, SameLine
from ledger.store.service import amend_line
from ledger.store.slips import SLIP_NAMES
from ledger.units.queries import in_tree_order
from ledger.web import words
from ledger.web.access import me, needs, now, own_or_404, own_units, settings, unless_all, veiled, veils_unit
from ledger.web.case_forms import AmendLineForm
from ledger.web.context import HIDDEN, LOCALES, day, say, sentence, today
from ledger.web.corrections import may_correct
from ledger.web.errors import journal_refusal
from ledger.web.forms import HoldForm
from ledger.web.goods_columns import COLUMN_NAMES, choose, columns, shown_here
from ledger.web.goods_filter import SHOWN_ACCOUNTS, FilterForm, wanted_lines
from ledger.web.todo import ToDo

bp = Blueprint("goods", __name__, url_prefix="/goods")


class CountedNow(LedgerError):
    """A paper that tells the quantities of a line is asked for by somebody who counts it blind."""

    code = "counted_now"
    message = N_("These goods are being counted. You count here yourself: you get this paper when the count is over.")


LOOKED = 20_000
"""Up to how many lines are looked through for what is doubtful in them, if their units are not chosen."""


@bp.get("")
@needs(Permission.VIEW_GOODS)
def index() -> ResponseReturnValue:
    """List lines of the person's units; search among them, narrow them down, sort them, choose their columns."""
    session, words = db.session(), request.args.get("q", "").strip()
    if (place := of_label(session, words)) and place.unit_id in own_units(Permission.VIEW_GOODS):
        return redirect(url_for("locations.show", place_id=place.id), 303)
    form = FilterForm(request.args)
    lines = lines_of(session, wanted_lines(form, words))
    page = queries.page_of_lines(session, lines, after=_cursor("after"), before=_cursor("before"))
    of_lines = cases_of(session, page.items)
    return render_template(
        "goods/index.html",
        page=page,
        words=words,
        form=form,
        cases=of_lines,
        verdicts=verdicts_today(page.items, of_lines),
        standing=queries.standing,
        count=queries.count_roughly(session, lines),
        columns=columns(),
        column_names=COLUMN_NAMES,
        show=shown_here(),
        class_names=ENV_CLASS_NAMES,
        accounts=SHOWN_ACCOUNTS,
        account_names=ACCOUNT_NAMES,
        may_apply=own_units(Permission.APPLY),
        MAY_APPLY=MAY_APPLY,
    )


@bp.post("/columns")
@needs(Permission.VIEW_GOODS)
def choose_columns() -> ResponseReturnValue:
    """Show the list with the columns that are ticked, now and later in this session."""
    chosen = choose(request.form.getlist("column"))
    narrowed = {"q": request.form.get("q", ""), **FilterForm(request.form).kept}
    kept = {key: value for key, value in {**narrowed, "show": chosen}.items() if value}
    return redirect(f"{url_for('.index')}?{urlencode(kept)}", 303)


@bp.get("/quality")
@needs(Permission.VIEW_GOODS)
def quality() -> ResponseReturnValue:
    """List what is doubtful in the goods lists of the person's units; of one of them where all have too many lines."""
    session, ours, words = db.session(), own_units(Permission.VIEW_GOODS), alert_words()
    units = frozenset({request.args.get("unit", 0, type=int)}) & ours or ours
    has_too_many = queries.count_lines(session, Filter(unit_ids=unless_all(ours)), up_to=LOOKED) > LOOKED
    if units == ours and has_too_many:
        units = frozenset({me().roots(Permission.VIEW_GOODS)[0].id})
    doubtful = [(_(DOUBT_NAMES[doubt]), "", lines_in_doubt(session, units, doubt)) for doubt in _doubts_told(units)]
    days = settings().storage_days
    lines = [
        (*words[alert], lines_alerted(session, units, alert, storage_days=days, today=today()))
        for alert in Alert
        if alert not in OF_CASES
    ]
    waiting = [
        (*words[alert], cases_alerted(session, units, alert, today=today())) for alert in Alert if alert in OF_CASES
    ]
    return render_template(
        "goods/quality.html",
        lines=[*doubtful, *lines],
        waiting=waiting,
        cases=cases_of(session, [item for _title, _way, (items, _count) in (*doubtful, *lines) for item in items]),
        may_amend=own_units(Permission.REGISTER_GOODS),
        same_line=_(DOUBT_NAMES[Doubt.SAME_LINE]),
        is_veiled=len(doubtful) < len(Doubt),
        units=in_tree_order(session, ours),
        chosen=None if units == ours else next(iter(units)),
        has_too_many=has_too_many,
        many=queries.MANY,
    )


@bp.post("/export")
@needs(Permission.VIEW_GOODS)
def export() -> ResponseReturnValue:
    """Hand out the lines that the list shows under these filters as a file, and note that they went out."""
    from ledger.reports.listing import Format, TooManyLines, note_exported, write_listing  # noqa: PLC0415 - as below

    session, words = db.session(), request.form.get("q", "").strip()
    form = FilterForm(request.form)
    kind = Format.CSV if "csv" in request.form else Format.XLSX
    narrowed = {"q": words, **form.kept}
    target = TemporaryFile()  # noqa: SIM115 - it is closed with the answer
    try:
        lines = write_listing(
            session, wanted_lines(form, words), kind, target, veiled=veiled(), hidden=_(HIDDEN), word=_
        )
    except TooManyLines as refusal:
        target.close()
        flash(say(refusal), "wait")
        return redirect(f"{url_for('.index')}?{urlencode(narrowed)}", 303)
    with writing(session):
        note_exported(session, kind, narrowed, lines, by=me(), at=now())
    target.seek(0)
    name = _("goods-%(day)s.%(kind)s", day=today().isoformat(), kind=kind)
    return send_file(target, kind.media_type, as_attachment=True, download_name=name)


@bp.get("/<int:item_id>")
@needs(Permission.VIEW_GOODS)
def show(item_id: int) -> ResponseReturnValue:
    """Show one line: where its goods are, what happened to them, and whether they may be destroyed."""
    return _page(own_or_404(Item, item_id), hold_form())


@bp.get("/<int:item_id>/custody.pdf")
@needs(Permission.VIEW_GOODS)
def custody(item_id: int) -> ResponseReturnValue:
    """Hand out the chain of custody of a line as a paper. Raises CountedNow or NotPrintable."""
    from ledger.papers.custody import draw_custody  # noqa: PLC0415 - loads reportlab, which pages do without
    from ledger.reports.custody import custody_of  # noqa: PLC0415 - the same

    item = own_or_404(Item, item_id)
    if item.id in veiled():
        raise CountedNow
    with force_locale(LOCALES[0]):  # papers are Chinese in every language of the pages
        content, name = custody_of(db.session(), item, at=now(), word=_), f"流转记录 {shown(item.code)}.pdf"
    target = BytesIO()
    draw_custody(content, target)
    target.seek(0)
    return send_file(target, "application/pdf", as_attachment=True, download_name=name)


@bp.post("/<int:item_id>/holds")
@needs(Permission.HOLD_GOODS)
def set_hold(item_id: int) -> ResponseReturnValue:
    """Stop the destruction of this line."""
    item, form = own_or_404(Item, item_id, Permission.HOLD_GOODS), hold_form()
    if not form.validate_on_submit():
        return _page(item, form), 422
    session = db.session()
    with writing(session):
        case, kind = session.get_one(Case, item.case_id), HoldKind(form.kind.data)
        cases.set_hold(session, case, item, kind=kind, reason=form.reason.data, by=me(), at=now())
    flash(_("The hold stands: these goods go nowhere until it is released."))
    return redirect(url_for(".show", item_id=item_id), 303)


@bp.get("/<int:item_id>/amend")
@needs(Permission.REGISTER_GOODS)
def amend(item_id: int) -> ResponseReturnValue:
    """Ask what a line is to say instead, or say why it cannot be amended now."""
    return _amend_page(own_or_404(Item, item_id, Permission.REGISTER_GOODS))


@bp.post("/<int:item_id>/amend")
@needs(Permission.REGISTER_GOODS)
def save_amendment(item_id: int) -> ResponseReturnValue:
    """Amend a line; of two people who do so at once the second is told what the first one changed."""
    item, form = own_or_404(Item, item_id, Permission.REGISTER_GOODS), AmendLineForm()
    form.env_class.choices = env_class_choices()
    if not form.validate_on_submit():
        return _amend_page(item, form), 422
    session = db.session()
    try:
        with writing(session):
            seen = form.what_was_seen()
            amend_line(session, item, form.facts(), seen=seen, reason=form.reason.data, by=me(), at=now())
    except LineAmendedMeanwhile as refusal:
        flash(say(refusal), "wait")
        return _amend_page(item, changed=refusal.changed), 409
    except SameLine as refusal:
        flash(say(refusal), "wait")
        return redirect(url_for(".amend", item_id=item_id), 303)
    except LedgerError as refusal:
        journal_refusal(refusal)
        return _amend_page(item), 409
    flash(_("The line is amended; what it said before stays in the journal."))
    return redirect(url_for(".show", item_id=item_id), 303)


def to_dos() -> Iterator[ToDo]:
    """Yield that there is something doubtful in the goods lists; nobody waits for it, so it counts from today."""
    units = own_units(Permission.REGISTER_GOODS)
    if units and has_doubts(db.session(), units, _doubts_told(units), today=today()):
        text = _("lines that stand there twice, without value, without decision …")
        yield ToDo(now(), _("Look through the goods lists"), text, url_for("goods.quality"), _("Look at it"))


def hold_form() -> HoldForm:
    """Return the form for a new hold."""
    form = HoldForm()
    form.kind.choices = [(kind.value, _(name)) for kind, name in HOLD_NAMES.items() if kind is not HoldKind.SHORTAGE]
    return form


def releases(kind: HoldKind) -> Permission:
    """Return what is needed to release a hold: that of a count is released by who may confirm counts."""
    return Permission.CONFIRM_COUNT if kind is HoldKind.SHORTAGE else Permission.HOLD_GOODS


def holds_of(case: Case, item: Item | None = None) -> dict[str, object]:
    """Return what a page shows of the holds on a case with all its lines, or of those that stop one line."""
    session = db.session()
    reach = {None, item.id} if item else {None, *(each.id for each in case.items)}
    return {
        "holds": [hold for hold in holds_on(session, [case.id]) if hold.item_id in reach],
        "released_holds": [hold for hold in holds_on(session, [case.id], released=True) if hold.item_id in reach],
        "held_lines": {each.id: each for each in case.items},
        "hold_names": HOLD_NAMES,
        "hold_ends": HOLD_ENDS,
        "may_hold": case.unit_id in own_units(Permission.HOLD_GOODS),
        "may_release": {kind: case.unit_id in own_units(releases(kind)) for kind in HoldKind},
    }


def papers_of(case: Case) -> list[tuple[str, str | None]]:
    """Return what a case's papers say of its goods: how far it is, and since when and until when each measure holds."""
    facts = case.facts
    stage = stage_of(facts, periods=settings().terms.periods, today=today())
    rows: list[tuple[str, str | None]] = [(_("Stage of the case"), _(STAGE_NAMES[stage]))]
    for name, start, end in (
        (_("Registered and kept in advance"), facts.kept_on, None),
        (_("Seized or sealed off"), facts.detained_on, facts.detained_until),
        (_("Public notice of ownerless goods"), facts.noticed_on, facts.notice_ends),
    ):
        if start:
            rows.append((name, f"{day(start)} – {day(end)}" if end else day(start)))
    if facts.notice_ends is None:
        rows += [
            (_("Penalty decision"), facts.decision),
            (_("Served on"), day(facts.served_on) if facts.served_on else None),
        ]
    return rows


def alert_words() -> dict[Alert, tuple[str, str]]:
    """Return for each alert what is the matter and what is to be done."""
    days = {Alert.UNDECIDED: DAYS_TO_DECIDE, Alert.LONG_KEPT: settings().storage_days}
    return {alert: (sentence(ALERT_NAMES[alert], {"days": days.get(alert)}), _(ALERT_WAYS[alert])) for alert in Alert}


def alerts_on(case: Case, items: Collection[Item]) -> dict[str, object]:
    """Return what a page shows of what is to be done about these lines of a case."""
    found: dict[Alert, tuple[Alert, date | None, list[Item]]] = {}
    of_lines = alerts_of(items, {case.id: case}, storage_days=settings().storage_days, today=today())
    for item in items:
        for alert, since in of_lines.get(item.id, {}).items():
            found.setdefault(alert, (alert, since, []))[2].append(item)
    is_one = len(items) == 1
    ways = {}
    if is_one and case.unit_id in own_units(Permission.STORE_GOODS):
        line = next(iter(items)).id
        ways[Alert.TOBACCO] = (
            _("Transfer it with its document."),
            url_for("store.ask_dispose", case_id=case.id, line=line),
        )
    named = [(alert, since, [] if alert in OF_CASES else lines) for alert, since, lines in found.values()]
    return {"alerts": named, "alert_words": alert_words(), "alert_ways": ways}


def env_class_choices() -> list[tuple[str, str]]:
    """Return the environmental classes to choose from."""
    return [(kind.value, _(name)) for kind, name in ENV_CLASS_NAMES.items()]


def _amend_page(
    item: Item, form: AmendLineForm | None = None, *, changed: Mapping[str, tuple[object, object]] | None = None
) -> str:
    form = form or AmendLineForm(formdata=None, obj=item, seen=AmendLineForm.seen_of(item))
    form.env_class.choices = env_class_choices()
    obstacle = kept_from_amending(db.session(), item)
    return render_template(
        "goods/amend.html", item=item, form=form, obstacle=obstacle and say(obstacle), changed=changed
    )


def _page(item: Item, form: HoldForm) -> str:
    session = db.session()
    case = session.get_one(Case, item.case_id)
    terms, line = settings().terms, facts_of(session, [item], {case.id: case})[item.id]
    found = checks(line, terms=terms, today=today()) if line.is_left else []
    life, taken_back = queries.life_of(session, item), corrected(session, item.id)
    return render_template(
        "goods/show.html",
        item=item,
        case=case,
        **holds_of(case, item),
        **alerts_on(case, [item]),
        papers=papers_of(case),
        form=form,
        standing=queries.standing(item),
        life=life,
        correctable={each for each, _entry in life if each.id not in taken_back and may_correct(each, item.unit_id)},
        verdict=verdict(line, terms=terms, today=today()),
        checks=found,
        earliest=earliest_day(found, today=today()),
        account_names=ACCOUNT_NAMES,
        act_names=ACT_NAMES,
        class_names=ENV_CLASS_NAMES,
        applied=lines_on(session, item.id),
        state_names=STATE_NAMES,
        words=words,
        slip_names=SLIP_NAMES,
        may_store=item.unit_id in own_units(Permission.STORE_GOODS),
        may_register=item.unit_id in own_units(Permission.REGISTER_GOODS),
    )


def verdicts_today(items: Collection[Item], cases: Mapping[int, Case]) -> dict[int, Verdict]:
    """Return for each line whether it may be destroyed today, under this installation's terms."""
    return verdicts(db.session(), items, cases, terms=settings().terms, today=today())


def _doubts_told(units: Collection[int]) -> list[Doubt]:
    """Return what is told of lines in these units: that two are alike tells who counts the one what the other holds."""
    return [doubt for doubt in Doubt if doubt is not Doubt.SAME_LINE or not veils_unit(units)]


def _cursor(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isdecimal() else None
