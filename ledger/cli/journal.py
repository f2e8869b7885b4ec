"""`flask journal`: checking the books, signed checkpoints, the public key."""

from pathlib import Path

import click
import orjson
from flask import current_app
from flask.cli import AppGroup

from ledger.cli.common import now, telling
from ledger.db import db
from ledger.goods.audit import verify_books
from ledger.journal.keys import KEY_ACT, keys_of
from ledger.journal.note import Signer, keep_signer
from ledger.journal.queries import latest_of
from ledger.journal.service import make_checkpoint, replace_key, writing
from ledger.manifests.verify_manifest import NotProved, read_proof

KEPT = click.Path(exists=True, path_type=Path)

group = AppGroup("journal", help="Check the books and sign checkpoints.")


@group.command("verify")
@click.argument("files", nargs=-1, type=KEPT)
@click.option("--checkpoint", "more", multiple=True, type=KEPT, help="A checkpoint kept outside, or a folder of them.")
def verify(files: tuple[Path, ...], more: tuple[Path, ...]) -> None:
    """Recompute the journal and every balance; compare with FILES kept outside of the house.

    These are checkpoints, folders of them, proofs and receipts of manifests, or the text of the code that is printed on
    a manifest's proof page.
    """
    kept = [file for path in (*more, *files) for file in (sorted(path.glob("[!.]*")) if path.is_dir() else [path])]
    notes = {str(file): _note(file.read_text("utf-8", "replace")) for file in kept}
    report = verify_books(db.session(), _signer().verifier(), notes)
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
    """Print the public key that checkpoints are checked with, and below it those before it with their last entry."""
    for each in keys_of(db.session(), _signer().verifier()):
        click.echo(each.verifier if each.until is None else f"{each.verifier}  until entry {each.until}")


@group.command("replace-key")
@telling
def replace() -> None:
    """Have a new key sign from now on: stop the server before, start it afterwards, and publish the new public key.

    The old key signs for the new one once and is then gone. A command that was interrupted is run again.
    """
    settings, session, old = current_app.extensions["settings"], db.session(), _signer()
    path = settings.journal_key.with_suffix(".next")
    new = keep_signer(settings.journal_name, path)
    change = latest_of(session, KEY_ACT)
    if change is None or orjson.loads(change.body)["data"]["new"] != new.verifier():
        with writing(session):
            replace_key(session, old, new, at=now())
    path.replace(settings.journal_key)
    current_app.extensions["signer"] = new
    click.echo(new.verifier())


def _note(text: str) -> str:
    """Return the checkpoint that a text is, or that the proof ends with which it is."""
    try:
        return read_proof(text).note
    except NotProved:
        return text


def _signer() -> Signer:
    signer: Signer = current_app.extensions["signer"]
    return signer
