"""`flask report`: the package of an event's report."""

from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from ledger.cli.common import TARGET, event_of, telling, whole
from ledger.db import db
from ledger.manifests.queries import manifest_of

group = AppGroup("report", help="Reports of events.")


@group.command("package")
@click.argument("event_id", metavar="EVENT", type=int)
@click.option("-o", "--output", required=True, type=TARGET, help="The ZIP to write.")
@telling
def package(event_id: int, output: Path) -> None:
    """Write summary, statistics, manifest and pictures of EVENT, with an index and hashes."""
    from ledger.reports.package import write_package  # noqa: PLC0415 - loads reportlab, which other commands do without
    from ledger.reports.queries import reported  # noqa: PLC0415 - the same

    session, wanted = db.session(), event_of(event_id)
    manifest = manifest_of(session, wanted.id)
    told = reported(session, manifest, wanted.unit) if manifest and manifest.receipt else None
    if told is None:
        raise click.ClickException(f"No manifest was signed for {wanted.name} yet.")
    with whole(output) as target:
        write_package(target, told, current_app.extensions["files"], key=current_app.extensions["signer"].verifier())
    click.echo(f"{output}")
