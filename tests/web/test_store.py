import re

import pytest
from databases import ON_SQLITE
from factories import NOON, PASSWORD, balances, make_case, make_item, make_stocktake
from pdfs import flowing
from sqlalchemy import select

from ledger.cases.rules import HoldKind
from ledger.cases.service import set_hold
from ledger.goods.audit import verify_books
from ledger.goods.rules import Account
from ledger.journal.models import JournalEntry
from ledger.journal.service import writing

SOLD = {"kind": "scrap", "recipient": "再生资源公司", "document": "变1号", "reason": "残值", "proceeds": "120.50"}


@pytest.fixture
def case(session, cast):
    """Twelve bottles and 3.5 kilograms in the store."""
    made = make_case(session, cast)
    make_item(session, cast, case=made, stored="12")
    make_item(session, cast, case=made, stored="3.5", measure="公斤", name="茶叶")
    return made


def filled(visitor, case, way, *quantities, **more):
    """Fill in a page: quantities in the order of its inputs."""
    page = visitor.get(f"/store/{case.id}/{way}").text
    names = re.findall(r'name="(take-[^"]+)"', page)
    seen = re.search(r'name="seen"[^>]*value="(\d+)"', page)[1]
    return {**dict(zip(names, quantities, strict=True)), "seen": seen, **more}


def sold(cast, **more):
    return {**SOLD, "second": cast.xie.id, "second_password": PASSWORD, **more}


def entries(session, act):
    session.rollback()
    return session.scalars(select(JournalEntry).filter_by(act=f"goods.{act}")).all()


def test_a_custodian_moves_goods_lends_them_and_gets_them_back(session, cast, visit, case, verifier):
    zhao, here = visit("zhao"), f"/store/{case.id}"
    bottles, tea = case.items

    zhao.post(f"{here}/relocate", filled(zhao, case, "relocate", "5", "", location="B-2"))
    zhao.post(f"{here}/sample", filled(zhao, case, "sample", "", "2", "1.5", laboratory="市质检院", document="检1号"))
    page = zhao.get(f"/goods/{tea.id}").text
    assert "送检 市质检院" in page
    assert "出库单" in page
    back = filled(zhao, case, "samples", "1", "", end="back", location="A-01-1", document="检2号")
    zhao.post(f"{here}/samples", back)
    used = filled(zhao, case, "samples", "1", "1.5", end="used_up", document="检3号")
    zhao.post(f"{here}/samples", used)

    assert balances(session, bottles) == {Account.PARTY: -12, Account.STORED: 11, Account.CONSUMED: 1}
    assert balances(session, tea)[Account.CONSUMED] == 1.5
    journal = zhao.get("/journal").text
    for told in ("1 项移到 B-2", "2 项取样送 市质检院：检1号", "1 项样品退回 A-01-1：检2号", "2 项样品检验耗用：检3号"):
        assert told in journal
    assert verify_books(session, verifier).findings == []


def test_several_lines_are_disposed_of_by_custodian_and_who_may_decide(session, cast, visit, case, verifier):
    zhao, here = visit("zhao"), f"/store/{case.id}/dispose"

    zhao.post(here, filled(zhao, case, "dispose", "12", "3.5", **sold(cast)))

    assert [balances(session, item)[Account.SCRAPPED] for item in case.items] == [12, 3.5]
    [entry] = entries(session, "dispose")
    assert b'"proceeds":12050' in entry.body
    assert "变卖残值：2 项交 再生资源公司，变1号" in zhao.get(f"/journal/{entry.seq}").text
    assert "本案没有在库" in zhao.get(here).text
    assert verify_books(session, verifier).findings == []


def test_the_same_form_sent_twice_acts_once(session, cast, visit, case):
    zhao, here = visit("zhao"), f"/store/{case.id}/dispose"
    form = filled(zhao, case, "dispose", "2", "", **sold(cast))

    zhao.post(here, form)
    again = zhao.post(here, form)

    assert "可能就是这张表已经办过" in zhao.get(again.location).text
    assert balances(session, case.items[0])[Account.SCRAPPED] == 2


@ON_SQLITE
@pytest.mark.parametrize(
    ("quantities", "more", "says"),
    [
        (("", ""), {}, "请至少填写一项"),
        (("13", ""), {}, "可动用 12"),
        (("2.5", ""), {}, "要写整数"),
        (("1", ""), {"kind": ""}, "请选择"),
        (("1", ""), {"document": ""}, "请填写文书编号"),
        (("1", ""), {"recipient": ""}, "请填写谁接收"),
        (("1", ""), {"proceeds": ""}, "请填写卖得的价款"),
        (("1", ""), {"kind": "donation"}, "没有价款"),
        (("1", ""), {"reason": ""}, "请写明"),
        (("1", ""), {"second_password": "wrong"}, "密码"),
        (("1", ""), {"second": "1"}, "不是有效的选择"),
    ],
)
def test_what_is_not_right_is_said_and_what_was_typed_stays(session, cast, visit, case, quantities, more, says):
    zhao = visit("zhao")
    form = filled(zhao, case, "dispose", *quantities, **sold(cast, **more))

    page = zhao.post(f"/store/{case.id}/dispose", form, status=422).text

    assert says in page
    assert 'value="变1号"' in page or "document" in more
    assert entries(session, "dispose") == []


def test_what_no_slip_can_print_is_refused_on_the_form(session, cast, visit, case):
    zhao = visit("zhao")
    form = filled(zhao, case, "dispose", "1", "", **sold(cast, recipient="𓀀局"))

    page = zhao.post(f"/store/{case.id}/dispose", form, status=409).text

    assert "U+13000" in page
    assert 'value="变1号"' in page
    assert entries(session, "dispose") == []


def test_the_page_says_what_cannot_go_and_why(session, cast, visit, case):
    bottles, tea = case.items
    with writing(session):
        set_hold(session, case, bottles, kind=HoldKind.LAWSUIT, reason="x", by=cast.lin, at=NOON)

    page = visit("zhao").get(f"/store/{case.id}/dispose").text
    assert "在暂缓中：行政诉讼" in page
    assert f"take-{bottles.id}-" not in page
    assert f"take-{tea.id}-" in page

    make_stocktake(session, cast, tea)
    page = visit("zhao").get(f"/store/{case.id}/relocate").text
    assert "A-01-1 正在清点" in page
    assert "take-" not in page


def test_a_page_of_one_line_offers_all_of_it(session, cast, visit, case):
    _, tea = case.items

    page = visit("zhao").get(f"/store/{case.id}/relocate?line={tea.id}").text

    assert len(re.findall(r'name="take-', page)) == 1
    assert 'value="3.5"' in page


def test_only_who_keeps_the_store_is_offered_these_acts(cast, visit, case):
    for path in (f"/cases/{case.id}", f"/goods/{case.items[0].id}"):
        assert "/dispose" in visit("zhao").get(path).text
        assert "/dispose" not in visit("lin").get(path).text


def test_a_slip_says_what_went_to_whom_and_is_the_same_again(session, cast, visit, case, tmp_path):
    zhao = visit("zhao")
    zhao.post(f"/store/{case.id}/dispose", filled(zhao, case, "dispose", "12", "3.5", **sold(cast)))
    [entry] = entries(session, "dispose")
    address = f"/store/slips/{entry.seq}"
    assert address in zhao.get(f"/cases/{case.id}").text
    assert address in zhao.get(f"/journal/{entry.seq}").text

    first, again = (zhao.get(address).data for _ in range(2))

    assert first == again
    (tmp_path / "slip.pdf").write_bytes(first)
    text = flowing(tmp_path / "slip.pdf")
    assert f"出库〔2026〕{entry.seq}号" in text
    for said in ("变卖残值", "再生资源公司", "变1号", "120.50元", "批准人谢明辉", "茶叶", "第1页共1页"):
        assert said in text
    assert text.index("12瓶") < text.index("3.5公斤")


def test_other_acts_have_no_slip_and_who_counts_waits_for_it(session, cast, visit, case):
    zhao, bottles = visit("zhao"), case.items[0]
    zhao.post(f"/store/{case.id}/sample", filled(zhao, case, "sample", "1", "", laboratory="市质检院", document="1"))
    [entry], [registered, _] = entries(session, "sample"), entries(session, "opening_balance")
    zhao.get(f"/store/slips/{registered.seq}", status=404)
    make_stocktake(session, cast, bottles)

    assert zhao.get(f"/store/slips/{entry.seq}", status=303).location == f"/cases/{case.id}"
    assert visit("sun").get(f"/store/slips/{entry.seq}").data.startswith(b"%PDF")
