"""The chain of custody of one line (流转记录), from its movements and their journal entries."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.cases.models import Case
from ledger.codes import shown
from ledger.duties import PART_NAMES, Part
from ledger.errors import Message
from ledger.goods.classes import ENV_CLASS_NAMES
from ledger.goods.models import Item, Movement, Place
from ledger.goods.queries import life_of, standing
from ledger.goods.rules import ACCOUNT_NAMES, ACT_NAMES, Account, place_label
from ledger.journal.models import JournalEntry
from ledger.journal.queries import head
from ledger.papers.custody import Custody, Held, Step
from ledger.units.models import User

Translate = Callable[[Message], str]


def custody_of(session: Session, item: Item, *, at: datetime, word: Translate) -> Custody:
    """Return what the paper says of a line at this moment; word puts the trade's terms into the paper's language."""
    case = session.get_one(Case, item.case_id)
    life = list(reversed(life_of(session, item)))
    names = _names(session, [entry for _, entry in life])
    return Custody(
        unit=item.unit.name,
        code=shown(item.code),
        case=case.number,
        party=case.party,
        decision=case.decision,
        served_on=_iso(case.served_on),
        noticed_on=_iso(case.noticed_on if case.facts.notice_ends else None),
        noticed_until=_iso(case.facts.notice_ends),
        name=item.name,
        brand=item.brand,
        spec=item.spec,
        lot=item.lot,
        category=item.category,
        env_class=word(ENV_CLASS_NAMES[item.env_class]),
        measure=item.measure,
        quantity=f"{item.quantity:f}",
        value="" if item.value is None else f"{Decimal(item.value) / 100:f}",
        registered_at=item.registered_at.isoformat(),
        steps=[_step(movement, entry, names, word) for movement, entry in life],
        held=[
            Held(
                where=_where(position.account, position.place, word),
                quantity=f"{position.quantity:f}",
                reserved=f"{position.reserved:f}",
                counted_at=_iso(position.counted_at),
            )
            for position in standing(item)
        ],
        entries=head(session).size,
        made_at=at.isoformat(),
    )


def _step(movement: Movement, entry: JournalEntry, names: Mapping[int, str], word: Translate) -> Step:
    return Step(
        at=entry.at.isoformat(),
        act=word(ACT_NAMES[movement.act]),
        source=_where(movement.source_account, movement.source_place, word),
        target=_where(movement.target_account, movement.target_place, word),
        quantity=f"{movement.quantity:f}",
        people=[f"{word(PART_NAMES[part])} {names[person]}" for part, person in _people(entry)],
        entry=entry.seq,
    )


def _where(account: Account, place: Place, word: Translate) -> str:
    return f"{word(ACCOUNT_NAMES[account])} {place_label(place.kind, place.name)}".rstrip()


def _people(entry: JournalEntry) -> list[tuple[Part, int]]:
    people = orjson.loads(entry.body)["data"].get("people", {})
    return [(part, people[part]["id"]) for part in Part if part in people]


def _names(session: Session, entries: Sequence[JournalEntry]) -> dict[int, str]:
    """Return the names of who took part in these entries, by their ids."""
    ids = {person for entry in entries for _, person in _people(entry)}
    return dict(session.execute(select(User.id, User.name).where(User.id.in_(ids))).all())


def _iso(at: date | datetime | None) -> str:
    return at.isoformat() if at else ""
