import re
from subprocess import run
from threading import Barrier, Thread

import pytest
from browser import PHONE, sign_in
from databases import ON_SQLITE
from factories import NOON, PASSWORD, balances, count_as, make_case, make_item, make_stocktake
from occasions import make_approved, make_batch, make_event
from pages import Visitor
from pdfs import flowing
from playwright.sync_api import expect
from sqlalchemy import select

from ledger.codes import new_code, shown
from ledger.duties import Part
from ledger.goods.audit import verify_books
from ledger.goods.models import Place, Position
from ledger.goods.rules import Account, Act, PlaceKind
from ledger.goods.service import Move, Spot, move, place
from ledger.journal.models import JournalEntry
from ledger.journal.service import writing
from ledger.permissions import Permission, Role
from ledger.stocktake.models import Stocktake
from ledger.stocktake.service import explain, submit
from ledger.stocktake.workflow import Cause, State
from ledger.units.service import Grant, change_grants

AT_ONCE = {"kind": "as_needed", "scope": "locations", "due_on": "2026-12-1", "begin": "yes"}
ITEMS = [("假冒牛栏山白酒", "瓶", "65", "A-1"), ("不合格口罩", "只", "570", "A-1"), ("烟丝", "公斤", "1.56", "A-2")]


@pytest.fixture
def goods(session, cast):
    """Three lines at two locations."""
    case = make_case(session, cast)
    return [
        make_item(session, cast, case=case, stored=stored, at_location=at, name=name, measure=measure)
        for name, measure, stored, at in ITEMS
    ]


@pytest.fixture
def count(session, cast, goods):
    """A stocktake of them."""
    return make_stocktake(session, cast, *goods)


@pytest.fixture
def here(count):
    """The address of the stocktake."""
    return f"/stocktakes/{count.id}"


@pytest.fixture
def explained(session, cast, goods, count):
    """The same, counted with two bottles short, and explained."""
    for person in (cast.zhao, cast.lin):
        count_as(session, count, person, dict(zip(goods, ("63", "570", "1.56"), strict=True)))
    with writing(session):
        explain(count, count.lines[0], cause=Cause.DAMAGE, explanation="两瓶破裂渗漏", by=cast.lin)
        submit(session, count, by=cast.lin, at=NOON)
    return count


def fields(count, *found):
    return {f"line-{line.id}": quantity for line, quantity in zip(count.lines, found, strict=True)}


def reread(session, count):
    session.rollback()
    session.refresh(count)
    return count


def test_without_goods_in_the_store_the_page_says_where_they_come_from(cast, visit):
    page = visit("zhao").get("/stocktakes").text

    assert "还没有清点过" in page
    assert "仓库账面上还没有物品" in visit("zhao").get("/plans").text


def test_a_count_of_chosen_locations_is_opened_and_waits_for_two_people(session, goods, visit):
    zhao = visit("zhao")
    places = [position.place_id for position in session.scalars(select(Position).filter_by(account=Account.STORED))]

    answer = zhao.post("/plans", {**AT_ONCE, "place": places[0]})

    page = zhao.get("/stocktakes").text
    assert "1 次清点正在进行" in page
    assert "等两人清点" in page
    assert "第 1 号清点中" in zhao.get("/plans").text
    assert "清点 2 项" in zhao.get(answer.location).text


def test_nothing_chosen_opens_nothing(session, goods, visit):
    for form in ({}, {"place": 999_999}):
        visit("zhao").post("/plans", {**AT_ONCE, **form}, status=422)
    assert session.scalars(select(Stocktake)).all() == []


def test_locations_of_another_unit_are_not_counted_along(session, cast, goods, visit):
    make_item(session, cast, case=make_case(session, cast, unit=cast.district), at_location="D-1")
    places = set(session.scalars(select(Position.place_id).filter_by(account=Account.STORED)))

    visit("lin").post(f"/plans?unit={cast.district.id}", {**AT_ONCE, "place": list(places)})

    [count] = session.scalars(select(Stocktake))
    assert count.scope == "D-1"


def together(app, logins, act):
    """Let people act at the same moment."""
    visitors, ready = [], Barrier(len(logins))
    for login in logins:
        visitor = Visitor(app)
        visitor.sign_in(login, PASSWORD)
        visitors.append((visitor, visitor._token()))  # noqa: SLF001 - asked for before the race

    def run(visitor, token):
        ready.wait()
        with app.app_context():
            path, form = act
            answer = visitor._client.post(path, data={**form, "csrf_token": token})  # noqa: SLF001 - many at once
            assert answer.status_code in (303, 422)

    threads = [Thread(target=run, args=pair) for pair in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)


def test_of_two_who_open_the_same_count_at_once_one_is_told(app, session, goods):
    place_id = session.scalars(select(Position.place_id).filter_by(account=Account.STORED)).first()
    session.rollback()

    together(app, ["zhao", "lin", "zhao"], ("/plans", {**AT_ONCE, "place": place_id}))

    session.rollback()
    assert [count.number for count in session.scalars(select(Stocktake))] == [1]


def test_two_who_finish_at_once_are_compared_once(app, session, cast, count, here, verifier):
    form = fields(count, "65", "570", "1.56")
    session.rollback()

    together(app, ["zhao", "lin"], (f"{here}/finish", form))

    reread(session, count)
    assert (count.state, {count.first_id, count.second_id}) == (State.CLOSED, {cast.zhao.id, cast.lin.id})
    assert len(session.scalars(select(JournalEntry).filter_by(act="stocktake.closed")).all()) == 1
    assert verify_books(session, verifier).findings == []


def test_finishing_twice_counts_once(session, count, here, visit):
    zhao, form = visit("zhao"), fields(count, "65", "570", "1.56")

    zhao.post(f"{here}/finish", form)
    zhao.post(f"{here}/finish", {**form, f"line-{count.lines[0].id}": "1"})

    page = zhao.get(here).text
    assert "您已点完，所填数量不能再改" in page
    assert "等第二个人清点" in page
    assert [str(line.first) for line in reread(session, count).lines] == ["65", "570", "1.56"]
    assert len(session.scalars(select(JournalEntry).filter_by(act="stocktake.counted")).all()) == 1


def test_what_is_good_is_kept_and_what_is_not_stays_beside_its_reason(session, count, here, visit):
    page = visit("zhao").post(f"{here}/figures", fields(count, "64", "2.5", "很多"), status=422).text

    assert "要写整数" in page
    assert 'value="2.5"' in page
    assert 'value="很多"' in page
    assert [line.first for line in reread(session, count).lines] == [64, None, None]


@pytest.mark.parametrize("text", ["-1", "约60", "1e9x", "1.0001", "9999999999999"])
def test_what_is_no_figure_is_refused_in_words(session, count, here, visit, text):
    visit("zhao").post(f"{here}/finish", fields(count, text, "", ""), status=422)

    assert reread(session, count).first_id is None


def test_who_left_lines_out_is_told_how_many(session, count, here, visit):
    zhao = visit("zhao")
    zhao.post(f"{here}/finish", fields(count, "65", "", ""))

    page = zhao.get(here).text
    assert "还有 2 项" in page
    assert 'value="65"' in page
    assert reread(session, count).first_done_at is None


def test_a_counter_sees_only_what_they_counted_themselves(session, cast, goods, count, here, visit):
    count_as(session, count, cast.zhao, dict(zip(goods, ("61", "562", "1.53"), strict=True)))

    own, other = (re.sub(r'data-(code|counting)="[^"]*"', "", visit(each).get(here).text) for each in ("zhao", "lin"))

    assert ("61 " in own, "562" in own) == (True, True)
    for figure in ("61 ", "562", "1.53", "570", "1.56"):
        assert figure not in other


def test_a_third_person_cannot_count_along(session, cast, goods, count, here, visit):
    count_as(session, count, cast.zhao, dict(zip(goods, ("65", "570", "1.56"), strict=True)))
    visit("lin").post(f"{here}/figures", fields(count, "1", "", ""))

    visit("liu").post(f"{here}/figures", fields(count, "2", "2", "2"))

    assert "清点正在进行" in visit("liu").get(here).text
    assert [line.second for line in reread(session, count).lines] == [1, None, None]


def test_only_lines_on_which_two_disagree_are_recounted_by_somebody_else(session, cast, goods, count, here, visit):
    count_as(session, count, cast.zhao, dict(zip(goods, ("65", "570", "1.56"), strict=True)))
    count_as(session, count, cast.lin, dict(zip(goods, ("65", "571", "1.56"), strict=True)))
    disputed = count.lines[1]

    page = visit("liu").get(here).text
    assert "复点 1 项" in page
    assert "不合格口罩" in page
    assert "牛栏山" not in page
    for login in ("zhao", "lin"):
        assert "等别人复点" in visit(login).get(here).text
        visit(login).post(f"{here}/figures", {f"line-{disputed.id}": "570"})
    assert reread(session, count).recounter_id is None
    visit("liu").post(f"{here}/finish", {f"line-{disputed.id}": "570", f"line-{count.lines[0].id}": "1"})

    reread(session, count)
    assert (count.state, count.lines[0].recount) == (State.CLOSED, None)
    assert "清点完毕，3 项全部与账面一致" in visit("liu").get(here).text


def test_differences_are_explained_before_they_go_on(session, cast, goods, count, here, visit):
    for person in (cast.zhao, cast.lin):
        count_as(session, count, person, dict(zip(goods, ("63", "970", "1.56"), strict=True)))
    short, over = count.lines[0].id, count.lines[1].id
    lin, half = visit("lin"), {f"cause-{short}": "damage", f"explanation-{short}": "破裂两瓶"}

    lin.post(f"{here}/explanations", {**half, "submit": "yes"})
    page = lin.get(here).text
    assert "2 项有差异，等说明原因" in page
    assert "还有 1 处差异" in page
    assert "破裂两瓶" in page  # kept all the same
    assert page.index("短缺 2") < page.index("盘盈 400")
    rest = {f"cause-{over}": "clerical", f"explanation-{over}": "按捆记错", "submit": "yes"}
    lin.post(f"{here}/explanations", {**half, **rest})

    assert reread(session, count).state is State.CONFIRMING
    assert "等您确认" in visit("cai").get(here).text


def test_the_books_move_when_somebody_who_did_not_count_confirms(session, goods, explained, here, visit, verifier):
    assert balances(session, goods[0])[Account.STORED] == 65

    visit("cai").post(f"{here}/confirm")

    assert balances(session, goods[0]) == {Account.PARTY: -65, Account.STORED: 63, Account.MISSING: 2}
    page = visit("cai").get(here).text
    assert "清点完毕，1 项差异已入账" in page
    assert "两瓶破裂渗漏" in page
    assert "蔡晓明" in page
    assert verify_books(session, verifier).findings == []


def test_who_counted_cannot_confirm_and_the_page_says_why(session, cast, goods, explained, here, visit):
    with writing(session):
        roles = [Grant(cast.bureau, Role.REGISTRAR), Grant(cast.bureau, Role.FINANCE)]
        change_grants(session, cast.lin, roles, by=cast.wu, at=NOON)
    lin = visit("lin")
    assert "您参加了这次清点，差异要由别人确认" in lin.get(here).text

    lin.post(f"{here}/confirm")

    assert balances(session, goods[0])[Account.STORED] == 65
    assert reread(session, explained).state is State.CONFIRMING
    assert session.scalars(select(JournalEntry).filter_by(act="refused")).one().actor_id == cast.lin.id


def test_explanations_are_sent_back_with_a_reason(session, explained, here, visit):
    visit("cai").post(f"{here}/reject")
    assert reread(session, explained).state is State.CONFIRMING

    visit("cai").post(f"{here}/reject", {"reason": "照片呢"})

    page = visit("lin").get(here).text
    assert "照片呢" in page
    assert "等说明原因" in page


def test_a_count_is_cancelled_with_a_reason_and_the_books_stay(session, goods, count, here, visit):
    visit("zhao").post(f"{here}/cancel")
    assert reread(session, count).state is State.COUNTING

    visit("zhao").post(f"{here}/cancel", {"reason": "停电"})

    page = visit("zhao").get(here).text
    assert "这次清点已取消，账面没有变动" in page
    assert "停电" in page
    assert balances(session, goods[0])[Account.STORED] == 65


def test_lines_that_moved_during_the_count_are_said_to_be_left_alone(session, cast, goods, count, here, visit):
    with writing(session):
        here_and_there = [
            Spot(Account.STORED, place(session, cast.bureau, PlaceKind.LOCATION, name).id) for name in ("A-1", "B-9")
        ]
        moves = [Move(goods[0].id, goods[0].quantity, *here_and_there)]
        people = {Part.CUSTODIAN: cast.zhao}
        move(session, moves, act=Act.RELOCATE, people=people, by=cast.zhao, at=NOON, unit=cast.bureau)
    for person in (cast.zhao, cast.lin):
        count_as(session, count, person, dict(zip(goods, ("0", "570", "1.56"), strict=True)))

    page = visit("sun").get(here).text
    assert "1 项在清点期间有进出" in page
    assert "这次清点对它不作数，账面不动" in page
    assert balances(session, goods[0])[Account.STORED] == 65


def test_who_only_looks_sees_who_counts_and_can_do_nothing(session, count, here, visit):
    sun = visit("sun")

    page = sun.get(here).text
    assert "清点正在进行" in page
    assert "<input class=" not in page
    for act in ("figures", "finish", "explanations", "confirm", "reject", "cancel"):
        sun.post(f"{here}/{act}", fields(count, "1", "1", "1"), status=403)
    assert reread(session, count).first_id is None


def test_what_waits_is_on_the_first_page_of_those_who_can_do_it(session, cast, goods, count, here, visit):
    link = f'href="{here}"'
    assert all(link in visit(login).get("/").text for login in ("zhao", "lin", "liu"))
    assert link not in visit("cai").get("/").text

    count_as(session, count, cast.zhao, dict(zip(goods, ("63", "570", "1.56"), strict=True)))
    assert link not in visit("zhao").get("/").text
    count_as(session, count, cast.lin, dict(zip(goods, ("64", "570", "1.56"), strict=True)))
    assert [link in visit(login).get("/").text for login in ("zhao", "lin", "liu")] == [False, False, True]
    count_as(session, count, cast.liu, {goods[0]: "63"})
    assert "说明清点差异" in visit("zhao").get("/").text
    with writing(session):
        explain(count, count.lines[0], cause=Cause.LOSS, explanation="x", by=cast.lin)
        submit(session, count, by=cast.lin, at=NOON)
    assert [link in visit(login).get("/").text for login in ("liu", "cai", "xie")] == [False, True, True]


@ON_SQLITE
def test_finds_are_entered_unseen_by_the_other_and_offered_to_what_is_missing(session, goods, count, here, visit):
    zhao, lin = visit("zhao"), visit("lin")
    line = count.lines[0]
    place = next(each.place_id for each in count.lines if each.place_id != line.place_id)
    find = {"found": "2", "place": place, "name": goods[0].name, "measure": "瓶"}
    page = zhao.get(f"{here}?code={goods[1].code}").text
    assert 'aria-describedby="line-2-said" autofocus' in page
    assert "本单位账上没有这个标签" in zhao.get(f"{here}?code={new_code()}").text
    assert "大于 0" in zhao.post(f"{here}/finds", {**find, "found": "0"}, status=422).text

    zhao.post(f"{here}/finds", find)
    assert "没有标签" in zhao.get(here).text
    assert 'name="extra-' not in lin.get(here).text
    lin.post(f"{here}/finds", find)
    extra = {f"extra-{reread(session, count).extras[0].id}": "2", f"spoilt-{count.lines[1].id}": "5"}
    for counter in (zhao, lin):
        counter.post(f"{here}/finish", {**fields(count, "63", "570", "1.56"), **extra})

    page = lin.get(here).text
    assert "3 项有差异" in page
    assert "可能是：" in page
    assert "破损 5" in page
    said = {f"belongs-{count.extras[0].id}": line.id, "submit": "yes"}
    for each, cause in ((line, "wrong_place"), (count.lines[1], "damage")):
        said |= {f"cause-{each.id}": cause, f"explanation-{each.id}": "说明"}
    lin.post(f"{here}/explanations", said)
    visit("cai").post(f"{here}/confirm")
    assert "认定为" in lin.get(here).text
    assert balances(session, goods[0]) == {Account.PARTY: -65, Account.STORED: 65}


@ON_SQLITE
def test_enter_keeps_a_line_and_a_label_leads_to_one(session, goods, count, here, page):
    session.rollback()
    sign_in(page, "zhao", PASSWORD)
    page.goto(here)
    inputs = page.locator("[data-line] input[name^=line]")

    inputs.nth(0).fill("64")
    inputs.nth(0).press("Enter")
    expect(page.locator("[data-line] [role=status]").nth(0)).to_have_text("已记下")
    expect(inputs.nth(1)).to_be_focused()
    for typed, name in ((goods[2].code, "烟丝"), ("A-1", "不合格口罩")):  # a label; a location, its next line
        page.locator("#code").fill(typed)
        page.locator("#code").press("Enter")
        expect(page.locator("[data-line]", has_text=name).locator("input[name^=line]")).to_be_focused()
    inputs.nth(1).fill(goods[2].code)  # a scanner types where the focus is
    inputs.nth(1).press("Enter")
    expect(inputs.nth(2)).to_be_focused()
    page.reload()

    expect(inputs.nth(0)).to_have_value("64")
    assert reread(session, count).first_done_at is None


@ON_SQLITE
def test_on_a_phone_one_line_is_shown_until_each_has_its_figure(session, count, here, page):
    session.rollback()
    page.set_viewport_size(PHONE)
    sign_in(page, "zhao", PASSWORD)
    page.goto(here)
    shown, finish = page.locator("[data-line]:visible"), page.get_by_role("button", name="我已点完")

    for name, figure in (("假冒牛栏山白酒", "65"), ("不合格口罩", "1.5")):
        expect(shown).to_have_count(1)
        expect(shown).to_contain_text(name)
        shown.locator("input[name^=line]").fill(figure)
        shown.get_by_role("button", name="记下，数下一项").click()
    expect(page.locator("[data-line]", has_text="不合格口罩")).to_contain_text("整数")
    expect(shown).to_contain_text("不合格口罩")  # what was wrong comes back
    shown.locator("input[name^=line]").fill("570")
    shown.locator("input[name^=line]").press("Enter")
    expect(shown).to_contain_text("烟丝")
    expect(finish).to_be_hidden()
    shown.locator("input[name^=line]").fill("1.56")
    shown.locator("input[name^=line]").press("Enter")

    expect(shown).to_have_count(len(ITEMS))
    finish.click()
    expect(page.locator("h1")).to_have_text("您已点完，等另一人清点")


def test_the_permissions_that_count_are_those_of_the_unit(session, cast, count, here, visit):
    """A registrar of a district counts there and not at the bureau, whose pages do not exist for them."""
    assert not cast.qian.may(Permission.CONFIRM_COUNT)
    visit("qian").post(f"{here}/figures", fields(count, "1", "1", "1"), status=404)
    assert reread(session, count).first_id is None


def test_the_report_of_a_closed_count_says_what_the_journal_sealed_whenever_it_is_drawn(
    session, cast, goods, explained, here, visit, tmp_path
):
    assert "清点核对" not in visit("sun").get(f"{here}/report.pdf", status=409).text
    visit("xie").post(f"{here}/confirm")
    entry = session.scalars(select(JournalEntry).filter_by(act="stocktake.closed")).one()

    first = visit("sun").get(f"{here}/report.pdf").data

    (tmp_path / "report.pdf").write_bytes(first)
    text = flowing(tmp_path / "report.pdf")
    for words in (
        *("清点第1号", "A-1、A-2", f"第{entry.seq}条", entry.leaf.hex(), "清点人（甲）赵国华", "清点人（乙）林文静"),
        *("差异说明人林文静", "差异确认人谢明辉", "假冒牛栏山白酒瓶A-1656363—63-2", "烟丝公斤A-21.561.561.56—1.560"),
        *("破损：两瓶破裂渗漏（说明：林文静确认：谢明辉）", "3项相符2项差异1项", "瓶16563-2", "未见账面数"),
    ):
        assert words in text, words
    with writing(session):
        for place in session.scalars(select(Place).filter_by(name="A-1")):
            place.name = "B-1"
    assert visit("sun").get(f"{here}/report.pdf").data == first
    assert f'href="{here}/report.pdf"' in visit("sun").get(here).text
    make_stocktake(session, cast, goods[0])
    visit("zhao").get(f"{here}/report.pdf", status=409)
    assert f'href="{here}/report.pdf"' not in visit("zhao").get(here).text
    visit("feng").get(f"{here}/report.pdf", status=404)
    visit("wu").get(f"{here}/report.pdf", status=403)


@ON_SQLITE
def test_the_sheet_to_count_with_holds_no_figure_of_the_books_and_then_only_what_is_recounted(
    session, cast, goods, count, here, visit, tmp_path
):
    def sheet():
        answer = visit("zhao").get(f"{here}/sheet.pdf")
        (tmp_path / "sheet.pdf").write_bytes(answer.data)
        about = run(["pdfinfo", tmp_path / "sheet.pdf"], check=True, capture_output=True, text=True).stdout
        return flowing(tmp_path / "sheet.pdf"), about

    text, about = sheet()
    for words in ("库位：A-1", "库位：A-2", "不合格口罩", shown(goods[2].code), "甲清点数", "乙清点数", "第1页共1页"):
        assert words in text, words
    for code in (shown(item.code) for item in goods):
        text = text.replace(code, "")
    for figure in ("65", "570", "1.56"):
        assert figure not in text
        assert figure not in about.replace("595.276 x 841.89", "")
    assert f'href="{here}/sheet.pdf"' in visit("zhao").get(here).text
    assert f'href="{here}/sheet.pdf"' not in visit("xie").get(here).text
    visit("sun").get(f"{here}/sheet.pdf", status=403)
    visit("feng").get(f"{here}/sheet.pdf", status=404)

    for person, bottles in ((cast.zhao, "64"), (cast.lin, "63")):
        count_as(session, count, person, dict(zip(goods, (bottles, "570", "1.56"), strict=True)))
    text, _ = sheet()
    assert "复点数" in text
    assert "不合格口罩" not in text
    count_as(session, count, cast.liu, {goods[0]: "65"})
    visit("zhao").get(f"{here}/sheet.pdf", status=409)


@ON_SQLITE
def test_a_sealed_batch_is_found_by_its_label_counted_by_what_is_typed_and_explained(session, cast, visit):
    batch = make_batch(session, cast, make_event(session, cast, cast.bureau), make_approved(session, cast))
    zhao, lin = visit("zhao"), visit("lin")
    zhao.post("/plans", {"kind": "quarter", "scope": "store", "due_on": "2026-12-1", "begin": "yes"})
    count = session.scalars(select(Stocktake).order_by(Stocktake.id.desc())).first()
    here, key = f"/stocktakes/{count.id}", count.batches[0].id

    assert f'value="{batch.code}"' in zhao.get(f"{here}?code={batch.code}").text
    typed = {
        f"condition-{key}": "whole",
        f"label-{key}": batch.shown_code,
        f"seal-{key}": "封1",
        f"weight-{key}": "12.4",
    }
    half = zhao.post(f"{here}/finish", {**typed, f"weight-{key}": ""}, status=422).text
    assert "请扫描标签，并填写封条号和重量" in half
    assert 'value="封1"' in half
    for visitor in (zhao, lin):
        visitor.post(f"{here}/finish", typed)

    page = lin.get(here).text
    assert "封条号不符" in page
    assert "重量不符" not in page
    words = {f"cause-batch-{key}": "clerical", f"explanation-batch-{key}": "登记笔误", "submit": "yes"}
    lin.post(f"{here}/explanations", words)
    visit("cai").post(f"{here}/confirm")
    assert "登记笔误" in visit("sun").get(here).text
    assert reread(session, count).state is State.CLOSED
