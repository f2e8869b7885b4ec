"""Recomputing the journal: that every entry says what was hashed, without gap or step back, up to the signed roots."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import guards
from ledger.errors import N_, Message
from ledger.journal.log import Frontier, leaf_hash
from ledger.journal.models import JournalCheckpoint, JournalEntry, JournalHead
from ledger.journal.note import BadNote, Checkpoint, open_note
from ledger.journal.queries import REHEARSAL_ACT, latest_of

_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was written. seq names the entry, or the last one known to be good."""

    message: Message
    seq: int | None = None
    facts: dict[str, object] = field(default_factory=dict)

    def said(self) -> dict[str, object]:
        """Return what the message names."""
        return {"seq": self.seq, **self.facts}

    def __str__(self) -> str:
        return self.message % self.said()


ALTERED = N_("Entry %(seq)s: its bytes and its hash do not agree.")
RELABELLED = N_("Entry %(seq)s: its columns do not say what its bytes say.")
GAP = N_("Entry %(seq)s is missing.")
BACKWARDS = N_("Entry %(seq)s was recorded before the entry before it.")
HEAD = N_("The head says %(said)s entries, the journal holds %(seq)s, or their root differs.")
REWRITTEN = N_(
    "History was rewritten between entry %(good)s (last checkpoint that fits) and %(seq)s (first that does not)."
)
FORGED = N_("The checkpoint of %(seq)s entries is not signed by this installation's key.")
FALLEN = N_("The database no longer guards its records: %(names)s.")


class Walk:
    """One pass over the journal. Iterate over it to get each entry's number and content, then read findings and root.

    checkpoints are signed notes kept outside; those kept in the database are always looked at as well.
    """

    def __init__(self, session: Session, verifier: str, checkpoints: Sequence[str] = ()) -> None:
        self.session = session
        self.findings: list[Finding] = []
        self.frontier = Frontier()
        self._roots: dict[int, bytes] = {}
        self._claims = sorted(self._open(verifier, checkpoints), key=lambda claim: claim.size)

    def __iter__(self) -> Iterator[tuple[int, dict[str, Any]]]:
        wanted = {claim.size for claim in self._claims}
        last_time = datetime.min.replace(tzinfo=UTC)
        for seq, recorded_at, act, version, body, leaf in self._entries():
            expected = self.frontier.size + 1
            if seq != expected:
                self.findings.append(Finding(GAP, expected))
                return
            if leaf_hash(body) != leaf:
                self.findings.append(Finding(ALTERED, seq))
            if recorded_at < last_time:
                self.findings.append(Finding(BACKWARDS, seq))
            last_time = recorded_at
            content = self._read(seq, body)
            if content is not None:
                if (content.get("seq"), content.get("act"), content.get("v")) != (seq, act, version):
                    self.findings.append(Finding(RELABELLED, seq))
                yield seq, content
            self.frontier = self.frontier.append(leaf_hash(body))
            if seq in wanted:
                self._roots[seq] = self.frontier.root()
        self._compare()

    def _entries(self) -> Iterator[Any]:
        columns = (
            JournalEntry.seq,
            JournalEntry.recorded_at,
            JournalEntry.act,
            JournalEntry.version,
            JournalEntry.body,
            JournalEntry.leaf,
        )
        after = 0
        while rows := self.session.execute(
            select(*columns).where(JournalEntry.seq > after).order_by(JournalEntry.seq).limit(_CHUNK)
        ).all():
            yield from rows
            after = rows[-1][0]

    def _read(self, seq: int, body: bytes) -> dict[str, Any] | None:
        try:
            content: dict[str, Any] = orjson.loads(body)
        except orjson.JSONDecodeError:
            self.findings.append(Finding(ALTERED, seq))
            return None
        return content

    def _open(self, verifier: str, notes: Sequence[str]) -> Iterator[Checkpoint]:
        kept = self.session.execute(select(JournalCheckpoint.size, JournalCheckpoint.note))
        copied = latest_of(self.session, REHEARSAL_ACT)
        for size, note in [*kept, *((None, note) for note in notes)]:
            key = verifier
            if copied and size is not None and size < copied.seq:  # made where this was copied from
                key = orjson.loads(copied.body)["data"]["of"]
            try:
                yield open_note(note, key)
            except BadNote:
                self.findings.append(Finding(FORGED, size))

    def _compare(self) -> None:
        head = self.session.scalars(select(JournalHead)).one()
        if (head.size, head.frontier) != (self.frontier.size, self.frontier.pack()):
            self.findings.append(Finding(HEAD, self.frontier.size, {"said": head.size}))
        good = 0
        for claim in self._claims:
            if self._roots.get(claim.size) != claim.root and claim.size:
                self.findings.append(Finding(REWRITTEN, claim.size, {"good": good}))
                break
            good = claim.size
        names = guards.fallen(self.session.connection())
        if names:
            self.findings.append(Finding(FALLEN, None, {"names": ", ".join(names)}))
