"""The day of the sample bureau's last destruction: vehicles and their slips, scans, runs with what was left of them."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO
from itertools import count
from uuid import NAMESPACE_URL, uuid5

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.cli.plausible import PICTURES, RUN_PICTURES, SUPERVISORS, drawn, open_samples, sketch
from ledger.config import Settings
from ledger.destruction.workflow import SUGGESTED, Method
from ledger.events import service as events
from ledger.events.models import Batch, Event
from ledger.events.photos import PhotoStage
from ledger.files.images import clean_picture
from ledger.files.service import FileStore
from ledger.goods.classes import EnvClass
from ledger.journal.service import writing
from ledger.manifests import closing
from ledger.papers.figures import BEIJING
from ledger.scanning import loads, runs, signing
from ledger.scanning import service as scanning
from ledger.scanning.models import Load, Run
from ledger.scanning.rules import Seal, Stage
from ledger.scanning.slips import hand_over
from ledger.scanning.workflow import LEGS, Leg, Signs
from ledger.units.models import User

VEHICLES = {
    "LJ-SM": ("闽D·A0315", "陈师傅", "xu", "hong"),
    "LJ-HL": ("闽D·B0826", "林师傅", "yang", "cai"),
}
"""Of each unit: plate, driver, who hands over and who escorts."""
TARE_KG = Decimal(3860)
RESIDUE = {Method.INCINERATION: Decimal("0.07")}
"""How much of what went in is left; all of it where nothing burns."""
INCOME = 32_600
"""What the metal that is left brings as scrap, in fen."""


def work_on_site(app: Flask, session: Session, event: Event, morning: datetime) -> None:
    """Load, receive and burn all batches but one, which stays behind, and end the work."""
    Day(app, session, event).work(morning)


class Day:
    """The work on site, by the people who do it."""

    def __init__(self, app: Flask, session: Session, event: Event) -> None:
        self.settings: Settings = app.extensions["settings"]
        self.files: FileStore = app.extensions["files"]
        self.session, self.event = session, event
        self._scans, self._pictures = count(1), count()

    def work(self, morning: datetime) -> None:
        """Do all of it."""
        session, event, sampling = self.session, self.event, self.settings.sampling
        with writing(session):
            events.open_event(session, event, by=self._person("chen"), at=morning, sampling=sampling)
        *coming, _left_behind = event.batches
        vehicles = list(self._load(morning + timedelta(minutes=5)))
        for batch in coming:
            self._scan(batch, Stage.LOAD, morning + timedelta(minutes=20))
        for load in vehicles:
            self._hand_over(load, Leg.DEPARTURE, morning + timedelta(minutes=24))
        for batch in coming:
            self._scan(batch, Stage.RECEIVE, morning + timedelta(minutes=40))
        self._scan(coming[0], Stage.RECEIVE, morning + timedelta(minutes=45))  # twice: it counts once
        for load in vehicles:
            self._weigh(load, morning + timedelta(minutes=47))
            self._hand_over(load, Leg.ARRIVAL, morning + timedelta(minutes=49))
        open_samples(session, coming, self._person("guo"), self._person("zheng"), morning + timedelta(minutes=50))
        for number, (stage, subject) in enumerate(PICTURES):
            self._take_picture(stage, subject, morning + timedelta(minutes=20 * (number + 1)))
        for number, method in enumerate(dict.fromkeys(batch.method for batch in coming)):
            began = morning + timedelta(minutes=60 + 30 * number)
            self._burn([batch for batch in coming if batch.method is method], method, began)
        with writing(session):
            closing.end(session, event, by=self._person("chen"), at=morning + timedelta(hours=3))

    def _load(self, at: datetime) -> Iterator[Load]:
        """Begin a load of each unit."""
        for slot in self.event.slots:
            plate, driver, _giver, escort = VEHICLES[slot.unit.code]
            with writing(self.session):
                load = loads.open_load(
                    self.session,
                    self.event,
                    slot.unit,
                    plate=plate,
                    driver=driver,
                    escorts=[self._person(escort)],
                    by=self._person("guo"),
                    at=at,
                )
            yield load

    def _weigh(self, load: Load, at: datetime) -> None:
        """Weigh a vehicle; of one the weight is not that of what was packed."""
        packed = loads.packed_kg(loads.loaded_on(self.session, load)) or Decimal(0)
        more = Decimal("0.2") if load.unit.code == "LJ-SM" else packed * Decimal("0.03") + 3
        gross = (TARE_KG + packed + more).quantize(Decimal("0.1"))
        with writing(self.session):
            loads.weigh(self.session, load, gross_kg=gross, tare_kg=TARE_KG, by=self._person("guo"), at=at)

    def _hand_over(self, load: Load, leg: Leg, at: datetime) -> None:
        """Have both sides sign the slip."""
        _plate, _driver, giver, escort = VEHICLES[load.unit.code]
        people = {Signs.HANDS_OVER: giver, Signs.SETS_OUT: escort, Signs.ARRIVES: escort, Signs.TAKES_OVER: "guo"}
        for number, signs in enumerate(LEGS[leg], start=1):
            with writing(self.session):
                digest = signing.digest_of(hand_over(self.session, load, leg))
                by, strokes = self._person(people[signs]), dict(drawn(number + load.number))
                after = at + timedelta(minutes=number)
                signing.sign_slip(self.session, load, signs, strokes=strokes, digest=digest, by=by, at=after)

    def _burn(self, batches: Sequence[Batch], method: Method, at: datetime) -> None:
        """Burn, dismantle or crush these in a run, photograph it, and have it signed for."""
        session, chen = self.session, self._person("chen")
        receiver = next(known for known in self.event.receivers if SUGGESTED[known.env_class] is method)
        watching = [self._person(login) for login in SUPERVISORS]
        with writing(session):
            run = scanning.open_run(
                session,
                self.event,
                site=self.event.sites[0],
                receiver=receiver,
                method=method,
                supervisors=watching,
                by=chen,
                at=at,
            )
        for number, (stage, subject) in enumerate(RUN_PICTURES):
            self._take_picture(stage, f"第 {run.number} 炉：{subject}", at + timedelta(minutes=4 + 9 * number), run)
        for batch in batches:
            self._scan(batch, Stage.DESTROY, at + timedelta(minutes=5), run=run.number)
        ended = at + timedelta(minutes=25)
        with writing(session):
            scanning.finish_run(session, run, by=chen, at=ended)
        with writing(session):
            is_sold = receiver.env_class is EnvClass.GENERAL  # the metal that is left
            net = sum((batch.net_kg for batch in batches), Decimal(0))
            runs.note_results(
                session,
                run,
                video=f"{run.number} 号机位 {_clock(at)}–{_clock(ended)}",
                residue_kg=(net * RESIDUE.get(method, Decimal(1))).quantize(Decimal("0.1")),
                income=INCOME if is_sold else None,
                receipt_no=f"缴字〔{at.year}〕0315-{run.number} 号" if is_sold else "",
                by=chen,
                at=ended + timedelta(minutes=1),
            )
        self._sign(run, watching, ended + timedelta(minutes=2))

    def _sign(self, run: Run, watching: Sequence[User], at: datetime) -> None:
        for number, person in enumerate(watching, start=1):
            with writing(self.session):
                signing.sign_run(
                    self.session,
                    run,
                    digest=signing.digest_of(runs.run_sheet(self.session, run)),
                    strokes=dict(drawn(number)),
                    person=person,
                    by=person,
                    at=at + timedelta(minutes=number),
                )

    def _take_picture(self, stage: PhotoStage, subject: str, at: datetime, run: Run | None = None) -> None:
        number = next(self._pictures)
        sha256 = self.files.keep(BytesIO(clean_picture(sketch(subject, number))))
        unit = self.event.slots[number % len(self.event.slots)].unit
        with writing(self.session):
            facts = {"unit": unit, "stage": stage, "subject": subject, "sha256": sha256}
            runs.photograph(self.session, self.event, run, **facts, by=self._person("guo"), at=at)

    def _scan(self, batch: Batch, stage: Stage, at: datetime, *, run: int | None = None) -> None:
        number, guo = next(self._scans), self._person("guo")
        fact = scanning.Fact(
            id=str(uuid5(NAMESPACE_URL, f"{self.event.id}/{number}")),
            device="手机 1 号",
            offset=timedelta(0),
            user_id=guo.id,
            seq=number,
            event_id=self.event.id,
            code=batch.code,
            stage=stage,
            at=at,
            operator=guo.name,
            run=run,
            vehicle=VEHICLES[batch.unit.code][0] if stage is Stage.LOAD else "",
            seal=Seal.WHOLE,
        )
        with writing(self.session):
            scanning.take(self.session, [fact], at=at)

    def _person(self, login: str) -> User:
        return self.session.scalars(select(User).where(User.login == login)).one()


def _clock(at: datetime) -> str:
    return f"{at.astimezone(BEIJING):%H:%M}"
