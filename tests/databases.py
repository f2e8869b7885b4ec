"""Fresh databases of both kinds, each a copy of one that migrations made once, and the application on one of them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import CodeType

import postgres
import pytest
from flask import Flask
from flask_migrate import upgrade
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from ledger.app import create_app
from ledger.config import Settings
from ledger.db import db

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For tests of what has nothing to do with the database: one kind is enough."""
AFTER_CLOSING = pytest.mark.parametrize("database_url", ["closed"], indirect=True)
"""For tests of what an event leaves behind: its manifest is signed already."""

_numbers = count()


class Compiled(BytecodeCache):
    """Templates that were compiled: each test has an application of its own, but the same templates."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what an earlier test compiled."""
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it for the next test."""
        self._kept[bucket.key, bucket.checksum] = bucket.code


_templates = Compiled()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a running PostgreSQL server's maintenance database."""
    with postgres.server() as address:
        yield address


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database to copy; the last connection to it is closed, so all of it is in the one file."""
    folder = tmp_path_factory.mktemp("sqlite")
    migrate(f"sqlite:///{folder / 'template.sqlite'}", folder)
    assert not (folder / "template.sqlite-wal").exists()
    return folder / "template.sqlite"


@pytest.fixture(scope="session")
def postgresql_template(postgresql: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a migrated PostgreSQL database to copy."""
    administer(postgresql, "CREATE DATABASE template_ledger")
    migrate(database(postgresql, "template_ledger"), tmp_path_factory.mktemp("postgresql"))
    return "template_ledger"


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh SQLite database."""
    shutil.copy(sqlite_template, tmp_path / "ledger.sqlite")
    return f"sqlite:///{tmp_path / 'ledger.sqlite'}"


@pytest.fixture
def postgresql_url(postgresql: str, postgresql_template: str) -> Iterator[str]:
    """A fresh PostgreSQL database."""
    name = f"ledger_{next(_numbers)}"
    administer(postgresql, f"CREATE DATABASE {name} TEMPLATE {postgresql_template}")
    yield database(postgresql, name)
    administer(postgresql, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def closed_url(closed_template: Path, tmp_path: Path) -> str:
    """A SQLite database, with its files, in which one event is over; see closed.py."""
    shutil.copytree(closed_template, tmp_path, dirs_exist_ok=True)
    return f"sqlite:///{tmp_path / 'ledger.sqlite'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh database, once of each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The application on a fresh database."""
    with opened(database_url, tmp_path) as app:
        yield app


@pytest.fixture
def session(app: Flask) -> Session:
    """The database session."""
    return db.session()


@contextmanager
def opened(database_url: str, folder: Path, **changed: object) -> Iterator[Flask]:
    """Hold an application whose connections are closed at the end."""
    app = make_app(database_url, folder, **changed)
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


def make_app(database_url: str, folder: Path, **changed: object) -> Flask:
    """Return an application that leaves long work to the test."""
    given = {"secret_key": "for tests only", "does_long_work": False, **changed}
    app = create_app(Settings(database_url=database_url, instance=folder, **given))  # type: ignore[arg-type]
    app.config.update(TESTING=True)
    app.jinja_env.bytecode_cache = _templates
    return app


def migrate(url: str, folder: Path) -> None:
    """Bring an empty database to the newest shape, the way an installation does."""
    app = make_app(url, folder)
    with app.app_context():
        upgrade()
        db.engine.dispose()


def database(address: str, name: str) -> str:
    """Return the address of another database of the same server."""
    return make_url(address).set(database=name).render_as_string(hide_password=False)


def administer(address: str, statement: str) -> None:
    """Run a statement that no transaction may hold."""
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
