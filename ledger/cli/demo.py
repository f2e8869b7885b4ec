"""`flask demo`: an empty ledger filled with the sample bureau, by the real services at a clock set to their day."""

from datetime import UTC, date, datetime, timedelta

import click
from flask import Flask, current_app
from flask_migrate import upgrade
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.cli.build import build
from ledger.cli.bureau import PASSWORD, PEOPLE, Bureau
from ledger.cli.common import now, today
from ledger.cli.seasons import Seasons
from ledger.cli.serve import check_free, run
from ledger.config import Settings, is_this_machine
from ledger.db import db
from ledger.journal.service import make_checkpoint, writing
from ledger.permissions import ROLE_NAMES
from ledger.units.models import Unit


@click.command("demo")
@click.option("--no-serve", is_flag=True, help="Only fill the ledger.")
def command(*, no_serve: bool) -> None:
    """Set up what is missing, fill an empty ledger with the sample bureau, and serve it on this machine."""
    settings: Settings = current_app.extensions["settings"]
    if not is_this_machine(settings.host):
        raise click.ClickException(
            "The demo's passwords are printed, so it listens on this machine only: unset LEDGER_HOST."
        )
    if not no_serve:
        check_free(settings.host, settings.port)
    build(current_app)
    upgrade()
    session = db.session()
    if session.scalar(select(Unit.id).limit(1)) is None:
        click.echo("Filling the ledger with the sample bureau …")
        fill(current_app, session)
    announce(settings.port)
    if not no_serve:
        run(settings.host, settings.port)


def announce(port: int) -> None:
    """Print the address and one sign-in per role."""
    click.echo(f"\n  http://localhost:{port}\n\n  Password of everybody: {PASSWORD}\n")
    for login, name, unit, role in PEOPLE:
        click.echo(f"  {login:8}{ROLE_NAMES[role]:16}{unit:10}{name}")
    click.echo("\n  Stop with Ctrl+C. The data stay in the instance folder.\n")


def fill(app: Flask, session: Session) -> None:
    """Do what the sample bureau did: last year's destruction, and what it prepares for the next."""
    last, coming = days_of_destruction(today())
    bureau, seasons = Bureau(app, session), Seasons(app, session)
    bureau.found(morning(last, weeks=-4))
    bureau.import_store_ledger(morning(last, weeks=-3))
    bureau.furnish_store(morning(last, weeks=-3) + timedelta(days=2))
    seasons.destroy(last)
    bureau.register_case(weeks_ago(2))
    bureau.import_goods_list(weeks_ago(2) + timedelta(hours=2))
    bureau.hand_in_for_custodian(weeks_ago(1))
    seasons.prepare(coming, weeks_ago(1) + timedelta(hours=1))
    bureau.give_out(weeks_ago(1) + timedelta(days=5))
    bureau.register_undecided(weeks_ago(1) + timedelta(days=5, hours=2))
    bureau.let_others_act(now() - timedelta(days=1))
    bureau.hand_in_with_errors(now() - timedelta(hours=3))
    with writing(session):
        make_checkpoint(session, app.extensions["signer"], at=now())


def days_of_destruction(day: date) -> tuple[date, date]:
    """Return the last 15 March before day and the next one, which may be day itself."""
    this_year = date(day.year, 3, 15)
    if day <= this_year:
        return date(day.year - 1, 3, 15), this_year
    return this_year, date(day.year + 1, 3, 15)


def morning(day: date, *, weeks: int) -> datetime:
    """Return nine in the morning in Beijing, so many weeks from a day."""
    return datetime(day.year, day.month, day.day, 1, tzinfo=UTC) + timedelta(weeks=weeks)


def weeks_ago(weeks: int) -> datetime:
    """Return nine in the morning in Beijing, so many weeks ago."""
    return now().replace(hour=1, minute=0, second=0, microsecond=0) - timedelta(weeks=weeks)
