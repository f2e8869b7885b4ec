"""The store ledger of a unit and period: on the page, as a workbook and on paper; and closing a period (结账)."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from io import BytesIO
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from ledger.db import db
from ledger.errors import N_, LedgerError, Message, NotPermitted
from ledger.goods.periods import Period, Span, period_around
from ledger.goods.rules import ACCOUNT_NAMES, ACT_NAMES
from ledger.goods.statement import GROUP_NAMES, GROUPS, Cause, Group, Statement, in_order, statement
from ledger.goods.sums import carry, to_carry
from ledger.journal.service import writing
from ledger.papers.balances import ClosingData, FinanceData, StatementData
from ledger.permissions import Permission
from ledger.store.closing import Closed, close_period, closed, closings_of, obstacle_to
from ledger.store.finance import SIDE_NAMES, report
from ledger.units.models import Unit
from ledger.units.queries import holders, ids_below, in_tree_order
from ledger.web.access import me, needs, now, own_units, veiled, veils_unit
from ledger.web.context import say, today
from ledger.web.errors import journal_refusal
from ledger.web.forms import BooksForm, SecondForm
from ledger.web.signing import offer_second, second_person

bp = Blueprint("books", __name__, url_prefix="/books")

WITH_BELOW, ALONE = "with", "without"
SPAN_NAMES: dict[Span, Message] = {
    Span.MONTH: N_("This month"),
    Span.QUARTER: N_("This quarter"),
    Span.HALF_YEAR: N_("This half-year"),
    Span.YEAR: N_("This year"),
}
CAUSE_NAMES: Mapping[Cause, Message] = ACT_NAMES | ACCOUNT_NAMES


@bp.get("")
@needs(Permission.VIEW_GOODS)
def show() -> ResponseReturnValue:
    """Show what was there, came, went and is there, per unit of measure."""
    form = _form()
    return _page(form, _told(form)) if form.validate() else _mend(form)


@bp.get("/ledger.xlsx")
@needs(Permission.VIEW_GOODS)
def workbook() -> ResponseReturnValue:
    """Hand out the same as a workbook."""
    from ledger.reports.statement import write_statement  # noqa: PLC0415 - loads XlsxWriter, which pages do without

    form = _form()
    return _file(form, write_statement, "xlsx") if form.validate() else _mend(form)


@bp.get("/ledger.pdf")
@needs(Permission.VIEW_GOODS)
def paper() -> ResponseReturnValue:
    """Hand out the same on paper, to be signed."""
    from ledger.papers.statement import draw_statement  # noqa: PLC0415 - loads reportlab, which pages do without

    form = _form()
    return _file(form, draw_statement, "pdf") if form.validate() else _mend(form)


@bp.get("/finance")
@needs(Permission.VIEW_GOODS)
def show_finance() -> ResponseReturnValue:
    """Show what is reported to finance: what came, how it was disposed of, what is there, by category and unit."""
    form = _form(Span.HALF_YEAR)
    if not form.validate():
        return render_template("books/finance.html", form=form, report=None), 422
    period = _period(form)
    return render_template(
        "books/finance.html",
        form=form,
        report=None if _hides(form) else _finance(form),
        period=period,
        asked=_asked(form, period),
        spans=_spans(form, ".show_finance", (Span.HALF_YEAR, Span.YEAR)),
        unit=_unit(form),
        cause_names={cause.value: name for cause, name in CAUSE_NAMES.items()},
        side_names=SIDE_NAMES,
    )


@bp.get("/finance.xlsx")
@needs(Permission.VIEW_GOODS)
def finance_workbook() -> ResponseReturnValue:
    """Hand out the report to finance as a workbook."""
    from ledger.reports.finance import write_finance  # noqa: PLC0415 - loads XlsxWriter, which pages do without

    return _finance_file(write_finance, "xlsx")


@bp.get("/finance.pdf")
@needs(Permission.VIEW_GOODS)
def finance_paper() -> ResponseReturnValue:
    """Hand out the report to finance as a form to sign."""
    from ledger.papers.finance import draw_finance  # noqa: PLC0415 - loads reportlab, which pages do without

    return _finance_file(draw_finance, "pdf")


@bp.post("/close")
@needs(Permission.CLOSE_PERIOD)
def close() -> ResponseReturnValue:
    """Close a period, by its custodian and by who may check it, who types the own password."""
    form = _form()
    if not form.validate():
        return _mend(form)
    session, unit, period = db.session(), _unit(form), _period(form)
    if unit.id not in own_units(Permission.CLOSE_PERIOD):
        raise NotPermitted
    closing_form = _closing_form(unit)
    checker = second_person(closing_form) if closing_form.validate_on_submit() else None
    if checker is None:
        return _page(form, _told(form), closing_form), 422
    _carry_forward(period)
    try:
        with writing(session):
            close_period(session, unit, period, custodian=me(), checker=checker, at=now())
    except LedgerError as refusal:
        journal_refusal(refusal)
        flash(say(refusal), "stop")
    else:
        flash(_("The period is closed."))
    return redirect(url_for(".show", **_asked(form, period)), 303)


def _form(span: Span = Span.YEAR) -> BooksForm:
    """Return what the address asks for; what it leaves open is the first of the person's units, and this year or so."""
    usual_days = period_around(today(), span)
    first_unit = me().roots(Permission.VIEW_GOODS)[0]
    usual = {"unit": first_unit.id, "below": WITH_BELOW, **_days(usual_days)}
    form = BooksForm(MultiDict({**usual, **request.args.to_dict()}), meta={"csrf": False})
    units = in_tree_order(db.session(), own_units(Permission.VIEW_GOODS))
    form.unit.choices = [(unit.id, "　" * depth + unit.name) for depth, unit in units]
    form.below.choices = [(WITH_BELOW, _("with them")), (ALONE, _("without them"))]
    if form.unit.data not in {unit.id for _depth, unit in units}:
        abort(404)
    return form


def _told(form: BooksForm) -> Statement:
    _carry_forward(_period(form))
    return statement(db.session(), _unit_ids(form), _period(form), veiled=veiled())


def _unit_ids(form: BooksForm) -> frozenset[int]:
    unit_id = form.unit.data
    return ids_below(db.session(), [unit_id]) if form.below.data == WITH_BELOW else frozenset({unit_id})


def _finance(form: BooksForm) -> FinanceData:
    from ledger.reports.finance import content_of  # noqa: PLC0415 - loads reportlab, which pages do without

    session, unit, period = db.session(), _unit(form), _period(form)
    _carry_forward(period)
    ids = _unit_ids(form)
    units = {below.id: below.name for _depth, below in in_tree_order(session, ids)}
    return content_of(
        report(session, ids, period),
        period,
        unit=unit.name,
        units=units,
        with_below=len(units) > 1,
        made_at=now(),
    )


def _hides(form: BooksForm) -> bool:
    """Whether the person counts blind among these goods: sums of values and lines would tell of them, too."""
    return veils_unit(_unit_ids(form))


def _spans(form: BooksForm, endpoint: str, kinds: Iterable[Span]) -> list[tuple[str, str, bool, None]]:
    """Return the periods that are one step away, none of them in the future."""
    shown = _period(form)
    spans: list[tuple[str, Period | None]] = [(_(SPAN_NAMES[kind]), period_around(today(), kind)) for kind in kinds]
    spans += [(_("Period before"), shown.before), (_("Period after"), shown.after)]
    return [
        (name, url_for(endpoint, **_asked(form, of)), of == shown, None)
        for name, of in spans
        if of and of.first <= today()
    ]


def _carry_forward(period: Period) -> None:
    """Keep what the movements of the months before the period's two ends add up to, if nobody has: it never changes."""
    session = db.session()
    for day in sorted({min(period.begin.date(), today()), min(period.end.date(), today())}):
        found = to_carry(session, day)
        if found:
            with writing(session):
                carry(session, *found)


def _closed(form: BooksForm) -> Closed | None:
    """Return how the period is closed: always for a unit and all below it."""
    unit = _unit(form)
    is_whole = form.below.data == WITH_BELOW or not unit.children
    return closed(db.session(), unit, _period(form)) if is_whole else None


def _closing_form(unit: Unit) -> SecondForm:
    form = SecondForm()
    form.second.label.text, form.second_password.label.text = _("Checked by"), _("Password of who checks")
    offer_second(form, holders(db.session(), unit, Permission.CHECK_PERIOD, other_than=me()))
    return form


def _unit(form: BooksForm) -> Unit:
    return db.session().get_one(Unit, form.unit.data)


def _period(form: BooksForm) -> Period:
    return Period(form.since.data, form.until.data)


def _asked(form: BooksForm, period: Period) -> dict[str, Any]:
    """Return the parameters of an address that asks for this unit and a period."""
    return {"unit": form.unit.data, "below": form.below.data, **_days(period)}


def _days(period: Period) -> dict[str, str]:
    return {"since": period.first.isoformat(), "until": period.last.isoformat()}


def _page(form: BooksForm, told: Statement, closing_form: SecondForm | None = None) -> str:
    session, period, unit = db.session(), _period(form), _unit(form)
    closes = unit.id in own_units(Permission.CLOSE_PERIOD) and (form.below.data == WITH_BELOW or not unit.children)
    return render_template(
        "books/show.html",
        form=form,
        period=period,
        asked=_asked(form, period),
        spans=_spans(form, ".show", Span),
        unit=unit,
        groups={group: told.of(group) for group in Group},
        group_names=GROUP_NAMES,
        GROUPS=GROUPS,
        in_order=in_order,
        cause_names=CAUSE_NAMES,
        closed=_closed(form),
        closing_form=(closing_form or _closing_form(unit)) if closes else None,
        obstacle=obstacle_to(session, unit, period, at=now()) if closes else None,
        closings=[
            (each, url_for(".show", **_asked(form, each.period) | {"below": WITH_BELOW}))
            for each in closings_of(session, unit)
        ],
        say=say,
    )


def _mend(form: BooksForm) -> ResponseReturnValue:
    """Ask again for what is wrong in the address; there are no figures then."""
    return render_template("books/show.html", form=form, groups={}), 422


def _file(form: BooksForm, write: Callable[[StatementData, BytesIO], object], kind: str) -> ResponseReturnValue:
    """Hand out a file that is drawn from what the page shows."""
    from ledger.reports.statement import content_of  # noqa: PLC0415 - loads reportlab, which pages do without

    told, unit, period = _told(form), _unit(form), _period(form)
    with_below = form.below.data == WITH_BELOW and bool(unit.children)
    closing = _as_data(_closed(form))
    content = content_of(told, period, unit=unit.name, with_below=with_below, made_at=now(), closing=closing)
    return _sent(
        partial(write, content), kind, _("store ledger %(unit)s %(days)s", unit=unit.short_name, days=_span_of(period))
    )


def _finance_file(write: Callable[[FinanceData, BytesIO], object], kind: str) -> ResponseReturnValue:
    form = _form(Span.HALF_YEAR)
    if not form.validate():
        return render_template("books/finance.html", form=form, report=None), 422
    if _hides(form):
        return redirect(url_for(".show_finance", **_asked(form, _period(form))), 303)
    unit, days = _unit(form), _span_of(_period(form))
    return _sent(
        partial(write, _finance(form)), kind, _("report to finance %(unit)s %(days)s", unit=unit.short_name, days=days)
    )


def _span_of(period: Period) -> str:
    return f"{period.first:%Y-%m-%d}-{period.last:%Y-%m-%d}"


def _sent(write: Callable[[BytesIO], object], kind: str, name: str) -> ResponseReturnValue:
    target = BytesIO()
    write(target)
    target.seek(0)
    return send_file(target, as_attachment=True, download_name=f"{name}.{kind}")


def _as_data(found: Closed | None) -> ClosingData | None:
    """Return how a period is closed as the files say it."""
    if found is None:
        return None
    closing = found.closing
    return ClosingData(
        at=closing.closed_at.isoformat(),
        custodian=closing.custodian.name,
        checker=closing.checker.name,
        entry=closing.entry_seq,
        digest=closing.digest,
        holds=found.holds,
    )
