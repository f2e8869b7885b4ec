"""The fixed cast, and functions that make things through the real services.

Lin registers, Zhao keeps the store, Sun audits, Wu and Zheng administer, all at the bureau; Qian registers for a
district, Feng for its neighbour. At the bureau, too: Liu heads the unit, Huang reviews law, Cai finance, Xie leads,
Chen organises, Guo scans, Pan and Yu supervise.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from argon2 import PasswordHasher
from flask import Flask
from pages import Visitor
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.cases.models import Case, Hold
from ledger.cases.rules import AppealPeriods, CaseFacts, Terms
from ledger.cases.service import enter, register_case, release_hold
from ledger.destruction import service as destruction
from ledger.destruction.chain import OPINES
from ledger.destruction.judging import is_any_void, judge_some
from ledger.destruction.models import Application
from ledger.destruction.workflow import Decision
from ledger.duties import Part
from ledger.goods.lines import Line
from ledger.goods.models import Item, Place, Position
from ledger.goods.rules import Account, Act, PlaceKind
from ledger.goods.service import Spot, place
from ledger.journal.service import writing
from ledger.permissions import Role
from ledger.stocktake import service as stocktake
from ledger.stocktake.models import Stocktake
from ledger.stocktake.service import finish, note_figures, open_stocktake
from ledger.units.models import Unit, User
from ledger.units.service import Grant, add_unit, add_user
from ledger.worker import run_until_done

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
BEIJING = ZoneInfo("Asia/Shanghai")
TODAY = NOON.astimezone(BEIJING).date()
TERMS = Terms(periods=AppealPeriods(60, 6), count_valid_days=30)
PASSWORD = "three quiet herons wade"  # noqa: S105 - of people who do not exist
GOODS_LIST = "品名,规格,单位,数量\n假冒白酒,500ml,瓶,12\n劣质口罩,,只,一批\n过期食品,,公斤,3.5\n"
STORE_LEDGER = (
    "案件编号,处罚决定书文号,送达日期,当事人,品名,单位,数量,库位\n"
    "思案字[2025]1号,思处罚〔2025〕1号,2025.3.1,某超市,假酒,瓶,3,A-1\n"
    "思案字〔2025〕1号,思处罚[2025]1号,2025年3月1日,某超市,假烟,条,4,A-2\n"
)


@dataclass(frozen=True)
class Cast:
    """Who is there."""

    bureau: Unit
    district: Unit
    station: Unit
    neighbour: Unit
    lin: User
    zhao: User
    sun: User
    wu: User
    zheng: User
    qian: User
    feng: User
    liu: User
    huang: User
    cai: User
    xie: User
    chen: User
    guo: User
    pan: User
    yu: User


@cache
def password_hash() -> str:
    """Return a hash that costs next to nothing to check: people sign in by the thousand here."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


def make_cast(session: Session) -> Cast:
    with writing(session):
        bureau = make_unit(session, "LJ", "鹭江市市场监督管理局", None)
        district = make_unit(session, "LJ-SM", "思岭区市场监督管理局", bureau)
        station = make_unit(session, "LJ-SM-1", "中华市场监督管理所", district)
        neighbour = make_unit(session, "LJ-HL", "湖东区市场监督管理局", bureau)
        people = {
            login: make_user(session, login, name, unit, role)
            for login, name, unit, role in [
                ("lin", "林文静", bureau, Role.REGISTRAR),
                ("zhao", "赵国华", bureau, Role.CUSTODIAN),
                ("sun", "孙丽娟", bureau, Role.AUDITOR),
                ("wu", "吴海涛", bureau, Role.ADMIN),
                ("zheng", "郑淑贞", bureau, Role.ADMIN),
                ("qian", "钱志远", district, Role.REGISTRAR),
                ("feng", "冯晓峰", neighbour, Role.REGISTRAR),
                ("liu", "刘建国", bureau, Role.UNIT_HEAD),
                ("huang", "黄丽娟", bureau, Role.LEGAL),
                ("cai", "蔡晓明", bureau, Role.FINANCE),
                ("xie", "谢明辉", bureau, Role.LEADER),
                ("chen", "陈志强", bureau, Role.ORGANISER),
                ("guo", "郭小军", bureau, Role.SITE_STAFF),
                ("pan", "潘玉兰", bureau, Role.SUPERVISOR),
                ("yu", "余振宇", bureau, Role.SUPERVISOR),
            ]
        }
    return Cast(bureau, district, station, neighbour, **people)


def find_cast(session: Session) -> Cast | None:
    """Return the cast of a database that has one."""
    people = {user.login: user for user in session.scalars(select(User))}
    if "lin" not in people:
        return None
    units = {unit.code: unit for unit in session.scalars(select(Unit))}
    named = {field.name: people[field.name] for field in fields(Cast) if field.name in people}
    return Cast(units["LJ"], units["LJ-SM"], units["LJ-SM-1"], units["LJ-HL"], **named)


def make_unit(session: Session, code: str, name: str, parent: Unit | None) -> Unit:
    return add_unit(session, code=code, name=name, short_name=name[:3], parent=parent, by=None, at=NOON)


def make_user(session: Session, login: str, name: str, unit: Unit, role: Role) -> User:
    return add_user(
        session,
        login=login,
        name=name,
        password_hash=password_hash(),
        grants=[Grant(unit, role)],
        by=None,
        at=NOON,
        must_change_password=False,
    )


def make_case(
    session: Session, cast: Cast, *, unit: Unit | None = None, number: str = "思市监案字〔2026〕1号", **facts: Any
) -> Case:
    given = {"party": "思岭区黄记超市", "decision": "思市监处罚〔2026〕1号", "served_on": date(2026, 2, 1), **facts}
    with writing(session):
        return register_case(session, CaseFacts(number=number, **given), unit=unit or cast.bureau, by=cast.lin, at=NOON)


def make_item(
    session: Session,
    cast: Cast,
    *,
    case: Case | None = None,
    stored: str = "10",
    at_location: str = "A-01-1",
    **facts: Any,
) -> Item:
    """Return a line whose goods lie in the store."""
    case = case or make_case(session, cast)
    line = Line(**{"name": "假冒牛栏山白酒", "measure": "瓶", "quantity": Decimal(stored), **facts})
    with writing(session):
        spot = Spot(Account.STORED, place(session, case.unit, PlaceKind.LOCATION, at_location).id)
        people = {Part.REGISTRAR: cast.lin, Part.CUSTODIAN: cast.zhao}
        [item_id] = enter(session, [(case, line, spot)], act=Act.OPENING_BALANCE, people=people, by=cast.lin, at=NOON)
    return session.get_one(Item, item_id)


def count(session: Session, cast: Cast, *items: Item, at: datetime = NOON) -> Stocktake:
    """Zhao and Liu count where these lines of one unit lie, and find what the books say."""
    with writing(session):
        places = {held.place.id: held.place for item in items for held in item.positions if held.place.unit_id}
        made = stocktake.open_stocktake(session, items[0].unit, list(places.values()), by=cast.zhao, at=at)
        for counter in (cast.zhao, cast.liu):
            stocktake.note_figures(session, made, {line.id: line.book for line in made.lines}, by=counter, at=at)
            stocktake.finish(session, made, by=counter, at=at)
    return made


def make_counted(session: Session, cast: Cast, *, at: datetime = NOON, **facts: Any) -> Item:
    """Return a line that may be applied for."""
    item = make_item(session, cast, **facts)
    count(session, cast, item, at=at)
    return item


def make_application(
    session: Session, cast: Cast, *items: Item, by: User | None = None, at: datetime = NOON
) -> Application:
    """Return Lin's draft over all that lies free of these lines."""
    with writing(session):
        made = destruction.draft(
            session, items[0].unit, legal_basis="行政处罚法第七十四条", reason="", by=by or cast.lin, at=at
        )
        destruction.add_free_goods(session, made, items)
    return made


def submit(session: Session, application: Application, *, at: datetime = NOON) -> None:
    """Hand an application to the chain."""
    with writing(session):
        today = at.astimezone(BEIJING).date()
        destruction.submit(session, application, terms=TERMS, today=today, by=application.applicant, at=at)


def decide(
    session: Session,
    cast: Cast,
    application: Application,
    decision: Decision = Decision.AGREE,
    text: str = "",
    *,
    by: User | None = None,
    at: datetime = NOON,
) -> None:
    """Give the opinion that is next, as the person whose turn it is."""
    digest, role = application.digest, next((step.role for step in application.open_steps), Role.LEADER)
    people = {Role.UNIT_HEAD: cast.liu, Role.LEGAL: cast.huang, Role.FINANCE: cast.cai, Role.LEADER: cast.xie}
    person = by or people[role]
    with writing(session):
        destruction.decide(
            session,
            application,
            decision=decision,
            text=text,
            digest=digest,
            may=lambda permission: permission is OPINES[role],
            by=person,
            at=at,
        )


def make_approved(session: Session, cast: Cast, *items: Item, at: datetime = NOON) -> Application:
    """Return an application that all steps of the chain have agreed to."""
    made = make_application(session, cast, *items, at=at)
    submit(session, made, at=at)
    for _ in range(4):
        decide(session, cast, made, at=at)
    return made


def judge_lines(session: Session, *, terms: Terms = TERMS, today: date = TODAY) -> None:
    """Judge all lines that are to be judged anew, as the worker does."""
    while is_any_void(session, terms=terms, today=today):
        with writing(session):
            judge_some(session, terms=terms, today=today)


def balances(session: Session, item: Item) -> dict[Account, Decimal]:
    """What a line's accounts hold over all places, empty ones left out."""
    rows = session.execute(select(Position.account, Position.quantity).where(Position.item_id == item.id))
    held: dict[Account, Decimal] = {}
    for account, quantity in rows:
        held[account] = held.get(account, Decimal(0)) + quantity
    return {account: quantity for account, quantity in held.items() if quantity}


def hand_in(
    app: Flask,
    visitor: Visitor,
    *,
    kind: str = "goods_list",
    content: str | bytes = GOODS_LIST,
    name: str = "list.csv",
    unit: int = 1,
    case_number: str = "",
) -> int:
    """Upload a list as a person does, have it checked, and return the import's number."""
    data = content.encode() if isinstance(content, str) else content
    form = {"kind": kind, "unit": unit, "case_number": case_number, "file": (BytesIO(data), name)}
    answer = visitor.post("/imports", form)
    run_until_done(app)
    return int(answer.location.rsplit("/", 1)[-1])


def make_stocktake(session: Session, cast: Cast, *items: Item) -> Stocktake:
    """Return a stocktake, opened by Zhao, of the locations at which these lines lie."""
    with writing(session):
        held = select(Position.place_id).where(
            Position.item_id.in_([item.id for item in items]), Position.account == Account.STORED
        )
        places = session.scalars(select(Place).where(Place.id.in_(held)).order_by(Place.id)).all()
        return open_stocktake(session, items[0].unit, places, by=cast.zhao, at=NOON)


def clear_up(session: Session, count: Stocktake, *, by: User) -> None:
    """Release what a confirmed shortage has frozen; the caller holds the transaction."""
    for line in count.lines:
        for hold in session.scalars(select(Hold).filter_by(item_id=line.item_id, released_at=None)):
            release_hold(session, hold, reason="已查清", by=by, at=NOON)


def count_as(session: Session, count: Stocktake, person: User, found: Mapping[Item, str]) -> None:
    """Let a person count these lines and finish."""
    by_item = {item.id: Decimal(quantity) for item, quantity in found.items()}
    with writing(session):
        figures = {line.id: by_item[line.item_id] for line in count.lines if line.item_id in by_item}
        note_figures(session, count, figures, by=person, at=NOON)
        finish(session, count, by=person, at=NOON)
