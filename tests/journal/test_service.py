from datetime import timedelta
from threading import Thread

import pytest
from factories import NOON
from sqlalchemy import func, select, text

from ledger.db import db
from ledger.journal.log import frontier_of
from ledger.journal.models import JournalEntry, JournalHead
from ledger.journal.service import canonical, make_checkpoint, record, writing


def note(session, cast, text, **more):
    return record(
        session, "test.noted", by=cast.lin, at=more.pop("at", NOON), unit=cast.bureau, data={"text": text}, **more
    )


def test_what_is_hashed_is_stored_as_hashed(session, cast):
    with writing(session):
        entry = note(session, cast, '䶮𬭚堃\n"\\')

    assert canonical({"b": 1, "a": ["䶮", None, True]}) == '{"a":["䶮",null,true],"b":1}'.encode()
    assert entry.body.startswith(b'{"act":"test.noted","actor":{"id":')
    assert '"data":{"text":"䶮𬭚堃\\n\\"\\\\"}'.encode() in entry.body


def test_entries_have_no_gap_and_the_head_is_their_root(session, cast):
    with writing(session):
        for number in range(20):
            note(session, cast, str(number))

    leaves = session.scalars(select(JournalEntry.leaf).order_by(JournalEntry.seq)).all()
    head = session.scalars(select(JournalHead)).one()
    assert head.size == len(leaves) == session.scalar(select(func.max(JournalEntry.seq)))
    assert head.frontier == frontier_of(leaves).pack()


def test_an_act_is_never_recorded_before_the_one_before_it_whatever_the_clock_says(session, cast):
    with writing(session):
        later = note(session, cast, "now", at=NOON + timedelta(hours=3))
        early = note(session, cast, "the clock was set back", at=NOON - timedelta(days=1))

    assert early.recorded_at == later.recorded_at
    assert early.at == NOON - timedelta(days=1)


def test_nothing_is_recorded_outside_of_a_business_transaction(session, cast):
    with pytest.raises(RuntimeError, match="writing"):
        note(session, cast, "x")
    with pytest.raises(RuntimeError, match="writing"):
        make_checkpoint(session, None, at=NOON)


def test_a_transaction_within_a_transaction_is_a_mistake(session, cast):
    with pytest.raises(RuntimeError, match="before the business transaction"), writing(session), writing(session):
        pass


def test_changes_made_before_the_transaction_are_a_mistake(session, cast):
    cast.lin.name = "另一个名字"

    with pytest.raises(RuntimeError, match="before the business transaction"), writing(session):
        pass
    session.rollback()


def test_of_a_failed_transaction_nothing_stays(session, cast):
    size = session.scalars(select(JournalHead)).one().size

    def fail_half_way():
        with writing(session):
            note(session, cast, "x")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()

    assert session.scalars(select(JournalHead)).one().size == size


def test_many_writers_at_once_leave_no_gap_and_lose_nothing(app, session, cast, verifier):
    before = session.scalars(select(JournalHead)).one().size
    session.rollback()
    lin, bureau = cast.lin.id, cast.bureau.id
    session.rollback()

    def write():
        with app.app_context():
            mine = db.session()
            person, unit = mine.get_one(type(cast.lin), lin), mine.get_one(type(cast.bureau), bureau)
            for number in range(10):
                with writing(mine):
                    record(mine, "test.noted", by=person, at=NOON, unit=unit, data={"number": number})

    threads = [Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    session.rollback()
    assert session.scalars(select(JournalHead)).one().size == before + 60


def test_sqlite_waits_for_the_disk(app):
    if db.engine.dialect.name == "sqlite":
        with db.engine.connect() as connection:
            pragmas = {
                name: connection.execute(text(f"PRAGMA {name}")).scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys")
            }
        assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    else:
        with db.engine.connect() as connection:
            assert connection.execute(text("SHOW synchronous_commit")).scalar() == "on"
