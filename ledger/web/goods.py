"""Finding lines, and the life and balances of one line."""

from collections.abc import Collection, Iterator, Mapping
from io import BytesIO
from tempfile import TemporaryFile
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from ledger.cases import service as cases
from ledger.cases.models import Case
from ledger.cases.quality import (
    DAYS_TO_DECIDE,
    DOUBT_NAMES,
    Doubt,
    has_doubts,
    lines_in_doubt,
    undecided_cases,
)
from ledger.cases.queries import cases_of, holds_on
from ledger.cases.rules import HOLD_ENDS, HOLD_NAMES, MAY_APPLY, HoldKind, Standing, Verdict
from ledger.codes import shown
from ledger.db import db
from ledger.destruction.queries import lines_on, verdicts
from ledger.destruction.workflow import CHAIN, STATE_NAMES, is_tobacco
from ledger.errors import N_, LedgerError
from ledger.goods import queries
from ledger.goods.classes import ENV_CLASS_NAMES
from ledger.goods.models import Item
from ledger.goods.rules import ACCOUNT_NAMES, ACT_NAMES
from ledger.journal.service import writing
from ledger.permissions import Permission
from ledger.store.slips import SLIP_NAMES
from ledger.web import words
from ledger.web.access import me, needs, now, own_or_404, own_units, settings, veiled, veils_unit
from ledger.web.context import HIDDEN, LOCALES, say, today
from ledger.web.forms import HoldForm
from ledger.web.goods_filter import SHOWN_ACCOUNTS, FilterForm, wanted_lines
from ledger.web.todo import ToDo

bp = Blueprint("goods", __name__, url_prefix="/goods")


class CountedNow(LedgerError):
    """A paper that tells the quantities of a line is asked for by somebody who counts it blind."""

    code = "counted_now"
    message = N_("These goods are being counted. You count here yourself: you get this paper when the count is over.")


@bp.get("")
@needs(Permission.VIEW_GOODS)
def index() -> ResponseReturnValue:
    """List lines of the person's units, newest first; search among them and narrow them down."""
    session, words = db.session(), request.args.get("q", "").strip()
    form = FilterForm(request.args)
    wanted = wanted_lines(form, words)
    page = queries.page_of_lines(session, wanted, before=_cursor("before"), after=_cursor("after"))
    of_lines = cases_of(session, page.items)
    return render_template(
        "goods/index.html",
        page=page,
        words=words,
        form=form,
        cases=of_lines,
        verdicts=verdicts_today(page.items, of_lines),
        standing=queries.standing,
        count=queries.count_lines(session, wanted),
        many=queries.MANY,
        accounts=SHOWN_ACCOUNTS,
        account_names=ACCOUNT_NAMES,
        may_apply=own_units(Permission.APPLY),
        MAY_APPLY=MAY_APPLY,
    )


@bp.get("/quality")
@needs(Permission.VIEW_GOODS)
def quality() -> ResponseReturnValue:
    """List what is doubtful in the goods lists of the person's units."""
    session, units = db.session(), own_units(Permission.VIEW_GOODS)
    doubts = {doubt: lines_in_doubt(session, units, doubt) for doubt in _doubts_told(units)}
    return render_template(
        "goods/quality.html",
        doubts=doubts,
        cases=cases_of(session, [item for items, _count in doubts.values() for item in items]),
        undecided=undecided_cases(session, units, today=today()),
        doubt_names=DOUBT_NAMES,
        days=DAYS_TO_DECIDE,
        is_veiled=Doubt.SAME_LINE not in doubts,
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


def _page(item: Item, form: HoldForm) -> str:
    session = db.session()
    case = session.get_one(Case, item.case_id)
    verdict = verdicts_today([item], {case.id: case})[item.id]
    return render_template(
        "goods/show.html",
        item=item,
        case=case,
        **holds_of(case, item),
        form=form,
        standing=queries.standing(item),
        life=queries.life_of(session, item),
        verdict=verdict,
        goes_to_tobacco=is_tobacco(item.category, item.name) and verdict.standing is not Standing.NONE,
        account_names=ACCOUNT_NAMES,
        act_names=ACT_NAMES,
        class_names=ENV_CLASS_NAMES,
        applied=lines_on(session, item.id),
        state_names=STATE_NAMES,
        chain=CHAIN,
        words=words,
        slip_names=SLIP_NAMES,
        may_store=item.unit_id in own_units(Permission.STORE_GOODS),
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
