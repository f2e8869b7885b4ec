"""The command line: `flask …` from the project's root."""

from flask import Flask

from ledger.cli import build, demo, event, goods, journal, labels, manifest, report, serve, unit, user


def install(app: Flask) -> None:
    """Add the commands."""
    for module in (event, goods, journal, manifest, report, unit, user):
        app.cli.add_command(module.group)
    for module in (build, demo, labels, serve):
        app.cli.add_command(module.command)
