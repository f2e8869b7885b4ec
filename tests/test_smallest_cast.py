"""The whole way by the fewest people the rules allow (ledger.md: a station with three people, and its district)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from days import document
from factories import NOON, balances, clear_up, make_case, make_unit, make_user
from sqlalchemy import select

from ledger.cases.rules import AppealPeriods, Terms
from ledger.cases.service import register_lines, store_in
from ledger.destruction import service as destruction
from ledger.destruction.chain import DEFAULT
from ledger.destruction.workflow import Decision, Method, State
from ledger.events import packing
from ledger.events import service as events
from ledger.events.plan import decide_plan, submit_plan
from ledger.goods.audit import verify_books
from ledger.goods.classes import EnvClass
from ledger.goods.lines import Line
from ledger.goods.models import Item, Place
from ledger.goods.rules import Account
from ledger.journal.service import writing
from ledger.manifests import closing
from ledger.manifests import service as manifests
from ledger.manifests.content import sheet_digest
from ledger.permissions import Role
from ledger.scanning import service as scanning
from ledger.scanning.rules import Outcome, Stage
from ledger.stocktake import service as stocktake
from ledger.stocktake.workflow import Cause
from ledger.stocktake.workflow import State as CountState

TERMS = Terms(periods=AppealPeriods(60, 6), count_valid_days=30)
TODAY = date(2026, 11, 24)
STROKES = {"width": 300.0, "height": 120.0, "strokes": [[[10.0, 10.0, 0.0, 0.5], [90.0, 60.0, 120.0, 0.5]]]}
UUID = "00000000-0000-4000-8000-{:012}".format


@pytest.fixture
def people(session, cast):
    """X registers, Y keeps, Z heads the station; the district has a confirmer, legal, finance and a leader."""
    with writing(session):
        bureau = make_unit(session, "S", "城东区市场监督管理局", None)
        station = make_unit(session, "S-1", "东门市场监督管理所", bureau)
        rows = [
            ("x", station, Role.REGISTRAR),
            ("y", station, Role.CUSTODIAN),
            ("z", station, Role.UNIT_HEAD),
            ("confirmer", bureau, Role.UNIT_HEAD),
            ("legal", bureau, Role.LEGAL),
            ("finance", bureau, Role.FINANCE),
            ("leader", bureau, Role.LEADER),
            ("scanner", bureau, Role.SITE_STAFF),
            ("organiser", bureau, Role.ORGANISER),
            ("one", bureau, Role.SUPERVISOR),
            ("two", bureau, Role.SUPERVISOR),
        ]
        users = {login: make_user(session, login, login, unit, role) for login, unit, role in rows}
    return {"bureau": bureau, "station": station, **users}


def test_the_smallest_cast_destroys_goods_and_signs_for_it(app, session, cast, people, verifier):
    x, y, z, station, leader = (people[name] for name in ("x", "y", "z", "station", "leader"))
    case = make_case(session, cast, unit=station, number="东案〔2026〕1号")
    with writing(session):
        line = Line(name="假冒白酒", measure="瓶", quantity=Decimal(12), category="酒类", value=120_000)
        [item_id] = register_lines(session, case, [line], by=x, at=NOON)
        store_in(session, case, {item_id: Decimal(12)}, location="A-1", handler=x, custodian=y, at=NOON)
    item = session.get_one(Item, item_id)

    count = count_with_one_bottle_short(session, people, station)
    application = apply_and_approve(session, people, item, count)
    event, site, receiver = plan(session, people, station)
    with writing(session):
        [applied] = application.lines
        batch = packing.pack(session, event, station, {applied: Decimal(11)}, packer=y, checker=z, at=NOON)
        packing.seal(session, batch, seal_no="封1", gross_kg=Decimal("12.5"), tare_kg=Decimal("0.5"), by=y, at=NOON)
        events.open_event(session, event, by=people["organiser"], at=NOON)
        run = scanning.open_run(
            session,
            event,
            site=site,
            receiver=receiver,
            method=Method.INCINERATION,
            supervisors=[people["one"], people["two"]],
            by=people["organiser"],
            at=NOON,
        )
    for number, stage in enumerate((Stage.LOAD, Stage.RECEIVE, Stage.DESTROY)):
        with writing(session):
            fact = scanning.Fact(
                id=UUID(number),
                device="手机 1",
                offset=timedelta(0),
                user_id=people["scanner"].id,
                seq=number,
                event_id=event.id,
                code=batch.code,
                stage=stage,
                at=NOON,
                operator="scanner",
                run=run.number,
            )
            [posting] = scanning.take(session, [fact], at=NOON)
            assert (posting.outcome, posting.reason) == (Outcome.OK, None)
    with writing(session):
        scanning.finish_run(session, run, by=people["organiser"], at=NOON)
    document(session, run, by=people["organiser"])
    with writing(session):
        closing.end(session, event, by=people["organiser"], at=NOON)
    for name in ("one", "two"):
        with writing(session):
            closing.supervise(
                session,
                event,
                statement="我亲眼见到销毁。",
                strokes=STROKES,
                digest=sheet_digest(session, event),
                by=people[name],
                at=NOON,
            )
    with writing(session):
        manifest = manifests.issue(session, event, app.extensions["signer"], by=people["organiser"], at=NOON)

    assert balances(session, item) == {Account.PARTY: -12, Account.MISSING: 1, Account.DESTROYED: 11}
    assert manifest.sealed_seq
    assert verify_books(session, verifier).findings == []
    assert leader.id in {opinion.by_id for opinion in application.opinions}


def count_with_one_bottle_short(session, people, station):
    """Y and Z count, X recounts, the district confirms."""
    x, y, z = people["x"], people["y"], people["z"]
    with writing(session):
        places = session.scalars(select(Place).filter_by(unit_id=station.id, name="A-1")).all()
        count = stocktake.open_stocktake(session, station, places, by=y, at=NOON)
        [line] = count.lines
        for counter, found in ((y, 11), (z, 12)):
            stocktake.note_figures(session, count, {line.id: Decimal(found)}, by=counter, at=NOON)
            stocktake.finish(session, count, by=counter, at=NOON)
        assert count.state is CountState.RECOUNTING
        stocktake.note_figures(session, count, {line.id: Decimal(11)}, by=x, at=NOON)
        stocktake.finish(session, count, by=x, at=NOON)
        stocktake.explain(count, line, cause=Cause.DAMAGE, explanation="一瓶破裂", by=x)
        stocktake.submit(session, count, by=x, at=NOON)
        stocktake.confirm(session, count, by=people["confirmer"], at=NOON)
        clear_up(session, count, by=people["confirmer"])
    assert count.state is CountState.CLOSED
    return count


def apply_and_approve(session, people, item, count):
    """X applies, Z, legal, finance and the leader agree."""
    [line] = count.lines
    with writing(session):
        application = destruction.draft(
            session, item.unit, legal_basis="行政处罚法第七十四条", reason="", by=people["x"], at=NOON
        )
        wanted = destruction.Wanted(item.id, line.place_id, Decimal(11), Method.INCINERATION)
        destruction.add_line(session, application, wanted)
        destruction.submit(session, application, terms=TERMS, today=TODAY, by=people["x"], at=NOON)
    for name in ("z", "legal", "finance", "leader"):
        with writing(session):
            destruction.decide(
                session,
                application,
                decision=Decision.AGREE,
                text="同意",
                digest=application.digest,
                may=people[name].may,
                by=people[name],
                at=NOON,
            )
    assert len(DEFAULT) == len(application.opinions)
    assert application.state is State.APPROVED
    return application


def plan(session, people, station):
    """The organiser plans, the leader approves."""
    with writing(session):
        event = events.plan_event(
            session,
            people["bureau"],
            name="集中统一销毁",
            day=TODAY,
            report_due_on=TODAY,
            by=people["organiser"],
            at=NOON,
        )
        site = events.add_site(event, name="主会场", address="环卫处置中心", is_main=True)
        receiver = events.add_receiver(event, env_class=EnvClass.GENERAL, name="环卫处置中心")
        events.add_slot(session, event, unit=station, site=site, arrives_at=NOON)
        submit_plan(session, event, by=people["organiser"], at=NOON)
    with writing(session):
        given = {"text": "同意", "digest": event.digest, "may": people["leader"].may, "by": people["leader"]}
        decide_plan(session, event, decision=Decision.AGREE, **given, at=NOON)
    return event, site, receiver
