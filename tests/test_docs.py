"""What the documents promise is so."""

import re
import subprocess
from dataclasses import fields
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ledger.config import Settings

PROJECT = Path(__file__).parent.parent
REQUIREMENTS = PROJECT / "requirements.txt"
REQUIREMENTS_DEV = PROJECT / "requirements-dev.txt"
FIRST_COLUMN = re.compile(r"^\| `?([^`|]+?)`? \|", re.MULTILINE)
PROSE = sorted([*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md"), *PROJECT.glob("instance/*.md")])

# Written in parts, or this file would name what no file may name.
HOSTS = re.compile(
    "|".join([r"pypi\." + "org", "python" + "hosted", r"npm" + r"js\.(?:org|com)", r"deb" + r"\.debian"])
)
MACHINE_PATHS = re.compile(r"(?<![\w.$}*])/(?:work|root|home)" + r"/\w")


def required(path: Path) -> list[Requirement]:
    lines = [line.strip() for line in path.read_text().splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-r"))]


def names(requirements: list[Requirement]) -> set[str]:
    return {canonicalize_name(requirement.name) for requirement in requirements}


def direct(path: Path) -> list[Requirement]:
    """Return what a file of requirements asks for itself: what stands before its last comment."""
    above, _, _ = path.read_text().rpartition("\n# What")
    return [requirement for requirement in required(path) if f"{requirement}\n" in f"{above}\n"]


def brought_along(wanted: list[Requirement]) -> set[str]:
    """Return the names of requirements and of all that they require, as installed here."""
    seen: set[tuple[str, frozenset[str]]] = set()
    while wanted:
        requirement, *wanted = wanted
        key = canonicalize_name(requirement.name), frozenset(requirement.extras)
        if key not in seen:
            seen.add(key)
            below = map(Requirement, distribution(requirement.name).requires or [])
            wanted += [other for other in below if applies(other, requirement.extras)]
    return {name for name, _ in seen}


def applies(requirement: Requirement, extras: set[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in extras or {""})


def tracked_files() -> list[Path]:
    """Return every file that is, or is about to be, part of the project."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.check_output(command, cwd=PROJECT, text=True)
    return [path for name in listed.split("\0") if name and (path := PROJECT / name).is_file()]


def test_every_setting_is_in_the_list_of_settings():
    listed = set(FIRST_COLUMN.findall((PROJECT / "docs" / "settings.md").read_text()))
    source = (PROJECT / "ledger" / "config.py").read_text()
    variables = set(re.findall(r'env(?:\.get\(|, )"([A-Z_]+)"', source))

    assert listed - {"variable", "---"} == variables
    assert all(f"{field.name}=" in source for field in fields(Settings))


def test_every_dependency_has_its_reason():
    listed = FIRST_COLUMN.findall((PROJECT / "docs" / "dependencies.md").read_text())
    package = (PROJECT / "ledger" / "front" / "package.json").read_text()
    in_browsers = set(re.findall(r'"([\w.@/-]+)": "\d', package))
    wanted = (
        names(direct(REQUIREMENTS))
        | names(direct(REQUIREMENTS_DEV))
        | {canonicalize_name(name) for name in in_browsers}
    )

    assert {canonicalize_name(name) for name in listed} - {"package", "-"} == wanted


@pytest.mark.parametrize("path", [REQUIREMENTS, REQUIREMENTS_DEV], ids=lambda path: path.name)
def test_every_requirement_is_pinned(path):
    loose = [
        str(requirement) for requirement in required(path) if not re.fullmatch(r"==[\w.]+", str(requirement.specifier))
    ]

    assert not loose


def test_all_that_requirements_bring_along_is_pinned_too_and_nothing_else():
    for_use, for_tests = required(REQUIREMENTS), required(REQUIREMENTS_DEV)

    assert names(for_use) == brought_along(direct(REQUIREMENTS))
    assert names(for_use + for_tests) == brought_along(direct(REQUIREMENTS) + direct(REQUIREMENTS_DEV))


def test_the_readme_names_the_two_commands():
    readme = (PROJECT / "README.md").read_text()

    assert "make demo" in readme
    assert "make test" in readme


def test_every_make_target_that_is_written_about_exists():
    makefile = (PROJECT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    told = {target for path in PROSE for target in re.findall(r"`(?:make ([a-z]+))\b", path.read_text())}

    assert told <= targets


def test_every_make_target_explains_itself():
    makefile = (PROJECT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)

    explained = re.findall(r"^([a-z]+):.* ## \w", makefile, re.MULTILINE)

    assert phony
    assert set(phony[1].split()) == set(explained)


def test_every_link_inside_the_documents_leads_somewhere():
    broken = [
        f"{path.name}: {target}"
        for path in PROSE
        for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", path.read_text())
        if not (path.parent / target).exists()
    ]

    assert not broken


def test_no_file_names_a_package_server_or_a_path_of_somebodys_machine():
    texts = {path: path.read_bytes().decode(errors="ignore") for path in tracked_files()}
    found = [path.name for path, text in texts.items() if HOSTS.search(text) or MACHINE_PATHS.search(text)]

    assert not found


def test_such_names_would_be_found():
    assert HOSTS.search("https://py" + "pi.org/simple")
    assert HOSTS.search("https://registry.npm" + "js.org/x")
    assert MACHINE_PATHS.search("see /wo" + "rk/main")
    assert not MACHINE_PATHS.search("ledger/home/show.html, {{ root }}/home/x")
