import re

import pytest
from databases import ON_SQLITE
from factories import PASSWORD, make_user
from pages import Visitor
from sqlalchemy import select

from ledger.journal.service import writing
from ledger.permissions import Role
from ledger.units.models import Unit, User

pytestmark = ON_SQLITE


def one_time_password(page):
    return re.search(r'<span class="code">([a-z0-9-]+)</span>', page.text)[1]


def test_a_person_is_added_with_a_password_that_is_shown_once(app, session, cast, visit):
    form = {"name": "何文", "login": "He", "unit": cast.district.id, "role": "registrar"}

    page = visit("wu").post("/admin/people", form, status=200)

    visitor = Visitor(app)
    visitor.sign_in("he", one_time_password(page))
    assert visitor.get("/cases", status=303).location == "/account"
    added = session.scalars(select(User).filter_by(login="he")).one()
    assert [(role.role, role.unit_id) for role in added.memberships] == [(Role.REGISTRAR, cast.district.id)]


def test_a_sign_in_name_is_given_once(cast, visit):
    form = {"name": "另一人", "login": "LIN", "unit": cast.bureau.id, "role": "registrar"}

    assert "已有人用" in visit("wu").post("/admin/people", form, status=409).text


def test_nobody_is_administrator_and_something_else(cast, visit):
    visitor = visit("wu")

    page = visitor.post(
        f"/admin/people/{cast.lin.id}/roles", {"unit": cast.bureau.id, "role": "admin"}, status=409
    ).text
    assert "不能兼任" in page
    page = visitor.post(
        f"/admin/people/{cast.zheng.id}/roles", {"unit": cast.bureau.id, "role": "leader"}, status=409
    ).text
    assert "不能兼任" in page


def test_a_role_counts_at_once_and_ends_at_once(session, cast, visit):
    admin, sun = visit("wu"), visit("sun")
    sun.get("/cases/new", status=403)

    admin.post(f"/admin/people/{cast.sun.id}/roles", {"unit": cast.bureau.id, "role": "registrar"})
    sun.get("/cases/new")

    given = next(role for role in session.get(User, cast.sun.id).memberships if role.role is Role.REGISTRAR)
    admin.post(f"/admin/people/{cast.sun.id}/roles/{given.id}/remove")
    sun.get("/cases/new", status=403)


def test_a_disabled_account_is_out_and_can_be_let_in_again(cast, visit, stranger):
    admin, lin = visit("wu"), visit("lin")

    admin.post(f"/admin/people/{cast.lin.id}/disable")
    lin.get("/goods", status=303)

    admin.post(f"/admin/people/{cast.lin.id}/enable")
    stranger.sign_in("lin", PASSWORD)


def test_nobody_disables_themselves(cast, visit):
    assert "另一名管理员" in visit("wu").post(f"/admin/people/{cast.wu.id}/disable", status=409).text


def test_a_reset_takes_two_administrators_and_ends_all_sessions(app, session, cast, visit):
    lin, first, second = visit("lin"), visit("wu"), visit("zheng")
    first.post(f"/admin/people/{cast.lin.id}/resets", {"reason": "忘记了"})
    lin.get("/goods")

    first.post("/admin/resets/1", status=409)
    page = second.post("/admin/resets/1", status=200)

    lin.get("/goods", status=303)
    visitor = Visitor(app)
    visitor.sign_in("lin", one_time_password(page))
    second.post("/admin/resets/1", status=409)  # each request is good for one reset


def test_nobody_asks_for_or_carries_out_a_reset_of_their_own(cast, visit):
    first, second = visit("wu"), visit("zheng")
    first.post(f"/admin/people/{cast.wu.id}/resets", {"reason": "x"}, status=409)

    first.post(f"/admin/people/{cast.zheng.id}/resets", {"reason": "x"})

    second.post("/admin/resets/1", status=409)


def test_a_unit_is_added_below_another(session, cast, visit):
    form = {"unit": cast.district.id, "code": "LJ-SM-9", "name": "新设市场监督管理所", "short_name": "新"}
    visitor = visit("wu")

    visitor.post("/admin/units", form)

    assert session.scalars(select(Unit).filter_by(code="LJ-SM-9")).one().parent_id == cast.district.id
    visitor.post("/admin/units", form, status=409)


@pytest.fixture
def of_the_district(app, session, cast):
    """An administrator of the district, signed in."""
    with writing(session):
        make_user(session, "gao", "高明", cast.district, Role.ADMIN)
    visitor = Visitor(app)
    visitor.sign_in("gao", PASSWORD)
    return visitor


def test_a_districts_administrator_reaches_no_further_than_the_district(cast, of_the_district):
    assert "林文静" not in of_the_district.get("/admin").text
    assert "钱志远" in of_the_district.get("/admin").text
    of_the_district.get(f"/admin/people/{cast.lin.id}", status=404)
    of_the_district.post(f"/admin/people/{cast.lin.id}/disable", status=404)
    form = {"unit": cast.bureau.id, "role": "leader"}
    of_the_district.post(f"/admin/people/{cast.qian.id}/roles", form, status=422)
