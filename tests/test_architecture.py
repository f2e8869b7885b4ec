"""The rules of the house: who may import whom, who may commit, what an address says about its files.

Each check is a function from a module to the faults in it, so that the tests at the end can prove that it finds some.
"""

import ast
import re
from collections.abc import Callable, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from databases import ON_SQLITE
from flask import Flask

PROJECT = Path(__file__).parent.parent
PACKAGE = PROJECT / "ledger"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "node_modules" not in path.parts)

ORDER = (
    # ground that everything stands on
    ["errors", "rehearsal"],
    ["db", "text", "codes", "permissions", "duties", "guards", "apart", "certificates"],
    # papers are drawn from plain data
    ["papers"],
    # the domain: a package may import only those above it
    ["journal"],
    ["units", "files", "jobs"],
    ["goods"],
    ["cases"],
    ["imports", "stocktake"],
    ["destruction"],
    ["store"],
    ["events"],
    ["scanning"],
    ["manifests"],
    ["reports"],
    # what differs between installations; the domain is handed plain values
    ["config"],
    # the doors: the only code that knows Flask, WTForms or Click, and the clock; each may have long work done
    ["installation"],
    ["worker"],
    ["web", "cli"],
    # the interface asks who may, and says why not, in the words of the pages
    ["api"],
    # where it is put together
    ["app"],
    ["__init__"],
)
RANK = {name: rank for rank, names in enumerate(ORDER) for name in names}
DOORS = RANK["installation"]
FRAMEWORKS = {"click", "flask", "flask_babel", "flask_login", "flask_migrate", "flask_wtf", "werkzeug", "wtforms"}
IMPURE = FRAMEWORKS | {"sqlalchemy", "flask_sqlalchemy", "os", "pathlib", "random", "secrets", "socket", "time"}
PURE = ("rules", "workflow", "log", "duties", "text", "permissions", "errors")
LAYERS = ({"rules", "workflow", "log"}, {"models"}, {"queries"}, {"service"})
CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}
DRAWERS = {"utils", "util", "helpers", "helper", "misc", "managers"}
LONGEST_FILE, LONGEST_FUNCTION = 400, 50
SEVERAL_ADDRESSES = {
    "attachments",
    "certificates",
    "home",
    "health",
    "q",
    "day",
    "closing",
    "pictures",
    "inspections",
    "wall",
    "devices",
    "loads",
    "runs",
    "ready",
}
"""Blueprints whose addresses are fixed by others: the front page, what watchers ask for, what printed labels say, and
parts of an event, of its report or of a case."""


class Source:
    """One module: its place and its syntax."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.tree = ast.parse(text)
        self.area = name.split(".")[1] if "." in name else "__init__"
        self.rank = RANK[self.area]
        self.leaf = name.rsplit(".", 1)[-1]

    def imports(self) -> Iterator[str]:
        """Yield the full name of every module or name that is imported, those inside of functions too."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from (f"{node.module}.{alias.name}" if node.module else alias.name for alias in node.names)

    def calls(self) -> Iterator[str]:
        """Yield what is called, as written: session.commit, writing."""
        yield from (ast.unparse(node.func) for node in ast.walk(self.tree) if isinstance(node, ast.Call))

    def names(self) -> Iterator[str]:
        """Yield every dotted name that is used, as written."""
        yield from (ast.unparse(node) for node in ast.walk(self.tree) if isinstance(node, ast.Attribute))


def read(path: Path) -> Source:
    parts = path.relative_to(PROJECT).with_suffix("").parts
    return Source(".".join(parts[:-1] if parts[-1] == "__init__" else parts), path.read_text())


def area_of(name: str) -> str:
    parts = name.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in RANK else "__init__"


def outward_imports(source: Source) -> list[str]:
    """Imports of an area that does not lie further in."""
    ours = [name for name in source.imports() if name.split(".")[0] == "ledger"]
    return [name for name in ours if area_of(name) != source.area and RANK[area_of(name)] >= source.rank]


def backward_imports(source: Source) -> list[str]:
    """Imports inside an area from rules to models, from models to queries, from queries to services."""
    layer = {name: number for number, names in enumerate(LAYERS) for name in names}
    inside = [name.split(".") for name in source.imports() if name.startswith(f"ledger.{source.area}.")]
    return [".".join(name) for name in inside if layer.get(name[2], -1) > layer.get(source.leaf, len(LAYERS))]


def relative_imports(source: Source) -> list[str]:
    return [ast.unparse(node) for node in ast.walk(source.tree) if isinstance(node, ast.ImportFrom) and node.level]


def frameworks_in_the_domain(source: Source) -> list[str]:
    return [name for name in source.imports() if source.rank < DOORS and name.split(".")[0] in FRAMEWORKS]


def impure_rules(source: Source) -> list[str]:
    """What rules ask of the world: they are given everything as arguments."""
    is_pure = source.rank < DOORS and source.leaf in PURE
    return [name for name in source.imports() if is_pure and name.split(".")[0] in IMPURE]


def clocks_in_the_domain(source: Source) -> list[str]:
    return [call for call in source.calls() if source.rank < DOORS and call in CLOCKS]


def commits_outside_of_writing(source: Source) -> list[str]:
    return [call for call in source.calls() if call.endswith(".commit") and source.name != "ledger.journal.service"]


def transactions_in_the_domain(source: Source) -> list[str]:
    calls = {"writing", "service.writing", "journal.writing"}
    return [call for call in source.calls() if source.rank < DOORS and call in calls]


def settings_read_elsewhere(source: Source) -> list[str]:
    allowed = ("ledger.config", "ledger.app")
    return [name for name in source.names() if name in {"os.environ", "os.getenv"} and source.name not in allowed]


def legacy_queries(source: Source) -> list[str]:
    return [name for name in source.names() if re.fullmatch(r"[A-Z]\w*\.query", name)]


def backrefs(source: Source) -> list[str]:
    return [name for node in ast.walk(source.tree) if isinstance(node, ast.keyword) and (name := node.arg) == "backref"]


def long_functions(source: Source) -> list[str]:
    functions = [node for node in ast.walk(source.tree) if isinstance(node, ast.FunctionDef)]
    return [node.name for node in functions if lines_of(node) > LONGEST_FUNCTION]


def lines_of(function: ast.FunctionDef) -> int:
    """Return how many lines a function's body has, its docstring left out."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def too_long(source: Source) -> list[str]:
    lines = source.text.count("\n")
    return [f"{lines} lines"] if lines > LONGEST_FILE else []


def drawers(source: Source) -> list[str]:
    return [source.leaf] if source.leaf in DRAWERS else []


CHECKS: dict[Callable[[Source], list[str]], str] = {
    outward_imports: "move what is shared further in",
    backward_imports: "a service may use queries, queries models, models rules; never back",
    relative_imports: "import from the module that defines the name, by its full name",
    frameworks_in_the_domain: "move that part to a door: ledger/web, ledger/api, ledger/cli or ledger/worker.py",
    impure_rules: "rules take what they need as arguments",
    clocks_in_the_domain: "take the time as an argument: at",
    commits_outside_of_writing: "a business transaction is `with writing(session):`",
    transactions_in_the_domain: "transactions begin at the doors; say in the docstring that the caller holds one",
    settings_read_elsewhere: "add a field to Settings",
    legacy_queries: "use select()",
    backrefs: "use back_populates",
    long_functions: f"split it: a function has at most {LONGEST_FUNCTION} lines",
    too_long: f"split it: a file has at most {LONGEST_FILE} lines",
    drawers: "name it by what is in it",
}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_no_module_breaks_a_rule_of_the_house(check):
    faults = [f"{source.name}: {found}" for source in map(read, MODULES) if (found := check(source))]

    assert not faults, CHECKS[check]


def cycle_in(sources: list[Source]) -> list[str]:
    """Return modules that import each other in a circle, or nothing."""
    names = {source.name for source in sources}
    graph = {source.name: {defined_in(name, names) for name in source.imports()} for source in sources}
    try:
        TopologicalSorter({name: below - {name, None} for name, below in graph.items()}).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def defined_in(name: str, modules: set[str]) -> str | None:
    """Return the module that an imported name comes from."""
    parent = name.rpartition(".")[0]
    return name if name in modules else parent if parent in modules else None


def test_no_modules_import_each_other_in_a_circle():
    assert cycle_in([read(path) for path in MODULES]) == []


@ON_SQLITE
def test_every_endpoint_says_who_may_call_it(app: Flask):
    silent = [endpoint for endpoint, view in app.view_functions.items() if not hasattr(view, "access")]

    assert not silent, "put @needs(...), @signed_in or @open_to_all under its route"


@ON_SQLITE
def test_an_address_names_its_files(app: Flask):
    for name, blueprint in app.blueprints.items():
        if blueprint.import_name == f"ledger.{name}":  # api.v1.scans: /api/v1/scans
            assert blueprint.url_prefix == f"/{name.rpartition('.')[2]}"
            continue
        assert blueprint.import_name == f"ledger.web.{name}"
        assert name in SEVERAL_ADDRESSES or blueprint.url_prefix == f"/{name}"
        assert (PROJECT / "tests" / "web" / f"test_{name}.py").is_file()
        source = (PACKAGE / "web" / f"{name}.py").read_text()
        pages = re.findall(r"""["']([\w-]+)/[\w-]+\.html["']""", source)
        assert set(pages) <= {name, "errors"}, "a view renders the templates of its own folder"


@ON_SQLITE
def test_addresses_are_in_kebab_case_with_typed_parameters(app: Flask):
    part = r"/(?:[a-z0-9]+(?:-[a-z0-9]+)*|[a-z_]+\.[a-z]+|<[a-z]+(?:\(.*\))?:[a-z_]+>)?"  # a file keeps its name
    odd = [rule.rule for rule in app.url_map.iter_rules() if not re.fullmatch(f"(?:{part})+", rule.rule)]

    assert not odd


@ON_SQLITE
def test_every_view_says_what_it_does(app: Flask):
    silent = [name for name, view in app.view_functions.items() if name != "static" and not view.__doc__]

    assert not silent


# The checks find what they are for.

OFFENCES = [
    (outward_imports, "ledger.goods.service", "from ledger.web.access import needs"),
    (outward_imports, "ledger.goods.service", "def f():\n    from ledger.cases.service import seize"),
    (outward_imports, "ledger.web.goods", "from ledger.cli import journal"),
    (outward_imports, "ledger.units.service", "import ledger.files.service"),
    (outward_imports, "ledger.goods.service", "from ledger import create_app"),
    (backward_imports, "ledger.goods.rules", "from ledger.goods.models import Item"),
    (backward_imports, "ledger.goods.queries", "from ledger.goods import service"),
    (relative_imports, "ledger.goods.service", "from .models import Item"),
    (frameworks_in_the_domain, "ledger.goods.service", "from flask import current_app"),
    (frameworks_in_the_domain, "ledger.goods.queries", "def f():\n    import click"),
    (impure_rules, "ledger.goods.rules", "from sqlalchemy import select"),
    (impure_rules, "ledger.imports.workflow", "import os"),
    (clocks_in_the_domain, "ledger.goods.service", "at = datetime.now(UTC)"),
    (commits_outside_of_writing, "ledger.web.goods", "db.session.commit()"),
    (transactions_in_the_domain, "ledger.goods.service", "with writing(session):\n    pass"),
    (settings_read_elsewhere, "ledger.web.goods", "import os\nos.environ['LEDGER_X']"),
    (legacy_queries, "ledger.goods.queries", "Item.query.all()"),
    (backrefs, "ledger.goods.models", "relationship(backref='items')"),
    (long_functions, "ledger.goods.service", "def f():\n" + "    pass\n" * (LONGEST_FUNCTION + 1)),
    (too_long, "ledger.goods.service", "\n" * (LONGEST_FILE + 1)),
    (drawers, "ledger.goods.utils", ""),
]
PROPRIETIES = [
    (
        outward_imports,
        "ledger.goods.service",
        "from ledger.journal.service import record\nfrom ledger.goods import rules",
    ),
    (outward_imports, "ledger.web.goods", "from ledger import guards"),
    (backward_imports, "ledger.goods.service", "from ledger.goods.queries import life_of"),
    (frameworks_in_the_domain, "ledger.web.goods", "from flask import g"),
    (clocks_in_the_domain, "ledger.worker", "datetime.now(UTC)"),
    (transactions_in_the_domain, "ledger.worker", "with writing(session):\n    pass"),
    (commits_outside_of_writing, "ledger.journal.service", "session.commit()"),
    (legacy_queries, "ledger.goods.queries", "wanted.query"),
    (long_functions, "ledger.goods.service", "def f():\n" + "    pass\n" * LONGEST_FUNCTION),
]


def label(value: object) -> str | None:
    return value.__name__ if callable(value) else None


@pytest.mark.parametrize(("check", "name", "text"), OFFENCES, ids=label)
def test_an_offence_is_found(check, name, text):
    assert check(Source(name, text))


@pytest.mark.parametrize(("check", "name", "text"), PROPRIETIES, ids=label)
def test_what_is_proper_is_let_be(check, name, text):
    assert not check(Source(name, text))


def test_every_check_is_proved():
    assert {check for check, _, _ in OFFENCES} == set(CHECKS)


def test_a_circle_is_found_even_when_a_function_hides_it():
    first = Source("ledger.goods.models", "def f():\n    from ledger.goods.search import find")
    second = Source("ledger.goods.search", "from ledger.goods.models import Item")

    assert set(cycle_in([first, second])) == {"ledger.goods.models", "ledger.goods.search"}
    assert cycle_in([second]) == []
