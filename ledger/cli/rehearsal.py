"""`flask event rehearse`: a copy of this installation on which an event is rehearsed."""

import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import click
from flask import current_app
from sqlalchemy import create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.orm import Session

from ledger.certificates import SiteFiles
from ledger.cli.common import event_of, now, telling
from ledger.config import REHEARSAL, Settings
from ledger.db import db
from ledger.events.models import Event
from ledger.events.rehearsal import begin
from ledger.journal.service import writing


@click.command("rehearse")
@click.argument("event_id", metavar="EVENT", type=int)
@click.option(
    "--folder", type=click.Path(path_type=Path), help="A new instance folder.  [default: rehearsal-EVENT in this one]"
)
@click.option("--database", metavar="URL", help="An empty PostgreSQL database, where this ledger is on PostgreSQL.")
@telling
def command(event_id: int, folder: Path | None, database: str | None) -> None:
    """Copy this installation for a rehearsal of EVENT: what is done there counts nowhere, and all it prints says so."""
    settings: Settings = current_app.extensions["settings"]
    event, session = event_of(event_id), db.session()
    folder = (folder or settings.instance / f"rehearsal-{event_id}").absolute()
    if settings.is_rehearsal:
        raise click.ClickException("This is a rehearsal itself.")
    if folder.exists():
        raise click.ClickException(f"{folder} is there already. Remove it, or name another --folder.")
    name, origin = event.name, current_app.extensions["signer"].verifier()
    session.rollback()
    folder.mkdir(parents=True, mode=0o700)
    try:
        url = _copied(db.engine.url, folder, database)
        if (settings.instance / "files").exists():
            shutil.copytree(settings.instance / "files", folder / "files")
        SiteFiles(settings.instance).copy_to(folder)  # another port of the same host: phones trust it already
        _begin(url, event_id, origin, (settings.secret_key, _mark(folder, url).secret_key))
    except BaseException:
        shutil.rmtree(folder)
        raise
    click.echo(f"A rehearsal of {name} is in {folder}. Serve it at an address of its own:\n")
    click.echo(f"  LEDGER_INSTANCE={folder} PORT={settings.port + 1} LEDGER_PUBLIC_URL=https://… flask serve\n")
    click.echo("Afterwards remove the folder; on PostgreSQL, drop its database, too.")


def _copied(source: URL, folder: Path, database: str | None) -> URL:
    """Copy the database as it stands, and return the copy's address."""
    if source.get_backend_name() == "sqlite":
        target = folder / "ledger.sqlite"
        with closing(sqlite3.connect(str(source.database))) as old, closing(sqlite3.connect(target)) as new:
            old.backup(new)
        return make_url(f"sqlite:///{target}")
    if database is None:
        raise click.UsageError("On PostgreSQL name an empty database of its own for the copy: --database URL.")
    url = make_url(database)
    dump = _run("pg_dump", source, "--no-owner", "--no-privileges")
    _run("psql", url, "--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1", given=dump)
    return url


def _run(program: str, url: URL, *options: str, given: bytes = b"") -> bytes:
    """Run one of PostgreSQL's own programs on a database; its password is not shown to who lists processes."""
    path = shutil.which(program)
    if path is None:
        raise click.ClickException(f"Copying needs {program}: install the client programs of PostgreSQL.")
    address = url.set(drivername="postgresql", password=None).render_as_string()
    env = {"PGPASSWORD": url.password} if url.password else {}
    done = subprocess.run(  # noqa: S603 - our own words
        [path, *options, f"--dbname={address}"], input=given, capture_output=True, env=env, check=False
    )
    if done.returncode:
        raise click.ClickException(f"{program}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def _mark(folder: Path, url: URL) -> Settings:
    """Make an instance folder a rehearsal's, and return its settings."""
    mark = folder / REHEARSAL
    mark.touch(mode=0o600)
    mark.write_text(url.render_as_string(hide_password=False))
    return Settings.from_env({"LEDGER_INSTANCE": str(folder)})


def _begin(url: URL, event_id: int, origin: str, keys: tuple[str, str]) -> None:
    engine = create_engine(url)
    try:
        with Session(engine) as session, writing(session):
            begin(session, session.get_one(Event, event_id), origin=origin, keys=keys, at=now())
    finally:
        engine.dispose()
