"""A day of destruction, made by the real services: counted, approved, packed and sealed goods, and the event open.

Lin registers and applies, Zhao and Lin count, Liu, Huang, Cai and Xie approve, Zhao packs, Liu checks, Chen organises,
Guo scans, Pan and Yu supervise. Everything is of the bureau unless a test says otherwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO
from itertools import count
from typing import Any
from uuid import UUID

from factories import NOON, Cast, clear_up, make_case
from flask import Flask, current_app
from occasions import cover, sign_plan
from PIL import Image
from sqlalchemy.orm import Session

from ledger.cases.models import Case
from ledger.cases.rules import AppealPeriods, Terms
from ledger.cases.service import enter
from ledger.destruction import service as destruction
from ledger.destruction.models import Application, ApplicationLine
from ledger.destruction.workflow import Decision, Method
from ledger.duties import Part
from ledger.events import packing
from ledger.events import service as events
from ledger.events.models import Batch, Event, Receiver, Site
from ledger.events.sampling import Sampling
from ledger.goods.classes import EnvClass
from ledger.goods.lines import Line
from ledger.goods.models import Item, Place
from ledger.goods.rules import Account, Act, PlaceKind
from ledger.goods.service import Spot, place
from ledger.journal.service import writing
from ledger.manifests import closing
from ledger.manifests import service as manifests
from ledger.manifests.content import sheet_digest
from ledger.manifests.models import Manifest
from ledger.scanning import service as scanning
from ledger.scanning.models import Posting, Run
from ledger.scanning.queries import runs_of
from ledger.scanning.rules import Stage
from ledger.scanning.runs import batches_of, lacking_pictures, note_results, photograph, run_sheet
from ledger.scanning.signing import digest_of, sign_run
from ledger.stocktake import service as stocktake
from ledger.stocktake.workflow import Cause
from ledger.units.models import Unit, User
from ledger.worker import run_until_done

TERMS = Terms(periods=AppealPeriods(60, 6), count_valid_days=30)
HAZARDOUS_PAPERS: dict[str, Any] = {"licence": "闽危废 1 号", "licence_until": NOON.date(), "form_no": "联单 1"}
STROKES = {"width": 640, "height": 240, "strokes": [[[10, 10, 0, 0.5], [400, 160, 120, 0.5]]]}
_numbers = count(1)


@dataclass
class Day:
    """An event and what is on it."""

    session: Session
    cast: Cast
    event: Event
    site: Site
    receiver: Receiver
    batches: list[Batch] = field(default_factory=list)

    @property
    def batch(self) -> Batch:
        """The first batch."""
        return self.batches[0]

    def open(self, sampling: Sampling | None = None) -> None:
        """Begin the day."""
        with writing(self.session):
            events.open_event(self.session, self.event, by=self.cast.chen, at=NOON, sampling=sampling)

    def open_run(self, method: Method = Method.INCINERATION) -> Run:
        """Begin a run, watched by Pan and Yu."""
        with writing(self.session):
            return scanning.open_run(
                self.session,
                self.event,
                site=self.site,
                receiver=self.receiver,
                method=method,
                supervisors=[self.cast.pan, self.cast.yu],
                by=self.cast.chen,
                at=NOON,
            )

    def scan(self, stage: Stage, batch: Batch | None = None, **facts: Any) -> Posting:
        """Let Guo scan a batch, the first if none is named."""
        fact = self.fact(stage, batch, **facts)
        [posting] = self.take([fact])
        return posting

    def take(self, facts: Sequence[scanning.Fact]) -> list[Posting]:
        """Take in scans that came together."""
        with writing(self.session):
            return scanning.take(self.session, facts, at=NOON)

    def fact(self, stage: Stage, batch: Batch | None = None, **facts: Any) -> scanning.Fact:
        """Return a scan of Guo's as a device reports it."""
        given = {
            "id": new_id(),
            "device": "手机 1 号",
            "offset": timedelta(0),
            "user_id": self.cast.guo.id,
            "seq": next(_numbers),
            "event_id": self.event.id,
            "code": (batch or self.batch).code,
            "stage": stage,
            "at": NOON,
            "operator": "郭小军",
            **facts,
        }
        return scanning.Fact(**given)

    def destroy(self, *batches: Batch) -> Run:
        """Take batches, all if none is named, through all stages, in a run that ends."""
        run = self.open_run()
        for batch in batches or self.batches:
            for stage in (Stage.LOAD, Stage.RECEIVE, Stage.DESTROY):
                self.scan(stage, batch, run=run.number)
        with writing(self.session):
            scanning.finish_run(self.session, run, by=self.cast.chen, at=NOON)
        return run

    def document(self, run: Run) -> None:
        """Have all that the closing asks of a run that ended."""
        document(self.session, run, by=self.cast.chen)

    def end(self, *, is_documented: bool = True) -> None:
        """End the work on site; Chen closes the event. Its runs have all that the closing asks for, unless told not."""
        for run in runs_of(self.session, self.event.id) if is_documented else ():
            if not run.is_open and batches_of(self.session, run):
                self.document(run)
        with writing(self.session):
            closing.end(self.session, self.event, by=self.cast.chen, at=NOON)

    def sign(self, person: User) -> None:
        """Let a supervisor sign for the content as it is."""
        with writing(self.session):
            closing.supervise(
                self.session,
                self.event,
                statement="我亲眼见到销毁。",
                strokes=STROKES,
                digest=sheet_digest(self.session, self.event),
                by=person,
                at=NOON,
            )


def document(session: Session, run: Run, *, by: User) -> None:
    """Photograph a run that ended, write down what was left of it, and let its supervisors sign."""
    files = current_app.extensions["files"]
    for number, stage in enumerate(lacking_pictures(run), start=1):
        picture = BytesIO()
        Image.new("RGB", (60 + number, 40 + run.number)).save(picture, "JPEG")  # none like another
        facts = {"unit": run.event.unit, "stage": stage, "subject": "炉前", "by": by, "at": NOON}
        with writing(session):
            photograph(session, run.event, run, sha256=files.keep(BytesIO(picture.getvalue())), **facts)
    left: dict[str, Any] = {"video": "", "residue_kg": Decimal("0.8"), "income": None, "receipt_no": ""}
    with writing(session):
        note_results(session, run, **left, by=by, at=NOON)
    for person in run.supervisors:
        digest = digest_of(run_sheet(session, run))
        with writing(session):
            sign_run(session, run, digest=digest, strokes=STROKES, person=person, by=person, at=NOON)


def new_id() -> str:
    """Return a fresh id of a scan."""
    return str(UUID(int=next(_numbers), version=4))


def make_day(
    session: Session,
    cast: Cast,
    *,
    batches: int = 1,
    lines: int = 1,
    unit: Unit | None = None,
    organiser: Unit | None = None,
    is_open: bool = True,
    **facts: Any,
) -> Day:
    """Return an event for which batches of so many lines are packed, each line of 10 bottles."""
    unit = unit or cast.bureau
    applied = approved_lines(session, cast, unit, batches * lines, **facts)
    day = plan_day(session, cast, [unit], applied[0].item.env_class, organiser=organiser or cast.bureau)
    for start in range(0, len(applied), lines):
        day.batches.append(pack(day, applied[start : start + lines]))
    if is_open:
        day.open()
    return day


def pack(day: Day, lines: Sequence[ApplicationLine]) -> Batch:
    """Return a sealed batch of all of these approved lines."""
    session, cast, unit = day.session, day.cast, lines[0].application.unit
    with writing(session):
        goods = {line: line.open for line in lines}
        batch = packing.pack(session, day.event, unit, goods, packer=cast.zhao, checker=cast.liu, at=NOON)
        weights = {"gross_kg": Decimal("12.5"), "tare_kg": Decimal("0.5")}
        packing.seal(session, batch, seal_no=f"封{batch.number}", **weights, by=cast.zhao, at=NOON)
    return batch


def plan_day(session: Session, cast: Cast, units: Sequence[Unit], env_class: EnvClass, *, organiser: Unit) -> Day:
    """Return an approved event at which these units have slots."""
    with writing(session):
        day = NOON.date()
        event = events.plan_event(
            session, organiser, name="集中统一销毁", day=day, report_due_on=day, by=cast.chen, at=NOON
        )
        site = events.add_site(event, name="主会场", address="环卫处置中心", is_main=True)
        papers = HAZARDOUS_PAPERS if env_class is EnvClass.HAZARDOUS else {}
        receiver = events.add_receiver(event, env_class=env_class, name="环卫处置中心", **papers)
        for unit in units:
            events.add_slot(session, event, unit=unit, site=site, arrives_at=NOON)
    sign_plan(session, cast, event)
    return Day(session, cast, event, site, receiver)


def approved_lines(
    session: Session,
    cast: Cast,
    unit: Unit,
    number: int,
    *,
    case: Case | None = None,
    short: Decimal = Decimal(0),
    **facts: Any,
) -> list[ApplicationLine]:
    """Return approved lines of goods that lie in the unit's store and were counted there, each so much too few."""
    case = case or make_case(session, cast, unit=unit, number=f"思市监案字〔2025〕{next(_numbers)}号")
    given = {"name": "假冒白酒", "measure": "瓶", "quantity": Decimal(10), "category": "酒类", "value": 90_000, **facts}
    with writing(session):
        shelf = place(session, unit, PlaceKind.LOCATION, f"A-{next(_numbers)}")
        people = {Part.REGISTRAR: cast.lin, Part.CUSTODIAN: cast.zhao}
        rows = [(case, Line(**given), Spot(Account.STORED, shelf.id)) for _ in range(number)]
        ids = enter(session, rows, act=Act.OPENING_BALANCE, people=people, by=cast.lin, at=NOON)
        count_shelf(session, cast, unit, shelf, short=short)
        application = destruction.draft(session, unit, legal_basis="行政处罚法", reason="", by=cast.lin, at=NOON)
        for item_id in ids:
            wanted = destruction.Wanted(item_id, shelf.id, given["quantity"] - short, Method.INCINERATION)
            destruction.add_line(session, application, wanted)
        destruction.submit(session, application, terms=TERMS, today=NOON.date(), by=cast.lin, at=NOON)
    for step, by in enumerate((cast.liu, cast.huang, cast.cai, cast.xie)):
        with writing(session):
            agree(session, application, step, by=by, at=NOON)
    cover(session, cast, unit)
    return list(application.lines)


def count_shelf(session: Session, cast: Cast, unit: Unit, shelf: Place, *, short: Decimal) -> None:
    """Let Zhao and Lin count a location; if something is missing, Lin explains it and Liu confirms."""
    listed = stocktake.open_stocktake(session, unit, [shelf], by=cast.zhao, at=NOON)
    for counter in (cast.zhao, cast.lin):
        figures = {line.id: line.book - short for line in listed.lines}
        stocktake.note_figures(session, listed, figures, by=counter, at=NOON)
        stocktake.finish(session, listed, by=counter, at=NOON)
    if short:
        for line in listed.lines:
            stocktake.explain(listed, line, cause=Cause.DAMAGE, explanation="破裂", by=cast.lin)
        stocktake.submit(session, listed, by=cast.lin, at=NOON)
        stocktake.confirm(session, listed, by=cast.liu, at=NOON)
        clear_up(session, listed, by=cast.liu)


def agree(session: Session, application: Application, step: int, *, by: User, at: datetime) -> None:
    """Agree to an application at a step of its chain."""
    destruction.decide(
        session,
        application,
        decision=Decision.AGREE,
        text="同意",
        digest=application.digest,
        may=lambda _permission: True,
        by=by,
        at=at,
    )


def items_of(day: Day) -> list[Item]:
    """Return the lines that are packed."""
    return [each.line.item for batch in day.batches for each in batch.contents]


def issue(app: Flask, day: Day) -> Manifest:
    """Have Pan and Yu sign for a day that ended, and let Chen issue its manifest."""
    day.sign(day.cast.pan)
    day.sign(day.cast.yu)
    with writing(day.session):
        return manifests.issue(day.session, day.event, app.extensions["signer"], by=day.cast.chen, at=NOON)


def make_manifest(app: Flask, session: Session, cast: Cast, **facts: Any) -> Manifest:
    """Return the signed manifest of a day on which everything was destroyed."""
    day = make_day(session, cast, **facts)
    day.destroy()
    day.end()
    manifest = issue(app, day)
    run_until_done(app)
    session.rollback()
    return manifest
