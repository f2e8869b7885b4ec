"""The slip by which a load changes hands: what it says now, and as it was signed."""

from collections.abc import Collection, Sequence
from decimal import Decimal

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.destruction.models import ApplicationLine
from ledger.duties import Part
from ledger.events.models import Batch, Packing
from ledger.goods.classes import EnvClass
from ledger.journal.models import JournalEntry
from ledger.papers import words
from ledger.papers.content import Strokes
from ledger.papers.figures import BEIJING
from ledger.papers.handover import HandOver, HandOverLine, HandOverSignature, HandOverSlip, ReceiverPapers
from ledger.scanning.loads import Loaded, loaded_on, loads_of, packed_kg
from ledger.scanning.models import Load
from ledger.scanning.rules import Outcome
from ledger.scanning.workflow import LEGS, PARTS, Leg


def seq_of(load: Load, leg: Leg) -> int | None:
    """Return the entry that holds a slip of a load; None as long as not both sides have signed."""
    return load.departed_seq if leg is Leg.DEPARTURE else load.arrived_seq


def hand_over(session: Session, load: Load, leg: Leg) -> HandOver:
    """Return what the slip says as things stand now."""
    on, event = loaded_on(session, load), load.event
    lines = [_line(each, leg) for each in on]
    handed = [each for each, line in zip(on, lines, strict=True) if not line["state"]]
    at_site = [slot.site.name for slot in event.slots if slot.unit_id == load.unit_id]
    is_arrival, net = leg is Leg.ARRIVAL, load.net_kg
    return HandOver(
        leg=leg,
        event=event.name,
        unit=load.unit.name,
        sites=at_site or [site.name for site in event.sites],
        plate=load.plate,
        driver=load.driver,
        escorts=[person.name for person in load.escorts],
        gross_kg=_plain(load.gross_kg) if is_arrival and net is not None else "",
        tare_kg=_plain(load.tare_kg) if is_arrival and net is not None else "",
        net_kg=_plain(net) if is_arrival else "",
        papers=_papers(load, on),
        lines=lines,
        packed_kg=_plain(packed_kg(handed)),
    )


def signed_slip(session: Session, load: Load, leg: Leg) -> HandOverSlip | None:
    """Return a slip as both sides signed it, from its entry in the journal; None as long as they have not."""
    seq = seq_of(load, leg)
    if seq is None:
        return None
    entry = session.get_one(JournalEntry, seq)
    data = orjson.loads(entry.body)["data"]
    given = {each.signs: each for each in load.signatures}
    return HandOverSlip(
        number=f"{load.unit.short_name}{words.HAND_OVER_NUMBERS[leg]}〔{entry.at.astimezone(BEIJING).year}〕{seq}号",
        at=entry.at.isoformat(),
        digest=data["digest"],
        content=data["slip"],
        signatures=[
            HandOverSignature(
                signs=side,
                name=given[side].user.name,
                strokes=_strokes(given[side].strokes),
                at=given[side].signed_at.isoformat(),
            )
            for side in LEGS[leg]
        ],
    )


def after_the_slip(slip: HandOverSlip | None, on: Sequence[Loaded]) -> list[Loaded]:
    """Return the batches of a load that were scanned as loaded on it after its slip was signed."""
    listed = {line["number"] for line in slip["content"]["lines"]} if slip else set()
    return [each for each in on if slip is not None and each.batch.number not in listed]


def handed_over_by(session: Session, item_ids: Collection[int]) -> dict[Part, set[int]]:
    """Return who signed slips of loads with some of these lines, by the part that they took."""
    ids, batches = list(item_ids), dict[int, Batch]()
    for start in range(0, len(ids), 500):
        query = (
            select(Batch)
            .join(Packing, Packing.batch_id == Batch.id)
            .join(ApplicationLine, ApplicationLine.id == Packing.application_line_id)
            .where(ApplicationLine.item_id.in_(ids[start : start + 500]))
        )
        batches |= {batch.id: batch for batch in session.scalars(query)}
    found: dict[Part, set[int]] = {}
    units = {batch.unit_id for batch in batches.values()}
    for event_id in {batch.event_id for batch in batches.values()}:
        for load in loads_of(session, event_id, units):
            if load.signatures and any(each.batch.id in batches for each in loaded_on(session, load)):
                for each in load.signatures:
                    found.setdefault(PARTS[each.signs], set()).add(each.user_id)
    return found


def _line(each: Loaded, leg: Leg) -> HandOverLine:
    batch, is_arrival = each.batch, leg is Leg.ARRIVAL
    posting = each.received if is_arrival else each.loaded
    scan = posting.scan if posting else None
    state = ("missing" if posting is None else "" if posting.outcome is Outcome.OK else "refused") if is_arrival else ""
    return HandOverLine(
        number=batch.number,
        env_class=batch.env_class,
        seal_no=batch.seal,
        seal=(scan.seal or "") if scan else "",
        packed_kg=_plain(batch.gross_kg),
        weighed_kg=_plain(scan.gross_kg) if scan else "",
        at=posting.happened_at.isoformat(timespec="seconds") if posting else "",
        state=state,
    )


def _papers(load: Load, on: Sequence[Loaded]) -> list[ReceiverPapers]:
    """Return by which papers the hazardous goods of a load are taken on the day, if it has some."""
    if not any(each.batch.env_class is EnvClass.HAZARDOUS for each in on):
        return []
    return [
        ReceiverPapers(
            name=receiver.name,
            licence=receiver.licence,
            until=receiver.licence_until.isoformat() if receiver.licence_until else "",
            form_no=receiver.form_no,
        )
        for receiver in load.event.receivers
        if receiver.may_take(EnvClass.HAZARDOUS, load.event.day)
    ]


def _strokes(drawn: dict[str, object] | None) -> Strokes:
    return Strokes(width=0, height=0, strokes=[]) if drawn is None else Strokes(**drawn)  # type: ignore[typeddict-item]


def _plain(weight: Decimal | None) -> str:
    return "" if weight is None else f"{weight:f}"
