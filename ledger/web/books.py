"""The store ledger of a unit and period: on the page, as a workbook and on paper."""

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

from flask import Blueprint, abort, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from ledger.db import db
from ledger.errors import N_, Message
from ledger.goods.periods import Period, Span, period_around
from ledger.goods.rules import ACCOUNT_NAMES, ACT_NAMES
from ledger.goods.statement import GROUP_NAMES, GROUPS, Cause, Group, Statement, in_order, statement
from ledger.papers.balances import StatementData
from ledger.permissions import Permission
from ledger.units.models import Unit
from ledger.units.queries import ids_below, in_tree_order
from ledger.web.access import me, needs, now, own_units, veiled
from ledger.web.context import today
from ledger.web.forms import BooksForm

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


def _form() -> BooksForm:
    """Return what the address asks for; what it leaves open is the first of the person's units, and this year."""
    year = period_around(today(), Span.YEAR)
    first_unit = me().roots(Permission.VIEW_GOODS)[0]
    usual = {"unit": first_unit.id, "below": WITH_BELOW, **_days(year)}
    form = BooksForm(MultiDict({**usual, **request.args.to_dict()}), meta={"csrf": False})
    units = in_tree_order(db.session(), own_units(Permission.VIEW_GOODS))
    form.unit.choices = [(unit.id, "　" * depth + unit.name) for depth, unit in units]
    form.below.choices = [(WITH_BELOW, _("with them")), (ALONE, _("without them"))]
    if form.unit.data not in {unit.id for _depth, unit in units}:
        abort(404)
    return form


def _told(form: BooksForm) -> Statement:
    session, unit_id = db.session(), form.unit.data
    units = ids_below(session, [unit_id]) if form.below.data == WITH_BELOW else {unit_id}
    return statement(session, units, _period(form), veiled=veiled())


def _period(form: BooksForm) -> Period:
    return Period(form.since.data, form.until.data)


def _asked(form: BooksForm, period: Period) -> dict[str, Any]:
    """Return the parameters of an address that asks for this unit and a period."""
    return {"unit": form.unit.data, "below": form.below.data, **_days(period)}


def _days(period: Period) -> dict[str, str]:
    return {"since": period.first.isoformat(), "until": period.last.isoformat()}


def _page(form: BooksForm, told: Statement) -> str:
    session, period = db.session(), _period(form)
    spans = {span: period_around(today(), span) for span in Span}
    return render_template(
        "books/show.html",
        form=form,
        period=period,
        asked=_asked(form, period),
        spans=[
            (_(SPAN_NAMES[span]), url_for(".show", **_asked(form, of)), of == period, None)
            for span, of in spans.items()
        ],
        unit=session.get_one(Unit, form.unit.data),
        groups={group: told.of(group) for group in Group},
        group_names=GROUP_NAMES,
        GROUPS=GROUPS,
        in_order=in_order,
        cause_names=CAUSE_NAMES,
    )


def _mend(form: BooksForm) -> ResponseReturnValue:
    """Ask again for what is wrong in the address; there are no figures then."""
    return render_template("books/show.html", form=form, groups={}), 422


def _file(form: BooksForm, write: Callable[[StatementData, BytesIO], object], kind: str) -> ResponseReturnValue:
    """Hand out a file that is drawn from what the page shows."""
    from ledger.reports.statement import content_of  # noqa: PLC0415 - loads reportlab, which pages do without

    unit, period, target = db.session().get_one(Unit, form.unit.data), _period(form), BytesIO()
    with_below = form.below.data == WITH_BELOW and bool(unit.children)
    write(content_of(_told(form), period, unit=unit.name, with_below=with_below, made_at=now()), target)
    target.seek(0)
    days = f"{period.first:%Y-%m-%d}-{period.last:%Y-%m-%d}"
    name = _("store ledger %(unit)s %(days)s", unit=unit.short_name, days=days)
    return send_file(target, as_attachment=True, download_name=f"{name}.{kind}")
