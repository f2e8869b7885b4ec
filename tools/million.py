"""Fill an empty ledger with as many lines as a province keeps, shaped like those that the services write.

Positions, movements and journal agree, so that `flask journal verify` finds nothing. Rows go in in bulk, entries before
their movements, past every guard of the database; only indexes are made afterwards, and foreign keys are not asked
while the rows go in.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import Table, select

from ledger import guards
from ledger.cases.models import Case, Hold
from ledger.cases.rules import HoldKind
from ledger.codes import new_code
from ledger.db import Model, db
from ledger.destruction.models import Application, ApplicationLine
from ledger.destruction.workflow import Method, State
from ledger.goods.classes import EnvClass
from ledger.goods.models import Item, Movement, Position
from ledger.goods.rules import ROUTES, Account, Act, PlaceKind
from ledger.goods.search import INDEX, grams, search_text
from ledger.goods.service import outside, place
from ledger.journal.log import Frontier, leaf_hash
from ledger.journal.models import JournalEntry, JournalHead
from ledger.journal.service import canonical, writing
from ledger.permissions import Role
from ledger.store.rules import Disposal
from ledger.text import case_key
from ledger.units.models import Unit, User
from ledger.units.service import Grant, add_unit, add_user
from tools.million_words import BRANDS, CATEGORIES, NAMES, RARE, UNITS

YEARS = 6
LOCATIONS = 40
BATCHES = 50
PART = 40_000
"""How many rows of a table go in at once."""
_FEN = 100_00


SAID = {
    "location": "一号库",
    "laboratory": "检验所",
    "document": "鹭检〔2026〕1号",
    "recipient": "烟草专卖局",
    "kind": Disposal.TRANSFER.value,
    "proceeds": None,
    "number": 1,
    "reason": "退回",
}
"""What entries of acts say beside their goods, whatever the act."""


@dataclass(slots=True)
class Life:
    """What became of the goods of one case, all of its lines alike, and when."""

    case_id: int
    unit: int
    """Its place among the units."""
    at: datetime
    first_item: int
    quantities: list[int]
    """Of its lines, in thousandths."""
    steps: list[tuple[str, str, int, str, int]] = field(default_factory=list)
    """Act, from account and place, to account and place; an act without accounts moves nothing."""
    times: list[datetime] = field(default_factory=list)
    reserved: bool = False
    counted_at: datetime | None = None
    counted_place: int = 0

    def spots(self) -> dict[tuple[str, int], int]:
        """Return every position of each line as a share of its quantity: -1, 0 or 1."""
        held: dict[tuple[str, int], int] = {}
        for _act, source, source_place, target, target_place in self.steps:
            if source:
                held[source, source_place] = held.get((source, source_place), 0) - 1
                held[target, target_place] = held.get((target, target_place), 0) + 1
        return held


class Rows:
    """Rows on their way into the tables, in parts, in the order in which the guards let them in."""

    def __init__(self, raw: Any, *, is_sqlite: bool) -> None:
        self._raw = raw
        self._is_sqlite = is_sqlite
        tables: Sequence[type[Model]] = (
            Case,
            Item,
            JournalEntry,
            Movement,
            Position,
            Application,
            ApplicationLine,
            Hold,
        )
        self._columns = {_table(model).name: [column.name for column in _table(model).columns] for model in tables}
        self._columns[INDEX] = ["rowid", "grams"]
        self._waiting: dict[str, list[Sequence[object]]] = {name: [] for name in self._columns}

    def add(self, name: str, row: Sequence[object]) -> None:
        """Add a row, its values in the order of the table's columns."""
        self._waiting[name].append(row)

    def flush(self, least: int = 0) -> None:
        """Write what waits, if it is at least so much of any table."""
        if max(map(len, self._waiting.values())) < least:
            return
        for name, rows in self._waiting.items():
            if rows:
                self._write(name, rows)
                rows.clear()

    def _write(self, name: str, rows: list[Sequence[object]]) -> None:
        columns = self._columns[name]
        if self._is_sqlite:
            marks = ", ".join("?" * len(columns))
            self._raw.executemany(f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({marks})", rows)  # noqa: S608 - ours
        else:
            with self._raw.cursor() as cursor, cursor.copy(f"COPY {name} ({', '.join(columns)}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)

    def move_head(self, frontier: Frontier, at: datetime) -> None:
        """Let the journal's head point at its last entry."""
        mark = "?" if self._is_sqlite else "%s"
        statement = f"UPDATE journal_head SET size = {mark}, frontier = {mark}, recorded_at = {mark}"  # noqa: S608
        self._raw.execute(statement, (frontier.size, frontier.pack(), _moment(at)))


class Journal:
    """The entries of a journal that is written past the service, and its movements."""

    def __init__(self, rows: Rows, frontier: Frontier) -> None:
        self.rows = rows
        self.frontier = frontier
        self.movements = 0

    def note(self, act: str, at: datetime, by: User, unit: Unit, data: dict[str, object]) -> None:
        """Append an entry."""
        seq = self.frontier.size + 1
        body = canonical(
            {
                "seq": seq,
                "recorded_at": at.isoformat(),
                "at": at.isoformat(),
                "act": act,
                "v": 1,
                "actor": {"id": by.id, "login": by.login, "name": by.name},
                "unit": unit.code,
                "data": data,
            }
        )
        leaf = leaf_hash(body)
        self.frontier = self.frontier.append(leaf)
        when = _moment(at)
        self.rows.add("journal_entry", (seq, when, when, act, 1, by.id, unit.id, body, leaf))

    def move(self, life: Life, step: int, by: User, unit: Unit, data: dict[str, object]) -> None:
        """Append the entry and the movements of one act on all lines of a case."""
        act, source, source_place, target, target_place = life.steps[step]
        moves = [
            [life.first_item + place, quantity, source, source_place, target, target_place]
            for place, quantity in enumerate(life.quantities)
        ]
        people = {part.value: {"id": by.id, "login": by.login} for part in ROUTES[Act(act)].parts}
        self.note(f"goods.{act}", life.times[step], by, unit, {**data, "people": people, "moves": moves})
        seq = self.frontier.size
        for item_id, quantity, *spots in moves:
            self.movements += 1
            self.rows.add("movement", (self.movements, seq, item_id, act, quantity, *spots))


class Seed:
    """A bureau with eighteen units, and the goods of six years."""

    def __init__(self, *, lines: int, movements: int, cases: int) -> None:
        self.random = Random(315)  # noqa: S311 - the same ledger each time
        self.lines, self.cases = lines, cases
        self.more_moves = max(0.0, movements / lines - 4.2)
        """How often a line is moved from shelf to shelf, on average."""
        self.now = datetime.now(UTC).replace(microsecond=0)
        self._people_and_places()

    def fill(self) -> None:
        """Write everything."""
        head = db.session.scalars(select(JournalHead)).one()
        start = Frontier.unpack(head.size, head.frontier)
        db.session.rollback()
        with _in_bulk() as raw:
            rows = Rows(raw, is_sqlite=db.engine.dialect.name == "sqlite")
            journal = Journal(rows, start)
            lives = list(self._lives())
            acts = sorted((at, number, step) for number, life in enumerate(lives) for step, at in enumerate(life.times))
            for _at, number, step in acts:
                self._act(rows, journal, lives[number], step)
                rows.flush(PART)
            rows.flush()
            rows.move_head(journal.frontier, acts[-1][0])
        db.session.rollback()  # what it saw is old

    def _people_and_places(self) -> None:
        session, at = db.session(), self.now - timedelta(days=365 * YEARS + 1)
        with writing(session):
            units: list[Unit] = []
            for number, (name, above) in enumerate(UNITS):
                parent = units[above] if above is not None else None
                code = f"U{number:02}"
                units.append(
                    add_unit(session, code=code, name=name, short_name=name[:3], parent=parent, by=None, at=at)
                )
            grants = [Grant(units[0], Role.REGISTRAR), Grant(units[0], Role.CUSTODIAN)]
            who: Any = {"name": "测试员", "password_hash": "", "by": None, "at": at, "must_change_password": False}
            self.by = add_user(session, login="bureau", grants=grants, **who)
            for login, unit in (("district", units[1]), ("station", units[-1])):
                add_user(session, login=login, grants=[Grant(unit, Role.REGISTRAR)], **who)
            self.outside = outside(session).id
            kinds = {PlaceKind.CUSTODY: ["custody"], PlaceKind.LOCATION: _shelves(), PlaceKind.BATCH: _batches()}
            self.places = {
                (number, kind): [place(session, unit, kind, name).id for name in names]
                for number, unit in enumerate(units)
                for kind, names in kinds.items()
            }
            self.units = units

    def _lives(self) -> Iterator[Life]:
        item = 1
        span = timedelta(days=365 * YEARS)
        for number in range(self.cases):
            age = (self.cases - number) / self.cases
            until = self.lines * (number + 1) // self.cases + (number < self.cases - 1) * self.random.randrange(-8, 9)
            count = max(1, min(until, self.lines + 1 - (self.cases - number)) + 1 - item)
            at = self.now - span * age
            unit = min(self.random.randrange(len(self.units) * 2), len(self.units) - 1) if number % 3 else number % 18
            quantities = [self.random.randrange(1, 500) * 1000 for _ in range(count)]
            life = Life(number + 1, unit, at, item, quantities)
            self._live(life, age)
            yield life
            item += count

    def _live(self, life: Life, age: float) -> None:
        """Say what becomes of the goods of a case; age goes from 1, the oldest, to 0."""
        chance, days = self.random.random(), timedelta(days=1)
        batch = self.random.choice(self.places[life.unit, PlaceKind.BATCH])
        custody, at = self.places[life.unit, PlaceKind.CUSTODY][0], life.at
        self._step(life, at, Act.REGISTER, (Account.PARTY, self.outside), (Account.SEIZED, custody))
        if age < 0.03:  # noqa: PLR2004 - shares
            return
        shelf = (Account.STORED, self.random.choice(self.places[life.unit, PlaceKind.LOCATION]))
        at += days * self.random.randrange(1, 40)
        self._step(life, at, Act.STORE_IN, (Account.SEIZED, custody), shelf)
        for _ in range(int(self.random.random() * 2 * self.more_moves + 0.5)):
            at += days / 2
            other = (Account.STORED, self.random.choice(self.places[life.unit, PlaceKind.LOCATION]))
            if other != shelf:
                self._step(life, at, Act.RELOCATE, shelf, other)
                shelf = other
        is_gone = chance < (0.9 if age > 0.45 else 0.02)  # noqa: PLR2004
        if not is_gone and chance > 0.95:  # noqa: PLR2004
            target = self.random.choice([Account.RETURNED, Account.TRANSFERRED, Account.SCRAPPED])
            self._step(life, at + days, Act.DISPOSE, shelf, (target, self.outside))
            return
        if is_gone or self.random.random() < 0.8:  # noqa: PLR2004
            ago = self.now - days * self.random.choice([3, 9, 200])
            life.counted_at, life.counted_place = min(self.now, at + days if is_gone else max(at + days, ago)), shelf[1]
            self._step(life, life.counted_at, "count", ("", shelf[1]), ("", 0))
        if is_gone or self.random.random() < 0.08:  # noqa: PLR2004
            life.reserved = True
            self._step(life, life.times[-1] + days / 24, "claim", ("", shelf[1]), ("", 0))
        if is_gone:
            at = life.times[-1] + days * 2
            way = [Account.PACKED, Account.LOADED, Account.RECEIVED, Account.DESTROYED]
            far = len(way) if chance > 0.002 else 1  # noqa: PLR2004 - a few wait for their day
            spots: list[tuple[str, int]] = [shelf, *((account, batch) for account in way[:far])]
            acts = (Act.PACK, Act.LOAD, Act.RECEIVE, Act.DESTROY)
            for moved, start, end in zip(acts, spots, spots[1:], strict=False):
                at += days / 12
                self._step(life, at, moved, start, end)
            life.reserved = False

    def _step(self, life: Life, at: datetime, act: str, source: tuple[str, int], target: tuple[str, int]) -> None:
        life.steps.append((str(act), str(source[0]), source[1], str(target[0]), target[1]))
        life.times.append(min(at, self.now))

    def _act(self, rows: Rows, journal: Journal, life: Life, step: int) -> None:
        act, _source, source_place, _target, _target_place = life.steps[step]
        unit, at = self.units[life.unit], life.times[step]
        items = range(life.first_item, life.first_item + len(life.quantities))
        if step == 0:
            lines = self._register(rows, journal, life)
            journal.move(life, step, self.by, unit, {"lines": lines})
        elif act == "count":
            counted = [[item, source_place] for item in items]
            journal.note("stocktake.counted", at, self.by, unit, {"number": f"P-{life.case_id}", "counted": counted})
        elif act == "claim":
            claims = [[item, source_place, quantity] for item, quantity in zip(items, life.quantities, strict=True)]
            journal.note("application.submitted", at, self.by, unit, {"number": f"S-{life.case_id}", "claims": claims})
        else:
            journal.move(life, step, self.by, unit, {**SAID, "case": life.case_id})

    def _register(self, rows: Rows, journal: Journal, life: Life) -> list[dict[str, object]]:
        """Write a case, its lines, their positions, and what was asked for them; return the lines as recorded."""
        unit, case_id, at = self.units[life.unit], life.case_id, life.at
        number, party = f"鹭市监案字〔{at.year}〕{case_id}号", f"思岭区第{case_id % 9973}商行"
        is_late = self.random.random() < 0.02  # noqa: PLR2004
        decided = at + timedelta(days=60) < self.now and not is_late
        decision = f"鹭市监处罚〔{at.year}〕{case_id}号" if decided else ""
        served = (at + timedelta(days=75)).date() if decided and self.random.random() < 0.98 else None  # noqa: PLR2004
        facts = (number, case_key(number), party, "销售假冒伪劣商品", decision, case_key(decision))
        no_measure = (None,) * 5
        tail = (_day(served), *no_measure, 1, len(life.quantities), _moment(at), self.by.id)
        rows.add("cases", (case_id, unit.id, *facts, *tail))
        said = {"id": case_id, "number": number, "party": party, "cause": facts[3], "decision": decision}
        journal.note("case.registered", at, self.by, unit, {**said, "served_on": _day(served)})
        self._stop(rows, journal, life)
        application = self._apply(rows, life) if life.reserved else None
        spots = life.spots()
        recorded = []
        for place_, quantity in enumerate(life.quantities):
            item = life.first_item + place_
            recorded.append(self._line(rows, life, place_, (party, number, decision)))
            for (account, at_place), share in spots.items():
                counted = _moment(life.counted_at) if life.counted_at and at_place == life.counted_place else None
                reserved = quantity if account == Account.STORED and share and life.reserved else 0
                rows.add("position", (item, account, at_place, share * quantity, reserved, counted))
                if reserved and application:
                    method = Method.INCINERATION
                    applied = (item, application, item, at_place, None, quantity, 0, method, "", None)
                    rows.add("application_line", applied)
        return recorded

    def _line(self, rows: Rows, life: Life, place_: int, of_case: tuple[str, str, str]) -> dict[str, object]:
        item, quantity = life.first_item + place_, life.quantities[place_]
        rare = RARE[item // 20_000 % len(RARE)] if item % 20_000 == 777 else ""  # noqa: PLR2004 - a word in 20,000
        brand, category = BRANDS[item * 7 % len(BRANDS)], CATEGORIES[item % len(CATEGORIES)]
        name = f"{rare}{brand}{NAMES[item * 13 % len(NAMES)]}{item % 997}"
        value = None if item % 10 == 0 else self.random.randrange(1, 3_000) * _FEN
        env_class = EnvClass.HAZARDOUS if item % 50 == 0 else EnvClass.GENERAL
        spec, lot, seal, code = f"{item % 90 * 10}ml", f"L{item % 5000:05}", f"封{item:07}", new_code()
        folded = search_text((name, brand, spec, lot, seal, *of_case, code))
        stored = date(2018, 1, 1) + timedelta(days=item % 700) if life.case_id % 50 == 0 else None
        facts = (name, spec, brand, lot, "", "瓶", quantity, None, value, category, env_class.value)
        unit = self.units[life.unit].id
        tail = ("", seal, "", "", _day(stored), None, folded, _moment(life.at))
        rows.add("item", (item, code, life.case_id, unit, place_ + 1, *facts, *tail))
        rows.add(INDEX, (item, self._as_kept(grams(folded))))
        said = {
            "id": item,
            "code": code,
            "case_id": life.case_id,
            "number": place_ + 1,
            "name": name,
            "measure": "瓶",
            "quantity": f"{quantity // 1000}",
            "spec": spec,
            "brand": brand,
            "lot": lot,
            "value": value,
            "category": category,
            "env_class": env_class.value,
            "seal": seal,
            "stored_on": _day(stored),
        }
        return {key: told for key, told in said.items() if told is not None}

    def _stop(self, rows: Rows, journal: Journal, life: Life) -> None:
        """Set a hold on every two hundredth case, from its first day."""
        if life.case_id % 200 == 0:
            at, unit = life.at, self.units[life.unit]
            kind, by = HoldKind.REVIEW.value, self.by.id
            key = life.case_id // 200
            rows.add("hold", (key, life.case_id, None, unit.id, kind, "复议", _moment(at), by, None, None, ""))
            journal.note(
                "hold.set", at, self.by, unit, {"id": key, "number": life.case_id, "reason": "复议", "kind": kind}
            )

    def _apply(self, rows: Rows, life: Life) -> int:
        """Write the application that speaks for the goods of a case; every second one is approved."""
        key, unit = life.case_id, self.units[life.unit].id
        state, at = (State.APPROVED if key % 2 else State.SUBMITTED).value, _moment(life.times[-1])
        row = (key, unit, f"S-{key}", state, 1, 4 if key % 2 else 0, "行政处罚法", "", "", self.by.id, at, at)
        rows.add("application", (*row, at if key % 2 else None))
        return key

    def _as_kept(self, pairs: list[str]) -> object:
        return " ".join(pairs) if db.engine.dialect.name == "sqlite" else pairs


@contextmanager
def _in_bulk() -> Iterator[Any]:
    """Give the driver's connection in one transaction, without indexes and foreign keys; then all stands as before."""
    is_sqlite = db.engine.dialect.name == "sqlite"
    pooled = db.engine.raw_connection()
    raw: Any = pooled.driver_connection
    if is_sqlite:
        for statement in ("PRAGMA foreign_keys=OFF", "PRAGMA synchronous=OFF", "PRAGMA cache_size=-1000000", "BEGIN"):
            raw.execute(statement)
        kept = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql NOT LIKE '%UNIQUE%'"
    else:
        raw.execute("SET session_replication_role = replica")  # the guards are ALWAYS on
        raw.execute("SET maintenance_work_mem = '1GB'")
        raw.execute("SET timezone = 'UTC'")
        kept = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexdef NOT LIKE '%UNIQUE%'"
    indexes = dict(raw.execute(kept).fetchall())
    for name in indexes:
        raw.execute(f"DROP INDEX {name}")
    yield raw
    for made in indexes.values():
        raw.execute(made)
    if not is_sqlite:
        raw.execute("SELECT setval(pg_get_serial_sequence('movement', 'id'), max(id)) FROM movement")
        raw.execute("SELECT setval(pg_get_serial_sequence('item', 'id'), max(id)) FROM item")
        raw.execute("SELECT setval(pg_get_serial_sequence('cases', 'id'), max(id)) FROM cases")
    raw.commit()
    if not is_sqlite:
        raw.autocommit = True
        raw.execute("VACUUM ANALYZE")  # as a server does by itself within minutes
    raw.close()
    pooled.detach()
    with db.engine.connect() as connection:
        guards.assert_standing(connection)


def _table(model: type[Model]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101
    return table


def _shelves() -> list[str]:
    return [f"{'ABCD'[number % 4]}-{number // 4 + 1:02}" for number in range(LOCATIONS)]


def _batches() -> list[str]:
    return [f"旧/{number + 1:03}" for number in range(BATCHES)]


def _moment(at: datetime) -> str:
    """Return a moment as both databases read it, in UTC."""
    return f"{at:%Y-%m-%d %H:%M:%S.%f}"


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
