"""Writing to the journal, and the one way into a business transaction."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.db import only_writer
from ledger.errors import LedgerError
from ledger.journal.log import Frontier, leaf_hash
from ledger.journal.models import JournalCheckpoint, JournalEntry, JournalHead
from ledger.journal.note import Signer

_HEAD = "journal_head"


class Actor(Protocol):
    """Who acts: what an entry keeps of a person."""

    id: Any
    login: Any
    name: Any


class Place(Protocol):
    """For which unit: what an entry keeps of a unit."""

    id: Any
    code: Any


def canonical(value: Mapping[str, object]) -> bytes:
    """Return value as canonical JSON (RFC 8785 for the strings, whole numbers, lists and objects used here)."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


@contextmanager
def writing(session: Session) -> Iterator[None]:
    """Hold a business transaction: the journal's head first, committed at the end, rolled back on any error.

    What was loaded before is read again inside, so that decisions are taken on what is true now. Everything slow
    (hashing passwords, parsing, network) belongs before or after, since all other writers wait meanwhile.
    """
    if session.new or session.dirty or _HEAD in session.info:
        raise RuntimeError("changes were made before the business transaction began")
    session.rollback()  # ends the reading transaction, whose snapshot may be old
    with only_writer(session):
        try:
            session.info[_HEAD] = session.scalars(select(JournalHead).with_for_update()).one()
            yield
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            session.info.pop(_HEAD, None)


def record(
    session: Session,
    act: str,
    *,
    by: Actor | None,
    at: datetime,
    unit: Place | None,
    data: Mapping[str, object],
    happened_at: datetime | None = None,
    version: int = 1,
) -> JournalEntry:
    """Append one act to the journal and return its entry.

    by is None for what the installation does itself; at is now, happened_at the time that is claimed for the act
    where that differs. data holds only strings, whole numbers, booleans, lists and objects.

    Raises RuntimeError outside of writing().
    """
    head: JournalHead | None = session.info.get(_HEAD)
    if head is None:
        raise RuntimeError("record() needs writing()")
    recorded_at = max(at, head.recorded_at)
    happened_at = happened_at or at
    body = canonical(
        {
            "seq": head.size + 1,
            "recorded_at": recorded_at.isoformat(),
            "at": happened_at.isoformat(),
            "act": act,
            "v": version,
            "actor": by and {"id": by.id, "login": by.login, "name": by.name},
            "unit": unit and unit.code,
            "data": data,
        }
    )
    leaf = leaf_hash(body)
    frontier = Frontier.unpack(head.size, head.frontier).append(leaf)
    entry = JournalEntry(
        seq=frontier.size,
        recorded_at=recorded_at,
        at=happened_at,
        act=act,
        version=version,
        actor_id=by and by.id,
        unit_id=unit and unit.id,
        body=body,
        leaf=leaf,
    )
    session.add(entry)
    session.flush()  # before the head moves on: the database compares the two
    head.size, head.frontier, head.recorded_at = frontier.size, frontier.pack(), recorded_at
    session.flush()
    return entry


def record_refusal(
    session: Session, error: LedgerError, *, attempted: str, by: Actor | None, at: datetime, unit: Place | None
) -> JournalEntry:
    """Append that a business act was refused. Called in a transaction of its own, after the act's was rolled back."""
    facts = {name: str(fact) for name, fact in error.facts.items()}
    return record(
        session, "refused", by=by, at=at, unit=unit, data={"attempted": attempted, "code": error.code, "facts": facts}
    )


def make_checkpoint(session: Session, signer: Signer, *, at: datetime) -> JournalCheckpoint:
    """Sign the log as it stands and keep the checkpoint. Raises RuntimeError outside of writing()."""
    head: JournalHead | None = session.info.get(_HEAD)
    if head is None:
        raise RuntimeError("make_checkpoint() needs writing()")
    root = Frontier.unpack(head.size, head.frontier).root()
    checkpoint = JournalCheckpoint(size=head.size, root=root, note=signer.sign(head.size, root), made_at=at)
    session.add(checkpoint)
    session.flush()
    return checkpoint
