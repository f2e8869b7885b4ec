"""The whole check of an import: the file by itself, then what it says against the books. Nothing is written."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from ledger.cases.models import Case
from ledger.cases.rules import CaseFacts
from ledger.imports import service
from ledger.imports.columns import Field, plain
from ledger.imports.models import GoodsImport
from ledger.imports.read import Mapped, check_apart, read_rows, write_staging
from ledger.imports.rows import Row, RowError
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
    disputed = _disputed(head, cases)
    if disputed:
        head = _with_disputes(head, staging, disputed)
        write_staging(folder / "staged", head, (row for row in read_rows(staging) if _case(row) not in disputed))
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


def _with_disputes(head: dict[str, Any], staging: Path, disputed: Disputed) -> dict[str, Any]:
    """Return the head with an error for every row of a disputed case."""
    places = {table["sheet"]: table["fields"] for table in head["tables"]}
    errors = [asdict(error) for error in _errors(staging, disputed, places)]
    return {
        **head,
        "errors": head["errors"] + errors,
        "bad_rows": head["bad_rows"] + len(errors),
        "good_rows": head["good_rows"] - len(errors),
    }


def _errors(staging: Path, disputed: Disputed, places: dict[str, dict[str, str]]) -> Iterator[RowError]:
    for row in read_rows(staging):
        if row.case is not None and _case(row) in disputed:
            letters = next((at for at, kind in places[row.sheet].items() if kind == Field.CASE), "")
            yield RowError(
                row.sheet, row.row, letters, Field.CASE, "other_in_books", row.case.number, disputed[_case(row)]
            )


def _named(case: dict[str, Any]) -> tuple[str, str]:
    return case["sheet"], case_key(case["number"])


def _case(row: Row) -> tuple[str, str]:
    return row.sheet, case_key(row.case.number) if row.case else ""


def _facts(case: dict[str, Any]) -> CaseFacts:
    served_on = case["served_on"] and date.fromisoformat(case["served_on"])
    return CaseFacts(number=case["number"], party=case["party"], decision=case["decision"], served_on=served_on)
