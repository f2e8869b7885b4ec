"""The command line: `flask …` from the project's root."""

from flask import Flask

from ledger.cli import journal, unit, user


def install(app: Flask) -> None:
    """Add the commands."""
    for module in (journal, unit, user):
        app.cli.add_command(module.group)
