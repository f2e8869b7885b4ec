"""What the sample bureau does with its goods: last year's destruction to its end, and what is prepared for the next."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.cases.models import Case
from ledger.cases.queries import holds_on
from ledger.cases.rules import HoldKind
from ledger.cases.service import release_hold, set_hold
from ledger.cli.onsite import VEHICLES, work_on_site
from ledger.cli.plausible import (
    LEGAL_BASIS,
    SUPERVISORS,
    batches_of,
    drawn,
    free_goods,
    weight_of,
)
from ledger.config import Settings
from ledger.destruction import service as destruction
from ledger.destruction.chain import DEFAULT
from ledger.destruction.models import Application, ApplicationLine
from ledger.destruction.workflow import SUGGESTED, Decision
from ledger.events import packing
from ledger.events import service as events
from ledger.events.models import Event
from ledger.events.plan import decide_plan, submit_plan
from ledger.goods.classes import EnvClass
from ledger.goods.measures import find_measure
from ledger.goods.models import Position
from ledger.journal.service import writing
from ledger.manifests import closing
from ledger.manifests import service as manifests
from ledger.manifests.content import sheet_digest
from ledger.manifests.workflow import Open, Way
from ledger.scanning.loads import open_load
from ledger.stocktake import service as stocktake
from ledger.stocktake.models import Stocktake
from ledger.stocktake.planning import Wish, plan_count
from ledger.stocktake.workflow import Cause, Kind
from ledger.units.models import Unit, User
from ledger.units.service import find_unit
from ledger.worker import run_until_done

BOX_KG = Decimal("1.5")
COUNTERS = {"LJ-SM": ("xu", "liu"), "LJ-HL": ("yang", "gao"), "LJ-HL-1": ("yang", "gao"), "LJ-SM-2": ("xu", "liu")}
HEADS = {"LJ-SM": "liu", "LJ-HL": "gao", "LJ-SM-2": "liu"}
PACKERS = {"LJ-SM": ("xu", "liu"), "LJ-HL": ("yang", "lin")}


class Seasons:
    """A year of the sample bureau around its 15 March."""

    def __init__(self, app: Flask, session: Session) -> None:
        self.app = app
        self.session = session
        self.settings: Settings = app.extensions["settings"]

    def destroy(self, day: date) -> None:
        """Count, apply, approve, pack, load, burn, sign: last year's event from its beginning to its manifest."""
        morning = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
        event = self._plan("3·15 集中统一销毁", day, ["LJ-SM", "LJ-HL"], morning - timedelta(days=16))
        for unit_code, applicant, lines in (("LJ-SM", "hong", 9), ("LJ-HL", "cai", 6)):
            found = self._lines(unit_code, lines, day)
            self._count(unit_code, found, morning - timedelta(days=14), short_by_one=unit_code == "LJ-HL")
            application = self._apply(unit_code, found, applicant, morning - timedelta(days=10))
            self._agree(application, unit_code, morning - timedelta(days=9))
            self._pack(event, unit_code, application.lines, morning - timedelta(days=3))
        self._approve_plan(event, morning - timedelta(days=2))
        work_on_site(self.app, self.session, event, morning)
        self._close(event, morning + timedelta(hours=4))

    def prepare(self, day: date, at: datetime) -> None:
        """Leave applications in every state, stocktakes under way, a hold, and the next event with packed batches."""
        event = self._plan(f"{day.year}年3·15 集中统一销毁", day, ["LJ-SM", "LJ-HL", "LJ-JM"], at)
        today = at.date()
        for number, (unit_code, applicant, lines, steps) in enumerate(
            [
                ("LJ-SM", "hong", 5, 4),
                ("LJ-HL", "cai", 4, 4),
                ("LJ-SM", "hong", 2, 1),
                ("LJ-SM", "hong", 2, 3),
                ("LJ-HL", "cai", 2, 0),
            ]
        ):
            found = self._lines(unit_code, lines, today)
            self._count(unit_code, found, at + timedelta(hours=number))
            application = self._apply(unit_code, found, applicant, at + timedelta(hours=number, minutes=30))
            self._agree(application, unit_code, at + timedelta(hours=number), steps=steps)
            if steps == len(DEFAULT):
                self._pack(event, unit_code, application.lines[:-1], at + timedelta(days=1))
        self._approve_plan(event, at + timedelta(days=1, hours=1))
        self._name_vehicle(event, "LJ-SM", at + timedelta(days=1, hours=5))
        self._end_badly(today, at + timedelta(hours=6))
        self._leave_counts_open(today, at + timedelta(days=2))
        self._hold("LJ-SM", today, at + timedelta(days=3))

    def _end_badly(self, today: date, at: datetime) -> None:
        """Leave an application sent back, one refused, one withdrawn and one that is still a draft."""
        found = self._lines("LJ-SM", 4, today)
        self._count("LJ-SM", found, at)
        at += timedelta(minutes=30)
        for position, end in zip(found, ("return", "refuse", "withdraw", "draft"), strict=False):
            application = self._apply("LJ-SM", [position], "hong", at, submit=end != "draft")
            if end == "withdraw":
                with writing(self.session):
                    who = self._person("hong")
                    destruction.withdraw(self.session, application, reason="改由移送烟草专卖局处理", by=who, at=at)
            elif end != "draft":
                self._decide(application, "liu", Decision(end), "送达回证日期看不清，请补正后再报。", at)

    def _leave_counts_open(self, today: date, at: datetime) -> None:
        """Leave a stocktake whose shortage waits to be confirmed, and one that only one person has counted."""
        short = self._count("LJ-HL-1", self._lines("LJ-HL-1", 3, today), at, short_by_one=True, confirm=False)
        half = self._open_count("LJ-SM-2", self._lines("LJ-SM-2", 3, today), at)
        with writing(self.session):
            self._enter(half, "xu", {}, at)
        self._plan_counts(today, at)
        if short.closed_at or half.closed_at:
            raise RuntimeError("the sample's stocktakes were meant to stay open")

    def _plan_counts(self, today: date, at: datetime) -> None:
        """Plan a count that is overdue, one to come with its counters named, and an unannounced one."""
        xu, liu, gao = (self._person(login) for login in ("xu", "liu", "gao"))
        with writing(self.session):
            for unit_code, by, wish in (
                ("LJ-SM", liu, Wish(kind=Kind.QUARTER, due_on=today - timedelta(days=3))),
                ("LJ-SM", liu, Wish(kind=Kind.HANDOVER, due_on=today + timedelta(days=5), counters=(xu, liu))),
                ("LJ-HL", gao, Wish(kind=Kind.UNANNOUNCED, due_on=today + timedelta(days=2))),
            ):
                plan_count(self.session, self._unit(unit_code), wish, by=by, at=at)

    def _lines(self, unit_code: str, most: int, day: date) -> list[Position]:
        return free_goods(self.session, self._unit(unit_code), most, day)

    def _open_count(self, unit_code: str, found: Sequence[Position], at: datetime) -> Stocktake:
        with writing(self.session):
            places = list({position.place_id: position.place for position in found}.values())
            by = self._person(COUNTERS[unit_code][0])
            return stocktake.open_stocktake(self.session, self._unit(unit_code), places, by=by, at=at)

    def _count(
        self,
        unit_code: str,
        found: Sequence[Position],
        at: datetime,
        *,
        short_by_one: bool = False,
        confirm: bool = True,
    ) -> Stocktake:
        """Count these positions by two people; one piece is missing if short_by_one."""
        counting = self._open_count(unit_code, found, at)
        less = {self._breakable(counting): Decimal(1)} if short_by_one else {}
        for login in COUNTERS[unit_code]:
            with writing(self.session):
                self._enter(counting, login, less, at + timedelta(minutes=20))
        if short_by_one:
            with writing(self.session):
                self._explain(counting, at + timedelta(minutes=40))
        if short_by_one and confirm:
            by, confirmed_at = self._person("wu"), at + timedelta(hours=1)
            with writing(self.session):
                stocktake.confirm(self.session, counting, by=by, at=confirmed_at)
                self._clear_up(counting, by, confirmed_at)
        return counting

    def _clear_up(self, counting: Stocktake, by: User, at: datetime) -> None:
        """Release what the shortage has frozen: it is known what became of it."""
        items = {line.item_id: line.item for line in counting.lines}
        for hold in holds_on(self.session, {item.case_id for item in items.values()}):
            if hold.item_id in items:
                release_hold(self.session, hold, reason="破损已查清，残片两人清理并拍照", by=by, at=at)

    def _enter(self, counting: Stocktake, login: str, less: dict[int, Decimal], at: datetime) -> None:
        found = {line.id: line.book - less.get(line.id, Decimal(0)) for line in counting.lines}
        by = self._person(login)
        stocktake.note_figures(self.session, counting, found, by=by, at=at)
        stocktake.finish(self.session, counting, by=by, at=at)

    def _explain(self, counting: Stocktake, at: datetime) -> None:
        by = self._person(COUNTERS["LJ-SM"][0] if counting.unit.code == "LJ-SM" else "cai")
        for line in counting.lines:
            if line.figures.difference:
                text = "纸箱受潮，一件破损渗漏，已拍照并由两人清理"
                stocktake.explain(counting, line, cause=Cause.DAMAGE, explanation=text, by=by)
        stocktake.submit(self.session, counting, by=by, at=at)

    def _breakable(self, counting: Stocktake) -> int:
        """Return the count line of the first goods that are counted in pieces, of which there are several."""
        return next(
            line.id
            for line in counting.lines
            if line.book > 1 and (measure := find_measure(line.item.measure)) and not measure.is_divisible
        )

    def _apply(
        self, unit_code: str, found: Sequence[Position], login: str, at: datetime, *, submit: bool = True
    ) -> Application:
        """Apply for all that lies at these positions."""
        by = self._person(login)
        with writing(self.session):
            unit = self._unit(unit_code)
            application = destruction.draft(
                self.session, unit, legal_basis=LEGAL_BASIS, reason="侵权假冒和过期物品，无其他利用价值", by=by, at=at
            )
            for position in found:
                method = SUGGESTED[position.item.env_class]
                wanted = destruction.Wanted(position.item_id, position.place_id, position.quantity, method)
                destruction.add_line(self.session, application, wanted)
            if submit:
                terms, today = self.settings.terms, at.date()
                destruction.submit(self.session, application, terms=terms, today=today, by=by, at=at)
        return application

    def _agree(self, application: Application, unit_code: str, at: datetime, *, steps: int = len(DEFAULT)) -> None:
        signers = (HEADS[unit_code], "huang", "wu", "xie")
        for number, login in enumerate(signers[:steps], start=1):
            self._decide(application, login, Decision.AGREE, "同意销毁。", at + timedelta(hours=number))

    def _decide(self, application: Application, login: str, decision: Decision, text: str, at: datetime) -> None:
        with writing(self.session):
            destruction.decide(
                self.session,
                application,
                decision=decision,
                text=text,
                digest=application.digest,
                may=self._person(login).may,
                by=self._person(login),
                at=at,
            )

    def _plan(self, name: str, day: date, unit_codes: Sequence[str], at: datetime) -> Event:
        """Plan an event with two sites and three receivers."""
        morning = datetime(day.year, day.month, day.day, 1, 30, tzinfo=UTC)
        with writing(self.session):
            chen, due = self._person("chen"), day + timedelta(days=5)
            bureau = self._unit("LJ")
            event = events.plan_event(self.session, bureau, name=name, day=day, report_due_on=due, by=chen, at=at)
            main = events.add_site(event, name="同平区会场", address="同平区环卫处置中心", is_main=True)
            events.add_site(event, name="云溪县会场", address="云溪县垃圾焚烧发电厂", is_main=False)
            events.add_receiver(event, env_class=EnvClass.GENERAL, name="同平区环卫处置中心")
            events.add_receiver(event, env_class=EnvClass.ELECTRONIC, name="鹭江市电子废物拆解有限公司")
            events.add_receiver(
                event,
                env_class=EnvClass.HAZARDOUS,
                name="鹭江市危险废物处置有限公司",
                licence="闽环危废经字第 0417 号",
                licence_until=day + timedelta(days=400),
                form_no=f"3502-{day.year}-00417",
            )
            for number, unit_code in enumerate(unit_codes):
                arrives = morning + timedelta(minutes=20 * number)
                events.add_slot(self.session, event, unit=self._unit(unit_code), site=main, arrives_at=arrives)
        return event

    def _approve_plan(self, event: Event, at: datetime) -> None:
        """Submit the plan with all applications that are approved by now, and have the leader approve it."""
        with writing(self.session):
            submit_plan(self.session, event, by=self._person("chen"), at=at)
        with writing(self.session):
            xie, said, seen = self._person("xie"), "同意方案。", event.digest
            agreed, after = Decision.AGREE, at + timedelta(hours=3)
            decide_plan(self.session, event, decision=agreed, text=said, digest=seen, may=xie.may, by=xie, at=after)

    def _name_vehicle(self, event: Event, unit_code: str, at: datetime) -> None:
        """Say with which vehicle a unit will come."""
        plate, driver, giver, escort = VEHICLES[unit_code]
        with writing(self.session):
            open_load(
                self.session,
                event,
                self._unit(unit_code),
                plate=plate,
                driver=driver,
                escorts=[self._person(escort)],
                by=self._person(giver),
                at=at,
            )

    def _pack(self, event: Event, unit_code: str, lines: Sequence[ApplicationLine], at: datetime) -> None:
        """Pack approved goods into sealed batches of one class and method."""
        packer, checker = (self._person(login) for login in PACKERS[unit_code])
        for goods in batches_of(lines):
            with writing(self.session):
                wanted = {line: line.open for line in goods}
                unit = self._unit(unit_code)
                batch = packing.pack(self.session, event, unit, wanted, packer=packer, checker=checker, at=at)
                gross = sum((weight_of(line) for line in goods), BOX_KG)
                seal_no = f"封{event.day.year % 100}{batch.id:04}"
                packing.seal(self.session, batch, seal_no=seal_no, gross_kg=gross, tare_kg=BOX_KG, by=packer, at=at)

    def _close(self, event: Event, at: datetime) -> None:
        """Resolve what is open, have the supervisors sign, and issue the manifest."""
        for point in closing.open_points(self.session, event):
            with writing(self.session):
                closing.resolve(
                    self.session,
                    event,
                    point,
                    **self._resolved(point),
                    at=at,
                )
        for number, (login, statement) in enumerate(SUPERVISORS.items(), start=1):
            with writing(self.session):
                closing.supervise(
                    self.session,
                    event,
                    statement=statement,
                    strokes=drawn(number),
                    digest=sheet_digest(self.session, event),
                    by=self._person(login),
                    at=at + timedelta(minutes=10 * number),
                )
        issued = at + timedelta(hours=1)
        with writing(self.session):
            manifests.issue(self.session, event, self.app.extensions["signer"], by=self._person("chen"), at=issued)
        run_until_done(self.app, clock=lambda: issued)

    def _resolved(self, point: closing.Point) -> dict[str, Any]:
        """Return what is said of an open point, and by whom."""
        if point.kind is Open.LOAD:
            text = "重车过磅时两名押运人员在车上，空车过磅时已下车；逐批核对封条完好、批数相符。"
            return {"way": Way.NOTED, "text": text, "writer": self._person("chen"), "confirmer": self._person("wu")}
        text = "车辆满载，原封留在本单位仓库，列入下一次活动。"
        return {
            "way": Way.STAYS_PACKED,
            "text": text,
            "writer": self._person("yang"),
            "confirmer": self._person("chen"),
        }

    def _hold(self, unit_code: str, today: date, at: datetime) -> None:
        [position] = self._lines(unit_code, 1, today)
        with writing(self.session):
            case = self.session.get_one(Case, position.item.case_id)
            hong, reason = self._person("hong"), "当事人已提起行政诉讼，法院已立案"
            set_hold(self.session, case, position.item, kind=HoldKind.LAWSUIT, reason=reason, by=hong, at=at)

    def _unit(self, code: str) -> Unit:
        return find_unit(self.session, code)

    def _person(self, login: str) -> User:
        return self.session.scalars(select(User).where(User.login == login)).one()
