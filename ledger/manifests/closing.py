"""Closing an event: what is still open, resolving it in writing by two people, and the supervisors' signatures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.duties import Part, SecondPersonNeeded, check_duty
from ledger.events.models import Batch, Event
from ledger.events.packing import bring_back
from ledger.events.queries import items_in
from ledger.events.service import end_event
from ledger.events.workflow import State
from ledger.goods.queries import accounts_at
from ledger.goods.rules import Act
from ledger.goods.service import Move, Spot, move
from ledger.journal.service import record
from ledger.manifests import words
from ledger.manifests.content import sheet_digest
from ledger.manifests.models import Resolution, Supervision
from ledger.manifests.template import statements_of, template_of
from ledger.manifests.workflow import (
    SUPERVISORS,
    WAYS,
    ClosingMovedOn,
    ExplanationNeeded,
    NoSupervisor,
    NotOpen,
    NotThatWay,
    Open,
    PointsOpen,
    RunsOpen,
    SignaturesMissing,
    Way,
    WayOut,
)
from ledger.scanning.devices import check_all_in
from ledger.scanning.loads import off_weight_loads, unsigned_slips
from ledger.scanning.models import Load, Posting, Run
from ledger.scanning.queries import passed_by_batch, runs_of, unsettled
from ledger.scanning.rules import Stage
from ledger.scanning.runs import batches_of, lacking_pictures
from ledger.scanning.service import check_supervisors
from ledger.scanning.signing import signed_for
from ledger.scanning.workflow import Leg, SheetChanged, SignedAlready
from ledger.units.models import User
from ledger.units.passkeys import Proof

_SLIPS = {Leg.DEPARTURE: Open.DEPARTURE, Leg.ARRIVAL: Open.ARRIVAL}
_COLUMNS = {Batch: "batch", Posting: "posting", Load: "load", Run: "run"}


@dataclass(frozen=True, slots=True)
class Point:
    """Something to resolve: a batch that was not destroyed, a scan that was not taken, what a load or a run lacks."""

    kind: Open
    about: Batch | Posting | Load | Run


def open_points(session: Session, event: Event) -> Sequence[Point]:
    """Return what is not resolved yet, batches first."""
    passed = passed_by_batch(session, event.id)
    points = [
        *(
            Point(_kind(passed.get(batch.id, {})), batch)
            for batch in event.batches
            if batch.is_expected and Stage.DESTROY not in passed.get(batch.id, {})
        ),
        *(Point(Open.SCAN, posting) for posting in unsettled(session, event.id)),
        *(Point(Open.LOAD, each.load) for each in off_weight_loads(session, event.id)),
        *(Point(_SLIPS[leg], load) for load, leg in unsigned_slips(session, event.id)),
        *lacks_of_runs(session, event),
    ]
    resolved = {_key(row.open, about_of(row)) for row in resolutions(session, event)}
    return [point for point in points if _key(point.kind, point.about) not in resolved]


def lacks_of_runs(session: Session, event: Event) -> Iterator[Point]:
    """Yield what the runs lack in which something was destroyed, resolved or not."""
    for run in runs_of(session, event.id):
        if not batches_of(session, run):
            continue
        if lacking_pictures(run):
            yield Point(Open.RUN_PICTURES, run)
        if run.residue_kg is None:
            yield Point(Open.RUN_RESIDUE, run)
        if len(signed_for(session, run)) < SUPERVISORS:
            yield Point(Open.RUN_SIGNATURES, run)


def about_of(row: Resolution) -> Batch | Posting | Load | Run:
    """Return what was resolved."""
    return next(about for about in (row.batch, row.posting, row.load, row.run) if about is not None)


def end(session: Session, event: Event, *, by: User, at: datetime) -> None:
    """End the work on site. Raises RunsOpen, DevicesOut or EventMovedOn."""
    for run in runs_of(session, event.id):
        if run.is_open:
            raise RunsOpen(number=run.number)
    check_all_in(session, event)
    end_event(session, event, by=by, at=at)


def resolve(
    session: Session,
    event: Event,
    point: Point,
    *,
    way: Way,
    text: str,
    writer: User,
    confirmer: User,
    at: datetime,
) -> Resolution:
    """Write down what happened to an open point; another person confirms it, and the goods go where they are.

    The door sees to it that who brings goods back is their unit's custodian. Signatures given before hold no more.

    Raises ClosingMovedOn, NotOpen, NotThatWay, ExplanationNeeded, SecondPersonNeeded or what move() raises.
    """
    _check_closing(event)
    if point not in open_points(session, event):
        raise NotOpen
    if way not in WAYS[point.kind]:
        raise NotThatWay
    if not text.strip():
        raise ExplanationNeeded
    if writer.id == confirmer.id:
        raise SecondPersonNeeded
    resolution = Resolution(
        event_id=event.id,
        **{_COLUMNS[type(point.about)]: point.about},
        open=point.kind,
        way=way,
        text=text.strip(),
        written_by=writer,
        confirmed_by=confirmer,
        at=at,
    )
    session.add(resolution)
    if isinstance(point.about, Batch):
        _move(session, point.about, WAYS[point.kind][way], text, writer=writer, confirmer=confirmer, at=at)
    data = {
        "event": event.id,
        "kind": point.kind,
        "batch": resolution.batch and resolution.batch.number,
        "scan": resolution.posting and resolution.posting.scan_id,
        **({"load": resolution.load.number} if resolution.load else {}),
        **({"run": resolution.run.number} if resolution.run else {}),
        "way": way,
        "text": text.strip(),
        "confirmed_by": confirmer.login,
    }
    record(session, "event.resolved", by=writer, at=at, unit=event.unit, data=data)
    return resolution


def supervise(
    session: Session,
    event: Event,
    *,
    statement: str,
    strokes: Mapping[str, Any],
    digest: str,
    by: User,
    at: datetime,
    proof: Proof | None = None,
) -> Supervision:
    """Sign, as a supervisor of its runs, for what an event destroyed; the caller has had them sign, and proof says how.

    digest is that of the content the signer saw; strokes are the drawn signature.

    Raises ClosingMovedOn, NoSupervisor, DutyConflict, PointsOpen, SheetChanged or SignedAlready.
    """
    _check_closing(event)
    if not any(by in run.supervisors for run in runs_of(session, event.id)):
        raise NoSupervisor
    if event.ended_by_id is not None:
        check_duty(Part.SUPERVISOR, by.id, {Part.CLOSER: [event.ended_by_id]})
    check_supervisors(session, _items_watched(session, event, by), [by])
    _check_resolved(session, event)
    if digest != sheet_digest(session, event):
        raise SheetChanged
    for known in signatures(session, event):
        if known.user_id == by.id and known.digest == digest:
            raise SignedAlready
        if known.user_id == by.id:
            _drop(session, known)
    signed = Supervision(
        event_id=event.id, user=by, statement=statement, strokes=dict(strokes), digest=digest, signed_at=at
    )
    session.add(signed)
    data = {"event": event.id, "statement": statement, "digest": digest, **({"proof": proof} if proof else {})}
    record(session, "event.supervised", by=by, at=at, unit=event.unit, data=data)
    session.flush()  # callers show what is signed
    return signed


def signatures(session: Session, event: Event) -> Sequence[Supervision]:
    """Return the supervisors' signatures in the order they were given; one holds while its digest is the content's."""
    return session.scalars(select(Supervision).where(Supervision.event_id == event.id).order_by(Supervision.id)).all()


def drop_void_signatures(session: Session, event: Event) -> None:
    """Forget the signatures that were given for content which has changed since; the journal keeps that they were."""
    digest = sheet_digest(session, event)
    for known in signatures(session, event):
        if known.digest != digest:
            _drop(session, known)


def statements(session: Session, event: Event, person: User) -> list[str]:
    """Return what a supervisor may say they saw, in sentences to choose from and change."""
    watched = [run for run in runs_of(session, event.id) if person in run.supervisors]
    ends = [run.finished_at for run in watched if run.finished_at]
    facts = {
        "会场": "、".join(dict.fromkeys(run.site.name for run in watched)),
        "开始": words.moment(min(run.started_at for run in watched)) if watched else "",
        "结束": words.moment(max(ends)) if ends else "",
    }
    return [sentence.format_map(facts) for sentence in statements_of(template_of(session, event.unit))]


def resolutions(session: Session, event: Event) -> Sequence[Resolution]:
    """Return what was resolved, in order."""
    return session.scalars(select(Resolution).where(Resolution.event_id == event.id).order_by(Resolution.id)).all()


def check_ready(session: Session, event: Event) -> None:
    """Raises ClosingMovedOn, PointsOpen or SignaturesMissing if the manifest cannot be issued yet."""
    _check_closing(event)
    _check_resolved(session, event)
    digest = sheet_digest(session, event)
    left = SUPERVISORS - sum(signed.digest == digest for signed in signatures(session, event))
    if left > 0:
        raise SignaturesMissing(left=left)


def _check_closing(event: Event) -> None:
    if event.state is not State.CLOSING:
        raise ClosingMovedOn


def _check_resolved(session: Session, event: Event) -> None:
    left = len(open_points(session, event))
    if left:
        raise PointsOpen(count=left)


def _key(kind: Open, about: Batch | Posting | Load | Run) -> tuple[type, int, Open | None]:
    """Return by what a point is known: a batch or a scan is resolved once, a load or a run for each thing it lacks."""
    return type(about), about.id, kind if isinstance(about, Load | Run) else None


def _kind(passed: Mapping[Stage, Posting]) -> Open:
    if Stage.RECEIVE in passed:
        return Open.NOT_DESTROYED
    return Open.NOT_RECEIVED if Stage.LOAD in passed else Open.NOT_LOADED


def _move(
    session: Session, batch: Batch, way: WayOut, text: str, *, writer: User, confirmer: User, at: datetime
) -> None:
    if way.act is None or way.source is None or way.target is None:
        return
    if way.act is Act.RETURN_FROM_SITE:
        bring_back(session, batch, way.source, way.act, reason=text, custodian=writer, second=confirmer, at=at)
        return
    if accounts_at(session, batch.place_id) == {way.target}:
        return  # a stocktake has found before that it is not there
    source, target = Spot(way.source, batch.place_id), Spot(way.target, batch.place_id)
    goods = items_in(session, [batch.id]).get(batch.id, [])
    moves = [Move(item.id, quantity, source, target) for item, quantity in goods]
    people = (
        {Part.CONFIRMER: confirmer}
        if way.act is Act.CONFIRM_MISSING
        else {Part.CUSTODIAN: writer, Part.CHECKER: confirmer}
    )
    data = {"batch": batch.id, "number": batch.number, "reason": text}
    move(session, moves, act=way.act, people=people, by=writer, at=at, unit=batch.unit, data=data)


def _drop(session: Session, signed: Supervision) -> None:
    session.delete(signed)
    session.flush()  # a person signs an event once


def _items_watched(session: Session, event: Event, person: User) -> set[int]:
    """Return the lines that were destroyed in the runs that person watched."""
    runs = {run.id for run in runs_of(session, event.id) if person in run.supervisors}
    batches = [
        batch_id
        for batch_id, passed in passed_by_batch(session, event.id).items()
        if Stage.DESTROY in passed and passed[Stage.DESTROY].run_id in runs
    ]
    return {item.id for goods in items_in(session, batches).values() for item, _ in goods}
