"""`flask journal`: checking the books, signed checkpoints, the public key."""

from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from ledger.cli.common import now
from ledger.db import db
from ledger.goods.audit import verify_books
from ledger.journal.note import Signer
from ledger.journal.service import make_checkpoint, writing

group = AppGroup("journal", help="Check the books and sign checkpoints.")


@group.command("verify")
@click.argument("checkpoints", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def verify(checkpoints: tuple[Path, ...]) -> None:
    """Recompute the journal and every balance; compare with CHECKPOINTS kept outside of the house."""
    report = verify_books(db.session(), _signer().verifier(), [path.read_text("utf-8") for path in checkpoints])
    for finding in report.findings:
        click.echo(f"WRONG  {finding}")
    click.echo(f"{report.entries} entries, {report.movements} movements, root {report.root.hex()}")
    if report.findings:
        raise SystemExit(1)
    click.echo("OK  The journal, the movements and the balances agree.")


@group.command("checkpoint")
def checkpoint() -> None:
    """Sign the journal as it stands and print the note: keep it where no administrator of this machine can reach."""
    session = db.session()
    with writing(session):
        note = make_checkpoint(session, _signer(), at=now()).note
    click.echo(note, nl=False)


@group.command("key")
def key() -> None:
    """Print the public key that checkpoints are checked with."""
    click.echo(_signer().verifier())


def _signer() -> Signer:
    signer: Signer = current_app.extensions["signer"]
    return signer
