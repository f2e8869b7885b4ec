"""The whole check of an import: the file by itself, then what it says against the books. Nothing is written."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from ledger.cases.models import Case
from ledger.cases.rules import CaseFacts
from ledger.errors import LedgerError
from ledger.goods.locations import locate
from ledger.imports import service
from ledger.imports.columns import Field, plain
from ledger.imports.models import GoodsImport
from ledger.imports.read import Mapped, check_apart, read_rows, write_staging
from ledger.imports.rows import Row, RowError
from ledger.imports.workflow import Kind
from ledger.text import case_key


def check_file(
    session: Session, made: GoodsImport, file: Path, folder: Path, *, today: date
) -> tuple[Path, dict[str, Any]]:
    """Return the staging file, somewhere in folder, and the summary of an import's file.

    Raises what ledger.imports.read.check_apart raises.
    """
    staging = folder / "checked"
    head = check_apart(file, staging, mapping=made.mapping, taught=service.taught(session, made), today=today)
    units = service.units_of_sheets(session, made, [table["sheet"] for table in head["tables"]])
    cases = service.known_cases(session, made, units, [_named(case) for case in head["cases"]])
    disputed, misplaced = _disputed(head, cases), _misplaced(session, made, units, staging)
    if disputed or misplaced:
        wrong = _Wrong(disputed, misplaced, {table["sheet"]: table["fields"] for table in head["tables"]})
        head = _with_errors(head, staging, wrong)
        write_staging(folder / "staged", head, (row for row in read_rows(staging) if wrong.error_of(row) is None))
        staging = folder / "staged"
    known = service.known_rows(session, cases, read_rows(staging))
    summary = {
        "rows": head["rows"],
        "bad_rows": head["bad_rows"],
        "new_rows": head["good_rows"] - known,
        "known_rows": known,
        "cases": len(head["cases"]) - len(disputed),
        "names_cases": head["names_cases"],
        "has_locations": head["has_locations"],
        "totals": head["totals"],
        "units": units,
        "taught": _taught(head, made.mapping),
    }
    return staging, summary


def _taught(head: dict[str, Any], mapping: Mapped) -> dict[str, str]:
    """Return what the user said of the headings in this file, for later lists; see ledger.imports.columns.Taught."""
    return {
        plain(column["heading"]): mapping[table["sheet"]][column["column"]]
        for table in head["tables"]
        for column in table["columns"]
        if column["heading"] and column["column"] in mapping.get(table["sheet"], {})
    }


Disputed = dict[tuple[str, str], dict[str, str]]
"""Cases, by sheet and key, that the books know otherwise than the list, and what the books say."""


def _disputed(head: dict[str, Any], cases: Mapping[tuple[str, str], Case]) -> Disputed:
    found = {}
    for case in head["cases"]:
        known = cases.get(_named(case))
        if known is not None and service.differs(known, _facts(case)):
            says = {"party": known.party, "decision": known.decision, "served_on": str(known.served_on or "—")}
            found[_named(case)] = says
    return found


Misplaced = dict[tuple[str, str], LedgerError]
"""Locations, by sheet and text, that mean none of the unit's, and why."""


def _misplaced(session: Session, made: GoodsImport, units: Mapping[str, int], staging: Path) -> Misplaced:
    texts: defaultdict[str, set[str]] = defaultdict(set)
    if made.kind is Kind.OPENING_BALANCE:
        for row in read_rows(staging):
            if row.location:
                texts[row.sheet].add(row.location)
    found = {sheet: locate(session, units[sheet], said) for sheet, said in texts.items()}
    return {
        (sheet, text): meant
        for sheet, of_sheet in found.items()
        for text, meant in of_sheet.items()
        if isinstance(meant, LedgerError)
    }


@dataclass(frozen=True, slots=True)
class _Wrong:
    """What the books speak against in a list by itself good."""

    disputed: Disputed
    misplaced: Misplaced
    places: Mapping[str, Mapping[str, str]]
    """The fields of each sheet by their columns."""

    def error_of(self, row: Row) -> RowError | None:
        """Return what is wrong with a row; None if nothing is."""
        if row.case is not None and (said := self.disputed.get(_case(row))):
            return self._error(row, Field.CASE, "other_in_books", row.case.number, said)
        if refusal := self.misplaced.get((row.sheet, row.location)):
            facts = {name: str(fact) for name, fact in refusal.facts.items()}
            return self._error(row, Field.LOCATION, refusal.code, row.location, facts)
        return None

    def _error(self, row: Row, kind: Field, code: str, value: str, facts: dict[str, str]) -> RowError:
        letters = next((at for at, told in self.places[row.sheet].items() if told == kind), "")
        return RowError(row.sheet, row.row, letters, kind, code, value, facts)


def _with_errors(head: dict[str, Any], staging: Path, wrong: _Wrong) -> dict[str, Any]:
    """Return the head with an error for every row that the books speak against."""
    errors = [asdict(error) for row in read_rows(staging) if (error := wrong.error_of(row))]
    return {
        **head,
        "errors": head["errors"] + errors,
        "bad_rows": head["bad_rows"] + len(errors),
        "good_rows": head["good_rows"] - len(errors),
    }


def _named(case: dict[str, Any]) -> tuple[str, str]:
    return case["sheet"], case_key(case["number"])


def _case(row: Row) -> tuple[str, str]:
    return row.sheet, case_key(row.case.number) if row.case else ""


def _facts(case: dict[str, Any]) -> CaseFacts:
    served_on = case["served_on"] and date.fromisoformat(case["served_on"])
    return CaseFacts(number=case["number"], party=case["party"], decision=case["decision"], served_on=served_on)
