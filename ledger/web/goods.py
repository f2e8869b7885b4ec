"""Finding lines, and the life and balances of one line."""

from collections.abc import Collection, Mapping

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from ledger.cases.models import Case
from ledger.cases.queries import cases_of
from ledger.cases.rules import MAY_APPLY, Verdict
from ledger.codes import BadCode, read_code
from ledger.db import db
from ledger.destruction.queries import lines_on, verdicts
from ledger.destruction.workflow import CHAIN, STATE_NAMES
from ledger.goods import queries
from ledger.goods.classes import ENV_CLASS_NAMES
from ledger.goods.models import Item
from ledger.goods.rules import ACCOUNT_NAMES, ACT_NAMES, Account
from ledger.permissions import Permission
from ledger.web import words
from ledger.web.access import needs, own_or_404, own_units, settings
from ledger.web.context import today

bp = Blueprint("goods", __name__, url_prefix="/goods")

SHOWN_ACCOUNTS = (Account.SEIZED, Account.STORED, Account.PACKED, Account.DESTROYED, Account.MISSING)


@bp.get("")
@needs(Permission.VIEW_GOODS)
def index() -> ResponseReturnValue:
    """List lines of the person's units, newest first, and search among them."""
    session = db.session()
    chosen = request.args.get("account")
    wanted = queries.Filter(
        unit_ids=own_units(Permission.VIEW_GOODS),
        query=_code_or_words(request.args.get("q", "").strip()),
        account=Account(chosen) if chosen in SHOWN_ACCOUNTS else None,
    )
    page = queries.page_of_lines(session, wanted, before=_cursor("before"), after=_cursor("after"))
    cases = cases_of(session, page.items)
    return render_template(
        "goods/index.html",
        page=page,
        wanted=wanted,
        cases=cases,
        verdicts=verdicts_today(page.items, cases),
        standing=queries.standing,
        count=queries.count_lines(session, wanted),
        many=queries.MANY,
        accounts=SHOWN_ACCOUNTS,
        account_names=ACCOUNT_NAMES,
        may_apply=own_units(Permission.APPLY),
        MAY_APPLY=MAY_APPLY,
    )


@bp.get("/<int:item_id>")
@needs(Permission.VIEW_GOODS)
def show(item_id: int) -> ResponseReturnValue:
    """Show one line: where its goods are, what happened to them, and whether they may be destroyed."""
    item = own_or_404(Item, item_id)
    session = db.session()
    case = session.get_one(Case, item.case_id)
    return render_template(
        "goods/show.html",
        item=item,
        case=case,
        standing=queries.standing(item),
        life=queries.life_of(session, item),
        verdict=verdicts_today([item], {case.id: case})[item.id],
        account_names=ACCOUNT_NAMES,
        act_names=ACT_NAMES,
        class_names=ENV_CLASS_NAMES,
        applied=lines_on(session, item.id),
        state_names=STATE_NAMES,
        chain=CHAIN,
        words=words,
    )


def verdicts_today(items: Collection[Item], cases: Mapping[int, Case]) -> dict[int, Verdict]:
    """Return for each line whether it may be destroyed today, under this installation's terms."""
    return verdicts(db.session(), items, cases, terms=settings().terms, today=today())


def _code_or_words(query: str) -> str:
    """Return the label code that query spells in any way, or else query itself."""
    try:
        return read_code(query)
    except BadCode:
        return query


def _cursor(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isdecimal() else None
