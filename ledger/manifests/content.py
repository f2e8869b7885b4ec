"""The content of a manifest, gathered from the books; see ledger.papers.content for its shape."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from decimal import Decimal
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import rehearsal
from ledger.cases.models import Case
from ledger.destruction.words import METHODS, treated
from ledger.duties import Part
from ledger.events.models import Event, Photo
from ledger.goods.classes import EnvClass
from ledger.goods.queries import parts_taken
from ledger.journal.service import canonical
from ledger.manifests import evidence, words
from ledger.manifests.models import Supervision
from ledger.manifests.pieces import (
    NONE,
    Piece,
    Pieces,
    category_of,
    grouped,
    moment,
    plain,
    sums,
    totals,
    yuan,
)
from ledger.manifests.template import legal_basis_of, template_of, title_of
from ledger.papers import content as shape
from ledger.papers.template import Column, Template, columns_of
from ledger.scanning.queries import runs_of
from ledger.scanning.rules import Stage
from ledger.stocktake.models import CountLine
from ledger.units.models import User


def build(session: Session, event: Event, *, number: str) -> shape.Manifest:
    """Return the whole content of an event's manifest as the books stand now."""
    pieces, template = Pieces(session, event), template_of(session, event.unit)
    done = pieces.destroyed
    units, numbers = _units(pieces, template)
    photos = session.scalars(select(Photo).where(Photo.event_id == event.id).order_by(Photo.taken_at, Photo.id)).all()
    signed = session.scalars(select(Supervision).where(Supervision.event_id == event.id).order_by(Supervision.id)).all()
    content = shape.Manifest(
        schema=shape.SCHEMA,
        template=words.TEMPLATE,
        bureau=event.unit.name,
        title=title_of(template, event.day),
        number=number,
        legal_basis=legal_basis_of(template),
        event=_event(session, event),
        totals=totals(done),
        by_unit=[
            shape.UnitSum(code=unit["code"], name=unit["name"], totals=unit["totals"])
            for unit in units
            if unit["totals"]["lines"]
        ],
        by_class=_by_class(done),
        receivers=_receivers(event, done),
        runs=_runs(session, event, done),
        units=units,
        points=_points(session, pieces),
        differences=evidence.differences(session, event, pieces, numbers),
        exceptions=[
            *evidence.exceptions(session, event),
            *evidence.arrivals(session, event),
            *evidence.samples(session, event),
        ],
        waivers=evidence.waivers(event),
        approvals=evidence.approvals(session, pieces, template),
        plan=evidence.plan(event, template),
        supervisors=[evidence.supervision(session, event, row, template) for row in signed],
        closed_by=event.ended_by.name if event.ended_by else "",
        closed_at=moment(event.ended_at),
        pictures=[evidence.picture(place, photo) for place, photo in enumerate(photos, start=1)],
        pictures_in_all=len(photos),
    )
    if template is not None:
        content["bureau_template"] = template
    if rehearsal.is_on():
        content["rehearsal"], content["title"] = True, f"{words.REHEARSED}：{content['title']}"
    if event.seed:
        content["sampling"] = evidence.sampling(event)
    return content


def sheet_digest(session: Session, event: Event) -> str:
    """Return the SHA-256 of what supervisors sign: the whole content but for the signatures themselves."""
    return digest_of(build(session, event, number=""))


def digest_of(content: shape.Manifest) -> str:
    """Return the SHA-256 of what supervisors sign of a content that has no number yet."""
    return sha256(canonical({**content, "supervisors": []})).hexdigest()


def _event(session: Session, event: Event) -> shape.Event:
    runs = runs_of(session, event.id)
    return shape.Event(
        id=event.id,
        name=event.name,
        day=event.day.isoformat(),
        organiser=event.unit.name,
        sites=[shape.Site(name=site.name, address=site.address, is_main=site.is_main) for site in event.sites],
        started_at=moment(min((run.started_at for run in runs), default=None)),
        finished_at=moment(max((run.finished_at for run in runs if run.finished_at), default=None)),
    )


def _units(pieces: Pieces, template: Template | None) -> tuple[list[shape.ManifestUnit], dict[int, int]]:
    """Return all lines by unit and case, and each line's number in the manifest."""
    by_item, numbers = pieces.by_item(), dict[int, int]()
    listed = sorted(
        (mine for mine in by_item.values()),
        key=lambda mine: (mine[0].item.unit.code, mine[0].case.id, mine[0].item.number),
    )
    units: list[shape.ManifestUnit] = []
    for code, of_unit in grouped((piece for mine in listed for piece in mine), lambda p: p.item.unit.code).items():
        cases = []
        for of_case in grouped(of_unit, lambda piece: piece.case.id).values():
            lines = []
            for mine in grouped(of_case, lambda piece: piece.item.id).values():
                numbers[mine[0].item.id] = len(numbers) + 1
                lines.append(_line(pieces, mine, numbers[mine[0].item.id], columns_of(template)))
            cases.append(_case(of_case[0].case, of_case, lines, with_party=bool(template and template["with_party"])))
        burnt = [piece for piece in of_unit if piece.destroyed]
        name = of_unit[0].item.unit.name
        units.append(shape.ManifestUnit(code=code, name=name, totals=totals(burnt), cases=cases))
    return units, numbers


def _case(
    case: Case, pieces: Sequence[Piece], lines: list[shape.ManifestLine], *, with_party: bool
) -> shape.ManifestCase:
    burnt = [piece for piece in pieces if piece.destroyed]
    batches = {piece.batch.id: piece.batch for piece in burnt}.values()
    made = shape.ManifestCase(
        number=case.number,
        decision=case.decision,
        served_on=case.served_on.isoformat() if case.served_on else "",
        totals=_weighed(
            burnt, is_alone=all(each.line.item.case_id == case.id for batch in batches for each in batch.held)
        ),
        lines=lines,
    )
    if with_party and case.party:
        made["party"] = case.party
    if case.facts.notice_ends and case.noticed_on:
        made["noticed_on"], made["noticed_until"] = case.noticed_on.isoformat(), case.facts.notice_ends.isoformat()
    return made


def _line(pieces: Pieces, mine: Sequence[Piece], number: int, further: Sequence[Column]) -> shape.ManifestLine:
    item = mine[0].item
    burnt = [piece for piece in mine if piece.destroyed]
    values = [piece.value for piece in burnt if piece.value is not None]
    line = shape.ManifestLine(
        no=number,
        item=item.id,
        name=item.name,
        spec=item.spec,
        measure=item.measure,
        quantity=plain(sum((piece.destroyed for piece in burnt), NONE)),
        value=yuan(sum(values, NONE)) if values else "",
        category=category_of(mine[0]),
        env_class=item.env_class.value,
        method="、".join(dict.fromkeys(treated(piece.batch.treatment) for piece in mine)),
        batches=list(dict.fromkeys(piece.batch.number for piece in mine)),
        runs=sorted({piece.run.number for piece in burnt if piece.run}),
        finished_at=moment(max((at for piece in burnt if (at := piece.destroyed_at)), default=None)),
        six=pieces.six(mine),
    )
    if item.id in pieces.stored_since:
        line["stored_on"] = pieces.stored_since[item.id].isoformat()
    price = "" if item.unit_price is None else yuan(Decimal(item.unit_price))
    said: dict[Column, str] = {"brand": item.brand, "lot": item.lot, "price": price}
    for column in further:
        line[column] = said[column]
    return line


def _by_class(done: Sequence[Piece]) -> list[shape.ClassGroup]:
    groups = []
    for env_class in EnvClass:
        mine = [piece for piece in done if piece.item.env_class is env_class]
        if not mine:
            continue
        in_batch: defaultdict[int, set[str]] = defaultdict(set)
        for piece in mine:
            in_batch[piece.batch.id].add(category_of(piece))
        rows = [
            shape.CategoryRow(
                category=category,
                method=method,
                totals=_weighed(some, is_alone=all(len(in_batch[piece.batch.id]) == 1 for piece in some)),
            )
            for (category, method), some in grouped(sorted(mine, key=category_of), _category_and_method).items()
        ]
        groups.append(shape.ClassGroup(env_class=env_class.value, rows=rows, totals=totals(mine)))
    return groups


def _category_and_method(piece: Piece) -> tuple[str, str]:
    return category_of(piece), treated(piece.batch.treatment)


def _weighed(pieces: Sequence[Piece], *, is_alone: bool) -> shape.Totals:
    """Return the sums, without a weight where a batch holds other goods too: nobody weighed the parts."""
    sum_of = totals(pieces)
    if not is_alone:
        sum_of["net_kg"] = ""
    return sum_of


def _receivers(event: Event, done: Sequence[Piece]) -> list[shape.ReceiverRow]:
    weights: dict[int, Decimal] = {}
    for mine in grouped(done, lambda piece: piece.batch.id).values():
        run = mine[0].run
        if run is not None:
            weights[run.receiver_id] = weights.get(run.receiver_id, NONE) + mine[0].batch.net_kg
    return [
        shape.ReceiverRow(
            env_class=receiver.env_class.value,
            name=receiver.name,
            licence=receiver.licence,
            form_no=receiver.form_no,
            net_kg=plain(weights[receiver.id]),
        )
        for receiver in event.receivers
        if receiver.id in weights
    ]


def _runs(session: Session, event: Event, done: Sequence[Piece]) -> list[shape.RunRow]:
    rows = []
    for run in runs_of(session, event.id):
        sum_of = totals([piece for piece in done if piece.run is run])
        row = shape.RunRow(
            number=run.number,
            site=run.site.name,
            method=METHODS[run.method],
            receiver=run.receiver.name,
            started_at=moment(run.started_at),
            finished_at=moment(run.finished_at),
            batches=sum_of["batches"],
            lines=sum_of["lines"],
            net_kg=sum_of["net_kg"],
        )
        if run.video or run.residue_kg is not None or run.income is not None or run.photos or run.signatures:
            row["after"] = evidence.after_run(session, run)
        rows.append(row)
    return rows


def _points(session: Session, pieces: Pieces) -> list[shape.PointRow]:
    """Return the six points over all lines, with who was there."""
    by_item = pieces.by_item()
    sixes = {item_id: pieces.six(mine) for item_id, mine in by_item.items()}
    counts = {line.id: line for mine in by_item.values() for line in pieces.count_of(mine)}.values()
    people: dict[str, list[str]] = {
        "booked": _keepers(session, by_item),
        "counted": evidence.names_of(who.name for line in counts for who in _counters(line)),
        "approved": evidence.names_of(
            opinion.by.name
            for mine in by_item.values()
            for piece in mine
            for opinion in piece.packing.line.application.opinions
            if opinion.revision == piece.packing.line.application.revision
        ),
    }
    times = {
        "booked": max((line.stocktake.frozen_at for line in counts), default=None),
        "counted": max((line.stocktake.closed_at for line in counts if line.stocktake.closed_at), default=None),
        "approved": max(
            (at for mine in by_item.values() for p in mine if (at := p.packing.line.application.decided_at)),
            default=None,
        ),
    }
    for point, stage in (("loaded", Stage.LOAD), ("received", Stage.RECEIVE), ("destroyed", Stage.DESTROY)):
        passed = [p.passed[stage] for mine in by_item.values() for p in mine if stage in p.passed]
        people[point] = evidence.names_of(posting.scan.operator for posting in passed)
        times[point] = max((posting.happened_at for posting in passed), default=None)
    rows, before = [], None
    for point, at in times.items():
        changed = 0 if before is None else sum(six[point] != six[before] for six in sixes.values())  # type: ignore[literal-required]
        quantities = ((by_item[i][0].item.measure, Decimal(six[point])) for i, six in sixes.items())  # type: ignore[literal-required]
        rows.append(
            shape.PointRow(
                point=point, by_measure=sums(quantities), people=people[point], at=moment(at), differences=changed
            )
        )
        before = point
    return rows


def _keepers(session: Session, item_ids: Collection[int]) -> list[str]:
    """Return the names of those who registered the lines and took them into the store."""
    taken = parts_taken(session, item_ids)
    ids = taken.get(Part.REGISTRAR, set()) | taken.get(Part.CUSTODIAN, set())
    return list(session.scalars(select(User.name).where(User.id.in_(ids)).order_by(User.id)))


def _counters(line: CountLine) -> list[User]:
    count = line.stocktake
    return [who for who in (count.first, count.second, count.recounter) if who]
