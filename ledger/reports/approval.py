"""The content of an application's approval form: what was submitted, as the journal keeps it, and the opinions."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.cases.attachments import attachments_of
from ledger.cases.models import Case
from ledger.cases.queries import cases_of
from ledger.destruction.chain import DEFAULT
from ledger.destruction.deciding import signer
from ledger.destruction.digest import head_content, line_content
from ledger.destruction.models import Application, ApplicationLine, Opinion
from ledger.destruction.queries import counts_behind, signed
from ledger.destruction.review import share_of, weight_of
from ledger.destruction.words import treated
from ledger.destruction.workflow import Method, State, Treatment
from ledger.goods.classes import EnvClass
from ledger.goods.models import Item
from ledger.journal.service import canonical
from ledger.papers.approval import AppliedCase, AppliedLine, Approval, Asked, ClassSum, Given
from ledger.papers.content import Sum
from ledger.papers.figures import decision
from ledger.stocktake.models import CountLine

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Applied:
    """One line as it was submitted, its goods, and its row as long as it is part of the application."""

    said: Mapping[str, Any]
    item: Item
    line: ApplicationLine | None
    count: CountLine | None

    @property
    def quantity(self) -> Decimal:
        """What is applied for."""
        return Decimal(self.said["quantity"])

    @property
    def value(self) -> int | None:
        """Its share of the value of the goods, in fen."""
        return share_of(self.item, self.quantity)

    @property
    def method(self) -> str:
        """How it is to be destroyed."""
        return treated(Treatment(*map(Method, self.said["methods"])))


def items_on(session: Session, application: Application) -> frozenset[int]:
    """Return the ids of the lines of goods of which the form tells quantities."""
    _, pairs = _content(session, application)
    return frozenset(said["item"] for said, _ in pairs)


def approval_of(session: Session, application: Application, *, at: datetime) -> Approval:
    """Return what the form says at this moment: of an application that was submitted, what was submitted last."""
    head, pairs = _content(session, application)
    lines = list(_applied(session, application, pairs))
    cases = cases_of(session, [each.item for each in lines])
    weights = [weight for each in lines if (weight := weight_of(each.said["measure"], each.quantity)) is not None]
    methods = Counter(each.method for each in lines)
    counts = {each.count.stocktake for each in lines if each.count}
    is_decided = application.state not in (State.DRAFT, State.SUBMITTED)
    return Approval(
        unit=application.unit.name,
        number=application.number,
        state=application.state.value,
        since=_iso(application.decided_at) if is_decided else "",
        steps=_steps(application),
        revision=application.revision,
        applicant=application.applicant.name,
        submitted_at=_iso(application.submitted_at),
        legal_basis=head["legal_basis"],
        reason=head["reason"],
        digest=application.digest,
        cases=[_case(cases[case_id], mine) for case_id, mine in _by(lines, lambda each: each.item.case_id).items()],
        by_measure=_sums(lines),
        weighed=len(weights),
        weight_kg=f"{sum(weights, Decimal(0)):f}",
        value=_worth(lines),
        unvalued=sum(each.value is None for each in lines),
        classes=_classes(lines),
        methods=methods.most_common(),
        places=list(dict.fromkeys(each.said["place"] for each in lines)),
        counts=[(str(count.number), _iso(count.closed_at)) for count in sorted(counts, key=lambda count: count.number)],
        attached=len(attachments_of(session, cases, [each.item.id for each in lines])),
        opinions=list(map(_given, application.opinions)),
        made_at=at.isoformat(),
    )


def decision_of(case: Case) -> str:
    """Return by which decision a case's goods are the state's, as papers name it; empty as long as there is none."""
    return decision(case.decision, _iso(case.served_on))


def _content(
    session: Session, application: Application
) -> tuple[Mapping[str, Any], list[tuple[Mapping[str, Any], ApplicationLine | None]]]:
    """Return the head and the lines as they were submitted last, or as they stand in a draft; each with its row."""
    said = signed(session, application, application.revision)
    if said is None:
        return head_content(application), [(line_content(line), line) for line in application.lines]
    rows = {line.digest: line for line in application.lines}
    return said["head_signed"], [(line, rows.get(sha256(canonical(line)).hexdigest())) for line in said["lines_signed"]]


def _applied(
    session: Session, application: Application, pairs: Sequence[tuple[Mapping[str, Any], ApplicationLine | None]]
) -> Iterator[Applied]:
    counts, ids = counts_behind(session, application), sorted({said["item"] for said, _ in pairs})
    items: dict[int, Item] = {}
    for start in range(0, len(ids), _CHUNK):
        found = session.scalars(select(Item).where(Item.id.in_(ids[start : start + _CHUNK])))
        items |= {item.id: item for item in found}
    for said, line in pairs:
        count = counts.get((line.item_id, line.place_id)) if line else None
        yield Applied(said, items[said["item"]], line, count)


def _case(case: Case, lines: Sequence[Applied]) -> AppliedCase:
    return AppliedCase(number=case.number, decision=decision_of(case), party=case.party, lines=list(map(_line, lines)))


def _line(each: Applied) -> AppliedLine:
    said, line, count = each.said, each.line, each.count
    withdrawn_at = line.withdrawn_at if line else None
    return AppliedLine(
        name=said["name"],
        spec="　".join(part for part in (said["spec"], said["lot"]) if part),
        measure=said["measure"],
        quantity=said["quantity"],
        value=_yuan(each.value),
        env_class=said["env_class"],
        method=each.method,
        place=said["place"],
        count=str(count.stocktake.number) if count else "",
        counted=f"{count.figures.result:f}" if count and count.figures.result is not None else "",
        taken_out=f"{line.quantity - line.packed:f}" if line and withdrawn_at else "",
        taken_out_at=_iso(withdrawn_at),
    )


def _classes(lines: Sequence[Applied]) -> list[ClassSum]:
    groups = _by(lines, lambda each: each.said["env_class"])
    return [
        ClassSum(env_class=kind.value, lines=len(mine), by_measure=_sums(mine), value=_worth(mine))
        for kind in EnvClass
        if (mine := groups.get(kind.value))
    ]


def _given(opinion: Opinion) -> Given:
    return Given(
        revision=opinion.revision,
        step=opinion.step,
        role=opinion.role.value,
        name=signer(opinion),
        at=opinion.at.isoformat(),
        decision=opinion.decision.value,
        text=opinion.text,
        minutes=opinion.minutes,
        digest=opinion.digest,
    )


def _steps(application: Application) -> list[Asked]:
    """Return the steps of the chain: of a draft, those that decide where nobody set others."""
    if not application.steps:
        return [Asked(role=step.role.value, is_next=False) for step in DEFAULT]
    asked = application.open_steps
    return [Asked(role=step.role.value, is_next=step in asked) for step in application.steps]


def _sums(lines: Iterable[Applied]) -> list[Sum]:
    """Return quantities per unit of measure, greatest first."""
    totals: defaultdict[str, Decimal] = defaultdict(Decimal)
    for each in lines:
        totals[each.said["measure"]] += each.quantity
    ordered = sorted(totals.items(), key=lambda pair: -pair[1])
    return [Sum(measure=measure, quantity=f"{quantity:f}") for measure, quantity in ordered]


def _worth(lines: Iterable[Applied]) -> str:
    values = [value for each in lines if (value := each.value) is not None]
    return _yuan(sum(values)) if values else ""


def _by(lines: Iterable[Applied], key: Callable[[Applied], Any]) -> dict[Any, list[Applied]]:
    groups: dict[Any, list[Applied]] = {}
    for each in lines:
        groups.setdefault(key(each), []).append(each)
    return groups


def _yuan(fen: int | None) -> str:
    return "" if fen is None else f"{Decimal(fen) / 100:.2f}"


def _iso(at: Any) -> str:
    return at.isoformat() if at else ""
