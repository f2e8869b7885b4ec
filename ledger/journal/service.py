"""Writing to the journal, and the one way into a business transaction."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import rehearsal
from ledger.db import only_writer
from ledger.errors import N_, LedgerError
from ledger.journal.keys import KEY_ACT
from ledger.journal.log import Frontier, leaf_hash
from ledger.journal.models import JournalCheckpoint, JournalEntry, JournalHead
from ledger.journal.note import Signer
from ledger.journal.queries import is_rehearsed, latest_of

_LOG = "journal_log"


class KeyReplaced(LedgerError):
    """A checkpoint by a key whose place another has taken."""

    code = "key_replaced"
    message = N_("The journal has a new key since entry %(seq)s. Start this server again, so that it signs with it.")
    is_passing = True


class WrongKeys(LedgerError):
    """A rehearsal's ledger with the keys of a real installation, or the other way round."""

    code = "wrong_keys"
    message = N_("This database and this instance folder do not go together: one of them is a rehearsal’s.")


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


@dataclass(slots=True)
class _Log:
    """How far the log is while a transaction appends to it."""

    frontier: Frontier
    recorded_at: datetime


@contextmanager
def writing(session: Session) -> Iterator[None]:
    """Hold a business transaction: the journal's head first, committed at the end, rolled back on any error.

    What was loaded before is read again inside, so that decisions are taken on what is true now. Everything slow
    (hashing passwords, parsing, network) belongs before or after, since all other writers wait meanwhile.
    """
    if session.new or session.dirty or _LOG in session.info:
        raise RuntimeError("changes were made before the business transaction began")
    session.rollback()  # ends the reading transaction, whose snapshot may be old
    with only_writer(session):
        try:
            head = session.scalars(select(JournalHead).with_for_update()).one()
            log = _Log(Frontier.unpack(head.size, head.frontier), head.recorded_at)
            session.info[_LOG] = log
            yield
            session.flush()  # the entries before the head: the database compares the two
            head.size, head.frontier, head.recorded_at = log.frontier.size, log.frontier.pack(), log.recorded_at
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            session.info.pop(_LOG, None)


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
    [entry] = record_each(session, act, by=by, at=at, unit=unit, data=[data], happened_at=happened_at, version=version)
    return entry


def record_each(
    session: Session,
    act: str,
    *,
    by: Actor | None,
    at: datetime,
    unit: Place | None,
    data: Sequence[Mapping[str, object]],
    happened_at: datetime | None = None,
    version: int = 1,
) -> list[JournalEntry]:
    """Append one entry for each of data, as record() does for one."""
    log = _log(session)
    log.recorded_at = max(at, log.recorded_at)
    happened_at = happened_at or at
    entries = []
    for each in data:
        body = canonical(
            {
                "seq": log.frontier.size + 1,
                "recorded_at": log.recorded_at.isoformat(),
                "at": happened_at.isoformat(),
                "act": act,
                "v": version,
                "actor": by and {"id": by.id, "login": by.login, "name": by.name},
                "unit": unit and unit.code,
                "data": each,
            }
        )
        leaf = leaf_hash(body)
        log.frontier = log.frontier.append(leaf)
        entry = JournalEntry(
            seq=log.frontier.size,
            recorded_at=log.recorded_at,
            at=happened_at,
            act=act,
            version=version,
            actor_id=by and by.id,
            unit_id=unit and unit.id,
            body=body,
            leaf=leaf,
        )
        entries.append(entry)
    session.add_all(entries)  # a row that names one is written after a flush
    return entries


def record_refusal(
    session: Session, error: LedgerError, *, attempted: str, by: Actor | None, at: datetime, unit: Place | None
) -> JournalEntry:
    """Append that a business act was refused. Called in a transaction of its own, after the act's was rolled back."""
    facts = {name: str(fact) for name, fact in error.facts.items()}
    return record(
        session, "refused", by=by, at=at, unit=unit, data={"attempted": attempted, "code": error.code, "facts": facts}
    )


def make_checkpoint(
    session: Session, signer: Signer, *, at: datetime, before: Signer | None = None
) -> JournalCheckpoint:
    """Sign the log as it stands and keep the checkpoint; the key before it, if given, signs below.

    Raises KeyReplaced if another key has taken the signer's place, WrongKeys, or RuntimeError outside of writing().
    """
    check_keys(session)
    frontier = _log(session).frontier
    change = None if rehearsal.is_on() else latest_of(session, KEY_ACT)  # a copy signs by a key of its own
    if change is not None and orjson.loads(change.body)["data"]["new"] != signer.verifier():
        raise KeyReplaced(seq=change.seq)
    size, root = frontier.size, frontier.root()
    note = signer.sign(size, root)
    checkpoint = JournalCheckpoint(size=size, root=root, note=before.cosign(note) if before else note, made_at=at)
    session.add(checkpoint)
    session.flush()
    return checkpoint


def replace_key(session: Session, old: Signer, new: Signer, *, at: datetime) -> JournalCheckpoint:
    """Have another key sign from now on, and return the checkpoint that both signed. Raises as make_checkpoint does."""
    record(session, KEY_ACT, by=None, at=at, unit=None, data={"old": old.verifier(), "new": new.verifier()})
    return make_checkpoint(session, new, at=at, before=old)


def check_keys(session: Session) -> None:
    """Raises WrongKeys where a rehearsal's ledger meets what signs for a real one, or the other way round."""
    if is_rehearsed(session) is not rehearsal.is_on():
        raise WrongKeys


def _log(session: Session) -> _Log:
    log: _Log | None = session.info.get(_LOG)
    if log is None:
        raise RuntimeError("only within writing() can the journal be written")
    return log
