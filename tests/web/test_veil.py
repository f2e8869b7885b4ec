"""Who counts blind finds the figure of the books nowhere: every address is asked while the count goes on."""

import re
from datetime import date
from decimal import Decimal
from io import BytesIO
from subprocess import run
from zipfile import ZipFile

import pytest
from factories import NOON, count_as, hand_in, make_case, make_item, make_stocktake
from flask_login import login_user
from occasions import make_approved, make_batch, make_event
from sqlalchemy import inspect, select

from ledger.cases.models import Attachment, Case, Hold
from ledger.cases.rules import HoldKind
from ledger.cases.service import set_hold
from ledger.db import db
from ledger.destruction import service as destruction
from ledger.destruction.models import Application
from ledger.destruction.workflow import Method
from ledger.events import packing
from ledger.events.models import Batch, Event, Photo, Receiver
from ledger.events.queries import to_count
from ledger.goods.models import Item, Movement, Place
from ledger.goods.rules import ACCOUNT_NAMES, Account, NotEnoughGoods
from ledger.imports.models import GoodsImport
from ledger.journal.models import JournalEntry
from ledger.journal.service import writing
from ledger.manifests.models import Manifest
from ledger.reports.models import Certificate, PublicResult
from ledger.scanning.models import Device, Load, Posting, Run
from ledger.stocktake.models import Stocktake
from ledger.stocktake.planning import Wish, begin, plan_count
from ledger.stocktake.workflow import Kind
from ledger.units.models import Passkey, Unit, User, Waiver
from ledger.web.context import say
from ledger.worker import run_until_done

FIGURE = "7919"
SPELLINGS = (FIGURE, "7,919")
BY_CHANCE = re.compile(r"[A-Za-z0-9+_-]{20,}|[0-9a-f]{4}(?: [0-9a-f]{4}){2,}")
"""Digests, tokens and proofs, in which any four signs may stand."""
ROWS = {
    "item_id": Item,
    "place_id": Place,
    "device_id": Device,
    "attachment_id": Attachment,
    "case_id": Case,
    "import_id": GoodsImport,
    "seq": JournalEntry,
    "stocktake_id": Stocktake,
    "hold_id": Hold,
    "application_id": Application,
    "event_id": Event,
    "batch_id": Batch,
    "manifest_id": Manifest,
    "movement_id": Movement,
    "passkey_id": Passkey,
    "photo_id": Photo,
    "load_id": Load,
    "run_id": Run,
    "posting_id": Posting,
    "receiver_id": Receiver,
    "certificate_id": Certificate,
    "result_id": PublicResult,
    "unit_id": Unit,
    "user_id": User,
    "waiver_id": Waiver,
}
"""Of which table the parameters of addresses are keys."""
OTHER = {
    "filename": ["dist/nothing.css"],
    "code": ["ABCDEFGHJKMN"],
    "sign": ["q", "Q"],
    "signs": ["hands_over", "takes_over"],
    "leg": ["departure", "arrival"],
    "part": ["manifest.pdf", "manifest.receipt"],
    "version": ["1"],
    "point": ["not_received", "load", "departure", "run_residue"],
    "about_id": ["1"],
    "paper": ["report.zip", "summary.pdf", "summary.docx", "statistics.xlsx", "extract.pdf"],
    "name": ["manifest.json", "manifest.receipt", "proof.tlog-proof"],
}


@pytest.fixture
def goods(app, session, cast, visit):
    """A line of 7919 bottles that was imported, is held and applied for, and lies at a location with another line."""
    lin, zhao = visit("lin"), visit("zhao")
    papers = "思案字〔2025〕9号,思处〔2025〕9号,2020.3.1"
    content = f"案件编号,处罚决定书文号,送达日期,品名,单位,数量,库位\n{papers},假酒,瓶,{FIGURE},A-9\n"
    content += f"{papers},假烟,条,约{FIGURE},A-9\n"  # to be mended: said in words on the page, and in the download
    made = hand_in(app, lin, kind="opening_balance", content=content)
    lin.post(f"/imports/{made}/accept", {"with_errors": "yes"})
    zhao.post(f"/imports/{made}/confirm")
    run_until_done(app)
    session.rollback()
    item = session.scalars(select(Item)).one()
    facts = {"at_location": "A-9", "name": "劣质口罩", "measure": "只"}  # or no sum would be the figure alone
    other = make_item(session, cast, case=session.get_one(Case, item.case_id), **facts)
    with writing(session):
        set_hold(
            session, session.get_one(Case, item.case_id), item, kind=HoldKind.OTHER, reason="x", by=cast.lin, at=NOON
        )
        application = destruction.draft(session, cast.bureau, legal_basis="法", reason="", by=cast.lin, at=NOON)
        place = next(position.place_id for position in item.positions if position.quantity > 0)
        wanted = destruction.Wanted(item.id, place, item.quantity, Method.INCINERATION)
        destruction.add_line(session, application, wanted)
    return item, other


def addresses(app):
    """Yield the address of every page there is for the rows in the database."""
    bound = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "GET" not in rule.methods:
            continue
        given = [{}]
        for name in rule.arguments:
            assert name in ROWS or name in OTHER, f"say in ROWS of which table {name} is the key"
            values = [*OTHER["code"], *db.session.scalars(select(Batch.code))] if name == "code" else OTHER.get(name)
            values = values or db.session.scalars(select(inspect(ROWS[name]).primary_key[0])).all()
            given = [{**before, name: value} for before in given for value in values]
        yield from (bound.build(rule.endpoint, values) for values in given)
    yield from (
        "/locations?q=A",
        f"/goods?q={FIGURE}",
        "/goods?account=stored&show=quantity.value.place",
        "/cases?q=9",
        "/plans?unit=1",
        "/stocktakes/1?code=A-9",
        "/events/1?unit=1",
    )
    kinds = ("", "/ledger.xlsx", "/ledger.pdf", "/finance", "/finance.xlsx", "/finance.pdf")
    yield from (f"/books{kind}?since=2020-01-01&below=without" for kind in kinds)


def texts_of(content):
    """Return what can be read in an answer; in a workbook or an archive, in all of its parts; in a paper as printed."""
    if content.startswith(b"%PDF"):
        return run(["pdftotext", "-", "-"], input=content, check=True, capture_output=True).stdout.decode()
    if not content.startswith(b"PK"):
        return content.decode(errors="replace")
    with ZipFile(BytesIO(content)) as archive:
        return "".join(archive.read(name).decode(errors="replace") for name in archive.namelist())


def where_it_shows(app, visitor):
    """Return the addresses at which the figure stands in the answer to this person."""
    client, found = visitor._client, []  # noqa: SLF001 - whatever the status of the answer
    db.session.rollback()
    for path in list(addresses(app)):
        with app.app_context():
            answer = client.get(path, buffered=True)
        assert answer.status_code < 500, path
        told = BY_CHANCE.sub("", texts_of(answer.data) + str(answer.headers))
        if any(spelling in told.replace(f"q={FIGURE}", "").replace(f'value="{FIGURE}"', "") for spelling in SPELLINGS):
            found.append(path)
    return found


def test_who_counts_finds_the_figure_nowhere_until_the_count_is_over(app, session, cast, visit, goods):
    item, other = goods
    count = make_stocktake(session, cast, item)
    item_page = f"/goods/{item.id}"
    counters = {login: visit(login) for login in ("lin", "zhao", "liu")}
    auditor = visit("sun")

    for visitor in counters.values():
        assert where_it_shows(app, visitor) == []
    case, made = f"/cases/{item.case_id}", session.scalars(select(GoodsImport.id)).one()
    told = where_it_shows(app, auditor)
    lists = {f"/imports/{made}", f"/imports/{made}/mend", f"/imports/{made}/marked"}
    assert {item_page, "/goods", case, f"{case}/list", *lists} <= set(told)
    assert sum(path.startswith("/books") for path in told) == 12
    assert sum(path.startswith("/journal/") for path in told) >= 2

    count_as(session, count, cast.zhao, {item: "7000", other: "10"})
    count_as(session, count, cast.lin, {item: "7001", other: "10"})
    assert where_it_shows(app, counters["liu"]) == []  # two have counted, a third recounts: still blind
    assert "7,000" not in counters["lin"].get(f"/stocktakes/{count.id}").text
    assert "7,001" in counters["lin"].get(f"/stocktakes/{count.id}").text

    count_as(session, count, cast.liu, {item: "7001"})
    assert {item_page, "/goods", f"/stocktakes/{count.id}"} <= set(where_it_shows(app, counters["liu"]))


def test_who_counts_finds_seal_and_weight_of_a_sealed_batch_nowhere(app, session, cast, visit):
    batch = make_batch(session, cast, make_event(session, cast, cast.bureau), make_approved(session, cast), seal="")
    with writing(session):
        seal = {"seal_no": f"封{FIGURE}", "gross_kg": Decimal(FIGURE), "tare_kg": Decimal("0.5")}
        packing.seal(session, batch, **seal, by=cast.zhao, at=NOON)
        wish = Wish(kind=Kind.QUARTER, due_on=NOON.date())
        plan = plan_count(session, cast.bureau, wish, by=cast.zhao, at=NOON)
        count = begin(session, plan, batches=to_count(session, plan, 2), by=cast.zhao, at=NOON)

    for login in ("lin", "zhao", "liu"):
        assert where_it_shows(app, visit(login)) == []
    assert {"/journal", f"/batches/{batch.code}", "/events/1?unit=1"} <= set(where_it_shows(app, visit("sun")))
    assert batch.code not in visit("zhao").get(f"/stocktakes/{count.id}").text  # nobody copies it from the screen


def test_who_counts_finds_the_figure_in_no_export_and_gets_no_chain_of_custody(app, session, cast, visit, goods):
    item, _ = goods
    make_stocktake(session, cast, item)

    for login, is_told in (("zhao", False), ("sun", True)):
        visitor = visit(login)
        for kind in ("xlsx", "csv"):
            with visitor.post("/goods/export", {kind: ""}, status=200) as answer:
                told = texts_of(answer.data)
            assert "A-9" in told
            assert (FIGURE in told) is is_told
            assert ("清点中" in told) is not is_told
        visitor.get(f"/goods/{item.id}/custody.pdf", status=200 if is_told else 409)
    refused = visit("zhao").get(f"/goods/{item.id}/custody.pdf", status=409).text
    assert "清点结束后" in refused
    button = visit("zhao").get(f"/goods/{item.id}").text
    assert f'href="/goods/{item.id}/custody.pdf"' not in button


def test_a_refusal_does_not_tell_what_the_books_hold(app, session, cast, goods):
    make_stocktake(session, cast, goods[0])
    refusal = NotEnoughGoods(source=ACCOUNT_NAMES[Account.STORED], held=Decimal(FIGURE), wanted=Decimal(8000))

    for person, is_told in ((cast.zhao, False), (cast.sun, True)):
        with app.app_context(), app.test_request_context("/"):
            login_user(person)
            assert ("7,919" in say(refusal)) is is_told


def test_an_earlier_count_of_these_goods_is_veiled_too(session, cast, visit, goods):
    item, other = goods
    earlier = make_stocktake(session, cast, item)
    for person in (cast.zhao, cast.lin):
        count_as(session, earlier, person, {item: FIGURE, other: "10"})
    page = f"/stocktakes/{earlier.id}"
    assert "7,919" in visit("liu").get(page).text

    make_stocktake(session, cast, item)

    assert "7,919" not in visit("liu").get(page).text
    assert "7,919" in visit("sun").get(page).text


def test_other_units_and_other_lines_are_not_veiled(session, cast, visit, goods):
    item, _ = goods
    apart = make_item(
        session,
        cast,
        case=make_case(session, cast, number="另案", served_on=date(2020, 1, 1)),
        stored="6007",
        at_location="B-2",
    )
    make_stocktake(session, cast, item)

    assert "6,007" in visit("lin").get(f"/goods/{apart.id}").text
    district = make_item(session, cast, case=make_case(session, cast, unit=cast.district), stored="5003")
    assert "5,003" in visit("qian").get(f"/goods/{district.id}").text
