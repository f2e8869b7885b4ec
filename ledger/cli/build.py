"""`flask build`: what is made from sources at set-up, assets, fonts and translations, where it is missing or old."""

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import click
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, current_app

from ledger.papers import fonts

LEDGER = Path(__file__).parents[1]
FRONT = LEDGER / "front"
DIST = LEDGER / "static" / "dist" / "manifest.json"
CUT = LEDGER / "papers" / "cut.py"


@click.command("build")
def command() -> None:
    """Build the assets, fonts and translations that are missing or older than their sources."""
    build(current_app)


def build(app: Flask) -> None:
    """Do the work of `flask build`. Raises ClickException if Node.js is missing or a build fails."""
    if is_older(DIST, [FRONT / "build.mjs", FRONT / "package-lock.json", *FRONT.glob("src/**/*")]):
        click.echo("Building the front end …")
        _install_packages()
        _node("node", "build.mjs")
    if is_older(fonts.CHARACTERS, [FRONT / "package-lock.json", CUT]):
        click.echo("Cutting the fonts …")
        _install_packages()
        from ledger.papers.cut import cut_fonts  # noqa: PLC0415 - font tools are large, and needed here alone

        cut_fonts(FRONT / "node_modules" / "@expo-google-fonts")
    for source in Path(app.config["BABEL_TRANSLATION_DIRECTORIES"]).glob("*/LC_MESSAGES/*.po"):
        if is_older(source.with_suffix(".mo"), [source]):
            with source.open("rb") as po, source.with_suffix(".mo").open("wb") as mo:
                write_mo(mo, read_po(po))


def is_older(target: Path, sources: Iterable[Path]) -> bool:
    """Whether target is missing or older than one of its sources."""
    if not target.exists():
        return True
    made = target.stat().st_mtime
    return any(source.stat().st_mtime > made for source in sources if source.is_file())


def _install_packages() -> None:
    installed = FRONT / "node_modules" / ".package-lock.json"
    if is_older(installed, [FRONT / "package-lock.json"]):
        _node("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent")
        installed.touch()


def _node(program: str, *arguments: str) -> None:
    path = shutil.which(program)
    if path is None:
        raise click.ClickException(f"{program} is missing: install Node.js 20 or later with npm.")
    if subprocess.run([path, *arguments], cwd=FRONT, check=False).returncode:  # noqa: S603 - our own words
        raise click.ClickException(f"{program} {arguments[0]} failed; what it said stands above.")
