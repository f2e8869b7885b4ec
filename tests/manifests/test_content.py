"""What a manifest says of known acts; closed.py tells them."""

from datetime import date

import orjson
import pytest
from closed import NAMES, PARTY
from databases import AFTER_CLOSING
from sqlalchemy import select

from ledger.cases.models import Case
from ledger.events.models import Event
from ledger.manifests.content import build
from ledger.manifests.models import Manifest

pytestmark = AFTER_CLOSING


@pytest.fixture
def manifest(session):
    return session.scalars(select(Manifest)).one()


@pytest.fixture
def content(manifest):
    return orjson.loads(manifest.content)


def lines_of(content):
    return {line["name"]: line for unit in content["units"] for case in unit["cases"] for line in case["lines"]}


def figures(rows):
    return [(row["measure"], row["quantity"]) for row in rows]


def six(row):
    return [row["six"][point] for point in ("booked", "counted", "approved", "loaded", "received", "destroyed")]


def test_quantities_are_added_up_within_their_unit_of_measure_alone(content):
    totals = content["totals"]

    assert figures(totals["by_measure"]) == [("张", "300"), ("瓶", "49"), ("公斤", "3.5")]
    assert [totals[what] for what in ("units", "cases", "lines", "batches")] == [2, 4, 4, 3]


def test_units_add_up_to_the_whole(content):
    units = {unit["code"]: unit["totals"] for unit in content["by_unit"]}

    assert figures(units["LJ"]["by_measure"]) == [("张", "300"), ("瓶", "9")]
    assert figures(units["LJ-SM"]["by_measure"]) == [("瓶", "40"), ("公斤", "3.5")]
    assert sum(unit["lines"] for unit in units.values()) == content["totals"]["lines"]


def test_a_weight_is_said_only_of_what_was_weighed_by_itself(content):
    by_category = {row["category"]: row["totals"]["net_kg"] for row in content["by_class"][0]["rows"]}

    assert content["totals"]["net_kg"] == "36"  # three batches of twelve kilograms
    assert by_category == {"酒类": "", "其他": "", "食品": "12", "未分类": "12"}  # the first two lay in one batch
    assert [row["net_kg"] for row in content["runs"] + content["receivers"]] == ["36", "36"]


def test_what_was_destroyed_of_a_line_is_worth_its_share(content):
    lines = lines_of(content)

    assert lines[NAMES[0]]["value"] == "810.00"  # nine of ten bottles, 900 yuan together
    assert lines[NAMES[1]]["value"] == ""
    assert content["totals"]["value"] == "819.99"


def test_a_line_is_followed_through_six_points(content):
    lines = lines_of(content)

    assert six(lines[NAMES[0]]) == ["10", "9", "9", "9", "9", "9"]
    assert six(lines[NAMES[2]]) == ["3.5"] * 6
    assert six(lines[NAMES[4]]) == ["5", "5", "5", "5", "0", "0"]
    assert [row["differences"] for row in content["points"]] == [0, 1, 0, 0, 1, 0]


def test_differences_are_explained_by_one_person_and_confirmed_by_another(content):
    broken, absent = content["differences"]

    assert (broken["name"], broken["kind"], broken["explanation"]) == (NAMES[0], "破损", "破裂")
    assert (broken["explained_by"], broken["confirmed_by"]) == ("林文静", "刘建国")
    assert (absent["name"], absent["kind"]) == (NAMES[4], "装车后未到场")
    assert (absent["explained_by"], absent["confirmed_by"]) == ("赵国华", "刘建国")


def test_what_was_not_as_planned_stands_there_with_what_became_of_it(content):
    [row] = content["exceptions"]

    assert (row["kind"], row["unit"], row["text"]) == ("not_arrived", "思岭区市场监督管理局", "SM-03 装车后未到场")
    assert row["resolution"].endswith("：车辆故障")
    assert (row["resolved_by"], row["confirmed_by"]) == ("赵国华", "刘建国")


def test_each_point_names_who_was_there(content):
    people = {row["point"]: row["people"] for row in content["points"]}

    assert people == {
        "booked": ["林文静", "赵国华"],
        "counted": ["赵国华", "林文静"],
        "approved": ["刘建国", "黄丽娟", "蔡晓明", "谢明辉"],
        "loaded": ["郭小军"],
        "received": ["郭小军"],
        "destroyed": ["郭小军"],
    }


def test_only_what_was_destroyed_is_shown_as_approved_step_by_step(content):
    assert len(content["approvals"]) == 4  # one application for each line; the one for the tobacco is not among them
    for approval in content["approvals"]:
        assert [step["name"] for step in approval["steps"]] == ["刘建国", "黄丽娟", "蔡晓明", "谢明辉"]


def test_supervisors_signed_what_the_content_is_without_them(content):
    assert [person["name"] for person in content["supervisors"]] == ["潘玉兰", "余振宇"]
    assert len({person["digest"] for person in content["supervisors"]}) == 1


def test_nothing_names_a_party(session, manifest):
    assert {case.party for case in session.scalars(select(Case))} == {PARTY}
    assert PARTY not in manifest.content.decode()


def test_goods_of_a_notice_name_it_where_others_name_their_decision(session, manifest, content):
    decided = [case for unit in content["units"] for case in unit["cases"]]
    assert not any("noticed_on" in case for case in decided)
    case = session.scalars(select(Case).order_by(Case.id)).first()
    case.party, case.decision, case.served_on = "", "", None
    case.noticed_on, case.noticed_until = date(2026, 9, 1), date(2026, 10, 31)

    event = session.get_one(Event, manifest.event_id)
    [found] = [
        one for unit in build(session, event, number="1")["units"] for one in unit["cases"] if "noticed_on" in one
    ]

    assert (found["number"], found["decision"], found["served_on"]) == (case.number, "", "")
    assert (found["noticed_on"], found["noticed_until"]) == ("2026-09-01", "2026-10-31")
