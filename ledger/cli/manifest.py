"""`flask manifest`: building the document of a manifest into a file, and checking one."""

from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from ledger.cli.common import TARGET, event_of, now, telling
from ledger.db import db
from ledger.files.service import FileStore
from ledger.installation import person_roots, seal_roots, stamp_roots
from ledger.journal.keys import keys_of
from ledger.journal.note import Signer
from ledger.manifests.check import Kind, check
from ledger.manifests.models import Manifest
from ledger.manifests.queries import manifest_of
from ledger.manifests.register import Register
from ledger.worker import run_until_done

group = AppGroup("manifest", help="Destruction manifests.")


@group.command("build")
@click.argument("event_id", metavar="EVENT", type=int)
@click.option("-o", "--output", required=True, type=TARGET, help="The PDF to write.")
@telling
def build(event_id: int, output: Path) -> None:
    """Write the signed manifest of EVENT, and its receipt beside it; what is still to be made is made first."""
    wanted = event_of(event_id)
    run_until_done(current_app)
    db.session().rollback()  # what the job wrote is to be seen
    manifest = manifest_of(db.session(), wanted.id)
    if manifest is None:
        raise click.ClickException(f"No manifest was issued for {wanted.name} yet.")
    document, receipt = _made(manifest)
    output.write_bytes(document)
    output.with_suffix(".receipt").write_text(receipt, "utf-8")
    click.echo(f"{manifest.number}: {output} and {output.with_suffix('.receipt')}")


@group.command("verify")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--receipt", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The receipt beside it.")
@telling
def verify(file: Path, receipt: Path | None) -> None:
    """Say whether FILE is a manifest as it was signed: exit status 0 if so, 1 if not, 2 if nothing can be said."""
    signer: Signer = current_app.extensions["signer"]
    verdict = check(
        file,
        Register(db.session()),
        receipt=receipt.read_text("utf-8", "replace") if receipt else None,
        keys=keys_of(db.session(), signer.verifier()),
        roots=seal_roots(current_app, db.session(), at=now()),
        person_roots=person_roots(current_app),
        stamp_roots=stamp_roots(current_app),
        at=now(),
    )
    signs = {True: "OK    ", False: "WRONG ", None: "—     "}
    for finding in verdict.findings:
        click.echo(f"{signs[finding.passed]} {finding}")
    click.echo(f"{verdict.kind.value}  {verdict.number or file.name}  SHA-256 {verdict.sha256}")
    raise SystemExit({Kind.OK: 0, Kind.ALTERED: 1, Kind.UNVERIFIABLE: 2}[verdict.kind])


def _made(manifest: Manifest) -> tuple[bytes, str]:
    if manifest.pdf_sha256 is None or manifest.receipt is None:
        raise click.ClickException("The document could not be made; the manifest's page says why.")
    files: FileStore = current_app.extensions["files"]
    return files.path(manifest.pdf_sha256).read_bytes(), manifest.receipt
