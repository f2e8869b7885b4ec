"""What the database itself refuses: changing or removing what was recorded, gaps, movements without an entry.

It also voids by itself what was judged of lines, so that no act can forget to.

Migrations install these triggers and every run of them ends by asserting that they stand, because copying a table
on SQLite drops its triggers. `flask journal verify` looks at them too.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, text

KEPT_FOR_EVER = (
    "journal_entry",
    "journal_checkpoint",
    "movement",
    "scan",
    "attachment",
    "chain",
    "period_closing",
)
"""Tables whose rows are only added."""


@dataclass(frozen=True, slots=True)
class Trigger(ABC):
    """What the database does by itself when a row of a table is changed."""

    table: str
    when: str
    condition: str
    kind = ""
    timing = ""

    @property
    def name(self) -> str:
        """The trigger's name in the database."""
        return f"{self.kind}_{self.table}_{self.when}"

    @abstractmethod
    def does(self, dialect: str) -> str:
        """Return the statement that it runs."""

    def sqlite(self) -> str:
        """Return the statement that makes it on SQLite."""
        return (
            f"CREATE TRIGGER {self.name} {self.timing} {self.when.upper()} ON {self.table} WHEN {self.condition} "
            f"BEGIN {self.does('sqlite')}; END"
        )

    def postgresql(self) -> list[str]:
        """Return the statements that make it on PostgreSQL; ALWAYS, or a replication role would skip it."""
        function = (
            f"CREATE OR REPLACE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$guard${self.postgresql_body()}$guard$"
        )
        each = "STATEMENT" if self.when == "truncate" else "ROW"
        trigger = (
            f"CREATE TRIGGER {self.name} {self.timing} {self.when.upper()} ON {self.table} "
            f"FOR EACH {each} EXECUTE FUNCTION {self.name}()"
        )
        return [function, trigger, f"ALTER TABLE {self.table} ENABLE ALWAYS TRIGGER {self.name}"]

    def postgresql_body(self) -> str:
        """Return the body of its function on PostgreSQL."""
        passes_on = "OLD" if self.when == "delete" else "NEW"
        return f"BEGIN IF {self.condition} THEN {self.does('postgresql')}; END IF; RETURN {passes_on}; END"


@dataclass(frozen=True, slots=True)
class Guard(Trigger):
    """A trigger that refuses the change where the condition holds, and what it says then."""

    says: str
    kind = "guard"
    timing = "BEFORE"

    def does(self, dialect: str) -> str:
        """Return the statement that ends the change."""
        return f"SELECT RAISE(ABORT, '{self.says}')" if dialect == "sqlite" else f"RAISE EXCEPTION '{self.says}'"


@dataclass(frozen=True, slots=True)
class Voider(Trigger):
    """A trigger that voids what was judged of lines of goods, when something changes on which that rests."""

    statement: str
    kind = "void"
    timing = "AFTER"

    def does(self, dialect: str) -> str:  # noqa: ARG002 - both understand it
        """Return the statement that voids it."""
        return self.statement


_NEXT_ENTRY = (
    "NEW.seq IS DISTINCT FROM (SELECT coalesce(max(seq), 0) FROM journal_entry) + 1 "
    "OR NEW.recorded_at < (SELECT recorded_at FROM journal_head)"
)
_NEXT_HEAD = (
    "NEW.id IS DISTINCT FROM OLD.id OR NEW.size <= OLD.size "
    "OR NEW.size IS DISTINCT FROM (SELECT max(seq) FROM journal_entry)"
)
_ENTERED = (
    "NOT EXISTS (SELECT 1 FROM journal_entry WHERE seq = NEW.entry_seq) "
    "OR EXISTS (SELECT 1 FROM movement WHERE id = NEW.id)"
)

_IS_CARRIED = "EXISTS (SELECT 1 FROM carry WHERE seq = {row}.seq)"

_VOIDED = "UPDATE judgement SET terms = '' WHERE item_id IN ({lines}) AND terms <> ''"
_OF_CASE = _VOIDED.format(lines="SELECT id FROM item WHERE case_id = {case}")
_VOIDERS = (
    *(
        Voider(
            "position",
            when,
            "1 = 1",
            "INSERT INTO judgement (item_id, terms) VALUES (NEW.item_id, '') "
            "ON CONFLICT (item_id) DO UPDATE SET terms = '' WHERE judgement.terms <> ''",
        )
        for when in ("insert", "update")
    ),
    *(Voider("hold", when, "1 = 1", _OF_CASE.format(case="NEW.case_id")) for when in ("insert", "update")),
    Voider("cases", "update", "NEW.version <> OLD.version", _OF_CASE.format(case="NEW.id")),
    Voider(
        "application",
        "update",
        "NEW.state <> OLD.state",
        _VOIDED.format(lines="SELECT item_id FROM application_line WHERE application_id = NEW.id"),
    ),
    Voider(
        "application_line",
        "update",
        "NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at",
        _VOIDED.format(lines="NEW.item_id"),
    ),
)

_COMMON = (
    *(
        Guard(table, when, "1 = 1", f"{table}: rows are only added")
        for table in KEPT_FOR_EVER
        for when in ("update", "delete")
    ),
    Guard("journal_entry", "insert", _NEXT_ENTRY, "journal_entry: not the next entry"),
    Guard("journal_head", "update", _NEXT_HEAD, "journal_head: not the next step"),
    Guard("journal_head", "delete", "1 = 1", "journal_head: stays"),
    Guard("journal_head", "insert", "EXISTS (SELECT 1 FROM journal_head)", "journal_head: there is one"),
    Guard("movement", "insert", _ENTERED, "movement: needs its journal entry and a new id"),
    Guard(
        "journal_checkpoint",
        "insert",
        "EXISTS (SELECT 1 FROM journal_checkpoint WHERE id = NEW.id)",
        "journal_checkpoint: rows are only added",
    ),
    Guard("scan", "insert", "EXISTS (SELECT 1 FROM scan WHERE id = NEW.id)", "scan: rows are only added"),
    Guard(
        "attachment",
        "insert",
        "EXISTS (SELECT 1 FROM attachment WHERE id = NEW.id)",
        "attachment: rows are only added",
    ),
    Guard("chain", "insert", "EXISTS (SELECT 1 FROM chain WHERE id = NEW.id)", "chain: rows are only added"),
    Guard(
        "period_closing",
        "insert",
        "EXISTS (SELECT 1 FROM period_closing WHERE id = NEW.id)",
        "period_closing: rows are only added",
    ),
    Guard("carry", "update", "1 = 1", "carry: is made anew, never changed"),
    Guard("carried", "insert", _IS_CARRIED.format(row="NEW"), "carried: these sums are complete"),
    Guard("carried", "update", "1 = 1", "carried: is made anew, never changed"),
    Guard("carried", "delete", _IS_CARRIED.format(row="OLD"), "carried: goes when its carry is gone"),
    *_VOIDERS,
)
_TRUNCATE = tuple(
    Guard(table, "truncate", "1 = 1", f"{table}: rows are only added")
    for table in (*KEPT_FOR_EVER, "journal_head", "carried")
)


def guards(dialect: str) -> tuple[Trigger, ...]:
    """Return every trigger that a database of this dialect needs."""
    return _COMMON if dialect == "sqlite" else _COMMON + _TRUNCATE


def install(connection: Connection, tables: Collection[str] | None = None) -> None:
    """Make the guards of these tables anew, or of all."""
    for guard in guards(connection.dialect.name):
        if tables is None or guard.table in tables:
            put(connection, guard)


def put(connection: Connection, guard: Trigger) -> None:
    """Make one guard, in place of the one of its name."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {guard.name}")
        connection.exec_driver_sql(_sqlite_spelling(guard))
    else:
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {guard.name} ON {guard.table}")
        for statement in guard.postgresql():
            connection.exec_driver_sql(statement)


def fallen(connection: Connection) -> list[str]:
    """Return the names of guards that are missing, switched off or not what they should be."""
    standing = _sqlite_triggers(connection) if connection.dialect.name == "sqlite" else _pg_triggers(connection)
    wanted = {
        guard.name: _sqlite_spelling(guard) if connection.dialect.name == "sqlite" else guard.postgresql_body()
        for guard in guards(connection.dialect.name)
    }
    return sorted(name for name, body in wanted.items() if standing.get(name) != body)


def assert_standing(connection: Connection) -> None:
    """Raise AssertionError, naming them, if guards are missing or altered."""
    names = fallen(connection)
    if names:
        raise AssertionError(f"the database does not guard its records: {', '.join(names)}")


def _sqlite_spelling(guard: Trigger) -> str:
    return guard.sqlite().replace("IS DISTINCT FROM", "IS NOT")  # SQLite learnt the standard's words in 3.39


def _sqlite_triggers(connection: Connection) -> dict[str, str]:
    rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    return {row.name: row.sql for row in rows}


def _pg_triggers(connection: Connection) -> dict[str, str]:
    rows = connection.execute(
        text(
            "SELECT tgname, prosrc FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid "
            "JOIN pg_class ON pg_class.oid = tgrelid JOIN pg_namespace n ON n.oid = pg_class.relnamespace "
            "WHERE NOT tgisinternal AND tgenabled = 'A' AND n.nspname = current_schema() AND tgname = proname"
        )
    )
    return {row.tgname: row.prosrc for row in rows}
