"""The pages of loads: begun for a vehicle, weighed, and handed over by slips that both sides sign on the screen."""

from datetime import timedelta
from decimal import Decimal

import orjson
import pytest
from databases import ON_SQLITE
from days import STROKES, issue, make_day
from factories import NOON, PASSWORD
from pdfs import flowing
from sqlalchemy import select

from ledger.goods.classes import EnvClass
from ledger.journal.models import JournalEntry
from ledger.journal.service import writing
from ledger.manifests.content import build
from ledger.scanning.loads import loaded_on
from ledger.scanning.models import Load
from ledger.scanning.rules import Seal, Stage
from ledger.scanning.service import conflicts_at
from ledger.scanning.slips import hand_over, signed_slip
from ledger.scanning.workflow import Leg

pytestmark = ON_SQLITE

PLATE = "闽D·A0315"


@pytest.fixture
def day(session, cast):
    """A day with two hazardous batches of 12.5 kg each, the first of which is scanned on a vehicle."""
    made = make_day(session, cast, batches=2, env_class=EnvClass.HAZARDOUS)
    made.scan(Stage.LOAD, vehicle="闽DA0315", seal=Seal.WHOLE)
    return made


@pytest.fixture
def load(session, cast, day, visit):
    """A load that Liu escorts."""
    form = {"unit": cast.bureau.id, "plate": PLATE, "driver": "孙师傅", "escort": cast.liu.id, "other_escort": ""}
    visit("zhao").post(f"/events/{day.event.id}/loads", form)
    return session.scalars(select(Load)).one()


def page_of(load, rest=""):
    return f"/events/{load.event_id}/loads/{load.id}{rest}"


def entry_of(session, act):
    return session.scalars(select(JournalEntry).filter_by(act=act).order_by(JournalEntry.seq.desc())).first()


def sign(visitor, load, signs, person, *, status=303, strokes=STROKES):
    path = page_of(load, f"/sign/{signs}/{person.id}")
    [digest] = {part.split('"')[0] for part in visitor.get(path).text.split('name="digest" type="hidden" value="')[1:]}
    form = {"strokes": orjson.dumps(strokes).decode(), "digest": digest, "password": PASSWORD}
    return visitor.post(path, form, status=status)


def depart(visit, cast, load):
    sign(visit("zhao"), load, "hands_over", cast.zhao)
    sign(visit("zhao"), load, "sets_out", cast.liu)


def arrive(visit, cast, load):
    sign(visit("guo"), load, "arrives", cast.liu)
    sign(visit("guo"), load, "takes_over", cast.guo)


def test_both_sides_sign_one_slip_at_departure_which_is_a_paper_and_an_entry(session, cast, day, load, visit, tmp_path):
    depart(visit, cast, load)

    session.refresh(load)
    slip = signed_slip(session, load, Leg.DEPARTURE)
    [line] = slip["content"]["lines"]
    assert (line["number"], line["seal"], line["packed_kg"]) == (day.batch.number, "whole", "12.5")
    assert slip["content"]["papers"][0]["form_no"] == "联单 1"
    assert entry_of(session, "load.departed").seq == load.departed_seq
    (tmp_path / "slip.pdf").write_bytes(visit("zhao").get(page_of(load, "/slips/departure")).data)
    text = flowing(tmp_path / "slip.pdf")
    for said in ("装车交接单", PLATE, "赵国华", "刘", "联单1", "完好", slip["digest"][:4]):
        assert said in text
    assert "交接单" in visit("chen").get(page_of(load)).text


def test_who_hands_over_does_not_take_over(session, cast, day, load, visit):
    visit("zhao").get(page_of(load, f"/sign/sets_out/{cast.zhao.id}"), status=404)
    with writing(session):
        load.escorts = [cast.zhao]
    sign(visit("zhao"), load, "hands_over", cast.zhao)
    sign(visit("zhao"), load, "sets_out", cast.zhao)

    session.refresh(load)
    assert load.departed_seq is None
    assert b"duty_conflict" in entry_of(session, "refused").body


def test_a_batch_that_is_scanned_between_the_signatures_has_the_first_one_given_again(session, cast, day, load, visit):
    sign(visit("zhao"), load, "hands_over", cast.zhao)
    day.scan(Stage.LOAD, day.batches[1], vehicle=PLATE)
    sign(visit("zhao"), load, "sets_out", cast.liu)
    session.refresh(load)
    assert load.departed_seq is None
    assert "需重签" in visit("zhao").get(page_of(load)).text

    sign(visit("zhao"), load, "hands_over", cast.zhao)

    session.refresh(load)
    assert len(signed_slip(session, load, Leg.DEPARTURE)["content"]["lines"]) == 2


def test_what_is_scanned_on_it_later_is_shown_as_after_the_slip(session, cast, day, load, visit):
    depart(visit, cast, load)
    assert "签单后扫码" not in visit("zhao").get(page_of(load)).text

    day.scan(Stage.LOAD, day.batches[1], vehicle=PLATE)

    assert "签单后扫码" in visit("zhao").get(page_of(load)).text
    session.refresh(load)
    assert len(signed_slip(session, load, Leg.DEPARTURE)["content"]["lines"]) == 1


def test_the_slip_of_arrival_says_what_came_and_how_its_seal_was(session, cast, day, load, visit):
    day.scan(Stage.LOAD, day.batches[1], vehicle=PLATE)
    depart(visit, cast, load)
    day.scan(Stage.RECEIVE, gross_kg=Decimal("12.4"), seal=Seal.WHOLE)
    day.scan(Stage.RECEIVE, day.batches[1], seal=Seal.BROKEN)
    visit("guo").post(page_of(load, "/weigh"), {"gross_kg": "5025", "tare_kg": "5000"})
    arrive(visit, cast, load)

    session.refresh(load)
    slip = signed_slip(session, load, Leg.ARRIVAL)["content"]
    assert [(line["state"], line["seal"], line["weighed_kg"]) for line in slip["lines"]] == [
        ("", "whole", "12.4"),
        ("refused", "broken", ""),
    ]
    assert (slip["net_kg"], slip["packed_kg"]) == ("25", "12.5")
    names = [person.name for person, _ in conflicts_at(session, day.event, day.site, [cast.guo, cast.pan])]
    assert names == [cast.guo.name]


def test_a_load_that_weighs_otherwise_is_open_on_the_day_and_explained_by_two(app, session, cast, day, load, visit):
    day.scan(Stage.LOAD, day.batches[1], vehicle=PLATE)
    visit("guo").post(page_of(load, "/weigh"), {"gross_kg": "5024", "tare_kg": "5025"})  # cannot be
    visit("guo").post(page_of(load, "/weigh"), {"gross_kg": "5025.4", "tare_kg": "5000"})
    assert "过磅重量不符" not in visit("chen").get(f"/events/{day.event.id}/day").text
    visit("guo").post(page_of(load, "/weigh"), {"gross_kg": "5024", "tare_kg": "5000"})
    assert "过磅重量不符" in visit("chen").get(f"/events/{day.event.id}/day").text

    depart(visit, cast, load)
    run = day.open_run()
    for batch in day.batches:
        for stage in (Stage.RECEIVE, Stage.DESTROY):
            day.scan(stage, batch, run=run.number)
    arrive(visit, cast, load)
    visit("chen").post(f"/events/{day.event.id}/runs/{run.id}/finish")
    session.rollback()
    day.end()
    path = f"/events/{day.event.id}/closing/load/{load.id}"
    assert "过磅净重" in visit("chen").get(path).text
    form = {"way": "noted", "text": "雨布没有过磅", "second": cast.liu.id, "second_password": PASSWORD}
    visit("chen").post(path, form)

    session.rollback()
    [row] = build(session, day.event, number="")["exceptions"]
    assert row["text"] == f"{PLATE} 过磅净重 24 千克，装批毛重合计 25 千克，相差 -1.0 千克"
    assert (row["resolved_by"], row["confirmed_by"]) == (cast.chen.name, cast.liu.name)
    assert issue(app, day).number


def test_what_arrives_without_a_slip_of_departure_says_so_and_is_explained_at_the_closing(
    session, cast, day, load, visit
):
    day.scan(Stage.RECEIVE)
    assert "出发时没有双方签名" in visit("guo").get(page_of(load, f"/sign/arrives/{cast.liu.id}")).text
    arrive(visit, cast, load)
    assert "到场了，但出发交接没有签" in visit("zhao").get(page_of(load)).text
    visit("zhao").get(page_of(load, f"/sign/hands_over/{cast.zhao.id}"), status=303)  # too late
    form = {"unit": cast.bureau.id, "plate": PLATE, "driver": "孙", "escort": cast.liu.id, "other_escort": ""}
    visit("zhao").post(f"/events/{day.event.id}/loads", form)  # the next trip

    session.rollback()
    day.end()
    path = f"/events/{day.event.id}/closing/departure/{load.id}"
    assert PLATE in visit("chen").get(path).text
    reason = {"way": "noted", "text": "凌晨装车时没有网络", "second": cast.liu.id, "second_password": PASSWORD}
    visit("chen").post(path, reason)

    assert "凌晨装车时没有网络" in visit("zhao").get(f"/events/{day.event.id}/closing").text
    session.rollback()
    [row] = build(session, day.event, number="")["exceptions"]
    assert row["text"] == f"{PLATE}（第 1 车）装车交接单未经双方签名"
    assert (row["unit"], row["confirmed_by"]) == (cast.bureau.name, cast.liu.name)


def test_a_second_trip_of_a_vehicle_is_a_load_of_its_own(session, cast, day, load, visit):
    form = {"unit": cast.bureau.id, "plate": "闽D A0315", "driver": "孙", "escort": cast.liu.id, "other_escort": ""}
    path = f"/events/{day.event.id}/loads"
    assert "还没有办出发交接" in visit("zhao").post(path, form, status=409).text
    depart(visit, cast, load)
    visit("zhao").post(path, form)

    first, second = session.scalars(select(Load).order_by(Load.id)).all()
    with writing(session):
        first.opened_at, second.opened_at = (NOON - timedelta(hours=1), NOON + timedelta(hours=1))
    day.scan(Stage.LOAD, day.batches[1], vehicle=PLATE, at=NOON + timedelta(hours=2))
    assert [each.batch for each in loaded_on(session, first)] == [day.batch]
    assert [each.batch for each in loaded_on(session, second)] == [day.batches[1]]
    assert hand_over(session, second, Leg.DEPARTURE)["lines"]
