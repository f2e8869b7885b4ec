"""What stands behind a manifest's figures: approvals, explanations, exceptions, signatures and pictures."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.destruction.deciding import signer
from ledger.destruction.models import Application, Opinion, OpinionMembers
from ledger.destruction.queries import approvals_of
from ledger.destruction.workflow import Decision
from ledger.events.models import Event, Photo
from ledger.events.photos import PhotoStage
from ledger.goods.models import Item
from ledger.manifests import words
from ledger.manifests.models import Resolution, Supervision
from ledger.manifests.pieces import NONE, Pieces, differs, moment, plain, yuan
from ledger.manifests.workflow import Open
from ledger.papers import content as shape
from ledger.papers.template import Template, text_of
from ledger.scanning.arrivals import late_arrivals, weighed_otherwise
from ledger.scanning.loads import OffWeight, off_weight_loads
from ledger.scanning.models import Inspection, Run
from ledger.scanning.queries import counted_in, inspections_of, runs_of
from ledger.scanning.signing import signed_for
from ledger.units.models import Waiver

HOW = {"password": "password", "code": "one-time code", "passkey": "passkey"}
"""How a step was confirmed, as the manifest says it, by the way that its proof names."""
_KINDS = {
    Open.NOT_LOADED: "not_arrived",
    Open.NOT_RECEIVED: "not_arrived",
    Open.NOT_DESTROYED: "not_arrived",
    Open.SCAN: "unlisted",
}


def differences(session: Session, event: Event, pieces: Pieces, numbers: dict[int, int]) -> list[shape.Difference]:
    """Return the lines whose figures are not the same at every point, each with its explanation."""
    resolved = {row.batch_id: row for row in _resolutions(session, event) if row.batch_id is not None}
    rows = []
    for item_id, mine in pieces.by_item().items():
        six = pieces.six(mine)
        if not differs(six):
            continue
        said = [(words.OPEN_POINTS[row.open], row) for p in mine if (row := resolved.get(p.batch.id)) is not None]
        counts = [line for line in pieces.count_of(mine) if line.figures.difference]
        kinds = [words.CAUSES[line.cause] for line in counts if line.cause] + [kind for kind, _ in said]
        texts = [line.explanation for line in counts] + [f"{words.WAYS[row.way]}：{row.text}" for _, row in said]
        writers = [line.stocktake.explained_by for line in counts] + [row.written_by for _, row in said]
        others = [line.stocktake.confirmer for line in counts] + [row.confirmed_by for _, row in said]
        rows.append(
            shape.Difference(
                no=numbers[item_id],
                unit=mine[0].item.unit.name,
                name=mine[0].item.name,
                measure=mine[0].item.measure,
                six=six,
                kind="、".join(dict.fromkeys(kinds)),
                explanation="；".join(dict.fromkeys(texts)),
                explained_by="、".join(names_of(who.name for who in writers if who)),
                confirmed_by="、".join(names_of(who.name for who in others if who)),
            )
        )
    return sorted(rows, key=lambda row: row["no"])


def exceptions(session: Session, event: Event) -> list[shape.ExceptionRow]:
    """Return what was not as planned, and how it was resolved."""
    rows, weighed = [], {each.load.id: each for each in off_weight_loads(session, event.id)}
    for row in _resolutions(session, event):
        point = words.OPEN_POINTS[row.open]
        if row.open is Open.LOAD and row.load is not None:
            unit, text = row.load.unit.name, _load_text(weighed[row.load.id])
        elif row.load is not None:
            unit = row.load.unit.name
            text = words.OF_LOAD.format(plate=row.load.plate, number=row.load.number, point=point)
        elif row.run is not None:
            unit, text = event.unit.name, words.OF_RUN.format(number=row.run.number, point=point)
        elif row.batch is not None:
            unit, text = row.batch.unit.name, f"{row.batch.number} {point}"
        else:
            posting = row.posting
            unit = posting.batch.unit.name if posting and posting.batch else ""
            text = f"{point} {posting.scan.code if posting else ''}"
        rows.append(
            shape.ExceptionRow(
                kind=_KINDS.get(row.open, "other"),
                unit=unit,
                text=text,
                at=moment(row.at),
                resolution=f"{words.WAYS[row.way]}：{row.text}",
                resolved_by=row.written_by.name,
                confirmed_by=row.confirmed_by.name,
            )
        )
    return rows


def _load_text(off: OffWeight) -> str:
    weights = {"net": plain(off.net_kg), "packed": plain(off.packed_kg), "difference": f"{off.difference:+f}"}
    return words.LOAD_WEIGHT.format(plate=off.load.plate, **weights)


def arrivals(session: Session, event: Event) -> list[shape.ExceptionRow]:
    """Return who came late, and what weighed otherwise on site than when it was packed."""
    rows = [
        _noted(
            "late",
            late.slot.unit.name,
            words.LATE.format(
                numbers="、".join(late.numbers),
                agreed=words.moment(late.slot.at),
                arrived=words.moment(late.arrived_at),
            ),
            words.LATE_TAKEN,
        )
        for late in late_arrivals(session, event)
    ]
    for each in weighed_otherwise(session, event):
        weights = {"weighed": plain(each.gross_kg), "packed": plain(each.batch.gross_kg or NONE)}
        text = words.WEIGHT.format(number=each.batch.number, **weights, difference=f"{each.difference:+f}")
        rows.append(_noted("other", each.batch.unit.name, text, words.WEIGHT_NOTED, at=moment(each.at), by=each.by))
    return rows


def _noted(kind: str, unit: str, text: str, resolution: str, *, at: str = "", by: str = "") -> shape.ExceptionRow:
    return shape.ExceptionRow(
        kind=kind, unit=unit, text=text, at=at, resolution=resolution, resolved_by=by, confirmed_by=""
    )


def samples(session: Session, event: Event) -> list[shape.ExceptionRow]:
    """Return what was found in the samples that were opened on site."""
    inspections = inspections_of(session, [event.id])
    counted = counted_in(session, inspections)
    return [_sample(each, counted[each.id]) for each in inspections]


def _sample(row: Inspection, counted: Sequence[tuple[Item, Decimal, Decimal]]) -> shape.ExceptionRow:
    goods = "、".join(
        (words.SAMPLE_LINE if found == packed else words.SAMPLE_DIFFERS).format(
            name=item.name, measure=item.measure, found=plain(found), packed=plain(packed)
        )
        for item, found, packed in counted
    )
    results = [words.AS_PACKED if row.is_passed else words.NOT_AS_PACKED, row.deviation]
    if row.lifted_by and row.confirmed_by:
        people = {"writer": row.lifted_by.name, "confirmer": row.confirmed_by.name}
        results.append(words.SAMPLE_LIFTED.format(reason=row.lift_reason, **people))
    return shape.ExceptionRow(
        kind="sample",
        unit=row.batch.unit.name,
        text=words.SAMPLE.format(
            number=row.batch.number,
            goods=goods,
            seal_found=row.seal_found,
            seal=words.SEALS[row.seal],
            new_seal=row.new_seal,
        ),
        at=moment(row.at),
        resolution="；".join(result for result in results if result),
        resolved_by=row.opened_by.name,
        confirmed_by=row.witness.name,
    )


def sampling(event: Event) -> shape.Sampling:
    """Return by what the samples were drawn, and from which batches: enough to draw them again."""
    expected = [batch for batch in event.batches if batch.is_expected]
    return shape.Sampling(
        seed=event.seed,
        batches=[
            shape.Lot(number=batch.number, unit=batch.unit.code, signs=batch.stem, is_sample=batch.is_sample)
            for batch in expected
        ],
    )


def waivers(event: Event) -> list[shape.WaiverRow]:
    """Return the waivers under which batches of the event were packed."""
    used: dict[int, tuple[Waiver, list[str]]] = {}
    for batch in event.batches:
        for waiver in batch.waivers:
            used.setdefault(waiver.id, (waiver, []))[1].append(batch.number)
    return [
        shape.WaiverRow(
            unit=waiver.unit.name,
            person=waiver.person.name,
            parts=[words.PARTS[waiver.part], words.PARTS[waiver.other]],
            reason=waiver.reason,
            until=waiver.last_day.isoformat(),
            asked_by=waiver.asked_by.name,
            approved_by=waiver.decided_by.name if waiver.decided_by else "",
            approved_at=moment(waiver.decided_at),
            batches=numbers,
        )
        for waiver, numbers in used.values()
    ]


def approvals(session: Session, pieces: Pieces, template: Template | None) -> list[shape.Approval]:
    """Return the approvals of what was destroyed."""
    mine = {piece.packing.line.application_id: piece.packing.line.application for piece in pieces.destroyed}
    opinions = approvals_of(session, mine)
    return [
        _approval(application, [o for o in opinions if o.application_id == application.id], template)
        for application in sorted(mine.values(), key=lambda each: each.id)
    ]


def _approval(application: Application, opinions: Sequence[Opinion], template: Template | None) -> shape.Approval:
    values = [
        line.item.value * line.quantity / line.item.quantity
        for line in application.lines
        if line.item.value is not None
    ]
    return shape.Approval(
        number=application.number,
        unit=application.unit.name,
        cases=len({line.item.case_id for line in application.lines}),
        lines=len(application.lines),
        value=yuan(sum(values, NONE)) if values else "",
        digest=application.digest,
        steps=[_step(each, template) for each in opinions],
    )


def plan(event: Event, template: Template | None) -> shape.Approval:
    """Return the approval of the event’s plan."""
    return shape.Approval(
        number=event.name,
        unit=event.unit.name,
        cases=0,
        lines=0,
        value="",
        digest=event.digest,
        steps=[_step(each, template) for each in event.given if each.decision is Decision.AGREE],
    )


def _step(opinion: OpinionMembers, template: Template | None) -> shape.Step:
    return shape.Step(
        step=opinion.step + 1,
        role=text_of(template, opinion.role, words.ROLES[opinion.role]),
        name=signer(opinion),
        opinion=opinion.text,
        at=moment(opinion.at),
        how=HOW[(opinion.proof or {"way": "password"})["way"]],
    )


def supervision(session: Session, event: Event, row: Supervision, template: Template | None) -> shape.Supervision:
    """Return one supervisor’s statement and signature."""
    unit = row.user.unit
    sites = [run.site.name for run in runs_of(session, event.id) if row.user in run.supervisors]
    return shape.Supervision(
        name=row.user.name,
        organisation=unit.name if unit else "",
        capacity=text_of(template, "supervisor", words.SUPERVISOR),
        site="、".join(dict.fromkeys(sites)),
        statement=row.statement,
        strokes=row.strokes,  # type: ignore[typeddict-item]
        signed_at=moment(row.signed_at),
        digest=row.digest,
    )


def after_run(session: Session, run: Run) -> shape.AfterRun:
    """Return what was left of a run, where it can be seen, and who signed for it."""
    return shape.AfterRun(
        residue_kg="" if run.residue_kg is None else plain(run.residue_kg),
        income="" if run.income is None else yuan(Decimal(run.income)),
        receipt_no=run.receipt_no,
        video=run.video,
        photos=[photo.sha256 for photo in run.photos],
        signed=[
            shape.RunSignature(
                name=each.user.name,
                how="paper" if each.paper else "screen",
                signed_at=moment(each.signed_at),
                digest=each.digest,
            )
            for each in signed_for(session, run)
        ],
    )


def picture(number: int, photo: Photo) -> shape.Picture:
    """Return one picture’s caption."""
    role = next(
        (words.PHOTOGRAPHERS[held.role] for held in photo.by.memberships if held.role in words.PHOTOGRAPHERS), ""
    )
    return shape.Picture(
        no=number,
        stage=words.PHOTO_STAGES[PhotoStage(photo.stage)],
        at=moment(photo.taken_at),
        subject=photo.subject,
        sha256=photo.sha256,
        role=role,
    )


def _resolutions(session: Session, event: Event) -> Sequence[Resolution]:
    return session.scalars(select(Resolution).where(Resolution.event_id == event.id).order_by(Resolution.id)).all()


def names_of(names: Iterable[str]) -> list[str]:
    """Return each name once, in the order in which they appear."""
    return list(dict.fromkeys(names))
