"""`flask goods`: bringing lists in from the command line."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import click
import orjson
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from ledger.cases.models import Case
from ledger.cases.rules import CaseFacts
from ledger.cases.service import find_case, register_case
from ledger.cli.common import holder, now, person, telling, today
from ledger.db import db
from ledger.files.service import FileStore
from ledger.imports import service
from ledger.imports.check import check_file
from ledger.imports.models import GoodsImport
from ledger.imports.read import read_head
from ledger.imports.values import MESSAGES
from ledger.imports.workflow import Kind
from ledger.journal.service import writing
from ledger.permissions import Permission
from ledger.units.models import Unit, User
from ledger.units.service import find_unit
from ledger.worker import run_until_done

group = AppGroup("goods", help="Goods lists.")


@group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--unit", "unit_code", required=True, help="Code of the unit; sheets named after a unit below go to that one."
)
@click.option(
    "--case", "case_number", help="The case of all lines, for a list that names none; registered if it is new."
)
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--json", "as_json", is_flag=True, help="Say it as JSON.")
@click.option("--by", "by_login", help="Sign-in name of the registrar; else the unit's first.")
@click.option(
    "--custodian", "custodian_login", help="Sign-in name of the custodian of an opening balance; else the unit's first."
)
@telling
def import_(
    file: Path,
    unit_code: str,
    case_number: str | None,
    by_login: str | None,
    custodian_login: str | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import the goods list FILE: all of its rows or, if there is an error in any, nothing.

    A list with storage locations is an opening balance, which a custodian answers for beside the registrar.
    """
    session = db.session()
    unit = find_unit(session, unit_code)
    head, summary = _check(session, file, unit, case_number)
    result = _result(head, summary)
    if result["errors"] or dry_run:
        _say(result, as_json=as_json, written=False)
        raise SystemExit(1 if result["errors"] else 0)
    by = person(by_login) if by_login else holder(unit, Permission.REGISTER_GOODS)
    custodian = person(custodian_login) if custodian_login else None
    kind = Kind.OPENING_BALANCE if summary["has_locations"] else Kind.GOODS_LIST
    made_id = _hand_in(session, file, unit, case_number, kind=kind, by=by)
    run_until_done(current_app)
    with writing(session):
        service.accept(session, session.get_one(GoodsImport, made_id), with_errors=False, by=by, at=now())
    if kind is Kind.OPENING_BALANCE:
        custodian = custodian or holder(unit, Permission.CONFIRM_OPENING, other_than=by)
        with writing(session):
            service.confirm(session, session.get_one(GoodsImport, made_id), by=custodian, at=now())
    run_until_done(current_app)
    result["lines"] = session.get_one(GoodsImport, made_id).lines_created
    _say(result, as_json=as_json, written=True)


def _check(session: Session, file: Path, unit: Unit, case_number: str | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the check of the file says, without keeping anything of it."""
    case = find_case(session, unit.id, case_number) if case_number else None
    draft = GoodsImport(unit_id=unit.id, case_id=case.id if case else None, mapping={})
    with TemporaryDirectory() as folder:
        staging, summary = check_file(session, draft, file, Path(folder), today=today())
        head = read_head(staging)
    session.rollback()
    if not summary["names_cases"] and not case_number and summary["rows"]:
        raise service.CaseNeeded
    return head, summary


def _hand_in(session: Session, file: Path, unit: Unit, case_number: str | None, *, kind: Kind, by: User) -> int:
    files = cast(FileStore, current_app.extensions["files"])
    with file.open("rb") as content:
        digest = files.keep(content)
    with writing(session):
        made = service.hand_in(
            session,
            unit=unit,
            kind=kind,
            file=digest,
            file_name=file.name,
            case=_case(session, unit, case_number, by),
            by=by,
            at=now(),
        )
        return made.id


def _case(session: Session, unit: Unit, number: str | None, by: User) -> Case | None:
    if number is None:
        return None
    return find_case(session, unit.id, number) or register_case(
        session, CaseFacts(number=number), unit=unit, by=by, at=now()
    )


def _result(head: dict[str, Any], summary: dict[str, Any]) -> dict[str, Any]:
    errors = [
        {
            "sheet": error["sheet"],
            "row": error["row"],
            "column": error["column"],
            "code": error["code"],
            "message": MESSAGES[error["code"]] % {**error["facts"], "value": error["value"]},
        }
        for error in head["errors"]
    ]
    return {
        "rows": summary["rows"],
        "cases": summary["cases"],
        "lines": summary["new_rows"],
        "skipped": head["skipped"],
        "errors": errors,
    }


def _say(result: dict[str, Any], *, as_json: bool, written: bool) -> None:
    if as_json:
        click.echo(orjson.dumps(result, option=orjson.OPT_INDENT_2).decode())
        return
    for error in result["errors"]:
        place = f"{error['sheet']} row {error['row']}" + (f" column {error['column']}" if error["column"] else "")
        click.echo(f"{place}: {error['message']}", err=True)
    done = "written" if written else "nothing written"
    counts = ", ".join(f"{result[what]} {what}" for what in ("rows", "cases", "lines"))
    click.echo(f"{counts}, {len(result['errors'])} errors: {done}")
