from datetime import timedelta
from itertools import product

import pytest
from databases import ON_SQLITE
from factories import make_case, make_item
from sqlalchemy import select

from ledger.cases.models import Case, Hold
from ledger.cases.rules import HoldKind
from ledger.cases.service import set_hold
from ledger.journal.service import writing
from ledger.stocktake.models import CountPlan, Stocktake
from ledger.stocktake.workflow import Kind, Scope
from ledger.web.access import now

pytestmark = ON_SQLITE


@pytest.fixture
def item(session, cast):
    """Ten bottles in the store."""
    return make_item(session, cast)


def asked(**facts):
    return {"kind": "quarter", "scope": "store", "due_on": (now() - timedelta(days=3)).date().isoformat(), **facts}


def test_what_is_planned_and_overdue_waits_for_those_who_are_named(session, cast, item, visit):
    visit("liu").post("/plans", asked(first=cast.zhao.id, second=cast.lin.id))

    assert "1 次计划清点已逾期" in visit("liu").get("/plans").text
    assert "赵国华、林文静" in visit("sun").get("/plans").text
    assert ["季度清点" in visit(login).get("/").text for login in ("zhao", "lin", "liu")] == [True, True, False]
    plan = session.scalars(select(CountPlan)).one()
    count = visit("zhao").post(f"/plans/{plan.id}/begin").location
    assert "清点 1 项" in visit("lin").get(count).text
    assert "清点正在进行" in visit("liu").get(count).text


def test_an_unannounced_count_is_known_to_none_who_could_count_before_it_begins(session, cast, item, visit):
    assert "抽查</option>" not in visit("zhao").get("/plans").text
    visit("zhao").post("/plans", asked(kind="unannounced"), status=422)
    visit("cai").post("/plans", asked(kind="unannounced", first=cast.liu.id, second=cast.zhao.id))
    plan = session.scalars(select(CountPlan)).one()

    for login, path in product(("zhao", "liu", "lin", "sun"), ("/", "/plans", "/journal")):
        page = visit(login).get(path).text.replace("抽查</option>", "")
        assert ("抽查</" in page, "计划清点，应于" in page) == (False, False), (login, path)
    visit("liu").post(f"/plans/{plan.id}/begin", status=404)
    visit("zhao").post(f"/plans/{plan.id}/cancel", {"reason": "x"}, status=404)
    assert "抽查" in visit("xie").get("/").text
    visit("cai").post(f"/plans/{plan.id}/begin")

    assert session.scalars(select(Stocktake)).one().kind is Kind.UNANNOUNCED
    assert "抽查" in visit("zhao").get("/stocktakes").text


def test_cases_are_counted_by_their_numbers(session, cast, item, visit):
    make_item(session, cast, case=make_case(session, cast, number="另案"))
    page = visit("zhao").post("/plans", asked(scope="cases", cases="没有这案"), status=422).text
    assert "本单位没有案件 没有这案" in page

    visit("zhao").post("/plans", asked(scope="cases", cases="思市监案字[2026]1号", begin="yes"))

    count = session.scalars(select(Stocktake)).one()
    assert ([line.item_id for line in count.lines], count.plan.scope) == ([item.id], Scope.CASES)


def test_a_plan_is_cancelled_with_a_reason(session, item, visit):
    visit("liu").post("/plans", asked())
    plan = session.scalars(select(CountPlan)).one()

    for reason in ("", "推迟到下月"):
        visit("zhao").post(f"/plans/{plan.id}/cancel", {"reason": reason})
    visit("sun").post(f"/plans/{plan.id}/begin", status=403)

    session.refresh(plan)
    assert (plan.is_waiting, plan.remark) == (False, "推迟到下月")
    assert "没有计划清点" in visit("zhao").get("/plans").text


def test_a_store_that_nobody_counted_for_long_waits_on_the_first_page(session, item, visit):
    assert "清点仓库" not in visit("zhao").get("/").text
    with writing(session):
        item.registered_at -= timedelta(days=400)

    assert "清点仓库" in visit("zhao").get("/").text
    assert "逾期" in visit("zhao").get("/plans").text


def test_what_a_shortage_has_frozen_is_released_by_who_confirms_counts(session, cast, item, visit):
    with writing(session):
        case = session.get_one(Case, item.case_id)
        hold = set_hold(session, case, item, kind=HoldKind.SHORTAGE, reason="短缺", by=cast.cai, at=now())
    page, release = f"/goods/{item.id}", f"/cases/holds/{hold.id}/release"
    assert [release in visit(login).get(page).text for login in ("lin", "cai")] == [False, True]
    assert "清点短缺</option>" not in visit("lin").get(page).text

    visit("lin").post(release, {"reason": "x"}, status=403)
    visit("cai").post(release, {"reason": "已查清"})

    session.rollback()
    assert session.scalars(select(Hold)).one().released_at is not None
