"""`flask user`: adding, listing, disabling people and resetting their passwords."""

import click
from flask.cli import AppGroup
from sqlalchemy import select

from ledger.cli.common import now, person, telling
from ledger.db import db
from ledger.journal.service import writing
from ledger.permissions import Role
from ledger.units import service
from ledger.units.models import User
from ledger.units.rules import NeedsAnotherAdministrator, WrongCredentials

group = AppGroup("user", help="People and their accounts.")


@group.command("add")
@click.argument("login")
@click.option("--name", required=True, help="The person's name.")
@click.option("--unit", "unit_code", required=True, help="Code of the unit.")
@click.option(
    "--role",
    "roles",
    required=True,
    multiple=True,
    type=click.Choice([role.value for role in Role]),
    help="May be repeated.",
)
@telling
def add(login: str, name: str, unit_code: str, roles: tuple[str, ...]) -> None:
    """Add a person and print a one-time password."""
    password = service.new_password()
    password_hash = service.hash_password(password)
    session = db.session()
    with writing(session):
        unit = service.find_unit(session, unit_code)
        grants = [service.Grant(unit, Role(role)) for role in roles]
        service.add_user(session, login=login, name=name, password_hash=password_hash, grants=grants, by=None, at=now())
    click.echo(f"{login}  {password}  (to be changed at the first sign-in)")


@group.command("list")
def listing() -> None:
    """List people, their roles and whether they may sign in."""
    for user in db.session.scalars(select(User).order_by(User.login)):
        roles = ", ".join(f"{membership.role}@{membership.unit.code}" for membership in user.memberships)
        click.echo(f"{user.login}\t{user.name}\t{roles}\t{'active' if user.is_active else 'disabled'}")


@group.command("disable")
@click.argument("login")
@telling
def disable(login: str) -> None:
    """Keep a person out from now on and end all their sessions."""
    session = db.session()
    with writing(session):
        service.disable_user(session, person(login), by=None, at=now())
    click.echo(f"{login} can no longer sign in.")


@group.command("reset")
@click.argument("login")
@click.option("--reason", required=True, help="Why; it is journalled.")
@click.option("--first", "first_login", prompt="First administrator", help="Sign-in name.")
@click.option("--second", "second_login", prompt="Second administrator", help="Sign-in name.")
@telling
def reset(login: str, reason: str, first_login: str, second_login: str) -> None:
    """Reset a person's password; two administrators give theirs."""
    first, second = _administrator(first_login), _administrator(second_login)
    password = service.new_password()
    password_hash = service.hash_password(password)
    session = db.session()
    with writing(session):
        request = service.request_reset(session, person(login), reason=reason, by=first, at=now())
        service.confirm_reset(session, request, password_hash, by=second, at=now())
    click.echo(f"{login}  {password}  (to be changed at the first sign-in)")


def _administrator(login: str) -> User:
    user = person(login)
    password = click.prompt(f"Password of {login}", hide_input=True)
    if not service.is_password(user, password):
        raise WrongCredentials
    if not user.is_active or Role.ADMIN not in {membership.role for membership in user.memberships}:
        raise NeedsAnotherAdministrator
    return user
