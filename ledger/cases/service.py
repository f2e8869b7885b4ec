"""Registering cases and the lines of their goods lists."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.cases.models import Case, Hold
from ledger.cases.queries import newest_movement
from ledger.cases.rules import PAPERS, CaseFacts, HoldKind, HoldReleased
from ledger.codes import new_code
from ledger.db import add_rows
from ledger.duties import Part
from ledger.errors import N_, LedgerError
from ledger.goods.lines import RECORDED, Line, facts_of, recorded_facts
from ledger.goods.models import Item
from ledger.goods.rules import Account, Act, PlaceKind
from ledger.goods.search import index_lines, reindex_lines, search_text
from ledger.goods.service import Move, Spot, move, outside, place
from ledger.journal.service import record, record_each
from ledger.text import case_key
from ledger.units.models import Unit, User


class CaseExists(LedgerError):
    """The unit already has a case of this number, in whatever spelling."""

    code = "case_exists"
    message = N_("This unit already has the case %(number)s.")


def find_case(session: Session, unit_id: int, number: str) -> Case | None:
    """Return the unit's case of this number under any spelling of its brackets."""
    return session.scalar(select(Case).where(Case.unit_id == unit_id, Case.number_key == case_key(number)))


def cases_by_key(session: Session, unit_id: int, keys: Sequence[str]) -> dict[str, Case]:
    """Return the unit's cases with these keys, as ledger.text.case_key makes them."""
    found: dict[str, Case] = {}
    for start in range(0, len(keys), 500):
        query = select(Case).where(Case.unit_id == unit_id, Case.number_key.in_(keys[start : start + 500]))
        found |= {case.number_key: case for case in session.scalars(query)}
    return found


def register_case(session: Session, facts: CaseFacts, *, unit: Unit, by: User | None, at: datetime) -> Case:
    """Register a case. Raises CaseExists if the unit has it already."""
    [case] = register_cases(session, [facts], unit=unit, by=by, at=at)
    return case


def register_cases(
    session: Session, facts: Sequence[CaseFacts], *, unit: Unit, by: User | None, at: datetime
) -> list[Case]:
    """Register cases of a unit, an entry of the journal each. Raises CaseExists if the unit has one of them already."""
    for known in cases_by_key(session, unit.id, [case_key(each.number) for each in facts]).values():
        raise CaseExists(number=known.number)
    cases = [
        Case(
            unit=unit,
            number=each.number,
            number_key=case_key(each.number),
            decision_key=case_key(each.decision),
            registered_at=at,
            registered_by_id=by and by.id,
            **{name: getattr(each, name) for name in PAPERS},
        )
        for each in facts
    ]
    session.add_all(cases)
    session.flush()  # the entries name their ids
    record_each(session, "case.registered", by=by, at=at, unit=unit, data=[_registered(case) for case in cases])
    return cases


def _registered(case: Case) -> dict[str, object]:
    said = {name: _plain(getattr(case, name)) for name in PAPERS}
    return {"id": case.id, "number": case.number, **{name: value for name, value in said.items() if value is not None}}


class MovedMeanwhile(LedgerError):
    """Goods of the case came or went since the page was opened."""

    code = "moved_meanwhile"
    message = N_("Goods of this case moved meanwhile, perhaps by this very form. Below is how things are now.")


class AmendedMeanwhile(LedgerError):
    """Somebody else amended the case since the page was opened."""

    code = "amended_meanwhile"
    message = N_("Somebody else amended this case meanwhile. Below is what it says now; enter your change again.")


class NothingAmended(LedgerError):
    """An amendment that changes nothing."""

    code = "nothing_amended"
    message = N_("Nothing was changed: the case already says this.")


def amend_case(
    session: Session, case: Case, facts: CaseFacts, *, version: int, reason: str, by: User, at: datetime
) -> None:
    """Change what a case's papers say, keeping old and new in the journal.

    version is the one that the person saw. Raises AmendedMeanwhile or NothingAmended.
    """
    if case.version != version:
        raise AmendedMeanwhile
    before = {name: _plain(getattr(case, name)) for name in PAPERS}
    after = {name: _plain(getattr(facts, name)) for name in PAPERS}
    changed = {name: [before[name], after[name]] for name in PAPERS if before[name] != after[name]}
    if not changed:
        raise NothingAmended
    for name in changed:
        setattr(case, name, getattr(facts, name))
    case.decision_key = case_key(case.decision)
    case.version += 1
    _index_anew(session, case)
    data = {"id": case.id, "number": case.number, "reason": reason, "changed": changed}
    record(session, "case.amended", by=by, at=at, unit=case.unit, data=data)


def register_lines(
    session: Session,
    case: Case,
    lines: Sequence[Line],
    *,
    by: User,
    at: datetime,
    data: Mapping[str, object] | None = None,
) -> list[int]:
    """Register lines that the unit's officers hold: from the party into their custody.

    Raises what ledger.goods.service.move raises.
    """
    custody = place(session, case.unit, PlaceKind.CUSTODY, "custody")
    spot = Spot(Account.SEIZED, custody.id)
    return enter(
        session,
        [(case, line, spot) for line in lines],
        act=Act.REGISTER,
        people={Part.REGISTRAR: by},
        by=by,
        at=at,
        data=data,
    )


def enter(
    session: Session,
    entries: Sequence[tuple[Case, Line, Spot]],
    *,
    act: Act,
    people: Mapping[Part, User],
    by: User | None,
    at: datetime,
    data: Mapping[str, object] | None = None,
) -> list[int]:
    """Add lines to the goods lists of one unit's cases and move their goods in, as one entry of the journal.

    Returns the ids of the lines. Raises what ledger.goods.service.move raises.
    """
    unit = entries[0][0].unit
    rows = [_columns(case, line, at) for case, line, _ in entries]
    ids = _insert(session, rows)
    index_lines(session, [(item_id, str(row["search_text"])) for item_id, row in zip(ids, rows, strict=True)])
    source = Spot(Account.PARTY, outside(session).id)
    moves = [Move(item_id, line.quantity, source, spot) for item_id, (_, line, spot) in zip(ids, entries, strict=True)]
    lines = [
        recorded_facts((item_id, *(row[name] for name in RECORDED[1:]))) for item_id, row in zip(ids, rows, strict=True)
    ]
    move(session, moves, act=act, people=people, by=by, at=at, unit=unit, data={**(data or {}), "lines": lines})
    return ids


def _insert(session: Session, rows: Sequence[Mapping[str, object]]) -> list[int]:
    """Write lines and return the ids that they got: having each told when it is written takes longest of all."""
    newest = session.scalar(select(func.max(Item.id))) or 0  # nobody else writes meanwhile
    add_rows(session, Item.__table__, rows)
    ids = {code: item_id for code, item_id in session.execute(select(Item.code, Item.id).where(Item.id > newest))}  # noqa: C416 - rows are typed, dict() not
    return [ids[str(row["code"])] for row in rows]


def set_hold(
    session: Session, case: Case, item: Item | None, *, kind: HoldKind, reason: str, by: User, at: datetime
) -> Hold:
    """Stop the destruction of one line, or of all lines of the case, from now on and at the scanner too."""
    hold = Hold(
        case=case,
        item_id=item and item.id,
        unit_id=case.unit_id,
        kind=kind,
        reason=reason,
        set_by_id=by.id,
        set_at=at,
    )
    session.add(hold)
    session.flush()  # the entry names its id
    data = {"id": hold.id, "case": case.id, "number": case.number, "item": hold.item_id, "kind": kind, "reason": reason}
    record(session, "hold.set", by=by, at=at, unit=case.unit, data=data)
    return hold


def release_hold(session: Session, hold: Hold, *, reason: str, by: User, at: datetime) -> None:
    """Let the destruction go on. Raises HoldReleased."""
    if hold.released_at is not None:
        raise HoldReleased
    hold.released_at, hold.released_by_id, hold.release_reason = at, by.id, reason
    data = {"id": hold.id, "number": hold.case.number, "item": hold.item_id, "reason": reason}
    record(session, "hold.released", by=by, at=at, unit=hold.unit, data=data)


def store_in(
    session: Session,
    case: Case,
    taken: Mapping[int, Decimal],
    *,
    location: str,
    handler: User,
    custodian: User,
    at: datetime,
    seen: int | None = None,
) -> None:
    """Take goods of a case from the officers into the store: handler hands over, custodian receives.

    taken is what was received of each line by its id; the rest stays with the officers. seen is the newest movement of
    the case's goods that the person knew of, if that matters: a form sent twice must not take twice.

    Raises MovedMeanwhile, or what ledger.goods.service.move raises.
    """
    if seen is not None:
        check_nothing_moved(session, case, seen)
    custody = place(session, case.unit, PlaceKind.CUSTODY, "custody")
    shelf = place(session, case.unit, PlaceKind.LOCATION, location)
    source, target = Spot(Account.SEIZED, custody.id), Spot(Account.STORED, shelf.id)
    moves = [Move(item_id, quantity, source, target) for item_id, quantity in taken.items()]
    people = {Part.HANDLER: handler, Part.CUSTODIAN: custodian}
    data = {"case": case.id, "location": shelf.path}
    move(session, moves, act=Act.STORE_IN, people=people, by=custodian, at=at, unit=case.unit, data=data)


def check_nothing_moved(session: Session, case: Case, seen: int) -> None:
    """Raises MovedMeanwhile if goods of the case moved after the movement seen, the newest that a person knew of."""
    if seen != newest_movement(session, case):
        raise MovedMeanwhile


def _index_anew(session: Session, case: Case) -> None:
    """Have the search find the lines of an amended case by its new words."""
    items = session.scalars(select(Item).where(Item.case_id == case.id)).all()
    before = [(item.id, item.search_text) for item in items]
    for item in items:
        item.search_text = search_text_of(case, item, item.code)
    reindex_lines(session, before, [(item.id, item.search_text) for item in items])


def search_text_of(case: Case, line: Line | Item, code: str) -> str:
    """Return the words by which a line of a case is found."""
    own = (line.name, line.brand, line.spec, line.lot, line.seal)
    return search_text((*own, case.party, case.number, case.decision, code))


def _plain(value: str | date | None) -> str | None:
    return value.isoformat() if isinstance(value, date) else value


def _columns(case: Case, line: Line, at: datetime) -> dict[str, object]:
    case.line_count += 1
    code = new_code()
    return {
        **facts_of(line),
        "code": code,
        "case_id": case.id,
        "unit_id": case.unit_id,
        "number": case.line_count,
        "search_text": search_text_of(case, line, code),
        "registered_at": at,
    }
