"""Figures of a count come in once each, whenever they arrive, and each is answered."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from databases import ON_SQLITE
from days import new_id
from factories import NOON, PASSWORD, count_as, make_case, make_item, make_stocktake
from pages import Visitor
from sqlalchemy import func, select

from ledger.api.openapi import SCHEMAS
from ledger.cases.service import enter
from ledger.duties import Part
from ledger.goods.audit import verify_books
from ledger.goods.lines import Line
from ledger.goods.models import Place
from ledger.goods.rules import Account, Act, PlaceKind
from ledger.goods.service import Move, Spot, move, place
from ledger.journal.service import writing
from ledger.stocktake.models import CountEntry, CountLine
from ledger.stocktake.service import open_stocktake
from ledger.web.access import now

SHELVES, LINES, LOT = 20, 20, 10


@pytest.fixture
def goods(session, cast):
    """Two lines at two locations."""
    case = make_case(session, cast)
    facts = (("假酒", "瓶", "7919", "A-1"), ("烟丝", "公斤", "1.56", "A-2"))
    return [
        make_item(session, cast, case=case, stored=stored, at_location=at, name=name, measure=measure)
        for name, measure, stored, at in facts
    ]


@pytest.fixture
def count(session, cast, goods):
    """A stocktake of them."""
    return make_stocktake(session, cast, *goods)


def figure_of(line, found, *, minute=0, **facts):
    at = now() - timedelta(hours=1) + timedelta(minutes=minute)
    return {"id": new_id(), "seq": 1, "row": f"line-{line.id}", "at": at.isoformat(), "found": found, **facts}


def send(visitor, count, person, *figures, status=200):
    lump = {"counter": person.id, "device": "手机", "now": now().isoformat(), "figures": figures}
    return visitor.send(f"/api/v1/stocktakes/{count.id}/figures", lump, status=status)


@ON_SQLITE
def test_a_figure_is_kept_once_with_the_time_at_which_it_was_counted(session, cast, count, visit):
    zhao, line = visit("zhao"), count.lines[0]
    figure = figure_of(line, "64", spoilt="2", offset_ms=60_000)

    first, again = (send(zhao, count, cast.zhao, figure)["results"] for _ in range(2))

    assert first == again
    assert (first[0]["taken"], first[0]["message"]) == ("kept", "已记下")
    assert "7919" not in str(first)
    session.expire_all()
    assert (line.first, line.first_spoilt, len(line.notes)) == (64, 2, 1)
    [entry] = session.scalars(select(CountEntry))
    assert (entry.at.isoformat(), entry.offset_ms) == (figure["at"], 60_000)
    assert set(SCHEMAS["Figures"]["properties"]) >= {"counter", "figures"}


@ON_SQLITE
def test_of_two_figures_the_later_one_counts_whichever_comes_first_and_the_other_is_seen(session, cast, count, visit):
    zhao, line = visit("zhao"), count.lines[0]
    send(zhao, count, cast.zhao, figure_of(line, "64", minute=9))
    send(zhao, count, cast.zhao, figure_of(line, "46", minute=3, spoilt="1"))
    session.expire_all()
    assert line.first == 64
    [change] = line.changes
    assert (change.before.found, change.after.found, change.before.spoilt) == (46, 64, 1)

    for login, person in (("zhao", cast.zhao), ("lin", cast.lin)):
        send(visit(login), count, person, *(figure_of(each, "64", minute=20) for each in count.lines))
        visit(login).post(f"/stocktakes/{count.id}/finish")
    page = visit("sun").get(f"/stocktakes/{count.id}").text
    assert "赵国华" in page
    assert "46 → 64" in page


@ON_SQLITE
def test_what_comes_too_late_or_is_no_figure_is_answered_and_shown_and_changes_nothing(
    session, cast, goods, count, visit
):
    lin, line = visit("lin"), count.lines[0]
    wrong = send(visit("zhao"), count, cast.zhao, figure_of(line, "1.5"), figure_of(line, "3", spoilt="4"))["results"]
    assert [each["taken"] for each in wrong] == ["wrong", "wrong"]
    assert "整数" in wrong[0]["message"]
    session.expire_all()
    assert count.first_id is None
    count_as(session, count, cast.zhao, dict(zip(goods, ("64", "1.56"), strict=True)))
    count_as(session, count, cast.lin, dict(zip(goods, ("64", "1.56"), strict=True)))

    [late] = send(lin, count, cast.lin, figure_of(line, "65"))["results"]

    assert late["taken"] == "late"
    assert "已经结束" in late["message"]
    session.expire_all()
    assert line.second == 64
    page = visit("sun").get(f"/stocktakes/{count.id}").text
    assert page.index("清点结束后才送到的数量") < page.index("<b>假酒</b>")


@ON_SQLITE
def test_of_goods_that_moved_meanwhile_the_counter_is_told(session, cast, goods, count, visit):
    line = count.lines[0]
    with writing(session):
        places = session.scalars(select(Place).where(Place.id.in_([each.place_id for each in count.lines]))).all()
        moves = [Move(goods[0].id, goods[0].quantity, *(Spot(Account.STORED, place.id) for place in places))]
        facts = {"people": {Part.CUSTODIAN: cast.zhao}, "by": cast.zhao, "at": now(), "unit": cast.bureau}
        move(session, moves, act=Act.RELOCATE, **facts)

    [result] = send(visit("zhao"), count, cast.zhao, figure_of(line, "0"))["results"]

    assert (result["taken"], "有进出" in result["message"]) == ("moved", True)


@ON_SQLITE
def test_figures_are_taken_from_who_counted_them_and_in_their_unit_only(session, cast, count, visit):
    figure = figure_of(count.lines[0], "64")

    send(visit("lin"), count, cast.zhao, figure, status=403)
    send(visit("qian"), count, cast.qian, figure, status=404)
    send(visit("sun"), count, cast.sun, figure, status=403)

    assert session.scalar(select(func.count()).select_from(CountEntry)) == 0


def test_forty_who_count_in_one_store_at_once_lose_nothing_and_double_nothing(app, session, cast, verifier):
    case = make_case(session, cast)
    with writing(session):
        shelves = [place(session, cast.bureau, PlaceKind.LOCATION, f"A-{number:02}") for number in range(SHELVES)]
        people = {Part.REGISTRAR: cast.lin, Part.CUSTODIAN: cast.zhao}
        line = Line(name="假酒", measure="瓶", quantity=Decimal(5))
        lines = [(case, line, Spot(Account.STORED, shelf.id)) for shelf in shelves for _ in range(LINES)]
        enter(session, lines, act=Act.OPENING_BALANCE, people=people, by=cast.lin, at=NOON)
        counts = [open_stocktake(session, cast.bureau, [shelf], by=cast.zhao, at=NOON) for shelf in shelves]
    keys = {count.id: [line.id for line in count.lines] for count in counts}
    people = {"zhao": cast.zhao.id, "lin": cast.lin.id}
    tokens, cookies = {}, {}
    for login in people:
        visitor = Visitor(app)
        visitor.sign_in(login, PASSWORD)
        tokens[login] = visitor._token()  # noqa: SLF001 - asked for once
        cookies[login] = visitor._client.get_cookie("ledger").value  # noqa: SLF001 - twenty devices of one person
    session.rollback()

    def count_all(login: str, key: int) -> None:
        device = app.test_client()
        device.set_cookie("ledger", cookies[login])
        sent = [{"id": new_id(), "row": f"line-{line}", "at": NOON.isoformat(), "found": "5"} for line in keys[key]]
        for start in range(0, LINES, LOT):
            lump = {"counter": people[login], "device": f"{login}-{key}", "now": NOON.isoformat()}
            lump |= {"figures": sent[start : start + LOT]}
            for _ in range(2):  # as if the first answer had been lost
                headers = {"X-CSRFToken": tokens[login]}
                answer = device.post(f"/api/v1/stocktakes/{key}/figures", json=lump, headers=headers)
                assert {each["taken"] for each in answer.json["results"]} == {"kept"}

    counters = [(login, key) for key in keys for login in people]
    with ThreadPoolExecutor(len(counters)) as pool:
        for done in [pool.submit(count_all, *each) for each in counters]:
            done.result()

    session.rollback()
    assert session.scalar(select(func.count()).select_from(CountEntry)) == len(counters) * LINES
    for line in session.scalars(select(CountLine)):
        assert (line.first, line.second, len(line.notes)) == (5, 5, 2)
    assert verify_books(session, verifier).findings == []
