"""`flask serve`: the production server on the configured database."""

import os
import socket
import sys
from pathlib import Path

import click
from flask import current_app
from flask_migrate import upgrade

from ledger.certificates import SiteFiles
from ledger.cli.build import build
from ledger.config import PROJECT, THREADS, Settings, is_this_machine
from ledger.db import db
from ledger.journal.queries import holds_demo


@click.command("serve")
def command() -> None:
    """Bring the database to its newest shape and serve it."""
    settings: Settings = current_app.extensions["settings"]
    check_free(settings.host, settings.port)
    build(current_app)
    upgrade()
    if holds_demo(db.session()) and not is_this_machine(settings.host):
        raise click.ClickException(
            "This ledger holds the sample bureau, whose passwords are printed: it is served on this machine only."
        )
    run(settings.host, settings.port, SiteFiles(settings.instance))


def run(host: str, port: int, files: SiteFiles | None = None) -> None:
    """Become the server. Two processes with threads: one answers while the other writes, and writers queue.

    It speaks https where files hold a certificate, as old phones do, too.
    """
    secure: list[str] = []
    if files and files.certificate.exists():
        secure = ["--ssl-certificate", str(files.certificate), "--ssl-keyfile", str(files.key)]
        secure += ["--ssl-protocol-min", "tls1.2"]
    become("--workers", "2", "--host", host, "--port", str(port), *secure, "wsgi:app")


def check_free(host: str, port: int) -> None:
    """Raises ClickException if something listens there: granian would share the port with it, turn by turn."""
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        why = os.strerror(error.errno or 0)
        raise click.ClickException(f"{host}, port {port}: {why}. Stop what is there, or set PORT.") from error


def become(*options: str) -> None:
    """Become granian with these options."""
    db.session.remove()
    db.engine.dispose()
    server = Path(sys.executable).with_name("granian")
    common = ["--interface", "wsgi", "--blocking-threads", str(THREADS), "--log-level", "error"]
    os.chdir(PROJECT)
    os.execv(server, [str(server), *common, *options])  # noqa: S606 - our own words
