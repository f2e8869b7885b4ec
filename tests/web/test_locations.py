import re
from dataclasses import replace
from subprocess import run

import pytest
from databases import ON_SQLITE
from factories import hand_in, make_case, make_item, make_stocktake
from sqlalchemy import select

from ledger.codes import shown
from ledger.goods import tree
from ledger.goods.audit import verify_books
from ledger.goods.models import Place
from ledger.journal.models import JournalEntry

OWN = "/locations?unit=1"


def find(session, name):
    session.rollback()
    return session.scalars(select(Place).filter_by(name=name)).one()


def add(visitor, name, below=""):
    return visitor.post(OWN, {"name": name, "below": below})


@pytest.fixture
def shelf(session, cast):
    """Where twelve bottles and 3.5 kilograms lie."""
    case = make_case(session, cast)
    make_item(session, cast, case=case, stored="12")
    return make_item(session, cast, case=case, stored="3.5", measure="公斤", name="茶叶").positions[-1].place


def test_a_custodian_grows_the_tree_and_hangs_into_it_what_came_with_goods(session, visit, shelf, verifier):
    zhao = visit("zhao")
    add(zhao, "一号仓库")
    add(zhao, "A区", "一号仓库")

    zhao.post(f"/locations/{shelf.id}/hang", {"below": "A区"})

    page = zhao.get(OWN).text
    assert page.index("一号仓库") < page.index("A区") < page.index("A-01-1")
    assert page.count('12 <span class="u">瓶') == 3  # told at the shelf and at what it hangs below
    assert "一号仓库 › A区 › A-01-1" in zhao.get("/goods?location=一号仓库").text
    assert zhao.get("/locations?q=A-01", status=303).location == f"/locations/{shelf.id}"
    page = zhao.get(f"/locations/{shelf.id}").text
    for told in ("茶叶", "库位 A-01-1 调整为 一号仓库 › A区 › A-01-1", shown(shelf.code)):
        assert told in page
    assert verify_books(session, verifier).findings == []


@ON_SQLITE
def test_what_cannot_be_is_said_on_the_form(session, visit, shelf):
    zhao = visit("zhao")
    assert "请填写名称" in zhao.post(OWN, {"name": "", "below": ""}, status=422).text
    assert "已有库位 A-01-1" in zhao.post(OWN, {"name": "A-01-1", "below": ""}, status=409).text
    assert "没有库位“X”" in zhao.post(OWN, {"name": "B", "below": "X"}, status=409).text
    assert "不能放到它自己" in zhao.post(f"/locations/{shelf.id}/hang", {"below": "A-01-1"}, status=409).text
    assert "停用这个库位" not in zhao.get(f"/locations/{shelf.id}").text
    zhao.post(f"/locations/{shelf.id}/close")
    assert "还有物品" in zhao.get(f"/locations/{shelf.id}").text


@ON_SQLITE
def test_an_empty_location_is_closed_and_opened_again(session, visit, shelf):
    zhao = visit("zhao")
    add(zhao, "B-2")
    here = f"/locations/{find(session, 'B-2').id}"
    assert "停用这个库位" in zhao.get(here).text

    zhao.post(f"{here}/close")
    assert "起停用" in zhao.get(here).text
    assert "已停用" in zhao.post(f"/locations/{shelf.id}/move", {"location": "B-2"}, status=409).text
    zhao.post(f"{here}/reopen")

    assert "停用这个库位" in zhao.get(here).text


def test_all_that_lies_there_is_moved_or_what_was_selected(session, visit, shelf, verifier):
    zhao, here = visit("zhao"), f"/locations/{shelf.id}"
    tea = re.search(r'href="/goods/(\d+)">茶叶', zhao.get(here).text)[1]

    zhao.post(f"{here}/move?item={tea}", {"location": "B-2"})
    assert "茶叶" not in zhao.get(here).text
    zhao.post(f"{here}/move", {"location": "B-2"})
    again = zhao.post(f"{here}/move", {"location": "B-2"}, status=409).text

    assert "没有可移的物品" in again
    assert len(session.scalars(select(JournalEntry).filter_by(act="goods.relocate")).all()) == 2
    page = zhao.get(f"/locations/{find(session, 'B-2').id}").text
    assert "1 项移到 B-2" in page
    assert verify_books(session, verifier).findings == []


def test_what_keeps_goods_there_is_named_line_by_line(session, cast, visit, shelf):
    zhao, here = visit("zhao"), f"/locations/{shelf.id}/move"
    make_stocktake(session, cast, *(position.item for position in tree.contents_of(session, shelf).positions))

    page = zhao.get(here).text
    assert page.count("A-01-1 正在清点") == 2
    assert "有 2 项暂时不能动" in zhao.post(here, {"location": "B-2"}, status=409).text
    for told in ("12 <", "3.5 <"):
        assert told not in zhao.get(f"/locations/{shelf.id}").text
        assert told not in zhao.get(OWN).text
        assert told in visit("sun").get(OWN).text


def test_labels_name_the_location_and_no_quantity(app, session, visit, shelf, public):
    zhao = visit("zhao")
    add(zhao, "A区")
    zhao.post(f"/locations/{shelf.id}/hang", {"below": "A区"})
    assert "A区 › A-01-1" in zhao.get("/locations/labels?unit=1").text

    answer = zhao.post("/locations/labels?unit=1", {"sheet": "3x8", "start": "1", "places": shelf.id}, status=200)

    text = run(["pdftotext", "-", "-"], input=answer.data, capture_output=True, check=True).stdout.decode()
    assert all(word in text for word in ("A-01-1", "A区", "鹭江市", shown(shelf.code)))
    rest = text.replace(shown(shelf.code), "")  # by chance the code may have the figure in it
    assert not any(word in rest for word in ("12", "瓶", "黄记"))
    [entry] = session.scalars(select(JournalEntry).filter_by(act="label.printed")).all()
    assert shelf.code.encode() in entry.body
    zhao.post("/locations/labels?unit=1", {"sheet": "3x8", "start": "1"}, status=409)


@pytest.fixture
def public(app):
    settings = app.extensions["settings"]
    app.extensions["settings"] = replace(settings, public_url="https://ledger.example.gov.cn")


@ON_SQLITE
def test_a_long_list_goes_on_where_the_page_before_ended(session, visit, shelf, monkeypatch):
    monkeypatch.setattr(tree, "PAGE", 1)
    monkeypatch.setattr(tree, "MANY", 1)
    zhao, here = visit("zhao"), f"/locations/{shelf.id}"

    page = zhao.get(here).text
    assert "项数太多" in page
    older = re.search(r"\?before=\d+", page)[0]
    page = zhao.get(here + older).text
    assert "牛栏山" in page
    assert "茶叶" not in page
    assert "茶叶" in zhao.get(here + re.search(r"\?after=\d+", page)[0]).text


@ON_SQLITE
def test_an_imported_list_says_row_by_row_which_location_it_does_not_mean(app, session, cast, visit):
    zhao, lin = visit("zhao"), visit("lin")
    for house in ("一号仓库", "二号仓库"):
        add(zhao, house)
        add(zhao, "A-1", house)
    papers = "思案字〔2025〕9号,思处〔2025〕9号,2020.3.1"
    content = "案件编号,处罚决定书文号,送达日期,品名,单位,数量,库位\n"
    content += f"{papers},假酒,瓶,3,A-1\n{papers},假烟,条,4,二号仓库 › A-1\n"

    page = lin.get(f"/imports/{hand_in(app, lin, kind='opening_balance', content=content)}").text

    assert "“A-1”不止一个：一号仓库 › A-1 · 二号仓库 › A-1" in page
    assert page.count("不止一个") == 1


@ON_SQLITE
def test_who_keeps_no_store_sees_the_tree_and_no_buttons(visit, shelf):
    page = visit("sun").get(f"/locations/{shelf.id}").text + visit("sun").get(OWN).text

    assert "茶叶" in page
    for button in ("全部移到", "调整上级", "新增库位", "打印标签"):
        assert button not in page
