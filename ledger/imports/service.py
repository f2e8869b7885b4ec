"""From a checked list to lines in the books: handed in, accepted, confirmed, posted in parts."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.cases.models import Case
from ledger.cases.rules import CaseFacts
from ledger.cases.service import cases_by_key, enter, register_cases
from ledger.duties import Part, check_duty
from ledger.errors import N_, LedgerError
from ledger.goods.lines import Line
from ledger.goods.models import Item
from ledger.goods.rules import Account, Act, PlaceKind
from ledger.goods.service import Spot, place, places
from ledger.imports.models import GoodsImport
from ledger.imports.rows import Row
from ledger.imports.workflow import STATE_NAMES, Action, ActionNotAllowed, Kind, State, next_state
from ledger.jobs.service import enqueue
from ledger.journal.service import record
from ledger.text import case_key, clean, fold
from ledger.units.models import Unit, User
from ledger.units.queries import ids_below
from ledger.units.service import check_not_shadowed

PART = 1_000
"""How many lines are posted in one transaction, so that a scanner never waits longer than a moment."""

CHECK_JOB = "import.check"
POST_JOB = "import.post"

UNNAMED_LOCATION = "未分库位"
"""Where goods of an opening balance lie whose list names no location; a keeper reads it, so it is in Chinese."""

_ACCEPTED = (State.WAITING, State.POSTING, State.POSTED)
_TEACHERS = 50
_OVER = (State.DISCARDED, State.UNREADABLE)


class HandedInBefore(LedgerError):
    """The very same file was handed in for this unit before."""

    code = "handed_in_before"
    message = N_(
        "This very file was handed in before, on %(day)s by %(name)s. Here is that import; nothing was taken twice."
    )


class RowsToMend(LedgerError):
    """A list with errors was accepted without saying that only the good rows are meant."""

    code = "rows_to_mend"
    message = N_("%(rows)s rows need mending first. Nothing was written.")


class NothingToImport(LedgerError):
    """A list without a single row that could be written."""

    code = "nothing_to_import"
    message = N_("This list has no row that could be written.")


class CaseNeeded(LedgerError):
    """The list names no case, and none was chosen."""

    code = "case_needed"
    message = N_("This list names no case: choose the case that its goods belong to.")


class CheckedAnew(LedgerError):
    """The worker found the import further on than it left it: another one took over."""

    code = "checked_anew"
    message = N_("This import is already being written by another process.")


def hand_in(
    session: Session,
    *,
    unit: Unit,
    kind: Kind,
    file: str,
    file_name: str,
    case: Case | None,
    by: User,
    at: datetime,
) -> GoodsImport:
    """Take a file, kept under its hash, and queue its check. Raises HandedInBefore for the same file again."""
    before = same_file(session, unit.id, file)
    if before is not None:
        raise HandedInBefore(day=before.handed_in_at.date(), name=before.by.name)
    made = GoodsImport(
        unit=unit, kind=kind, file=file, file_name=clean(file_name)[:200], case=case, by=by, handed_in_at=at
    )
    session.add(made)
    session.flush()  # the job names its id
    enqueue(session, CHECK_JOB, made.id, by_id=by.id, at=at)
    return made


def same_file(session: Session, unit_id: int, file: str) -> GoodsImport | None:
    """Return the import of this very file for this unit that still counts."""
    query = select(GoodsImport).where(GoodsImport.unit_id == unit_id, GoodsImport.file == file)
    return session.scalar(query.where(GoodsImport.state.not_in(_OVER)).order_by(GoodsImport.id.desc()).limit(1))


def choose_columns(
    session: Session, made: GoodsImport, mapping: dict[str, dict[str, str]], *, by: User, at: datetime
) -> None:
    """Have the file checked again with the fields that the user gave to its columns. Raises ActionNotAllowed."""
    made.state = next_state(made.state, Action.RECHECK)
    made.mapping = {**made.mapping, **mapping}
    enqueue(session, CHECK_JOB, made.id, by_id=by.id, at=at)


def choose_case(session: Session, made: GoodsImport, case: Case, *, by: User, at: datetime) -> None:
    """Say which case the lines of a list belong to that names none. Raises ActionNotAllowed."""
    made.state = next_state(made.state, Action.RECHECK)
    made.case = case
    enqueue(session, CHECK_JOB, made.id, by_id=by.id, at=at)


def refuse(made: GoodsImport, error: LedgerError) -> None:
    """Note that the file could not be read at all, and why. Raises ActionNotAllowed."""
    made.state = next_state(made.state, Action.REFUSE)
    made.refusal = {"code": error.code, "message": error.message, "facts": error.facts}


def passed(made: GoodsImport, *, staged: str, summary: dict[str, object]) -> None:
    """Note what the check found and where its good rows are kept. Raises ActionNotAllowed."""
    made.state = next_state(made.state, Action.PASS)
    made.staged, made.summary = staged, summary


def accept(session: Session, made: GoodsImport, *, with_errors: bool, by: User, at: datetime) -> None:
    """Decide that the good rows are written; an opening balance then waits for a custodian.

    with_errors says that the user saw the bad rows and wants the good ones all the same.

    Raises ActionNotAllowed, NothingToImport, CaseNeeded or RowsToMend.
    """
    action = Action.SUBMIT if made.kind is Kind.OPENING_BALANCE else Action.ACCEPT
    state = next_state(made.state, action)
    if not made.summary["new_rows"]:
        raise NothingToImport
    if not made.summary["names_cases"] and made.case is None:
        raise CaseNeeded
    if made.summary["bad_rows"] and not with_errors:
        raise RowsToMend(rows=made.summary["bad_rows"])
    made.state = state
    _record(session, "import.accepted", made, by=by, at=at)
    if state is State.POSTING:
        enqueue(session, POST_JOB, made.id, by_id=by.id, at=at)


def confirm(session: Session, made: GoodsImport, *, by: User, at: datetime) -> None:
    """Confirm, as custodian, that the goods of an opening balance lie where the list says.

    Raises ActionNotAllowed, DutyConflict for the person who handed the list in, or ResetShadow.
    """
    state = next_state(made.state, Action.CONFIRM)
    check_duty(Part.CUSTODIAN, by.id, {Part.REGISTRAR: [made.by_id]})
    check_not_shadowed(session, by, [made.by_id], at=at)
    made.state, made.custodian = state, by
    _record(session, "import.confirmed", made, by=by, at=at)
    enqueue(session, POST_JOB, made.id, by_id=by.id, at=at)


def send_back(session: Session, made: GoodsImport, *, reason: str, by: User, at: datetime) -> None:
    """Return an opening balance to who handed it in. Raises ActionNotAllowed."""
    made.state = next_state(made.state, Action.SEND_BACK)
    _record(session, "import.sent_back", made, by=by, at=at, reason=reason)


def discard(made: GoodsImport) -> None:
    """Put an import aside of which nothing was written; the same file may be handed in again.

    Raises ActionNotAllowed.
    """
    made.state = next_state(made.state, Action.DISCARD)


def resume(session: Session, made: GoodsImport, *, by: User, at: datetime) -> None:
    """Carry on with an import whose writing ended with a fault. Raises ActionNotAllowed if it is not being written."""
    if made.state is not State.POSTING:
        raise ActionNotAllowed(state=STATE_NAMES[made.state])
    enqueue(session, POST_JOB, made.id, by_id=by.id, at=at)


@dataclass(frozen=True, slots=True)
class PartOf:
    """Rows of one unit that are posted together, and how many rows of the list come before them."""

    start: int
    unit_id: int
    rows: Sequence[Row]

    @property
    def end(self) -> int:
        """How many rows are dealt with after this part."""
        return self.start + len(self.rows)


def parts(rows: Iterable[Row], units: Mapping[str, int], *, start: int) -> Iterator[PartOf]:
    """Return rows, of which start come before, cut into parts of at most PART rows of one unit.

    units names the unit of each sheet.
    """
    done = start
    for unit_id, run in groupby(rows, key=lambda row: units[row.sheet]):
        while part := list(islice(run, PART)):
            yield PartOf(done, unit_id, part)
            done += len(part)


def post_part(session: Session, made: GoodsImport, part: PartOf, *, at: datetime) -> None:
    """Write one part of an accepted list into the books. Rows that are in the books already are passed over.

    Raises CheckedAnew if the import is not at the beginning of this part, and what ledger.goods.service.move raises.
    """
    if made.state is not State.POSTING or made.rows_posted != part.start:
        raise CheckedAnew
    unit = session.get_one(Unit, part.unit_id)
    cases = _cases(session, made, unit, part.rows, at=at)
    spots = _spots(session, made, unit, {row.location for row in part.rows})
    known = fingerprints(session, [case.id for case in cases.values()])
    entries: list[tuple[Case, Line, Spot]] = []
    for row in part.rows:
        case = cases[_key(row)]
        if (case.id, row.fingerprint) not in known:
            known.add((case.id, row.fingerprint))
            entries.append((case, row, spots[row.location]))
    if entries:
        data = {"import": made.id, "file": made.file, "rows": [part.start, part.end]}
        act = Act.OPENING_BALANCE if made.kind is Kind.OPENING_BALANCE else Act.REGISTER
        enter(session, entries, act=act, people=_people(made), by=made.by, at=at, data=data)
    made.rows_posted = part.end
    made.lines_created += len(entries)


def finish(made: GoodsImport, *, at: datetime) -> None:
    """Note that all of the list is written. Raises ActionNotAllowed."""
    made.state = next_state(made.state, Action.FINISH)
    made.finished_at = at


def taught(session: Session, made: GoodsImport) -> dict[str, str]:
    """Return the fields of headings that people gave by hand in earlier lists of this unit, the newest word counting.

    Only lists that were accepted teach: in others the choice may have been the mistake.
    """
    query = select(GoodsImport.summary).where(GoodsImport.unit_id == made.unit_id, GoodsImport.state.in_(_ACCEPTED))
    newest = session.scalars(query.order_by(GoodsImport.id.desc()).limit(_TEACHERS)).all()
    return {heading: chosen for summary in reversed(newest) for heading, chosen in summary.get("taught", {}).items()}


def units_of_sheets(session: Session, made: GoodsImport, sheets: Iterable[str]) -> dict[str, int]:
    """Return the unit of each sheet: the one at or below the import's unit that the sheet is named after, or that one.

    A store ledger of a bureau has a sheet for each of its units.
    """
    below = session.scalars(select(Unit).where(Unit.id.in_(ids_below(session, [made.unit_id]))))
    by_name = {fold(name): unit.id for unit in below for name in (unit.code, unit.name)}
    return {sheet: by_name.get(fold(sheet), made.unit_id) for sheet in sheets}


def known_cases(
    session: Session, made: GoodsImport, units: Mapping[str, int], named: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], Case]:
    """Return the cases that the books have of those named, each by its sheet and key.

    Rows without a case belong to the one that was chosen: it stands under the empty key of every sheet.
    """
    keys: defaultdict[str, list[str]] = defaultdict(list)
    for sheet, key in named:
        keys[sheet].append(key)
    found = {(sheet, ""): made.case for sheet in units if made.case is not None}
    for sheet, of_sheet in keys.items():
        known = cases_by_key(session, units[sheet], of_sheet)
        found |= {(sheet, key): case for key, case in known.items()}
    return found


def known_rows(session: Session, cases: Mapping[tuple[str, str], Case], rows: Iterable[Row]) -> int:
    """Return how many of these rows are in the books already, whose cases are given by sheet and key."""
    marks = fingerprints(session, sorted({case.id for case in cases.values()}))
    if not marks:
        return 0
    named = ((row.fingerprint, cases.get((row.sheet, _key(row)))) for row in rows)
    return sum(case is not None and (case.id, mark) in marks for mark, case in named)


def fingerprints(session: Session, case_ids: Sequence[int]) -> set[tuple[int, str | None]]:
    """Return the imported rows that these cases have in the books already."""
    known: set[tuple[int, str | None]] = set()
    for start in range(0, len(case_ids), 500):
        query = select(Item.case_id, Item.fingerprint).where(Item.case_id.in_(case_ids[start : start + 500]))
        known.update((case_id, mark) for case_id, mark in session.execute(query) if mark)
    return known


def differs(known: Case, facts: CaseFacts) -> bool:
    """Whether the list contradicts the books; what either leaves open is no contradiction."""
    pairs = [
        (fold(known.party), fold(facts.party)),
        (known.decision_key, case_key(facts.decision)),
        (known.served_on, facts.served_on),
    ]
    return any(ours and theirs and ours != theirs for ours, theirs in pairs)


def _cases(session: Session, made: GoodsImport, unit: Unit, rows: Sequence[Row], *, at: datetime) -> dict[str, Case]:
    """Return the cases of these rows by their keys; registers those that are new."""
    facts = {_key(row): row.case for row in reversed(rows)}  # the first row of a case speaks for it
    cases = cases_by_key(session, unit.id, [key for key in facts if key])
    if "" in facts:
        if made.case is None:
            raise CaseNeeded
        cases[""] = made.case
    fresh = {key: named for key, named in reversed(facts.items()) if named is not None and key not in cases}
    made_now = register_cases(session, list(fresh.values()), unit=unit, by=made.by, at=at)
    return cases | dict(zip(fresh, made_now, strict=True))


def _spots(session: Session, made: GoodsImport, unit: Unit, locations: Collection[str]) -> dict[str, Spot]:
    """Return where goods of each location go: there, or, where officers hold them, into custody."""
    if made.kind is Kind.GOODS_LIST:
        custody = Spot(Account.SEIZED, place(session, unit, PlaceKind.CUSTODY, "custody").id)
        return dict.fromkeys(locations, custody)
    named = {location: location or UNNAMED_LOCATION for location in locations}
    found = places(session, unit, PlaceKind.LOCATION, set(named.values()))
    return {location: Spot(Account.STORED, found[name].id) for location, name in named.items()}


def _people(made: GoodsImport) -> dict[Part, User]:
    people = {Part.REGISTRAR: made.by}
    if made.custodian is not None:
        people[Part.CUSTODIAN] = made.custodian
    return people


def _key(row: Row) -> str:
    return case_key(row.case.number) if row.case else ""


def _record(
    session: Session, act: str, made: GoodsImport, *, by: User, at: datetime, reason: str | None = None
) -> None:
    data = {
        "id": made.id,
        "kind": made.kind,
        "file": made.file,
        "file_name": made.file_name,
        "staged": made.staged,
        "rows": made.summary["rows"],
        "bad_rows": made.summary["bad_rows"],
        **({"reason": reason} if reason else {}),
    }
    record(session, act, by=by, at=at, unit=made.unit, data=data)
