"""Who may open and do what: every address, every role, every other unit's rows."""

import pytest
from databases import ON_SQLITE
from days import issue, make_day
from factories import NOON, PASSWORD, make_application, make_case, make_item, make_stocktake, make_user
from pages import Visitor
from sqlalchemy import select

from ledger.cases.attachments import attach
from ledger.cases.rules import HoldKind
from ledger.cases.service import set_hold
from ledger.duties import Part
from ledger.events.photos import PhotoStage, add_photo
from ledger.goods.models import Movement
from ledger.imports import service as imports
from ledger.imports.workflow import Kind
from ledger.journal.models import JournalEntry
from ledger.journal.service import writing
from ledger.permissions import Permission, Role, allows
from ledger.scanning.rules import Stage
from ledger.stocktake.planning import Wish, plan_count
from ledger.stocktake.workflow import Kind as CountKind
from ledger.units.deputies import name_deputy
from ledger.units.waivers import ask_waiver
from ledger.web.access import OPEN, SIGNED_IN

pytestmark = ON_SQLITE

EVERYBODY = ("lin", "zhao", "chen", "xie", "guo", "pan", "wu")
FILLED = {"what": "disable", "membership_id": 1, "filename": "dist/nothing.css"}
FILLED |= {
    "kind": "sites",
    "act": "cancel",
    "sign": "Q",
    "name": "manifest.json",
    "signs": "sets_out",
    "leg": "arrival",
    "point": "not_loaded",
    "paper": "report.zip",
    "part": "manifest.pdf",
}
KEYS = {
    "application_id",
    "batch_id",
    "case_id",
    "certificate_id",
    "code",
    "deputy_id",
    "device_id",
    "event_id",
    "hold_id",
    "import_id",
    "item_id",
    "load_id",
    "manifest_id",
    "movement_id",
    "passkey_id",
    "photo_id",
    "place_id",
    "posting_id",
    "receiver_id",
    "reset_id",
    "result_id",
    "run_id",
    "seq",
    "stocktake_id",
    "unit_id",
    "plan_id",
    "user_id",
    "waiver_id",
}


def rules(app, method):
    return [rule for rule in app.url_map.iter_rules() if method in rule.methods]


def address(app, rule, **values):
    given = {name: values.get(name, FILLED.get(name, 1)) for name in rule.arguments}
    return app.url_map.bind("localhost").build(rule.endpoint, given)


def access_of(app, rule):
    return app.view_functions[rule.endpoint].access


def is_for_programs(rule):
    return rule.endpoint.startswith("api.")


def test_a_stranger_is_sent_to_the_sign_in_page_from_everywhere_else(app, stranger):
    for rule in rules(app, "GET"):
        if access_of(app, rule) != OPEN and not is_for_programs(rule):
            answer = stranger.get(address(app, rule), status=303)
            assert answer.location.startswith("/login"), rule


def test_a_stranger_can_post_nothing(app, stranger):
    for rule in rules(app, "POST"):
        if access_of(app, rule) != OPEN and not is_for_programs(rule):
            assert stranger.post(address(app, rule)).location.startswith("/login"), rule


def test_a_strangers_program_is_told_to_sign_in(app, stranger):
    for method in ("GET", "POST"):
        for rule in rules(app, method):
            if access_of(app, rule) != OPEN and is_for_programs(rule):
                answer = stranger._open(method, address(app, rule), 401, **with_token(stranger, method))  # noqa: SLF001
                assert answer.json["error"] == "sign_in_needed"


def test_nothing_is_taken_without_the_token_of_the_session(app, visit):
    client = visit("lin")._client  # noqa: SLF001 - past the helper that adds the token

    for rule in rules(app, "POST"):
        with app.app_context():
            assert client.post(address(app, rule)).status_code == 400, rule


@pytest.mark.parametrize("role", Role)
def test_a_role_opens_what_its_permissions_say_and_is_refused_the_rest(app, session, cast, role):
    with writing(session):
        make_user(session, "test", "测试", cast.bureau, role)
    visitor = Visitor(app)
    visitor.sign_in("test", PASSWORD)

    for method in ("GET", "POST"):
        for rule in rules(app, method):
            needed = access_of(app, rule)
            if isinstance(needed, Permission) and not allows(role, needed):
                visitor._open(method, address(app, rule), 403, **with_token(visitor, method))  # noqa: SLF001
            elif method == "GET" and not rule.arguments and needed != OPEN:
                assert needed == SIGNED_IN or allows(role, needed)
                assert visitor._client.get(address(app, rule)).status_code in (200, 303), rule  # noqa: SLF001


def with_token(visitor, method):
    return {"data": {"csrf_token": visitor._token()}} if method == "POST" else {}  # noqa: SLF001


@pytest.fixture
def rows_of_the_district(app, session, cast):
    """A row of every kind that belongs to the district."""
    case = make_case(session, cast, unit=cast.district)
    item = make_item(session, cast, case=case)
    with writing(session):
        entry = session.scalars(select(JournalEntry).filter_by(act="case.registered")).one()
        made = imports.hand_in(
            session,
            unit=cast.district,
            kind=Kind.GOODS_LIST,
            file="0" * 64,
            file_name="list.csv",
            case=None,
            by=cast.qian,
            at=NOON,
        )
        paper = attach(session, case, item, name="x", sha256="0" * 64, shown=None, by=cast.qian, at=NOON)
        hold = set_hold(session, case, item, kind=HoldKind.OTHER, reason="x", by=cast.qian, at=NOON)
    entry = session.scalars(select(JournalEntry).filter_by(act="case.registered")).first()
    return {
        "case_id": case.id,
        "item_id": item.id,
        "movement_id": session.scalars(select(Movement.id).filter_by(item_id=item.id)).first(),
        "unit_id": cast.district.id,
        "place_id": item.positions[-1].place_id,
        "import_id": made.id,
        "seq": entry.seq,
        "stocktake_id": make_stocktake(session, cast, item).id,
        "plan_id": plan_of(session, cast).id,
        "hold_id": hold.id,
        "deputy_id": deputy_of(session, cast).id,
        "waiver_id": waiver_of(session, cast).id,
        "attachment_id": paper.id,
        "application_id": make_application(session, cast, item, by=cast.qian).id,
        **event_of(session, cast),
        "manifest_id": manifest_of(app, session, cast).id,
    }


def plan_of(session, cast):
    """A planned count of the district's store."""
    with writing(session):
        wish = Wish(kind=CountKind.QUARTER, due_on=NOON.date())
        return plan_count(session, cast.district, wish, by=cast.qian, at=NOON)


def deputy_of(session, cast):
    """A deputy of the head."""
    with writing(session):
        days = {"first_day": NOON.date(), "last_day": NOON.date(), "today": NOON.date()}
        return name_deputy(session, cast.liu, cast.sun, **days, reason="外出", at=NOON)


def waiver_of(session, cast):
    """A waiver that the district asks for."""
    with writing(session):
        days = {"last_day": NOON.date(), "today": NOON.date()}
        parts = (Part.CHECKER, Part.APPLICANT)
        return ask_waiver(session, cast.district, cast.qian, parts, reason="x", **days, by=cast.qian, at=NOON)


def event_of(session, cast):
    """An event that the district organises, at its closing, with a batch, a scan, a run and a picture."""
    day = make_day(session, cast, unit=cast.district, organiser=cast.district)
    posting, run = day.scan(Stage.LOAD), day.destroy()
    day.end()
    with writing(session):
        given = {"unit": cast.district, "stage": PhotoStage.SCENE, "subject": "现场", "sha256": "0" * 64}
        photo = add_photo(session, day.event, **given, by=cast.chen, at=NOON)
    return {
        "event_id": day.event.id,
        "code": day.batch.code,
        "batch_id": day.batch.id,
        "posting_id": posting.id,
        "run_id": run.id,
        "photo_id": photo.id,
    }


def manifest_of(app, session, cast):
    """The manifest of another day of the district; its document is still to be made."""
    day = make_day(session, cast, unit=cast.district, organiser=cast.district)
    day.destroy()
    day.end()
    return issue(app, day)


def test_another_units_rows_do_not_exist(app, rows_of_the_district, visit):
    neighbour = visit("feng")

    for method in ("GET", "POST"):
        for rule in rules(app, method):
            if rule.arguments & rows_of_the_district.keys():
                access = access_of(app, rule)
                status = 404 if allows(Role.REGISTRAR, access) else 403
                url = address(app, rule, **rows_of_the_district)
                neighbour._open(method, url, status, **with_token(neighbour, method))  # noqa: SLF001


def test_the_units_own_people_see_those_rows(app, rows_of_the_district, visit):
    for login in ("qian", "lin", "sun"):  # of the unit itself, and of the bureau above it
        visitor = visit(login)
        for path in (
            "/cases/{case_id}",
            "/goods/{item_id}",
            "/locations/{place_id}",
            "/imports/{import_id}",
            "/journal/{seq}",
            "/stocktakes/{stocktake_id}",
            "/applications/{application_id}",
            "/events/{event_id}",
            "/events/{event_id}/plan.pdf",
            "/events/{event_id}/closing",
            "/events/{event_id}/photos",
            "/batches/{code}",
            "/manifests/{manifest_id}",
            "/reports/{event_id}",
        ):
            visitor.get(path.format(**rows_of_the_district))


def test_no_list_names_what_belongs_to_another_unit(rows_of_the_district, visit):
    neighbour = visit("feng")

    for path in (
        "/",
        "/goods",
        "/goods?q=白酒",
        "/cases",
        "/cases?q=黄记",
        "/imports",
        "/journal",
        "/stocktakes",
        "/plans",
        "/deputies",
        "/waivers",
        "/overdue",
        "/applications",
        "/manifests",
        "/reports",
        "/reports/charts",
        "/results",
    ):
        page = neighbour.get(path).text
        for word in ("牛栏山", "思市监案字", "黄记超市", "list.csv", "A-01-1", "销申", "销清", "集中统一销毁"):
            assert word not in page, path


def test_rows_that_are_not_there_are_not_there(app, cast, visit):
    for rule in rules(app, "GET"):
        if rule.arguments & KEYS:
            needed = access_of(app, rule)
            able = [who for who in EVERYBODY if needed in (OPEN, SIGNED_IN) or getattr(cast, who).may(needed)]
            assert able, rule
            login = able[0]
            visit(login).get(address(app, rule, **dict.fromkeys(KEYS, 987654)), status=404)


def test_who_may_see_but_not_do_is_refused_and_the_attempt_is_in_the_journal(
    session, cast, rows_of_the_district, visit
):
    visit("sun").post(f"/cases/{rows_of_the_district['case_id']}/lines", {"name": "白酒"}, status=403)

    refused = session.scalars(select(JournalEntry).filter_by(act="refused")).one()
    assert refused.actor_id == cast.sun.id
    assert b'"attempted":"cases.create_line"' in refused.body


def test_a_page_shows_only_the_buttons_of_the_role(rows_of_the_district, visit):
    case = f"/cases/{rows_of_the_district['case_id']}"

    assert "登记物品" in visit("lin").get(case).text
    assert "登记物品" not in visit("sun").get(case).text
    assert "登记案件" not in visit("sun").get("/cases").text
    assert "核对清单" not in visit("sun").get("/imports").text
    assert "新建申请" not in visit("sun").get("/applications").text


def test_an_administrator_sees_no_goods_and_no_way_to_them(visit):
    page = visit("wu").get("/").text

    for way in ("/goods", "/cases", "/imports", "/journal"):
        assert f'href="{way}"' not in page
        visit("wu").get(way, status=403)
