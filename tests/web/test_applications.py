import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from browser import check_page, sign_in
from databases import ON_SQLITE
from factories import (
    PASSWORD,
    decide,
    make_application,
    make_approved,
    make_case,
    make_counted,
    make_item,
    make_stocktake,
    make_user,
    submit,
)
from occasions import make_plan
from pdfs import flowing, text_of
from sqlalchemy import func, select

from ledger.cases.attachments import attach
from ledger.cases.models import Case
from ledger.cases.rules import HoldKind
from ledger.cases.service import set_hold
from ledger.destruction import service as destruction
from ledger.destruction.models import Application, ApplicationLine, Opinion
from ledger.destruction.queries import signed
from ledger.destruction.workflow import Decision, State
from ledger.events import packing
from ledger.events import service as events
from ledger.goods.audit import verify_books
from ledger.goods.models import Position
from ledger.goods.rules import Account
from ledger.journal.models import JournalEntry
from ledger.journal.service import writing
from ledger.permissions import Role
from ledger.stocktake import service as stocktake
from ledger.units.models import Membership, User
from ledger.web.context import today

pytestmark = ON_SQLITE

CHAIN = ["liu", "huang", "cai", "xie"]
OTHERS = ["lin", "zhao", "sun", "chen", "guo", "pan"]
NOW = datetime.now(UTC)
"""Pages judge counts and appeal periods by the real day."""


def reserved(session, item):
    query = select(Position.reserved).where(Position.item_id == item.id, Position.account == Account.STORED)
    return sum(session.scalars(query))


def digest_on(page):
    return re.search(r'name="digest"[^>]*value="(\w*)"', page)[1]


def opinion(page, decision="agree", text="同意", password=PASSWORD):
    """What the form on this page is sent with."""
    return {"digest": digest_on(page), "decision": decision, "text": text, "password": password}


def opinions(session):
    session.rollback()
    return [
        (each.revision, each.by.login, each.decision) for each in session.scalars(select(Opinion).order_by(Opinion.id))
    ]


def refusals(session):
    return session.scalar(select(func.count()).select_from(JournalEntry).filter_by(act="refused"))


@pytest.fixture
def case(session, cast):
    """A case whose appeal period is long over."""
    return make_case(session, cast, served_on=date(2020, 1, 1))


@pytest.fixture
def wine(session, cast, case):
    return make_counted(session, cast, case=case, name="假冒白酒", value=65_000, at=NOW, at_location="A-1")


@pytest.fixture
def bags(session, cast, case):
    return make_counted(session, cast, case=case, name="假冒箱包", measure="个", at=NOW, at_location="A-2")


@pytest.fixture
def draft(session, cast, wine, bags):
    return make_application(session, cast, wine, bags, at=NOW)


@pytest.fixture
def submitted(session, draft):
    submit(session, draft, at=NOW)
    return draft


@pytest.fixture
def address(draft):
    return f"/applications/{draft.id}"


def filled(draft, **changed):
    """What the form of a draft is sent with."""
    fields = {"legal_basis": draft.legal_basis, "reason": draft.reason}
    for line in draft.lines:
        fields |= {f"{line.id}-quantity": f"{line.quantity:f}", f"{line.id}-method": line.method.value}
    return {**fields, **changed}


# Beginning


def test_chosen_lines_become_a_draft_with_all_that_lies_free(session, cast, visit, wine, bags):
    visitor = visit("lin")
    page = visitor.get(f"/applications/new?item={wine.id}&item={bags.id}").text
    assert "2 项可以建成一份申请" in page
    assert "《中华人民共和国行政处罚法》第七十四条" in page

    answer = visitor.post(
        "/applications", {"item": [wine.id, bags.id], "unit": cast.bureau.id, "legal_basis": "法", "reason": "假"}
    )

    made = session.scalars(select(Application)).one()
    assert answer.location == f"/applications/{made.id}"
    assert {(line.item_id, line.quantity) for line in made.lines} == {(wine.id, 10), (bags.id, 10)}
    assert (made.state, made.applicant_id, reserved(session, wine)) == (State.DRAFT, cast.lin.id, 0)


def test_lines_that_stay_behind_are_named_with_the_reason(session, cast, case, visit, wine):
    uncounted = make_item(session, cast, case=case, name="没清点的玩具", at_location="B")

    page = visit("lin").get(f"/applications/new?item={wine.id}&item={uncounted.id}").text

    assert "1 项可以建成一份申请" in page
    assert "1 项这次不能一起申请" in page
    assert "没清点的玩具</a>：待清点，还没有清点" in page
    assert f'name="item" value="{uncounted.id}"' not in page


def test_if_none_may_go_the_page_says_so_and_offers_no_form(session, cast, case, visit):
    uncounted = make_item(session, cast, case=case, at_location="B")

    page = visit("lin").get(f"/applications/new?item={uncounted.id}").text

    assert "选中的物品现在都不能申请" in page
    assert "legal_basis" not in page


def test_what_happened_to_a_line_since_the_page_was_opened_is_said_before_anything_is_made(
    session, cast, visit, wine, bags
):
    submit(session, make_application(session, cast, wine, at=NOW), at=NOW)
    fields = {"item": [wine.id, bags.id], "unit": cast.bureau.id, "legal_basis": "法"}

    page = visit("lin").post("/applications", fields, status=409).text

    assert "假冒白酒</a>：审批中" in page
    assert session.scalar(select(func.count()).select_from(Application)) == 1


def test_an_application_can_begin_empty_and_be_filled_by_searching(session, cast, case, visit, wine, bags):
    visitor = visit("lin")
    make_item(session, cast, case=case, name="没清点的白酒", at_location="B")
    here = visitor.post("/applications", {"unit": cast.bureau.id, "legal_basis": "法"}).location
    assert "请选这份申请的物品" in visitor.get(here).text

    found = visitor.get(f"{here}/goods?q=白酒").text
    able, _, others = found.partition("另有 1 项在库物品现在不能申请")
    assert (">假冒白酒<" in able, ">假冒箱包<" in found, "没清点的白酒" in able) == (True, False, False)
    assert "没清点的白酒" in others
    assert "待清点" in others
    visitor.post(f"{here}/lines", {"item": [wine.id]})

    assert "1 项可以提交审批" in visitor.get(here).text
    assert ">假冒白酒<" not in visitor.get(f"{here}/goods").text


def test_goods_that_lie_nowhere_free_are_named_when_they_are_added(session, cast, visit, draft, address, wine):
    submit(session, make_application(session, cast, wine, at=NOW), at=NOW)
    visitor, line = visit("lin"), next(line for line in draft.lines if line.item_id == wine.id)
    visitor.post(address, filled(draft, remove=line.id))

    visitor.post(f"{address}/lines", {"item": [wine.id]})

    assert "1 项在库里没有可用数量：假冒白酒" in visitor.get(address).text


def test_only_goods_of_the_own_unit_can_be_added(session, cast, visit, address):
    foreign = make_counted(
        session, cast, case=make_case(session, cast, unit=cast.district, served_on=date(2020, 1, 1)), at=NOW
    )

    visit("lin").post(f"{address}/lines", {"item": [foreign.id]}, status=404)
    visit("lin").post(f"{address}/lines", {"item": ["999999"]}, status=404)
    visit("qian").get(f"/applications/new?item={foreign.id}")
    visit("feng").get(f"/applications/new?item={foreign.id}", status=404)


# The draft


def test_a_draft_keeps_what_was_typed(session, visit, draft, address):
    first, second = draft.lines
    changed = {f"{first.id}-quantity": "4", f"{second.id}-method": "landfill", "reason": "侵权商品"}

    visit("lin").post(address, filled(draft, **changed))

    session.rollback()
    assert (first.quantity, second.quantity, second.method, draft.reason) == (4, 10, "landfill", "侵权商品")
    assert draft.state is State.DRAFT


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("0", "数量要大于 0"),
        ("", "数量"),
        ("十", "数量"),
        ("2.5", "要写整数"),
        ("11", "该库位最多可申请 10"),
        ("-1", "数量"),
    ],
)
def test_a_wrong_quantity_is_said_beside_it_and_nothing_is_kept(session, visit, draft, address, typed, says):
    first = draft.lines[0]

    page = visit("lin").post(address, filled(draft, **{f"{first.id}-quantity": typed, "reason": "新"}), status=422).text

    assert says in re.search(r'<p class="err">.*?</p>', page)[0]
    assert f'value="{typed}"' in page
    assert "还没有保存，请改标出的地方" in page
    assert f'<a href="#{first.id}-quantity">{first.item.name}</a>' in page
    session.rollback()
    assert (first.quantity, draft.reason) == (10, "")


def test_a_line_is_taken_out_whatever_stands_in_its_field(session, visit, draft, address):
    first, second = draft.lines

    visit("lin").post(address, filled(draft, **{f"{first.id}-quantity": "x", "remove": first.id}))

    session.rollback()
    assert draft.lines == [second]


def test_a_line_that_somebody_else_took_out_meanwhile_is_passed_over(session, visit, draft, address):
    fields = filled(draft, reason="都在")
    visit("lin").post(address, filled(draft, remove=draft.lines[0].id))

    visit("lin").post(address, fields)

    session.rollback()
    assert (len(draft.lines), draft.reason) == (1, "都在")


def test_the_button_is_blocked_and_says_why_while_a_line_may_not_go(session, cast, visit, draft, address, wine):
    with writing(session):
        set_hold(
            session, session.get_one(Case, wine.case_id), wine, kind=HoldKind.LAWSUIT, reason="诉", by=cast.lin, at=NOW
        )

    page = visit("lin").get(address).text

    assert "2 项中 1 项现在不能申请" in page
    assert re.search(r'<button[^>]*disabled aria-describedby="why-not"', page)
    assert "假冒白酒：暂缓，" in re.search(r'id="why-not".*?</div>', page, re.DOTALL)[0].replace("\n", "")
    visit("lin").post(address, filled(draft, do="submit"), status=409)
    session.rollback()
    assert (draft.state, reserved(session, wine)) == (State.DRAFT, 0)


def test_submitting_keeps_the_last_changes_and_reserves(session, visit, draft, address, wine):
    line = next(line for line in draft.lines if line.item_id == wine.id)

    visit("lin").post(address, filled(draft, **{f"{line.id}-quantity": "7", "do": "submit"}))

    session.rollback()
    assert (draft.state, draft.revision, reserved(session, wine)) == (State.SUBMITTED, 1, 7)


def test_submitting_twice_submits_once(session, visit, draft, address, wine, verifier):
    visitor = visit("lin")

    visitor.post(address, filled(draft, do="submit"))
    visitor.post(address, filled(draft, do="submit"))

    session.rollback()
    assert (draft.revision, reserved(session, wine)) == (1, 10)
    assert "不能再这样办理" in visitor.get(address).text
    assert verify_books(session, verifier).findings == []


def test_tobacco_is_warned_of(session, cast, case, visit):
    cigarettes = make_counted(session, cast, case=case, name="假冒红双喜卷烟", measure="条", at=NOW)
    draft = make_application(session, cast, cigarettes, at=NOW)

    assert "应移送烟草部门" in visit("lin").get(f"/applications/{draft.id}").text


def test_a_draft_is_given_up_with_a_reason(session, visit, draft, address):
    visitor = visit("lin")
    visitor.post(f"{address}/withdraw", {"reason": " "})
    session.rollback()
    assert draft.state is State.DRAFT

    visitor.post(f"{address}/withdraw", {"reason": "建错了"})

    session.rollback()
    assert draft.state is State.WITHDRAWN


# The approver's page


def test_an_approver_sees_all_that_is_signed(session, cast, visit, submitted, address):
    decide(session, cast, submitted, text="账实相符", at=NOW)

    page = visit("huang").get(address).text

    for words in (
        "请决定：鹭江市销申",
        "2 项，货值 650.00 元",
        "行政处罚法第七十四条",
        '10 <span class="u">瓶',
        '10 <span class="u">个',
        "1 项没有货值",
        "一般固体废物：2 项",
        "焚烧",
        "第 1 号清点",
        "赵国华 · 刘建国",
        "2 项都没有暂缓",
        "思市监案字〔2026〕1号",
        "账实相符",
        "第 2 步，共 4 步",
        "可以由您签",
        " ".join(re.findall("....", submitted.digest[:12])),
        " ".join(re.findall("....", submitted.digest)),
    ):
        assert words in page, words


def test_the_whole_chain_signs_and_the_goods_are_cleared(session, visit, submitted, address, wine, verifier):
    for login in CHAIN:
        visitor = visit(login)
        assert "请签批：" in visitor.get("/").text
        visitor.post(f"{address}/opinion", opinion(visitor.get(address).text))
        assert "请签批：" not in visitor.get("/").text

    assert opinions(session) == [(1, login, Decision.AGREE) for login in CHAIN]
    assert submitted.state is State.APPROVED
    assert reserved(session, wine) == 10
    assert "可以销毁" in visit("lin").get(f"/goods/{wine.id}").text
    assert verify_books(session, verifier).findings == []


@pytest.mark.parametrize("login", [*CHAIN[1:], *OTHERS])
def test_out_of_turn_one_sees_why_not_and_signs_nothing(session, visit, submitted, address, login):
    visitor = visit(login)

    page = visitor.get(address).text
    assert "现在轮到：办案机构负责人" in page
    assert "可以签批的人：刘建国" in page
    assert 'name="decision"' not in page
    fields = {"digest": submitted.digest, "decision": "agree", "text": "", "password": PASSWORD}
    visitor.post(f"{address}/opinion", fields)

    assert opinions(session) == []
    assert refusals(session) == 1


def test_nobody_signs_the_own_application_whatever_the_roles(session, cast, visit, submitted, address):
    with writing(session):
        session.add(Membership(user_id=cast.lin.id, unit_id=cast.bureau.id, role=Role.UNIT_HEAD))
    visitor = visit("lin")

    page = visitor.get(address).text
    assert "您已是这些物品的申请人" in page
    assert "请签批" not in visitor.get("/").text
    visitor.post(f"{address}/opinion", {"digest": submitted.digest, "decision": "agree", "password": PASSWORD})

    assert opinions(session) == []


def test_one_person_with_two_roles_signs_once(session, cast, visit, submitted, address):
    with writing(session):
        session.add(Membership(user_id=cast.liu.id, unit_id=cast.bureau.id, role=Role.LEGAL))
    visitor = visit("liu")
    fields = opinion(visitor.get(address).text)

    visitor.post(f"{address}/opinion", fields)
    visitor.post(f"{address}/opinion", fields)  # pressed twice

    assert opinions(session) == [(1, "liu", Decision.AGREE)]
    assert "您已是这些物品的审批人" in visitor.get(address).text
    assert "可以签批的人：黄丽娟" in visitor.get(address).text


def test_pressing_twice_signs_once(session, visit, submitted, address):
    visitor = visit("liu")
    fields = opinion(visitor.get(address).text)

    visitor.post(f"{address}/opinion", fields)
    visitor.post(f"{address}/opinion", fields)

    assert opinions(session) == [(1, "liu", Decision.AGREE)]


def test_two_heads_at_the_same_moment_sign_once(app, session, cast, visit, submitted, address):
    with writing(session):
        make_user(session, "he", "何平", cast.bureau, Role.UNIT_HEAD)
    visitors, ready, answers = [visit("liu"), visit("he")], Barrier(2), []
    forms = [(visitor, opinion(visitor.get(address).text)) for visitor in visitors]

    def sign(visitor, fields):
        ready.wait(10)
        with app.app_context():
            answers.append(visitor._client.post(f"{address}/opinion", data=fields).status_code)  # noqa: SLF001

    for visitor, fields in forms:
        fields["csrf_token"] = visitor._token()  # noqa: SLF001
    threads = [Thread(target=sign, args=form) for form in forms]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert answers == [303, 303]
    assert len(opinions(session)) == 1
    assert submitted.stage == 1


def test_a_wrong_password_signs_nothing_keeps_the_opinion_and_counts(session, cast, visit, submitted, address):
    visitor = visit("liu")
    fields = opinion(visitor.get(address).text, "return", "数量不符，请核对", password="wrong")  # noqa: S106 - it is wrong

    page = visitor.post(f"{address}/opinion", fields, status=422).text

    assert "密码不对" in page
    assert "数量不符，请核对</textarea>" in page
    assert re.search(r'value="return"[^>]*checked|checked[^>]*value="return"', page)
    assert "wrong" not in page
    assert opinions(session) == []
    assert session.get_one(User, cast.liu.id).failed_attempts == 1


def test_after_too_many_wrong_passwords_the_right_one_does_not_sign_either(session, cast, visit, submitted, address):
    visitor = visit("liu")
    fields = opinion(visitor.get(address).text)
    while session.get_one(User, cast.liu.id).locked_until is None:
        visitor.post(f"{address}/opinion", {**fields, "password": "wrong"}, status=422)
        session.rollback()

    visitor.post(f"{address}/opinion", fields, status=422)

    assert opinions(session) == []


@pytest.mark.parametrize("decision", ["return", "refuse"])
def test_who_does_not_agree_has_to_say_why(session, visit, submitted, address, decision):
    visitor = visit("liu")

    page = visitor.post(f"{address}/opinion", opinion(visitor.get(address).text, decision, ""), status=422).text

    assert "请写明原因，让申请人知道怎么改" in page
    assert opinions(session) == []


def test_if_the_content_changed_nothing_is_signed_and_the_new_one_is_shown(session, cast, visit, submitted, address):
    visitor = visit("liu")
    fields = opinion(visitor.get(address).text, text="同意，请尽快")
    decide(session, cast, submitted, Decision.RETURN, "先改数量", at=NOW)
    lin = visit("lin")
    first = submitted.lines[0]
    lin.post(address, filled(submitted, **{f"{first.id}-quantity": "9", "do": "submit"}))

    page = visitor.post(f"{address}/opinion", fields, status=409).text

    session.rollback()
    assert "没有签批" in page
    assert "同意，请尽快</textarea>" in page
    assert digest_on(page) == submitted.digest != fields["digest"]
    assert "<del>10</del>" in page
    assert opinions(session) == [(1, "liu", Decision.RETURN)]
    visitor.post(f"{address}/opinion", opinion(page))
    assert opinions(session)[-1] == (2, "liu", Decision.AGREE)


def test_sent_back_changed_and_submitted_again_with_marks(session, cast, visit, submitted, address, wine, bags):
    drug = make_counted(session, cast, case=session.get_one(Case, wine.case_id), name="饮片", at=NOW, at_location="C")
    visit("liu").post(f"{address}/opinion", opinion(visit("liu").get(address).text, "return", "箱包移出，白酒改数"))
    lin = visit("lin")
    assert "退回给您：" in lin.get("/").text
    assert (reserved(session, wine), reserved(session, bags)) == (0, 0)
    page = lin.get(address).text
    assert "申请被退回，请修改后再提交" in page
    assert "箱包移出，白酒改数" in page
    lines = {line.item_id: line.id for line in submitted.lines}
    lin.post(address, filled(submitted, remove=lines[bags.id]))
    lin.post(f"{address}/lines", {"item": [drug.id]})
    session.rollback()
    changed = {f"{lines[wine.id]}-quantity": "7", f"{lines[wine.id]}-method": "crushing", "do": "submit"}
    lin.post(address, filled(submitted, **changed, reason="侵权商品"))

    page = visit("liu").get(address).text

    assert "物品 2 项，与第 1 次提交比改了 5 处" in page
    assert re.search(r'<td class="num cell qty chg">\s*<del>10</del> <ins><span class="nb">7 ', page)
    assert "<del>焚烧</del> <ins>粉碎</ins>" in page
    assert "<del>假冒箱包</del>" in page
    assert "<ins>新增</ins>" in page
    assert "<ins>侵权商品</ins>" in page
    assert (reserved(session, wine), reserved(session, bags), reserved(session, drug)) == (7, 0, 10)


def test_a_refusal_ends_it_and_frees_the_goods(session, visit, submitted, address, wine):
    visitor = visit("liu")
    visitor.post(f"{address}/opinion", opinion(visitor.get(address).text, "refuse", "应移送烟草局"))

    page = visit("lin").get(address).text

    assert "：不同意" in page
    assert "应移送烟草局" in page
    assert (submitted.state, reserved(session, wine)) == (State.REFUSED, 0)
    visit("lin").post(address, filled(submitted, do="submit"))
    session.rollback()
    assert submitted.state is State.REFUSED


def test_the_unit_withdraws_before_the_decision_and_not_after(session, cast, visit, submitted, address, wine):
    assert "撤回申请" not in visit("liu").get(address).text
    visit("liu").post(f"{address}/withdraw", {"reason": "撤"}, status=403)

    visit("lin").post(f"{address}/withdraw", {"reason": "改为移送"})

    session.rollback()
    assert (submitted.state, reserved(session, wine)) == (State.WITHDRAWN, 0)
    approved = make_approved(session, cast, wine, at=NOW)
    visit("lin").post(f"/applications/{approved.id}/withdraw", {"reason": "晚了"})
    session.rollback()
    assert (approved.state, reserved(session, wine)) == (State.APPROVED, 10)


def test_a_hold_set_meanwhile_stands_on_top(session, cast, visit, submitted, address, wine):
    with writing(session):
        set_hold(
            session, session.get_one(Case, wine.case_id), wine, kind=HoldKind.STAY, reason="停", by=cast.lin, at=NOW
        )

    page = visit("liu").get(address).text

    assert "2 项中 1 项暂缓" in page
    assert "2 项都没有暂缓" not in page


# After the decision


def test_an_approval_says_who_signed_and_what_is_packed_meanwhile(session, cast, visit, wine, bags):
    approved = make_approved(session, cast, wine, bags, at=NOW)
    line = next(line for line in approved.lines if line.item_id == wine.id)
    with writing(session):
        event = events.plan_event(
            session, cast.bureau, name="活动", day=NOW.date(), report_due_on=NOW.date(), by=cast.chen, at=NOW
        )
    with writing(session):
        site = events.add_site(event, name="主会场", address="处置中心", is_main=True)
        events.add_slot(session, event, unit=cast.bureau, site=site, arrives_at=NOW)
        packing.pack(session, event, cast.bureau, {line: line.quantity}, packer=cast.zhao, checker=cast.liu, at=NOW)

    page = visit("lin").get(f"/applications/{approved.id}").text

    for words in ("：已批准", "刘建国", "黄丽娟", "蔡晓明", "谢明辉", "已全部装批", "待装批", approved.digest[:4]):
        assert words in page, words
    assert f'<option value="{line.id}">' not in page


def test_a_line_is_taken_out_of_an_approval_with_a_reason(session, cast, visit, wine, bags, verifier):
    approved = make_approved(session, cast, wine, bags, at=NOW)
    here = f"/applications/{approved.id}"
    line = next(line for line in approved.lines if line.item_id == wine.id)
    visitor = visit("lin")
    visitor.post(f"{here}/lines/withdraw", {"line": line.id, "reason": ""})
    assert reserved(session, wine) == 10

    visitor.post(f"{here}/lines/withdraw", {"line": line.id, "reason": "当事人起诉"})

    page = visitor.get(here).text
    assert "已移出" in page
    assert f'<option value="{line.id}">' not in page
    assert (reserved(session, wine), reserved(session, bags)) == (0, 10)
    visit("xie").post(f"{here}/lines/withdraw", {"line": line.id, "reason": "x"}, status=403)
    visitor.post(f"{here}/lines/withdraw", {"line": "999", "reason": "x"}, status=404)
    assert verify_books(session, verifier).findings == []


# Who sees what


@pytest.mark.parametrize("login", [*CHAIN, *OTHERS])
def test_everybody_of_the_unit_reads_it_and_only_the_applicants_change_it(visit, draft, address, login):
    page = visit(login).get(address).text

    assert "假冒白酒" in page
    assert ("保存草稿" in page) is (login == "lin")
    assert ("新建申请" in visit(login).get("/applications").text) is (login == "lin")


def test_another_unit_sees_nothing_of_it(session, cast, visit, submitted, address):
    for login in ("qian", "feng"):
        visitor = visit(login)
        visitor.get(address, status=404)
        visitor.post(f"{address}/opinion", {"digest": submitted.digest, "decision": "agree"}, status=404)
        assert submitted.number not in visitor.get("/applications").text
        assert submitted.number not in visitor.get("/").text


def test_an_approver_above_signs_for_the_units_below_and_not_the_other_way_round(session, cast, visit):
    with writing(session):
        make_user(session, "lou", "楼下", cast.district, Role.UNIT_HEAD)
    case = make_case(session, cast, unit=cast.district, served_on=date(2020, 1, 1))
    made = make_application(session, cast, make_counted(session, cast, case=case, at=NOW), by=cast.qian, at=NOW)
    submit(session, made, at=NOW)

    for login in ("liu", "lou"):
        assert "可以由您签" in visit(login).get(f"/applications/{made.id}").text


def test_the_list_shows_what_waits_first_and_filters_by_state(session, cast, visit, submitted, wine):
    visitor = visit("liu")

    page = visitor.get("/applications").text
    assert "1 份等您办理" in page
    assert page.index("请签批：") < page.index("<table")
    assert "第 1 步，共 4 步，办案机构负责人" in page
    assert submitted.number in visitor.get("/applications?state=submitted").text
    assert "没有处于这一状态的申请" in visitor.get("/applications?state=approved").text
    assert submitted.number in visitor.get("/applications?state=nonsense").text


def test_older_applications_are_a_page_away(session, cast, visit, wine):
    for _ in range(51):
        make_application(session, cast, wine, at=NOW)
    visitor = visit("sun")

    first = visitor.get("/applications").text
    older = visitor.get(re.search(r'href="([^"]+)" rel="next"', first)[1].replace("&amp;", "&")).text

    assert first.count('scope="row"') == 50
    assert re.findall(r'href="/applications/(\d+)"', older) == ["1"]


def test_drafts_and_what_was_sent_back_wait_for_their_applicant_alone(session, cast, visit, draft):
    assert f"还没有提交：{draft.number}" in visit("lin").get("/").text
    for login in ("zhao", "liu", "qian"):
        assert draft.number not in visit(login).get("/").text


def test_an_opinion_to_give_stands_above_what_waited_longer(session, cast, visit, submitted, wine):
    with writing(session):
        session.add(Membership(user_id=cast.liu.id, unit_id=cast.bureau.id, role=Role.REGISTRAR))
    older = make_application(session, cast, wine, by=cast.liu, at=NOW - timedelta(days=9))

    page = visit("liu").get("/").text

    assert page.index("请签批：") < page.index(f"还没有提交：{older.number}")


# While goods are counted blind


@pytest.fixture
def counting(session, cast, submitted, wine):
    """The wine's location is being counted."""
    with writing(session):
        places = [held.place for held in wine.positions if held.account is Account.STORED]
        return stocktake.open_stocktake(session, cast.bureau, places, by=cast.zhao, at=NOW)


@pytest.mark.parametrize("login", ["lin", "zhao", "liu"])
def test_who_may_count_sees_no_quantity_of_it(visit, submitted, address, counting, wine, login):
    visitor = visit(login)

    page = visitor.get(address).text
    assert '10 <span class="u">个' in page
    assert '10 <span class="u">瓶' not in page
    assert "650.00" not in page
    covering = re.search(r'aria-label="申请".*?</section>', visitor.get(f"/goods/{wine.id}").text, re.DOTALL)[0]
    assert submitted.number in covering
    assert "清点中" in covering
    assert "10 <" not in covering


def test_who_cannot_see_the_quantities_cannot_sign_them(session, visit, submitted, address, counting):
    visitor = visit("liu")

    page = visitor.get(address).text
    assert "其中有物品正在清点" in page
    assert 'name="decision"' not in page
    fields = {"digest": submitted.digest, "decision": "agree", "password": PASSWORD}
    visitor.post(f"{address}/opinion", fields, status=422)

    assert opinions(session) == []


def test_who_does_not_count_sees_and_signs_as_ever(session, cast, visit, submitted, address, counting):
    decide(session, cast, submitted, at=NOW)

    page = visit("huang").get(address).text
    assert '10 <span class="u">瓶' in page
    visit("huang").post(f"{address}/opinion", opinion(page))

    assert len(opinions(session)) == 2


def test_a_quantity_under_count_can_neither_be_read_nor_probed_in_a_draft(session, cast, visit, wine, bags):
    draft = make_application(session, cast, wine, bags, at=NOW)
    line = next(line for line in draft.lines if line.item_id == wine.id)
    with writing(session):
        places = [held.place for held in wine.positions if held.account is Account.STORED]
        stocktake.open_stocktake(session, cast.bureau, places, by=cast.zhao, at=NOW)
    here, visitor = f"/applications/{draft.id}", visit("lin")

    page = visitor.get(here).text
    assert f'name="{line.id}-quantity"' not in page
    assert "正在清点，等清点完成" in page
    answer = visitor.post(here, filled(draft, **{f"{line.id}-quantity": "9999", "do": "submit"}), status=409).text

    assert "最多" not in answer
    session.rollback()
    assert session.get_one(ApplicationLine, line.id).quantity == 10


# In a browser


def test_the_button_says_what_it_does_and_pages_fit(page, session, cast, submitted, draft, address):
    sign_in(page, "liu", PASSWORD)
    page.goto(address)
    button = page.locator("#sign button[type=submit]")
    assert button.inner_text() == "签批：同意销毁"
    page.get_by_label("退回修改").check()
    assert button.inner_text() == "签批：退回修改"
    page.get_by_label("不同意").check()
    assert button.inner_text() == "签批：不同意"
    check_page(page)
    page.get_by_label("意见", exact=True).fill("应移送")
    page.get_by_label("您的密码").fill(PASSWORD)
    button.click()
    page.get_by_role("heading", name="：不同意").wait_for()
    check_page(page)


def test_the_way_from_the_goods_list_to_the_chain_by_keyboard_alone(page, session, cast, wine, bags):
    sign_in(page, "lin", PASSWORD)
    page.goto("/goods")
    assert not page.locator(".bulk").is_visible()
    for key in ("ArrowDown", "Space", "ArrowDown", "Space"):
        page.keyboard.press(key)
    page.locator(".bulk .btn-primary").focus()
    page.keyboard.press("Enter")
    page.locator("main form .btn-primary").press("Enter")
    page.get_by_role("heading", name="2 项可以提交审批").wait_for()
    check_page(page)
    page.get_by_role("button", name="提交这 2 项").press("Enter")
    page.get_by_role("heading", name="等办案机构负责人签批").wait_for()

    assert session.scalars(select(Application)).one().state is State.SUBMITTED


def test_enter_in_a_field_of_a_draft_keeps_it_and_takes_nothing_out(page, session, cast, draft, address):
    sign_in(page, "lin", PASSWORD)
    page.goto(address)
    field = page.locator("tbody input").first
    field.fill("3")
    field.press("Enter")
    page.get_by_text("草稿已保存").wait_for()

    session.rollback()
    assert sorted(line.quantity for line in draft.lines) == [3, 10]


def test_the_approval_form_says_what_was_submitted_and_on_every_page_whether_it_is_decided(
    session, cast, visit, tmp_path
):
    case = make_case(session, cast, served_on=date(2020, 1, 1))
    goods = [
        make_counted(session, cast, case=case, stored="1200", name="𬭚牌白酒", value=90_000, at_location="A-7"),
        make_counted(session, cast, case=case, stored="2.5", measure="公斤", name="烟丝", at_location="A-8"),
    ]
    application = make_application(session, cast, *goods)
    here, file = f"/applications/{application.id}/form.pdf", tmp_path / "form.pdf"

    def drawn(login="sun"):
        file.write_bytes(visit(login).get(here).data)
        return flowing(file)

    assert "草稿，未提交" in drawn()
    submit(session, application)
    decide(session, cast, application, Decision.RETURN, "请补正")
    returned = application.digest
    with writing(session):
        destruction.change_line(
            application, application.lines[0], quantity=Decimal(1000), method=application.lines[0].method
        )
    assert "1,200瓶" in drawn()  # what was signed, not what it is being changed to
    submit(session, application)
    decide(session, cast, application, text="情况属实")
    text = drawn()
    for words in (
        *(application.number, "审批中，待法制审核意见（第2步，共4步）", "【同意】情况属实", "刘建国"),
        *(
            "1,000瓶、2.5公斤",
            "2.5千克（按重量计量的1项）",
            "750.00元（另有1项未登记货值）",
            "第2号（2026年11月24日）",
            "A-7、A-8",
        ),
        *(case.number, case.decision, "2020年1月1日送达", case.party, "𬭚牌白酒", application.digest, "第2次提交"),
        *("以前各次提交的意见", "【退回修改】请补正", returned, "一般固体废物2"),
    ):
        assert words in text, words
    assert text.count("审批中") == 1 + text_of(file).count("\f")

    for _ in range(3):
        decide(session, cast, application)
    text = drawn("huang")
    assert "已批准" in text
    assert "审批中" not in text
    assert f'href="{here}"' in visit("sun").get(f"/applications/{application.id}").text
    assert 'href="/stocktakes/1/report.pdf"' in visit("sun").get(f"/applications/{application.id}").text
    visit("feng").get(here, status=404)
    visit("wu").get(here, status=403)


def test_who_counts_the_goods_gets_no_approval_form_meanwhile(session, cast, visit):
    item = make_counted(session, cast, case=make_case(session, cast, served_on=date(2020, 1, 1)))
    application = make_application(session, cast, item)
    submit(session, application)
    make_stocktake(session, cast, item)
    here = f"/applications/{application.id}"

    visit("zhao").get(f"{here}/form.pdf", status=409)
    visit("sun").get(f"{here}/form.pdf")
    page = visit("zhao").get(here).text
    assert f'href="{here}/form.pdf"' not in page
    assert "report.pdf" not in page


def test_liquid_and_bottle_are_destroyed_each_its_own_way_and_signed_for_so(session, visit, draft, address, wine):
    line = next(line for line in draft.lines if line.item_id == wine.id)

    visit("lin").post(address, filled(draft, **{f"{line.id}-container": "crushing", "do": "submit"}))

    assert "内容物焚烧、容器粉碎" in visit("liu").get(address).text
    session.rollback()
    assert ["incineration", "crushing"] in [each["methods"] for each in signed(session, draft, 1)["lines_signed"]]


def test_usual_words_of_sending_back_suffice_and_those_of_agreeing_do_not(session, submitted, address, visit):
    liu = visit("liu")
    fields = opinion(liu.get(address).text, "return", text="")

    liu.post(f"{address}/opinion", {**fields, "phrase": "同意。"}, status=422)
    liu.post(f"{address}/opinion", {**fields, "phrase": "材料不齐，请补正后再报。"})

    session.refresh(submitted)
    assert (submitted.state, submitted.opinions[-1].text) == (State.RETURNED, "材料不齐，请补正后再报。")


def test_who_decides_sees_the_event_the_files_and_the_count_reports(session, cast, submitted, address, visit, wine):
    event = make_plan(session, cast, cast.bureau)
    case = session.get_one(Case, wine.case_id)
    with writing(session):
        event.day = today() + timedelta(days=2)
        attach(session, case, wine, name="处罚决定书", sha256="0" * 64, shown=None, by=cast.lin, at=NOW)

    page = visit("liu").get(address).text

    assert "剩 2 天" in page
    assert f"/cases/{case.id}/attachments/1/original" in page
    assert "号清点核对表</a>" in page
    with writing(session):
        stocktake.open_stocktake(session, cast.bureau, [submitted.lines[0].place], by=cast.zhao, at=NOW)
    assert "/attachments/1/original" not in visit("liu").get(address).text
