"""What is doubtful in the goods lists is found, of goods that are there, and nothing else."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from acts import people_for
from factories import NOON, make_case, make_item
from sqlalchemy import insert, select

from ledger.cases.alerts import DAYS_TO_DECIDE, OF_CASES, Alert
from ledger.cases.models import Case
from ledger.cases.quality import LATEST, SHOWN, Doubt, cases_alerted, has_doubts, lines_alerted, lines_in_doubt
from ledger.cases.queries import alerts_of
from ledger.cases.rules import PAPERS
from ledger.cases.service import register_lines
from ledger.goods.classes import EnvClass
from ledger.goods.lines import Line
from ledger.goods.models import Item
from ledger.goods.rules import Account, Act
from ledger.goods.service import Move, Spot, move
from ledger.journal.service import writing

TODAY = date(2026, 11, 24)


@pytest.fixture
def case(session, cast):
    return make_case(session, cast)


def make(session, cast, case, **facts):
    """A line that nothing is doubtful about, but for these facts."""
    number = case.line_count
    return make_item(
        session, cast, case=case, **{"name": f"白酒{number}", "value": 100, "seal": f"封{number}", **facts}
    )


def found(session, cast, doubt):
    items, count = lines_in_doubt(session, {cast.bureau.id}, doubt)
    assert count == len(items)
    return [item.id for item in items]


def doubts_of(session, cast):
    return {doubt for doubt in Doubt if found(session, cast, doubt)}


def undecided_cases(session, unit_ids, *, today):
    return cases_alerted(session, unit_ids, Alert.UNDECIDED, today=today)


def lose(session, cast, item, quantity="10"):
    [place] = [position.place_id for position in item.positions if position.account is Account.STORED]
    wanted = Move(item.id, Decimal(quantity), Spot(Account.STORED, place), Spot(Account.MISSING, place))
    with writing(session):
        people = people_for(Act.CONFIRM_MISSING, cast)
        move(session, [wanted], act=Act.CONFIRM_MISSING, people=people, by=cast.lin, at=NOON, unit=item.unit)


def test_a_complete_list_raises_no_doubts(session, cast, case):
    for _ in range(3):
        make(session, cast, case)

    assert doubts_of(session, cast) == set()
    assert not has_doubts(session, {cast.bureau.id}, list(Doubt), today=TODAY)


def test_lines_that_are_alike_are_found_together(session, cast, case):
    make(session, cast, case)
    alike = {"name": "假烟", "spec": "软", "stored": "7"}
    twice = [make(session, cast, case, **alike).id for _ in range(2)]
    for other in ({"spec": "硬"}, {"stored": "8"}, {"measure": "条"}, {"name": "真烟"}):
        make(session, cast, case, **{**alike, **other})
    make(session, cast, make_case(session, cast, number="另案"), **alike)

    assert found(session, cast, Doubt.SAME_LINE) == twice


def test_a_seal_number_may_be_used_once_in_a_unit(session, cast, case):
    twice = [make(session, cast, case, seal="封001").id, make(session, cast, case, seal="封001").id]
    make(session, cast, case, seal="")
    make(session, cast, case, seal="")
    district = make_case(session, cast, unit=cast.district)
    make(session, cast, district, seal="封9")
    make(session, cast, case, seal="封9")

    items, _ = lines_in_doubt(session, {cast.bureau.id, cast.district.id}, Doubt.SAME_SEAL)
    assert [item.id for item in items] == twice


def test_a_line_without_value_or_with_an_unknown_measure_is_found(session, cast, case):
    free = make(session, cast, case, value=0)
    none = make(session, cast, case, value=None)
    strange = make(session, cast, case, measure="坨")

    assert found(session, cast, Doubt.NO_VALUE) == [none.id]
    assert found(session, cast, Doubt.UNKNOWN_MEASURE) == [strange.id]
    assert free.id not in found(session, cast, Doubt.NO_VALUE)


def test_goods_that_are_gone_raise_no_doubts(session, cast, case):
    gone, left = make(session, cast, case, value=None), make(session, cast, case, value=None)
    lose(session, cast, gone)
    lose(session, cast, left, "9")

    assert found(session, cast, Doubt.NO_VALUE) == [left.id]


def test_other_units_lines_are_not_told(session, cast):
    make(session, cast, make_case(session, cast, unit=cast.district, decision=""), value=None)

    assert doubts_of(session, cast) == set()
    assert undecided_cases(session, {cast.bureau.id}, today=TODAY + timedelta(days=999)) == ([], 0)


def test_goods_must_not_wait_too_long_for_a_decision(session, cast):
    waiting, decided = (
        make_case(session, cast, number=number, decision=decision, served_on=None)
        for number, decision in (("一", ""), ("二", "处罚〔2026〕2号"))
    )
    for case in (waiting, decided):
        make(session, cast, case)
    make_case(session, cast, number="三", decision="", served_on=None)  # of no goods
    units, last = {cast.bureau.id}, TODAY + timedelta(days=DAYS_TO_DECIDE)

    assert undecided_cases(session, units, today=last) == ([], 0)
    assert undecided_cases(session, units, today=last + timedelta(days=1)) == ([waiting], 1)
    assert has_doubts(session, units, [], today=last + timedelta(days=1))


def test_goods_that_lay_there_before_the_ledger_wait_since_then(session, cast):
    case = make_case(session, cast, decision="", served_on=None)
    make(session, cast, case, stored_on=TODAY - timedelta(days=DAYS_TO_DECIDE + 1))

    assert undecided_cases(session, {cast.bureau.id}, today=TODAY) == ([case], 1)


@pytest.fixture
def plenty(session, cast):
    """Lines that call for everything, each with a neighbour that does not, and one that is gone."""
    day, ago = TODAY, timedelta(days=1)
    undecided = {"decision": "", "served_on": None}
    for number, facts in enumerate(
        [
            {},
            {"stored_on": day - timedelta(days=365)},
            {"stored_on": day - timedelta(days=366)},
            {"name": "假冒中华卷烟"},
            {"category": "烟草制品", "env_class": EnvClass.HAZARDOUS},
            *({**undecided, "kept_on": day - timedelta(days=days)} for days in range(8, 14)),
            {**undecided, "kept_on": day - timedelta(days=20), "detained_on": day, "detained_until": day},
            {**undecided, "detained_on": day - timedelta(days=30), "detained_until": day - ago},
            {"detained_on": day - timedelta(days=30), "detained_until": day - ago},
            *({**undecided, "party": "", "noticed_on": day - ago, "noticed_until": end} for end in (day, day - ago)),
            {**undecided, "party": "", "stored_on": day - timedelta(days=121)},
            {**undecided, "noticed_until": day - ago, "stored_on": day - timedelta(days=122)},
            {**undecided, "party": "", "noticed_until": day, "stored_on": day - timedelta(days=122)},
        ]
    ):
        papers = {name: value for name, value in facts.items() if name in PAPERS}
        case = make_case(session, cast, number=f"案{number}", **papers)
        make(session, cast, case, **{name: value for name, value in facts.items() if name not in papers})
        gone = make(session, cast, case, **{name: value for name, value in facts.items() if name not in papers})
        lose(session, cast, gone)


@pytest.mark.parametrize("alert", Alert)
def test_the_lists_of_work_name_what_the_rules_say_of_each_line(session, cast, plenty, alert):
    items = session.scalars(select(Item).order_by(Item.id)).all()
    cases = {case.id: case for case in session.scalars(select(Case))}
    said = alerts_of(items, cases, storage_days=365, today=TODAY)
    called = [item for item in items if alert in said.get(item.id, {})]

    if alert in OF_CASES:
        found, count = cases_alerted(session, {cast.bureau.id}, alert, today=TODAY)
        assert [case.id for case in found] == [item.case_id for item in called]
    else:
        found, count = lines_alerted(session, {cast.bureau.id}, alert, storage_days=365, today=TODAY)
        assert [item.id for item in found] == [item.id for item in called]
    assert count == len(called) > 0


def test_the_first_are_named_and_all_are_counted(session, cast, case):
    with writing(session):
        lines = [Line(name=f"物品{number}", measure="个", quantity=Decimal(1)) for number in range(SHOWN + 2)]
        register_lines(session, case, lines, by=cast.lin, at=NOON)

    items, count = lines_in_doubt(session, {cast.bureau.id}, Doubt.NO_VALUE)

    assert [item.number for item in items] == list(range(1, SHOWN + 1))
    assert count == SHOWN + 2


def test_the_first_page_asks_about_the_newest_lines_only(session, cast, case):
    old = make(session, cast, case, value=None)
    assert has_doubts(session, {cast.bureau.id}, [Doubt.NO_VALUE], today=TODAY)

    given = {column.key: getattr(old, column.key) for column in Item.__table__.columns if column.key != "id"}
    rows = [{**given, "code": f"{n:012d}", "number": n + 2, "value": 1} for n in range(LATEST)]
    session.execute(insert(Item), rows)

    assert not has_doubts(session, {cast.bureau.id}, [Doubt.NO_VALUE], today=TODAY)
    assert found(session, cast, Doubt.NO_VALUE) == [old.id]
