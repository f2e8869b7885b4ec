"""`flask site`: https on the network of a site that has no certificate of a public authority."""

import re

import click
from flask import current_app
from flask.cli import AppGroup

from ledger.certificates import SiteFiles, make, trusted
from ledger.cli.common import now
from ledger.cli.serve import become
from ledger.config import Settings

group = AppGroup("site", help="Https on the network of a site.")

HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.:-]*[A-Za-z0-9])?")


@group.command("certificate")
@click.argument("names", metavar="NAME_OR_ADDRESS…", nargs=-1, required=True)
def certificate(names: tuple[str, ...]) -> None:
    """Make a certificate for the names and addresses by which phones reach this server, that on labels first.

    From then on `flask serve` speaks https with it.
    """
    odd = [name for name in names if not HOST.fullmatch(name)]
    if odd:
        raise click.UsageError(f"{odd[0]} is no host name and no address, like ledger.local or 192.168.1.10.")
    settings: Settings = current_app.extensions["settings"]
    files = SiteFiles(settings.instance)
    is_new, made = make(files, names, at=now()), trusted(files)
    if made is None:
        raise RuntimeError("what was just made is there")
    click.echo(f"Certificate for {', '.join(made.names)}, valid until {made.until:%Y-%m-%d}: {files.certificate}")
    click.echo(f"Authority, valid until {made.authority_until:%Y-%m-%d}, SHA-256 {made.fingerprint}")
    click.echo("The authority is new: phones have to trust it." if is_new else "Phones trust this authority already.")
    host = f"[{names[0]}]" if ":" in names[0] else names[0]
    click.echo(f"\n  LEDGER_HOST=0.0.0.0 LEDGER_PUBLIC_URL=https://{host}:{settings.port} flask serve")
    click.echo(f"  flask site trust       # beside it: http://{host}:8080/trust tells phones how\n")


@group.command("trust")
@click.option("--host", default="0.0.0.0", show_default=True)  # noqa: S104 - phones are on the network
@click.option("--port", default=8080, show_default=True)
def trust(host: str, port: int) -> None:
    """Serve the page that tells phones how to trust this server, and nothing else, by http until it is stopped."""
    if trusted(SiteFiles(current_app.extensions["settings"].instance)) is None:
        raise click.ClickException("There is no authority yet: make one with `flask site certificate`.")
    become("--workers", "1", "--host", host, "--port", str(port), "wsgi:trust")
