"""The goods of an application as they were submitted, what they come to, and the opinions on what a chain decides."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.destruction.chain import ChainStep
from ledger.destruction.deciding import signer
from ledger.destruction.digest import head_content, line_content
from ledger.destruction.models import Application, ApplicationLine, Decided, OpinionMembers
from ledger.destruction.queries import counts_behind, signed
from ledger.destruction.review import share_of, weight_of
from ledger.destruction.words import treated
from ledger.destruction.workflow import Method, Treatment
from ledger.goods.models import Item
from ledger.journal.service import canonical
from ledger.papers.content import Sum
from ledger.papers.deciding import Asked, Given, GoodsSum
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
    """Return the ids of the lines of goods of which papers of the application tell quantities."""
    _, pairs = _content(session, application)
    return frozenset(said["item"] for said, _ in pairs)


def applied_in(session: Session, application: Application) -> tuple[Mapping[str, Any], list[Applied]]:
    """Return the head and the lines as they were submitted last, or as they stand in a draft."""
    head, pairs = _content(session, application)
    counts, ids = counts_behind(session, application), sorted({said["item"] for said, _ in pairs})
    items: dict[int, Item] = {}
    for start in range(0, len(ids), _CHUNK):
        found = session.scalars(select(Item).where(Item.id.in_(ids[start : start + _CHUNK])))
        items |= {item.id: item for item in found}
    counted = ((said, line, counts.get((line.item_id, line.place_id)) if line else None) for said, line in pairs)
    return head, [Applied(said, items[said["item"]], line, count) for said, line, count in counted]


def comes_to(lines: Collection[Applied]) -> GoodsSum:
    """Return what these lines come to."""
    weights = [weight for each in lines if (weight := weight_of(each.said["measure"], each.quantity)) is not None]
    return GoodsSum(
        by_measure=sums(lines),
        weighed=len(weights),
        weight_kg=f"{sum(weights, Decimal(0)):f}",
        value=worth(lines),
        unvalued=sum(each.value is None for each in lines),
        methods=Counter(each.method for each in lines).most_common(),
    )


def sums(lines: Iterable[Applied]) -> list[Sum]:
    """Return quantities per unit of measure, greatest first."""
    totals: defaultdict[str, Decimal] = defaultdict(Decimal)
    for each in lines:
        totals[each.said["measure"]] += each.quantity
    ordered = sorted(totals.items(), key=lambda pair: -pair[1])
    return [Sum(measure=measure, quantity=f"{quantity:f}") for measure, quantity in ordered]


def worth(lines: Iterable[Applied]) -> str:
    """Return in yuan what the lines are worth that name a value; empty if none does."""
    values = [value for each in lines if (value := each.value) is not None]
    return yuan(sum(values)) if values else ""


def grouped(lines: Iterable[Applied], key: Callable[[Applied], Any]) -> dict[Any, list[Applied]]:
    """Return the lines in groups, in the order in which the groups appear."""
    groups: dict[Any, list[Applied]] = {}
    for each in lines:
        groups.setdefault(key(each), []).append(each)
    return groups


def given(opinions: Iterable[OpinionMembers]) -> list[Given]:
    """Return opinions as papers print them."""
    return [
        Given(
            revision=each.revision,
            step=each.step,
            role=each.role.value,
            name=signer(each),
            at=each.at.isoformat(),
            decision=each.decision.value,
            text=each.text,
            minutes=each.minutes,
            digest=each.digest,
        )
        for each in opinions
    ]


def steps(decided: Decided, usual: Sequence[ChainStep]) -> list[Asked]:
    """Return the steps of the chain: of a draft, those that decide where nobody set others."""
    asked = decided.open_steps
    return [Asked(role=each.role.value, is_next=each in asked) for each in decided.steps or usual]


def yuan(fen: int | None) -> str:
    """Return an amount of fen in yuan; empty if it is not known."""
    return "" if fen is None else f"{Decimal(fen) / 100:.2f}"


def iso(at: date | None) -> str:
    """Return a day or a point in time as papers take it; empty for none."""
    return at.isoformat() if at else ""


def _content(
    session: Session, application: Application
) -> tuple[Mapping[str, Any], list[tuple[Mapping[str, Any], ApplicationLine | None]]]:
    """Return the head and the lines as they were submitted last, or as they stand in a draft; each with its row."""
    said = signed(session, application, application.revision)
    if said is None:
        return head_content(application), [(line_content(line), line) for line in application.lines]
    rows = {line.digest: line for line in application.lines}
    return said["head_signed"], [(line, rows.get(sha256(canonical(line)).hexdigest())) for line in said["lines_signed"]]
