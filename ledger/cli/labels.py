"""`flask labels`: the labels of an event's sealed batches as a PDF."""

from pathlib import Path

import click
from flask import current_app

from ledger.cli.common import TARGET, event_of, now, telling
from ledger.config import Settings
from ledger.db import db
from ledger.events import labels
from ledger.events.queries import sealed_batches
from ledger.journal.service import writing
from ledger.papers.label import LabelSheet


@click.command("labels")
@click.argument("event_id", metavar="EVENT", type=int)
@click.option("-o", "--output", required=True, type=TARGET, help="The PDF to write.")
@click.option(
    "--sheet",
    type=click.Choice([sheet.value for sheet in LabelSheet]),
    default=LabelSheet.SHEET_3X8.value,
    show_default=True,
    help="What the labels are printed on: columns and rows on A4, or millimetres of single ones.",
)
@click.option(
    "--start", type=click.IntRange(min=1), default=1, show_default=True, help="First free label on the sheet."
)
@telling
def command(event_id: int, output: Path, sheet: str, start: int) -> None:
    """Draw the labels of all sealed batches of EVENT, a number as `flask event list` shows it."""
    from ledger.papers.labels import draw_labels  # noqa: PLC0415 - loads reportlab, which other commands do without

    session = db.session()
    settings: Settings = current_app.extensions["settings"]
    batches = sealed_batches(session, event_of(event_id).id)
    drawn = labels.labels_of(session, batches, address=settings.address, is_public=settings.is_public)
    with output.open("wb") as target:
        pages = draw_labels(drawn, LabelSheet(sheet), target, start=start)
    with writing(session):
        labels.note_printed(session, batches, [label.code for label in drawn], by=None, at=now())
    click.echo(f"{len(drawn)} labels on {pages} pages: {output}")
