"""Events as they come about: goods counted, applied for and approved, a plan, batches. All by the real services."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

from factories import NOON, Cast, make_case, make_item
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.cases.rules import AppealPeriods, Terms
from ledger.destruction import service as destruction
from ledger.destruction.models import ApplicationLine
from ledger.destruction.workflow import Decision, Method
from ledger.events import packing
from ledger.events import plan as plans
from ledger.events import service as events
from ledger.events.models import Batch, Event, Slot
from ledger.events.workflow import State
from ledger.goods.classes import EnvClass
from ledger.goods.models import Item
from ledger.goods.queries import standing
from ledger.journal.service import writing
from ledger.stocktake import service as stocktake
from ledger.units.models import Unit, User

DAY = date(2027, 3, 15)
MORNING = datetime(2027, 3, 15, 1, 30, tzinfo=UTC)
TERMS = Terms(periods=AppealPeriods(60, 6), count_valid_days=30)


def make_approved(
    session: Session,
    cast: Cast,
    names: Collection[str] = ("假冒牛栏山白酒",),
    *,
    unit: Unit | None = None,
    number: str = "思市监案字〔2026〕1号",
    stored: str = "10",
    method: Method = Method.INCINERATION,
    applicant: User | None = None,
    **facts: object,
) -> list[ApplicationLine]:
    """Return approved lines: so much of each of these goods, in the unit's store, counted and signed for by all."""
    case = make_case(session, cast, unit=unit, number=number)
    items = [
        make_item(session, cast, case=case, name=name, stored=stored, at_location=number, **facts) for name in names
    ]
    count_all(session, cast, items)
    return approve(session, cast, items, method=method, applicant=applicant or cast.lin)


def count_all(session: Session, cast: Cast, items: Sequence[Item]) -> None:
    """Have Zhao and Liu count where these goods lie; they agree with the books."""
    places = list({held.place_id: held.place for item in items for held in standing(item)}.values())
    with writing(session):
        count = stocktake.open_stocktake(session, items[0].unit, places, by=cast.zhao, at=NOON)
        figures = {line.id: line.book for line in count.lines}
        for counter in (cast.zhao, cast.liu):
            stocktake.note_figures(session, count, figures, by=counter, at=NOON)
            stocktake.finish(session, count, by=counter, at=NOON)


def approve(
    session: Session, cast: Cast, items: Sequence[Item], *, method: Method, applicant: User
) -> list[ApplicationLine]:
    """Apply for all of these goods, and have the chain agree."""
    with writing(session):
        unit = items[0].unit
        application = destruction.draft(session, unit, legal_basis="第七十四条", reason="", by=applicant, at=NOON)
        for item in items:
            [held] = standing(item)
            destruction.add_line(
                session, application, destruction.Wanted(item.id, held.place_id, held.quantity, method)
            )
        destruction.submit(session, application, terms=TERMS, today=NOON.date(), by=applicant, at=NOON)
        for person in (cast.liu, cast.huang, cast.cai, cast.xie):
            destruction.decide(
                session,
                application,
                decision=Decision.AGREE,
                text="同意",
                digest=application.digest,
                may=lambda _permission: True,
                by=person,
                at=NOON,
            )
    cover(session, cast, unit)
    return list(application.lines)


def make_plan(session: Session, cast: Cast, *units: Unit, organiser: Unit | None = None) -> Event:
    """Return an event at which these units arrive, planned and not submitted yet."""
    with writing(session):
        event = events.plan_event(
            session,
            organiser or cast.bureau,
            name="集中统一销毁",
            day=DAY,
            report_due_on=date(2027, 3, 20),
            by=cast.chen,
            at=NOON,
        )
        site = events.add_site(event, name="同平区处置中心", address="环卫路1号", is_main=True)
        events.add_receiver(event, env_class=EnvClass.GENERAL, name="环卫处置中心")
        for unit in units or (cast.bureau,):
            events.add_slot(session, event, unit=unit, site=site, arrives_at=MORNING)
    return event


def make_event(session: Session, cast: Cast, *units: Unit) -> Event:
    """Return an event whose plan is approved."""
    event = make_plan(session, cast, *units)
    sign_plan(session, cast, event)
    return event


def sign_plan(session: Session, cast: Cast, event: Event) -> None:
    """Have a plan approved as it is: Chen submits it, taking it up again if it was approved before; Xie agrees."""
    with writing(session):
        if event.state is State.APPROVED:
            plans.revise_plan(session, event, reason="补充申请", by=cast.chen, at=NOON)
        if event.state is State.PLANNING:
            plans.submit_plan(session, event, by=cast.chen, at=NOON)
        agreed, seen = Decision.AGREE, event.digest
        plans.decide_plan(
            session, event, decision=agreed, text="同意", digest=seen, may=cast.xie.may, by=cast.xie, at=NOON
        )


def cover(session: Session, cast: Cast, unit: Unit) -> None:
    """Have every approved plan of an event where this unit arrives approved anew, over what is approved by now."""
    slots = select(Slot.event_id).where(Slot.unit_id == unit.id)
    for event in session.scalars(select(Event).where(Event.id.in_(slots), Event.state == State.APPROVED)).all():
        sign_plan(session, cast, event)


def make_batch(
    session: Session,
    cast: Cast,
    event: Event,
    lines: Sequence[ApplicationLine],
    *,
    seal: str = "封871384",
    quantity: Decimal | None = None,
) -> Batch:
    """Return a batch of all of these lines, packed by Zhao before Liu; sealed unless seal is empty."""
    with writing(session):
        goods = {line: quantity or line.open for line in lines}
        batch = packing.pack(session, event, lines[0].item.unit, goods, packer=cast.zhao, checker=cast.liu, at=NOON)
        if seal:
            packing.seal(
                session, batch, seal_no=seal, gross_kg=Decimal("12.5"), tare_kg=Decimal("0.5"), by=cast.zhao, at=NOON
            )
    return batch
