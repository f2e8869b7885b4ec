"""The keys of the journal: the one that signs now, and those before it."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.journal.models import JournalCheckpoint, JournalEntry
from ledger.journal.note import BadNote, Checkpoint, open_note
from ledger.journal.queries import REHEARSAL_ACT, latest_of

KEY_ACT = "journal.key_replaced"
"""The act by which another key signs from then on; the checkpoint that ends with it is signed by both."""


@dataclass(frozen=True, slots=True)
class Key:
    """A public key as verifiers read it, and how long the journal may be at most that it signs."""

    verifier: str
    until: int | None = None
    """None for the key that signs now."""


def keys_of(session: Session, verifier: str) -> list[Key]:
    """Return the keys of this journal, the one that signs now first: those that its successor vouched for in turn.

    What a rehearsal copied was signed by the key of where it was copied from.
    """
    found = [Key(verifier)]
    copied = latest_of(session, REHEARSAL_ACT)
    if copied is not None:
        found.append(Key(orjson.loads(copied.body)["data"]["of"], copied.seq - 1))
    changes = select(JournalEntry.seq, JournalEntry.body).where(JournalEntry.act == KEY_ACT)
    for seq, body in session.execute(changes.order_by(JournalEntry.seq.desc())):
        said = orjson.loads(body)["data"]
        notes = session.scalars(select(JournalCheckpoint.note).where(JournalCheckpoint.size == seq))
        if said["new"] != found[-1].verifier or not any(_is_signed_by_both(note, said) for note in notes):
            break
        found.append(Key(said["old"], seq))
    return found


def open_with(keys: Sequence[Key], note: str) -> Checkpoint:
    """Return what a note says that one of the keys signed in its time. Raises BadNote."""
    for key in keys:
        try:
            checkpoint = open_note(note, key.verifier)
        except BadNote:
            continue
        if key.until is None or checkpoint.size <= key.until:
            return checkpoint
    raise BadNote(key=keys[0].verifier)


def _is_signed_by_both(note: str, said: dict[str, str]) -> bool:
    try:
        return open_note(note, said["new"]) == open_note(note, said["old"])
    except BadNote:
        return False
