"""Checking the books: the journal, the movements and the positions must tell the same story."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, String, func, select, type_coerce
from sqlalchemy.orm import Session

from ledger.errors import N_
from ledger.goods.lines import AMENDED, RECORDED, recorded_facts
from ledger.goods.locations import ADDED, CLOSED, HUNG, OPENED
from ledger.goods.models import Item, Movement, Place, Position
from ledger.goods.rules import Account, Act, Claim, PlaceKind, claim_of
from ledger.goods.sums import wrong_carries
from ledger.journal.verify import Finding, Walk
from ledger.units.passkeys import holds

MOVED = N_("Entry %(seq)s: its movements in the database are not those it records.")
ORPHANS = N_("The database holds %(stored)s movements, the journal records %(recorded)s.")
UNBALANCED = N_(
    "Line %(item)s, %(account)s, place %(place)s: the books hold %(held)s thousandths, the journal says %(said)s."
)
RESERVED = N_("Line %(item)s, place %(place)s: the books reserve %(held)s thousandths, the journal says %(said)s.")
COUNTED = N_("Line %(item)s, place %(place)s: the books and the journal differ on when it was counted last.")
PLACED = N_(
    "Location %(place)s: the books and the journal differ on name, label, where it hangs or whether it is closed."
)
OPEN_END = N_("Line %(item)s: what came in and what lies in its accounts differ by %(rest)s thousandths.")
CARRIED = N_("At entry %(seq)s other sums are carried forward than the movements up to it add up to.")
UNPROVED = N_("Entry %(seq)s: the signature of the passkey that it keeps does not prove it.")
CHANGED = N_("Line %(item)s no longer says what entry %(seq)s recorded.")

_CHUNK = 500
_ACTS = frozenset(Act)


@dataclass(frozen=True, slots=True)
class Report:
    """What a check of the books looked at and what it found."""

    entries: int
    movements: int
    root: bytes
    findings: list[Finding]


def verify_books(session: Session, verifier: str, checkpoints: Mapping[str, str] | None = None) -> Report:
    """Recompute the journal and rebuild every balance from it.

    verifier is the journal's public key, checkpoints are signed notes that were kept outside, by the names of
    their files.
    """
    walk = Walk(session, verifier, checkpoints)
    books = _Books()
    pending: list[tuple[int, dict[str, Any]]] = []
    recorded = 0
    findings = walk.findings
    for seq, content in walk:
        data = content["data"]
        books.replay(seq, content)
        if not holds(content):
            findings.append(Finding(UNPROVED, seq))
        if "moves" not in data:
            continue
        pending.append((seq, data))
        recorded += len(data["moves"])
        if len(pending) >= _CHUNK or len(data["moves"]) >= _CHUNK:
            findings += _compare_rows(session, pending, books)
            pending = []
    findings += _compare_rows(session, pending, books)
    findings += _compare_amended(session, books)
    stored = session.scalar(select(func.count()).select_from(Movement)) or 0
    if stored != recorded:
        findings.append(Finding(ORPHANS, None, {"stored": stored, "recorded": recorded}))
    findings += _compare_positions(session, books) + _compare_locations(session, books)
    findings += [Finding(CARRIED, seq) for seq in wrong_carries(session)]
    return Report(walk.frontier.size, recorded, walk.frontier.root(), findings)


class _Books:
    """Every position as the journal tells it: (line, account, place) to thousandths, and what is said of the store."""

    def __init__(self) -> None:
        self.balances: Counter[tuple[int, str, int]] = Counter()
        self.reserved: Counter[tuple[int, str, int]] = Counter()
        self.counted: dict[tuple[int, str, int], str] = {}
        self.locations: defaultdict[int, dict[str, Any]] = defaultdict(dict)
        self.differing: dict[int, tuple[int, dict[str, Any]]] = {}
        """The lines that say something else now than when they were registered: that entry, and what it says."""
        self.amended: defaultdict[int, list[tuple[int, dict[str, Any]]]] = defaultdict(list)
        """For each amended line, the entries with old and new of what they changed."""

    def replay(self, seq: int, content: dict[str, Any]) -> None:
        """Take in one entry."""
        data = content["data"]
        if content["act"] in (ADDED, HUNG):
            self.locations[data["id"]] |= {name: data[name] for name in ("name", "code", "parent") if name in data}
        if content["act"] in (CLOSED, OPENED):
            self.locations[data["id"]]["closed"] = content["at"] if content["act"] == CLOSED else None
        if content["act"] == AMENDED:
            self.amended[data["id"]].append((seq, data["changed"]))
        for item, place, quantity in data.get("claims", ()):
            self.reserved[item, Account.STORED, place] += quantity
        for item, place in data.get("counted", ()):
            self.counted[item, Account.STORED, place] = content["at"]
        if "moves" not in data:
            return
        act = content["act"].removeprefix("goods.")
        claim = claim_of(Act(act)) if act in _ACTS else Claim.NONE
        for item, quantity, source, source_place, target, target_place in data["moves"]:
            self.balances[item, source, source_place] -= quantity
            self.balances[item, target, target_place] += quantity
            self.counted.pop((item, target, target_place), None)
            if claim is Claim.CONSUMED:
                self.reserved[item, source, source_place] -= quantity
            elif claim is Claim.RESTORED:
                self.reserved[item, target, target_place] += quantity


def _compare_rows(session: Session, entries: list[tuple[int, dict[str, Any]]], books: _Books) -> list[Finding]:
    """Compare movements in the database with what these entries record of them; note which lines differ from them."""
    found: dict[int, Counter[tuple[Any, ...]]] = {seq: Counter() for seq, _ in entries}
    columns = (
        Movement.item_id,
        type_coerce(Movement.quantity, BigInteger),
        type_coerce(Movement.source_account, String),  # as the journal keeps them: making each a member takes longest
        Movement.source_place_id,
        type_coerce(Movement.target_account, String),
        Movement.target_place_id,
    )
    for seq, *moved in session.execute(select(Movement.entry_seq, *columns).where(Movement.entry_seq.in_(found))):
        found[seq][tuple(moved)] += 1
    findings = [
        Finding(MOVED, seq)
        for seq, data in entries
        if found[seq] != Counter(tuple(recorded) for recorded in data["moves"])
    ]
    for seq, data in entries:
        lines = {line["id"]: line for line in data.get("lines", ())}
        kept = _kept_lines(session, list(lines))
        books.differing |= {item: (seq, line) for item, line in lines.items() if kept.get(item) != line}
    return findings


def _kept_lines(session: Session, ids: Sequence[int]) -> dict[int, dict[str, object]]:
    """Return what these lines say now, by their ids."""
    columns = [getattr(Item, name) for name in RECORDED]
    kept: dict[int, dict[str, object]] = {}
    for start in range(0, len(ids), _CHUNK):
        query = select(*columns).where(Item.id.in_(ids[start : start + _CHUNK]))
        kept |= {row[0]: recorded_facts(row) for row in session.execute(query)}
    return kept


def _compare_amended(session: Session, books: _Books) -> list[Finding]:
    """Compare the lines that differ from their registering, or were amended, with what the journal makes of them."""
    ids = sorted(books.differing.keys() | books.amended.keys())
    kept, findings = _kept_lines(session, ids), []
    for item in ids:
        seq, said = books.differing.get(item, (0, kept.get(item, {})))
        for later, changed in books.amended.get(item, ()):
            seq, said = later, {**said, **{name: new for name, (_, new) in changed.items()}}
        if {name: fact for name, fact in said.items() if fact is not None and fact != ""} != kept.get(item):
            findings.append(Finding(CHANGED, seq, {"item": item}))
    return findings


def _compare_positions(session: Session, books: _Books) -> list[Finding]:
    """Compare the positions with the replay, and what came in with what lies in all other accounts."""
    findings = []
    ends: Counter[int] = Counter()
    columns = (
        Position.item_id,
        type_coerce(Position.account, String),
        Position.place_id,
        type_coerce(Position.quantity, BigInteger),
        type_coerce(Position.reserved, BigInteger),
        Position.counted_at,
    )
    for item, account, place, held, reserved, counted_at in session.execute(select(*columns)):
        key = (item, account, place)
        ends[item] += held
        said, claimed, when = books.balances.pop(key, 0), books.reserved.pop(key, 0), books.counted.pop(key, None)
        facts = {"item": item, "account": account, "place": place}
        if held != said:
            findings.append(Finding(UNBALANCED, None, {**facts, "held": held, "said": said}))
        if reserved != claimed:
            findings.append(Finding(RESERVED, None, {**facts, "held": reserved, "said": claimed}))
        if (counted_at and counted_at.isoformat()) != when:
            findings.append(Finding(COUNTED, None, facts))
    for (item, missing, place), said in books.balances.items():
        if said:
            facts = {"item": item, "account": missing, "place": place, "held": 0, "said": said}
            findings.append(Finding(UNBALANCED, None, facts))
    findings += [Finding(OPEN_END, None, {"item": item, "rest": rest}) for item, rest in ends.items() if rest]
    return findings


def _compare_locations(session: Session, books: _Books) -> list[Finding]:
    """Compare the trees of the stores with what the journal says of their growth; names came with goods at first."""
    findings = []
    columns = (Place.id, Place.name, Place.code, Place.parent_id, Place.closed_at)
    for place, name, code, parent, closed_at in session.execute(
        select(*columns).where(Place.kind == PlaceKind.LOCATION)
    ):
        said = {"name": name, "code": code, "parent": None, "closed": None, **books.locations.pop(place, {})}
        kept = {"name": name, "code": code, "parent": parent, "closed": closed_at and closed_at.isoformat()}
        if kept != said:
            findings.append(Finding(PLACED, None, {"place": place}))
    return findings + [Finding(PLACED, None, {"place": gone}) for gone in books.locations]
