"""The sample bureau before its goods go anywhere: units and people, and the lists that they bring in."""

from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any, cast
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.cases.attachments import attach, keep
from ledger.cases.models import Case
from ledger.cases.rules import CaseFacts
from ledger.cases.service import find_case, register_case, register_lines, store_in
from ledger.cli.plausible import sketch
from ledger.cli.unit import rows_of
from ledger.duties import Part
from ledger.files.service import FileStore
from ledger.goods import locations
from ledger.goods.lines import Line
from ledger.goods.models import Item, Place, Position
from ledger.goods.rules import Account
from ledger.goods.service import Spot
from ledger.imports import service as imports
from ledger.imports.models import GoodsImport
from ledger.imports.workflow import Kind
from ledger.journal.queries import DEMO_ACT
from ledger.journal.service import record, writing
from ledger.permissions import Role
from ledger.store import service as store
from ledger.store.rules import Disposal
from ledger.units import deputies, waivers
from ledger.units import service as units
from ledger.units.models import User
from ledger.worker import run_until_done

SAMPLES = Path(__file__).parents[1] / "samples"
PASSWORD = "lujiang-315-demo"  # noqa: S105 - printed on purpose, and never served beyond this machine
PEOPLE = [
    ("lin", "林文静", "LJ", Role.REGISTRAR),
    ("yang", "杨国华", "LJ", Role.CUSTODIAN),
    ("hong", "洪志远", "LJ-SM", Role.REGISTRAR),
    ("xu", "许文静", "LJ-SM", Role.CUSTODIAN),
    ("liu", "刘海涛", "LJ-SM", Role.UNIT_HEAD),
    ("zhou", "周建平", "LJ-SM-2", Role.REGISTRAR),
    ("cai", "蔡晓峰", "LJ-HL", Role.REGISTRAR),
    ("huang", "黄丽娟", "LJ", Role.LEGAL),
    ("wu", "吴淑贞", "LJ", Role.FINANCE),
    ("xie", "谢明辉", "LJ", Role.LEADER),
    ("chen", "陈志强", "LJ", Role.ORGANISER),
    ("guo", "郭小军", "LJ", Role.SITE_STAFF),
    ("zheng", "郑玉兰", "LJ", Role.SUPERVISOR),
    ("qiu", "邱国栋", "LJ", Role.SUPERVISOR),
    ("gao", "高建华", "LJ-HL", Role.UNIT_HEAD),
    ("sun", "孙明", "LJ", Role.AUDITOR),
    ("admin", "管理员甲", "LJ", Role.ADMIN),
    ("admin2", "管理员乙", "LJ", Role.ADMIN),
]
UNDECIDED: list[tuple[str, str, dict[str, int]]] = [
    ("冒用厂名厂址的充电器", "鹭江市南门手机店", {"kept_on": -3}),
    ("假冒注册商标的运动鞋", "思岭区陈记鞋店", {"kept_on": -22, "detained_on": -15, "detained_until": 15}),
    ("弃置的假冒服装", "", {"noticed_on": -30, "noticed_until": 30}),
    ("弃置的假冒箱包", "", {"noticed_on": -90, "noticed_until": -30}),
]
"""Goods and their party, none of ownerless ones, and days from the day they are registered on."""


def own_copy(sample: Path) -> bytes:
    """Return a sample list in other bytes, so that people who try the demo can still hand in the sample itself."""
    if sample.suffix == ".csv":
        return sample.read_bytes() + b"\r\n"
    copy = BytesIO()
    with ZipFile(sample) as original, ZipFile(copy, "w", ZIP_DEFLATED) as package:
        for part in original.infolist():
            package.writestr(ZipInfo(part.filename), original.read(part), ZIP_DEFLATED)
    return copy.getvalue()


class Bureau:
    """The sample bureau: its units, people and lists."""

    def __init__(self, app: Flask, session: Session) -> None:
        self.app = app
        self.session = session

    def found(self, at: datetime) -> None:
        """Bring in the 18 units and their people."""
        password_hash = units.hash_password(PASSWORD)
        with writing(self.session):
            units.add_units(self.session, rows_of(SAMPLES / "units.csv"), by=None, at=at)
            record(self.session, DEMO_ACT, by=None, at=at, unit=None, data={})
            for login, name, unit_code, role in PEOPLE:
                grant = units.Grant(units.find_unit(self.session, unit_code), role)
                units.add_user(
                    self.session,
                    login=login,
                    name=name,
                    password_hash=password_hash,
                    grants=[grant],
                    by=None,
                    at=at,
                    must_change_password=False,
                )

    def import_store_ledger(self, at: datetime) -> None:
        """Bring in 420 lines of 17 units as an opening balance, confirmed by the bureau's custodian."""
        made_id = self._hand_in("store-ledger-18-units.xlsx", Kind.OPENING_BALANCE, "LJ", "lin", at)
        self._accept(made_id, "lin", at)
        day_after = at + timedelta(days=1)
        with writing(self.session):
            imports.confirm(self.session, self._import(made_id), by=self.person("yang"), at=day_after)
        run_until_done(self.app, clock=lambda: day_after)

    def furnish_store(self, at: datetime) -> None:
        """Give the store of a district a tree: its shelves, which came with the goods, hang in the zones of a house."""
        xu = self.person("xu")
        with writing(self.session):
            unit = units.find_unit(self.session, "LJ-SM")
            house = locations.add(self.session, unit, "一号仓库", None, by=xu, at=at)
            locations.add(self.session, unit, "二号仓库（危化品）", None, by=xu, at=at)
            shelves = select(Place).where(Place.unit_id == unit.id, Place.parent_id.is_(None), Place.name.contains("-"))
            zones: dict[str, Place] = {}
            for shelf in self.session.scalars(shelves.order_by(Place.name)).all():
                zone = f"{shelf.name.partition('-')[0]}区"
                if zone not in zones:
                    zones[zone] = locations.add(self.session, unit, zone, house, by=xu, at=at)
                locations.hang(self.session, shelf, zones[zone], by=xu, at=at)

    def register_case(self, at: datetime) -> None:
        """Register a fresh case whose decision is not served yet, with pictures of the goods."""
        facts = CaseFacts(
            number=f"思市监案字〔{at.year}〕0321号",
            party="思岭区黄记超市",
            cause="销售侵犯注册商标专用权的商品",
            decision=f"思市监处罚〔{at.year}〕321号",
        )
        with writing(self.session):
            unit, hong = units.find_unit(self.session, "LJ-SM"), self.person("hong")
            case = register_case(self.session, facts, unit=unit, by=hong, at=at)
        for place, subject in enumerate(("扣押现场", "外箱封条")):
            sha256, shown = keep(self.app.extensions["files"], sketch(subject, place).getvalue())
            with writing(self.session):
                attach(self.session, case, None, name=subject, sha256=sha256, shown=shown, by=hong, at=at)

    def import_goods_list(self, at: datetime) -> None:
        """Bring in that case's goods list as it was signed on the spot."""
        number = f"思市监案字〔{at.year}〕0321号"
        made_id = self._hand_in("goods-list-form24.xlsx", Kind.GOODS_LIST, "LJ-SM", "hong", at, case_number=number)
        self._accept(made_id, "hong", at)

    def hand_in_for_custodian(self, at: datetime) -> None:
        """Leave an opening balance waiting for its custodian."""
        number = f"思市监案字〔{at.year}〕0322号"
        with writing(self.session):
            unit = units.find_unit(self.session, "LJ-SM")
            facts = CaseFacts(number=number, party="鹭江市刘记便利店", cause="经营超过保质期的食品")
            register_case(self.session, facts, unit=unit, by=self.person("hong"), at=at)
        made_id = self._hand_in("goods-list-gbk.csv", Kind.OPENING_BALANCE, "LJ-SM", "hong", at, case_number=number)
        self._accept(made_id, "hong", at)

    def register_undecided(self, at: datetime) -> None:
        """Register goods without a decision: kept in advance, detained, ownerless with the notice running and over."""
        for number, (name, party, days) in enumerate(UNDECIDED, start=323):
            measures: dict[str, Any] = {field: at.date() + timedelta(days=ago) for field, ago in days.items()}
            facts = CaseFacts(number=f"思市监案字〔{at.year}〕0{number}号", party=party, **measures)
            line = Line(name=name, measure="件", quantity=Decimal(12), value=96_000)
            with writing(self.session):
                unit, hong = units.find_unit(self.session, "LJ-SM"), self.person("hong")
                case = register_case(self.session, facts, unit=unit, by=hong, at=at)
                [item_id] = register_lines(self.session, case, [line], by=hong, at=at)
            if not party:
                taken, xu = {item_id: line.quantity}, self.person("xu")
                with writing(self.session):
                    store_in(self.session, case, taken, location="C-01", handler=hong, custodian=xu, at=at)

    def hand_in_with_errors(self, at: datetime) -> None:
        """Leave a list with errors waiting for who handed it in."""
        number = f"思市监案字〔{at.year}〕0321号"
        self._hand_in("goods-list-with-errors.xlsx", Kind.GOODS_LIST, "LJ-SM", "hong", at, case_number=number)

    def give_out(self, at: datetime) -> None:
        """Send goods of a district to a laboratory, and hand its cigarettes over to the tobacco bureau."""
        sampled, cigarettes = self._free("化妆品", more_than=2), self._free("烟草制品")
        with writing(self.session):
            case, taken = self._all_of(sampled, most=Decimal(2))
            laboratory, document = "鹭江市质量技术检测研究院", f"思市监检〔{at.year}〕018号"
            custodian = self.person("xu")
            store.sample(
                self.session, case, taken, laboratory=laboratory, document=document, custodian=custodian, at=at
            )
        with writing(self.session):
            case, taken = self._all_of(cigarettes)
            order = store.Paper(
                kind=Disposal.TRANSFER,
                recipient="鹭江市烟草专卖局",
                document=f"思市监移〔{at.year}〕007号",
                reason="涉烟物品依法移送烟草专卖行政主管部门处理",
            )
            custodian, approver = self.person("xu"), self.person("xie")
            store.dispose(
                self.session,
                case,
                taken,
                paper=order,
                custodian=custodian,
                approver=approver,
                at=at + timedelta(hours=1),
            )

    def let_others_act(self, at: datetime) -> None:
        """Ask that one person may check what they applied for, which waits for the leader, and name a deputy."""
        until = at.date() + timedelta(days=30)
        with writing(self.session):
            unit, hong, xu = units.find_unit(self.session, "LJ-SM"), self.person("hong"), self.person("xu")
            parts, why = (Part.CHECKER, Part.APPLICANT), "负责人借调在外，装批期间局里只有两人在岗"
            waivers.ask_waiver(
                self.session, unit, hong, parts, reason=why, last_day=until, today=at.date(), by=xu, at=at
            )
        with writing(self.session):
            wu, lin = self.person("wu"), self.person("lin")
            back, why = until + timedelta(days=7), "外出培训"
            days: dict[str, Any] = {"first_day": until, "last_day": back, "today": at.date()}
            deputies.name_deputy(self.session, wu, lin, **days, reason=why, at=at)

    def _free(self, category: str, *, more_than: int = 0) -> Position:
        """Return goods of a category in the district's store that nobody has spoken for."""
        unit = units.find_unit(self.session, "LJ-SM")
        query = select(Position).join(Position.item).where(Item.unit_id == unit.id, Item.category == category)
        query = query.where(Position.account == Account.STORED, Position.quantity > more_than, Position.reserved == 0)
        return self.session.scalars(query.order_by(Item.id).limit(1)).one()

    def _all_of(self, position: Position, *, most: Decimal | None = None) -> tuple[Case, store.Taken]:
        """Return the case of these goods and all of them, or the most that is to be taken."""
        spot = Spot(position.account, position.place_id)
        quantity = min(position.quantity, most or position.quantity)
        return self.session.get_one(Case, position.item.case_id), {(position.item_id, spot): quantity}

    def _hand_in(
        self, name: str, kind: Kind, unit_code: str, login: str, at: datetime, *, case_number: str | None = None
    ) -> int:
        files = cast(FileStore, self.app.extensions["files"])
        digest = files.keep(BytesIO(own_copy(SAMPLES / name)))
        with writing(self.session):
            unit = units.find_unit(self.session, unit_code)
            case = find_case(self.session, unit.id, case_number) if case_number else None
            made = imports.hand_in(
                self.session,
                unit=unit,
                kind=kind,
                file=digest,
                file_name=name,
                case=case,
                by=self.person(login),
                at=at,
            )
            made_id = made.id
        run_until_done(self.app, clock=lambda: at)
        return made_id

    def _accept(self, made_id: int, login: str, at: datetime) -> None:
        with writing(self.session):
            imports.accept(self.session, self._import(made_id), with_errors=False, by=self.person(login), at=at)
        run_until_done(self.app, clock=lambda: at)

    def _import(self, made_id: int) -> GoodsImport:
        return self.session.get_one(GoodsImport, made_id)

    def person(self, login: str) -> User:
        """Return one of PEOPLE."""
        return self.session.scalars(select(User).where(User.login == login)).one()
