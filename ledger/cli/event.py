"""`flask event`: which events there are, how far one is, and its archive."""

from hashlib import file_digest
from pathlib import Path
from typing import Any

import click
import orjson
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from ledger.cli.common import TARGET, event_of, now, telling, whole
from ledger.db import db
from ledger.events.models import Batch, Event
from ledger.events.workflow import STATE_NAMES
from ledger.journal.service import writing
from ledger.manifests.archived import NothingToArchive, note_archived
from ledger.manifests.queries import manifest_of

group = AppGroup("event", help="Events of destruction.")

as_json = click.option("--json", "as_json", is_flag=True, help="Say it as JSON.")


@group.command("list")
@as_json
@telling
def listing(*, as_json: bool) -> None:
    """List the events, the earliest day first."""
    events = [_head(event) for event in db.session.scalars(select(Event).order_by(Event.day, Event.id))]
    if as_json:
        _say(events)
        return
    for event in events:
        click.echo(f"{event['id']}\t{event['day']}\t{event['unit']}\t{event['state']}\t{event['name']}")


@group.command("show")
@click.argument("event_id", metavar="EVENT", type=int)
@as_json
@telling
def show(event_id: int, *, as_json: bool) -> None:
    """Show the plan of EVENT and the batches that are packed for it."""
    event = event_of(event_id)
    whole = {**_head(event), **_plan(event), "batches": [_batch(batch) for batch in event.batches]}
    if as_json:
        _say(whole)
        return
    click.echo(f"{event.name}, {event.day}: {STATE_NAMES[event.state]}")
    for slot in event.slots:
        click.echo(f"  {slot.at.isoformat()}  {slot.unit.code}  {slot.site.name}")
    for batch in event.batches:
        click.echo(f"  {batch.number}\t{batch.shown_code}\t{batch.env_class}\t{batch.seal or 'not sealed'}")


@group.command("archive")
@click.argument("event_id", metavar="EVENT", type=int)
@click.option("-o", "--output", required=True, type=TARGET, help="The ZIP to write.")
@telling
def archive(event_id: int, output: Path) -> None:
    """Write all papers, pictures, data and proofs of EVENT, to be read and checked without this software."""
    from ledger.reports.archive import House, write_archive  # noqa: PLC0415 - loads reportlab

    session, wanted = db.session(), event_of(event_id)
    manifest = manifest_of(session, wanted.id)
    if manifest is None or manifest.receipt is None:
        raise NothingToArchive
    known = current_app.extensions
    house = House(known["files"], known["signer"].verifier(), known["settings"].retention_years)
    with whole(output) as target:
        packed = write_archive(target, session, manifest, house)
    with output.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    session.rollback()
    with writing(session):
        size = output.stat().st_size
        note_archived(session, manifest, sha256=digest, size=size, files=len(packed), by=None, at=now())
    click.echo(f"{digest}  {output}")


def _head(event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "name": event.name,
        "day": event.day.isoformat(),
        "report_due_on": event.report_due_on.isoformat(),
        "unit": event.unit.code,
        "state": event.state.value,
    }


def _plan(event: Event) -> dict[str, Any]:
    return {
        "sites": [{"name": site.name, "address": site.address, "is_main": site.is_main} for site in event.sites],
        "receivers": [
            {
                "name": receiver.name,
                "env_class": receiver.env_class.value,
                "licence": receiver.licence,
                "licence_until": receiver.licence_until and receiver.licence_until.isoformat(),
                "form_no": receiver.form_no,
            }
            for receiver in event.receivers
        ],
        "slots": [{"unit": slot.unit.code, "site": slot.site.name, "at": slot.at.isoformat()} for slot in event.slots],
    }


def _batch(batch: Batch) -> dict[str, Any]:
    return {
        "number": batch.number,
        "unit": batch.unit.code,
        "code": batch.code,
        "env_class": batch.env_class.value,
        "method": batch.method.value,
        "seal": batch.seal,
        "gross_kg": batch.gross_kg and f"{batch.gross_kg:f}",
        "is_sealed": batch.is_sealed,
        "is_expected": batch.is_expected,
        "lines": len(batch.held),
    }


def _say(value: object) -> None:
    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())
