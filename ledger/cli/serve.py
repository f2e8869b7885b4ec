"""`flask serve`: the production server on the configured database."""

import os
import sys
from pathlib import Path

import click
from flask import current_app
from flask_migrate import upgrade

from ledger.cli.build import build
from ledger.config import PROJECT, Settings, is_this_machine
from ledger.db import db
from ledger.journal.queries import holds_demo


@click.command("serve")
def command() -> None:
    """Bring the database to its newest shape and serve it."""
    build(current_app)
    upgrade()
    settings: Settings = current_app.extensions["settings"]
    if holds_demo(db.session()) and not is_this_machine(settings.host):
        raise click.ClickException(
            "This ledger holds the sample bureau, whose passwords are printed: it is served on this machine only."
        )
    run(settings.host, settings.port)


def run(host: str, port: int) -> None:
    """Become the server. Two processes with threads: one answers while the other writes, and writers queue."""
    db.session.remove()
    db.engine.dispose()
    server = Path(sys.executable).with_name("granian")
    options = ["--interface", "wsgi", "--workers", "2", "--blocking-threads", "8", "--log-level", "error"]
    os.chdir(PROJECT)
    os.execv(server, [str(server), *options, "--host", host, "--port", str(port), "wsgi:app"])  # noqa: S606 - our own words
