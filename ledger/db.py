"""The database: its base classes, its column types, and how a connection to it begins."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from fcntl import LOCK_EX, LOCK_UN, flock
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Enum,
    FromClause,
    Integer,
    MetaData,
    TypeDecorator,
    event,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session, registry

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

BigId = BigInteger().with_variant(Integer, "sqlite")
"""A key that may pass two thousand million; SQLite counts up by itself only for INTEGER."""


class UtcDateTime(TypeDecorator[datetime]):
    """A point in time, aware and in UTC on both sides. A naive one is a programming mistake."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return value in UTC; SQLite keeps it without its zone. Raises ValueError if value is naive."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime: {value}")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return value with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Quantity(TypeDecorator[Decimal]):
    """A quantity with up to three decimals, kept as whole thousandths: SQLite would make a NUMERIC a float."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Return value in thousandths. Raises ValueError if it is finer than that."""
        return None if value is None else thousandths(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        """Return value in units of measure."""
        return None if value is None else from_thousandths(value)


def thousandths(quantity: Decimal) -> int:
    """Return quantity as whole thousandths. Raises ValueError if it is finer than that."""
    scaled = quantity * 1000
    whole = int(scaled)
    if whole != scaled:
        raise ValueError(f"finer than a thousandth: {quantity}")
    return whole


def from_thousandths(whole: int) -> Decimal:
    """Return thousandths as a quantity."""
    return Decimal(whole) / 1000


def choice(kind: type[StrEnum], name: str, *, is_checked: bool = True) -> Enum:
    """A column type for one of kind's members, kept by value and checked by the database.

    name names the check (ck_<table>_<name>); without it two columns of one kind would share a name,
    which PostgreSQL refuses. What is copied from a checked column needs no check of its own.
    """
    return Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=is_checked,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


class Model(DeclarativeBase):
    """The base of every model."""

    # On the registry, not on the class: https://github.com/pallets-eco/flask-sqlalchemy/issues/1361
    registry = registry(metadata=MetaData(naming_convention=NAMES), type_annotation_map={datetime: UtcDateTime})


db = SQLAlchemy(model_class=Model)


def add_rows(
    session: Session, table: FromClause, rows: Sequence[Mapping[str, object]], *, key: tuple[str, ...] = ()
) -> None:
    """Write many rows that all have the same columns: past the session, and without its toolkit's work on each.

    With key, a row takes the place of the one that has the same values there.
    """
    connection = session.connection()
    statement, processors, is_positional = _insert(table, tuple(rows[0]), key, connection.dialect)
    pick = itemgetter(*processors)
    columns: list[Iterable[object]] = list(zip(*map(pick, rows), strict=True))
    for place, process in enumerate(processors.values()):
        columns[place] = map(process, columns[place]) if process else columns[place]
    values: Iterable[tuple[object, ...]] = zip(*columns, strict=True)
    given = list(values) if is_positional else [dict(zip(processors, row, strict=True)) for row in values]
    connection.exec_driver_sql(statement, given)


@lru_cache
def _insert(
    table: FromClause, names: tuple[str, ...], key: tuple[str, ...], dialect: Dialect
) -> tuple[str, dict[str, Any], bool]:
    """Return the statement, and what makes each column's values fit for the driver, in the statement's order."""
    statement: Any = (sqlite if dialect.name == "sqlite" else postgresql).insert(table)
    if key:
        changed = {name: statement.excluded[name] for name in names if name not in key}
        statement = statement.on_conflict_do_update(index_elements=key, set_=changed)
    compiled = statement.compile(dialect=dialect, column_keys=names)
    order = compiled.positiontup or names
    processors = {name: table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in order}
    return str(compiled), processors, compiled.positional


# SQLite has one writer. Its own busy handler sleeps with growing pauses, which makes the slowest scans seven times
# slower than a queue does; so writers queue on a lock of ours first and then find the database free.

PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA recursive_triggers=ON",  # or REPLACE would remove a row without firing its delete guard
    "PRAGMA busy_timeout=10000",
    "PRAGMA cache_size=-32768",
    "PRAGMA temp_store=MEMORY",
)

_locks: WeakKeyDictionary[Engine, Lock] = WeakKeyDictionary()


@event.listens_for(Engine, "connect")
def _prepare(connection: Any, record: Any) -> None:  # noqa: ARG001
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None  # we say BEGIN ourselves, below
        for pragma in PRAGMAS:
            connection.execute(pragma)


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        immediate = connection.get_execution_options().get("ledger_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


@contextmanager
def only_writer(session: Session) -> Iterator[None]:
    """Hold the installation's write lock and begin a writing transaction on session.

    On PostgreSQL the database's own row lock does this work and nothing is held here. The lock is a thread's and,
    through a file beside the database, a process's.
    """
    engine = session.get_bind()
    if not isinstance(engine, Engine) or engine.dialect.name != "sqlite":
        yield
        return
    with _locks.setdefault(engine, Lock()), Path(f"{engine.url.database}.lock").open("w") as lock_file:
        flock(lock_file, LOCK_EX)
        try:
            session.connection(execution_options={"ledger_writes": True})
            yield
        finally:
            flock(lock_file, LOCK_UN)
