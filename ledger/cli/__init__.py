"""The command line: `flask …` from the project's root."""

from flask import Flask

from ledger.cli import (
    build,
    demo,
    event,
    goods,
    journal,
    labels,
    manifest,
    rehearsal,
    report,
    serve,
    site,
    unit,
    user,
)


def install(app: Flask) -> None:
    """Add the commands."""
    for module in (event, goods, journal, manifest, report, site, unit, user):
        app.cli.add_command(module.group)
    event.group.add_command(rehearsal.command)
    for module in (build, demo, labels, serve):
        app.cli.add_command(module.command)
