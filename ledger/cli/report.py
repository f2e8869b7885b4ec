"""`flask report`: the package of an event's report."""

from pathlib import Path

import click
import orjson
from flask import current_app
from flask.cli import AppGroup

from ledger.cli.common import TARGET, event_of, telling
from ledger.db import db
from ledger.events.queries import photos_of
from ledger.files.service import FileStore
from ledger.manifests.queries import manifest_of
from ledger.units.queries import ids_below

group = AppGroup("report", help="Reports of events.")


@group.command("package")
@click.argument("event_id", metavar="EVENT", type=int)
@click.option("-o", "--output", required=True, type=TARGET, help="The ZIP to write.")
@telling
def package(event_id: int, output: Path) -> None:
    """Write summary, statistics, manifest and pictures of EVENT, with an index and hashes."""
    from ledger.reports.package import write_package  # noqa: PLC0415 - loads reportlab, which other commands do without

    session, wanted = db.session(), event_of(event_id)
    manifest = manifest_of(session, wanted.id)
    if manifest is None or manifest.pdf_sha256 is None or manifest.receipt is None:
        raise click.ClickException(f"No manifest was signed for {wanted.name} yet.")
    files: FileStore = current_app.extensions["files"]
    photos = photos_of(session, wanted.id, ids_below(session, [wanted.unit_id]))
    with output.open("wb") as target:
        write_package(
            target,
            manifest=manifest,
            content=orjson.loads(manifest.content),
            pictures=[(photo, files.path(photo.sha256)) for photo in photos],
            document=files.path(manifest.pdf_sha256),
            key=current_app.extensions["signer"].verifier(),
        )
    click.echo(f"{output}")
