"""Separation of duties as people meet it: whoever holds one part is refused the other at the door that offers it."""

import dataclasses
from decimal import Decimal

import orjson
import pytest
from databases import ON_SQLITE
from days import STROKES, document, make_day, new_id
from factories import NOON, PASSWORD, TERMS, clear_up, hand_in, make_case, password_hash
from lumps import scan_of, send
from occasions import sign_plan
from pages import Visitor
from sqlalchemy import select

from ledger.cases import service as cases
from ledger.cases.models import Hold
from ledger.db import Model
from ledger.destruction import service as destruction
from ledger.destruction.workflow import Decision, Method
from ledger.duties import APART, ONCE, Part
from ledger.events import packing
from ledger.events import service as events
from ledger.events.queries import items_in
from ledger.events.sampling import Sampling
from ledger.goods.classes import EnvClass
from ledger.goods.lines import Line
from ledger.goods.models import Item, Place
from ledger.journal.models import JournalEntry
from ledger.journal.service import writing
from ledger.manifests import closing
from ledger.manifests.content import sheet_digest
from ledger.permissions import Role
from ledger.scanning import service as scanning
from ledger.scanning.inspection import inspect, lift
from ledger.scanning.loads import open_load
from ledger.scanning.rules import Seal, Stage
from ledger.scanning.signing import digest_of, sign_slip
from ledger.scanning.slips import hand_over
from ledger.scanning.workflow import LEGS, Leg, Signs
from ledger.stocktake import service as stocktake
from ledger.stocktake.workflow import Cause
from ledger.units.models import User
from ledger.units.service import Grant, add_user

WATCHED = [next(iter(pair - {Part.SUPERVISOR})) for pair in APART if Part.SUPERVISOR in pair]
TRIES = [
    (Part.REGISTRAR, Part.CUSTODIAN, "confirm an import", "duty_conflict"),
    (Part.CUSTODIAN, Part.HANDLER, "store", "not offered"),
    (Part.CUSTODIAN, Part.APPROVER, "dispose", "not offered"),
    (Part.FIRST_COUNTER, Part.SECOND_COUNTER, "count second", "count_finished"),
    (Part.FIRST_COUNTER, Part.RECOUNTER, "recount", "duty_conflict"),
    (Part.SECOND_COUNTER, Part.RECOUNTER, "recount", "duty_conflict"),
    (Part.FIRST_COUNTER, Part.CONFIRMER, "confirm a count", "duty_conflict"),
    (Part.SECOND_COUNTER, Part.CONFIRMER, "confirm a count", "duty_conflict"),
    (Part.RECOUNTER, Part.CONFIRMER, "confirm a count", "duty_conflict"),
    (Part.APPLICANT, Part.APPROVER, "approve", "duty_conflict"),
    (Part.APPROVER, Part.APPROVER, "approve again", "duty_conflict"),
    (Part.APPLICANT, Part.CHECKER, "pack", "duty_conflict"),
    (Part.PACKER, Part.CHECKER, "pack", "not offered"),
    (Part.CUSTODIAN, Part.CHECKER, "unpack", "not offered"),
    (Part.CUSTODIAN, Part.CHECKER, "close a period", "not offered"),
    (Part.PACKER, Part.INSPECTOR, "inspect", "duty_conflict"),
    (Part.CHECKER, Part.INSPECTOR, "inspect", "duty_conflict"),
    (Part.INSPECTOR, Part.CONFIRMER, "lift", "duty_conflict"),
    (Part.DISPATCHER, Part.ESCORT, "set out", "duty_conflict"),
    (Part.DISPATCHER, Part.TAKER, "take over", "duty_conflict"),
    (Part.ESCORT, Part.TAKER, "take over", "duty_conflict"),
    *((part, Part.SUPERVISOR, "watch", "duty_conflict") for part in sorted(set(WATCHED) - {Part.CLOSER})),
    (Part.SUPERVISOR, Part.SUPERVISOR, "watch twice", "run_needs_two"),
    (Part.SUPERVISOR, Part.CLOSER, "issue", "duty_conflict"),
]
"""The part that a person holds, the other that they try to take, at which door, and how that is refused.

Who is signed in is not offered as the second person at the same screen: such a form comes back.
"""
KEEP_THE_FORM = {"pack", "inspect", "watch", "watch twice"}
SENTENCES = {
    "duty_conflict": ("您已是这些物品的", "不能监督：已是其中物品的"),
    "count_finished": ("您已点完",),
    "run_needs_two": ("两位不同的监销人",),
    "not offered": ("不是有效的选择",),
}


@pytest.fixture
def both(session, cast):
    """Somebody who holds every role in the matter, so that only the duties stand in the way."""
    with writing(session):
        grants = [Grant(cast.bureau, role) for role in Role if role is not Role.ADMIN]
        given = {"name": "两职", "password_hash": password_hash(), "must_change_password": False}
        return add_user(session, login="both", grants=grants, by=None, at=NOON, **given)


@pytest.fixture
def people(cast):
    """Who holds which part if nobody tries anything."""
    return {
        Part.REGISTRAR: cast.lin,
        Part.HANDLER: cast.lin,
        Part.CUSTODIAN: cast.zhao,
        Part.FIRST_COUNTER: cast.zhao,
        Part.SECOND_COUNTER: cast.liu,
        Part.RECOUNTER: cast.lin,
        Part.CONFIRMER: cast.cai,
        Part.APPLICANT: cast.lin,
        Part.APPROVER: cast.liu,
        Part.PACKER: cast.zhao,
        Part.CHECKER: cast.liu,
        Part.SCANNER: cast.guo,
        Part.INSPECTOR: cast.guo,
        Part.DISPATCHER: cast.zhao,
        Part.ESCORT: cast.liu,
        Part.TAKER: cast.guo,
        Part.SUPERVISOR: cast.pan,
    }


def test_no_pair_is_left_out():
    tried = {frozenset({earlier, part}) for earlier, part, *_ in TRIES}

    assert tried == APART.keys() | {frozenset({part}) for part in ONCE}


@ON_SQLITE
@pytest.mark.parametrize(("earlier", "part", "door", "refusal"), TRIES)
def test_one_person_does_not_get_both_parts(app, session, cast, both, people, earlier, part, door, refusal):
    who = people | {earlier: both}
    thing = next(thing for reached, thing in the_way(app, session, cast, who) if reached == door)
    login, path, form = DOORS[door](session, who, both, thing)
    before = rows(session)
    visitor = Visitor(app)
    visitor.sign_in(login, PASSWORD)

    status = 422 if refusal == "not offered" else 409 if door in KEEP_THE_FORM else 303

    answer = visitor.post(path, form, status=status)

    page = visitor.get(answer.location).text if answer.location else answer.text
    assert any(sentence in page for sentence in SENTENCES[refusal])
    assert rows(session) == before
    assert refusals(session) == ([refusal] if refusal in ("duty_conflict", "run_needs_two") else [])


@ON_SQLITE
def test_who_scans_what_they_watch_cannot_sign_for_it(app, session, cast, both):
    day = make_day(session, dataclasses.replace(cast, pan=both, guo=both))
    visitor, run = Visitor(app), day.open_run()
    visitor.sign_in("both", PASSWORD)
    for stage in ("load", "receive", "destroy"):
        send(visitor, scan_of(day, stage, run=run.number))
    with writing(session):
        scanning.finish_run(session, run, by=cast.chen, at=NOON)
    day.end(is_documented=False)
    form = signature(session, day.event)
    before = rows(session)

    answer = visitor.post(f"/events/{day.event.id}/closing/signatures/{both.id}", form)

    assert "不能监督：已是其中物品的扫码人" in visitor.get(answer.location).text
    assert rows(session) == before
    assert refusals(session) == ["duty_conflict"]


def test_the_command_line_keeps_duties_apart_too(app, session, cast, tmp_path):
    make_case(session, cast)
    path = tmp_path / "list.csv"
    path.write_text("案件编号,品名,单位,数量,库位\n思市监案字〔2026〕1号,假酒,瓶,3,A-1\n", "utf-8")

    args = ["goods", "import", str(path), "--unit", "LJ", "--by", "lin", "--custodian", "lin"]
    done = app.test_cli_runner().invoke(args=args)

    assert done.exit_code == 1
    assert "Somebody else has to do this as custodian" in done.output
    session.rollback()
    assert session.scalars(select(Item)).all() == []
    assert refusals(session) == ["duty_conflict"]


def rows(session):
    """Return all that is in the tables but the journal, which notes the refusal, and people's sign-ins."""
    session.rollback()
    kept = [table for table in Model.metadata.sorted_tables if not table.name.startswith(("journal_", "users"))]
    return {table.name: sorted(map(repr, session.execute(select(table)))) for table in kept}


def refusals(session):
    entries = session.scalars(select(JournalEntry).filter_by(act="refused"))
    return [orjson.loads(entry.body)["data"]["code"] for entry in entries]


def the_way(app, session, cast, who):
    """Walk from the list to the signature with these people, and stop before each door with what it is about."""
    yield "confirm an import", lambda: handed_in(app, who[Part.REGISTRAR].login)
    case = make_case(session, cast)
    with writing(session):
        line = Line(name="假冒白酒", measure="瓶", quantity=Decimal(10), category="酒类", value=90_000)
        [item_id] = cases.register_lines(session, case, [line], by=who[Part.REGISTRAR], at=NOON)
    yield "store", (case, item_id)
    with writing(session):
        parts = {"handler": who[Part.HANDLER], "custodian": who[Part.CUSTODIAN]}
        cases.store_in(session, case, {item_id: Decimal(10)}, location="A-1", at=NOON, **parts)
    yield "dispose", case
    yield "close a period", cast.bureau
    yield from counting(session, cast, who)
    yield from approving(session, cast, who, session.get_one(Item, item_id))
    yield from destroying(session, cast, who)


def handed_in(app, login):
    visitor = Visitor(app)
    visitor.sign_in(login, PASSWORD)
    content = "案件编号,品名,单位,数量,库位\n思市监案字〔2026〕7号,假酒,瓶,3,A-1\n"
    import_id = hand_in(app, visitor, kind="opening_balance", content=content)
    visitor.post(f"/imports/{import_id}/accept")
    return import_id


def counting(session, cast, who):
    """One bottle is missing, which one counter overlooks."""
    with writing(session):
        places = session.scalars(select(Place).filter_by(name="A-1")).all()
        count = stocktake.open_stocktake(session, cast.bureau, places, by=who[Part.FIRST_COUNTER], at=NOON)
    for part, found in ((Part.FIRST_COUNTER, 9), (Part.SECOND_COUNTER, 10), (Part.RECOUNTER, 9)):
        yield {Part.SECOND_COUNTER: "count second", Part.RECOUNTER: "recount"}.get(part, part), count
        with writing(session):
            [line] = count.lines
            stocktake.note_figures(session, count, {line.id: Decimal(found)}, by=who[part], at=NOON)
            stocktake.finish(session, count, by=who[part], at=NOON)
    with writing(session):
        stocktake.explain(count, line, cause=Cause.DAMAGE, explanation="一瓶破裂", by=who[Part.RECOUNTER])
        stocktake.submit(session, count, by=who[Part.RECOUNTER], at=NOON)
    yield "confirm a count", count
    with writing(session):
        stocktake.confirm(session, count, by=who[Part.CONFIRMER], at=NOON)
        clear_up(session, count, by=who[Part.CONFIRMER])


def approving(session, cast, who, item):
    with writing(session):
        by = who[Part.APPLICANT]
        application = destruction.draft(session, cast.bureau, legal_basis="行政处罚法", reason="", by=by, at=NOON)
        destruction.add_free_goods(session, application, [item])
        destruction.submit(session, application, terms=TERMS, today=NOON.date(), by=by, at=NOON)
    for step, by in enumerate((who[Part.APPROVER], cast.huang, cast.cai, cast.xie)):
        yield ("approve", "approve again", "", "")[step], application
        with writing(session):
            given = {"decision": Decision.AGREE, "text": "同意", "digest": application.digest}
            destruction.decide(session, application, may=lambda _permission: True, by=by, at=NOON, **given)


def destroying(session, cast, who):
    with writing(session):
        given = {"name": "集中统一销毁", "day": NOON.date(), "report_due_on": NOON.date()}
        event = events.plan_event(session, cast.bureau, by=cast.chen, at=NOON, **given)
        site = events.add_site(event, name="主会场", address="环卫处置中心", is_main=True)
        receiver = events.add_receiver(event, env_class=EnvClass.GENERAL, name="环卫处置中心")
        events.add_slot(session, event, unit=cast.bureau, site=site, arrives_at=NOON)
    sign_plan(session, cast, event)
    [line] = session.scalars(select(packing.ApplicationLine)).all()
    yield "pack", (event, line)
    with writing(session):
        parts = {"packer": who[Part.PACKER], "checker": who[Part.CHECKER]}
        batch = packing.pack(session, event, cast.bureau, {line: line.open}, at=NOON, **parts)
        weights = {"gross_kg": Decimal(9), "tare_kg": Decimal(0)}
        packing.seal(session, batch, seal_no="封1", by=who[Part.PACKER], at=NOON, **weights)
    yield "unpack", batch
    with writing(session):
        events.open_event(session, event, by=cast.chen, at=NOON, sampling=Sampling(percent=100, least=1))
    yield from bringing(session, cast, who, batch)
    yield from inspecting(session, cast, who, batch)
    yield "watch", event
    yield "watch twice", event
    with writing(session):
        given = {"site": site, "receiver": receiver, "method": Method.INCINERATION}
        pair = [who[Part.SUPERVISOR], cast.yu]
        run = scanning.open_run(session, event, supervisors=pair, by=cast.chen, at=NOON, **given)
    scan(session, batch, Stage.DESTROY, by=who[Part.SCANNER], run=run.number)
    with writing(session):
        scanning.finish_run(session, run, by=cast.chen, at=NOON)
    document(session, run, by=cast.chen)
    with writing(session):
        closing.end(session, event, by=cast.chen, at=NOON)
    for person in pair:
        with writing(session):
            given = {"statement": "我亲眼见到销毁。", "strokes": STROKES, "digest": sheet_digest(session, event)}
            closing.supervise(session, event, by=person, at=NOON, **given)
    yield "issue", event


def bringing(session, cast, who, batch):
    """A load whose escort may be anybody who tries to be one."""
    both = session.scalars(select(User).where(User.login == "both")).one()
    with writing(session):
        given = {"plate": "闽DA0315", "driver": "", "escorts": [who[Part.ESCORT], both]}
        load = open_load(session, batch.event, batch.unit, by=cast.zhao, at=NOON, **given)
    scan(session, batch, Stage.LOAD, by=who[Part.SCANNER])
    sign_load(session, load, Signs.HANDS_OVER, who[Part.DISPATCHER])
    yield "set out", load
    sign_load(session, load, Signs.SETS_OUT, who[Part.ESCORT])
    scan(session, batch, Stage.RECEIVE, by=who[Part.SCANNER])
    sign_load(session, load, Signs.ARRIVES, who[Part.ESCORT])
    yield "take over", load
    sign_load(session, load, Signs.TAKES_OVER, who[Part.TAKER])


def sign_load(session, load, signs, by):
    leg = next(leg for leg, sides in LEGS.items() if signs in sides)
    with writing(session):
        digest = digest_of(hand_over(session, load, leg))
        sign_slip(session, load, signs, strokes=STROKES, digest=digest, by=by, at=NOON)


def inspecting(session, cast, who, batch):
    """A bottle is missing in the sample, which is cleared up."""
    yield "inspect", batch
    with writing(session):
        [held] = items_in(session, [batch.id])[batch.id]
        found = {"found": {held[0].id: held[1] - 1}, "seal": Seal.WHOLE, "seal_found": "封1", "new_seal": "封2"}
        told = {"deviation": "", "hold_reason": "少一瓶", "witness": cast.yu, "at": NOON}
        failed = inspect(session, batch, opener=who[Part.INSPECTOR], **found, **told)
    yield "lift", failed
    with writing(session):
        lift(session, failed, reason="装批时多记一瓶", by=cast.chen, confirmer=who[Part.CONFIRMER], at=NOON)
        for hold in session.scalars(select(Hold).where(Hold.released_at.is_(None))):
            cases.release_hold(session, hold, reason="已查清", by=who[Part.CONFIRMER], at=NOON)


def scan(session, batch, stage, *, by, run=None):
    given = {"id": new_id(), "seq": list(Stage).index(stage), "at": NOON, "run": run, "device": "手机 1 号"}
    given |= {"vehicle": "闽DA0315" if stage is Stage.LOAD else ""}
    given |= {"offset": NOON - NOON, "user_id": by.id}
    fact = scanning.Fact(event_id=batch.event_id, code=batch.code, stage=stage, operator=by.name, **given)
    with writing(session):
        scanning.take(session, [fact], at=NOON)


def signature(session, event):
    strokes = orjson.dumps(STROKES).decode()
    return {"statement": "我看到了。", "strokes": strokes, "digest": sheet_digest(session, event), "password": PASSWORD}


def beside(person):
    """Fill in the second person at the same screen."""
    return {"second": person.id, "second_password": PASSWORD}


def stored(_session, who, both, thing):
    case, item_id = thing
    return "both", f"/cases/{case.id}/store", {f"line-{item_id}": "10", "location": "A-1", **beside(both)}


def disposed(session, who, both, case):
    [place] = session.scalars(select(Place).filter_by(name="A-1"))
    [item] = case.items
    form = {"kind": "donation", "recipient": "慈善会", "document": "捐1号", "reason": "可用", **beside(both)}
    return "both", f"/store/{case.id}/dispose", {f"take-{item.id}-stored-{place.id}": "10", **form}


def counted(_session, who, both, count):
    return "both", f"/stocktakes/{count.id}/figures", {f"line-{line.id}": "8" for line in count.lines}


def approved(_session, who, both, application):
    form = {"decision": "agree", "text": "同意", "digest": application.digest, "password": PASSWORD}
    return "both", f"/applications/{application.id}/opinion", form


def packed(_session, who, both, thing):
    event, line = thing
    taken = {f"take{line.id}": "y", f"quantity{line.id}": str(line.open), f"seen{line.id}": str(line.open)}
    kind = f"{line.item.env_class}-{line.method}"
    path = f"/batches/pack/{event.id}/{line.item.unit_id}?kind={kind}"
    return who[Part.PACKER].login, path, {**taken, "into": "", **beside(both)}


def inspected(session, who, both, batch):
    [(item, held)] = items_in(session, [batch.id])[batch.id]
    form = {f"line-{item.id}": str(held), "seal": "whole", "seal_found": "封1", "new_seal": "封2"}
    yu = session.scalars(select(User).filter_by(login="yu")).one()
    return "both", f"/events/{batch.event_id}/inspections/{batch.id}", {**form, **beside(yu)}


def signed(signs, leg):
    def sign(session, who, both, load):
        form = {"strokes": orjson.dumps(STROKES).decode(), "password": PASSWORD}
        form["digest"] = digest_of(hand_over(session, load, leg))
        return "both", f"/events/{load.event_id}/loads/{load.id}/sign/{signs}/{both.id}", form

    return sign


def lifted(_session, who, both, failed):
    path = f"/events/{failed.event_id}/inspections/{failed.batch_id}/lift"
    return "chen", path, {"reason": "已查清", **beside(both)}


def watched(_session, who, both, event):
    form = {"site": event.sites[0].id, "receiver": event.receivers[0].id, "method": "incineration"}
    other = both if who[Part.SUPERVISOR] is both else who[Part.SUPERVISOR]
    return "chen", f"/events/{event.id}/runs", {**form, "supervisor": both.id, "other_supervisor": other.id}


DOORS = {
    "confirm an import": lambda _session, _who, _both, hand: ("both", f"/imports/{hand()}/confirm", {}),
    "store": stored,
    "dispose": disposed,
    "count second": counted,
    "recount": counted,
    "confirm a count": lambda _session, _who, _both, count: ("both", f"/stocktakes/{count.id}/confirm", {}),
    "approve": approved,
    "approve again": approved,
    "pack": packed,
    "unpack": lambda _session, _who, both, batch: (
        "both",
        f"/batches/{batch.code}/unpack",
        {"why": "装错", **beside(both)},
    ),
    "close a period": lambda _session, _who, both, unit: (
        "both",
        f"/books/close?unit={unit.id}&since=2026-01-01&until=2026-01-31",
        beside(both),
    ),
    "inspect": inspected,
    "set out": signed(Signs.SETS_OUT, Leg.DEPARTURE),
    "take over": signed(Signs.TAKES_OVER, Leg.ARRIVAL),
    "lift": lifted,
    "watch": watched,
    "watch twice": watched,
    "issue": lambda _session, _who, _both, event: ("both", f"/events/{event.id}/closing/manifest", {}),
}
"""How a part is taken: who is signed in, the address, and what the form says."""
