"""`flask unit`: bringing in the tree of units."""

import csv
from pathlib import Path

import click
from flask.cli import AppGroup

from ledger.cli.common import now, telling
from ledger.db import db
from ledger.journal.service import writing
from ledger.units import service

group = AppGroup("unit", help="Units of the installation.")


@group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@telling
def import_(file: Path) -> None:
    """Add the units of a CSV with the columns code, name, short_name, parent_code; all of them or none."""
    rows = rows_of(file)
    if rows and not {"code", "name"} <= rows[0].keys():
        raise click.UsageError("The first line must name the columns: code,name,short_name,parent_code")
    session = db.session()
    with writing(session):
        added = service.add_units(session, rows, by=None, at=now())
    click.echo(f"{len(added)} units added.")


def rows_of(file: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV with a heading."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))
