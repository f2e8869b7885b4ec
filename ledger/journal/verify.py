"""Recomputing the journal: that every entry says what was hashed, without gap or step back, up to the signed roots."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import guards
from ledger.errors import N_, Message
from ledger.journal.keys import keys_of, open_with
from ledger.journal.log import Frontier, leaf_hash
from ledger.journal.models import JournalCheckpoint, JournalEntry, JournalHead
from ledger.journal.note import BadNote, Checkpoint

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
MISFIT = N_(
    "%(name)s is the first that does not fit: history was rewritten between entry %(good)s (last checkpoint that fits) "
    "and %(seq)s."
)
FORGED = N_("The checkpoint of %(seq)s entries is not signed by this installation's key.")
FOREIGN = N_("%(name)s is not signed by this installation's key, nor by one before it.")
FALLEN = N_("The database no longer guards its records: %(names)s.")


class Walk:
    """One pass over the journal. Iterate over it to get each entry's number and content, then read findings and root.

    checkpoints are signed notes kept outside, by the names of their files; those kept in the database are always looked
    at as well.
    """

    def __init__(self, session: Session, verifier: str, checkpoints: Mapping[str, str] | None = None) -> None:
        self.session = session
        self.findings: list[Finding] = []
        self.frontier = Frontier()
        self._roots: dict[int, bytes] = {}
        self._claims = sorted(self._open(verifier, checkpoints or {}), key=lambda claim: claim[0].size)

    def __iter__(self) -> Iterator[tuple[int, dict[str, Any]]]:
        wanted = {claim.size for claim, _name in self._claims}
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

    def _open(self, verifier: str, outside: Mapping[str, str]) -> Iterator[tuple[Checkpoint, str]]:
        """Yield what checkpoints claim, with the name of the file of one that was kept outside."""
        keys = keys_of(self.session, verifier)
        kept = self.session.execute(select(JournalCheckpoint.size, JournalCheckpoint.note))
        named = ((None, note, name) for name, note in outside.items())
        for size, note, name in [*((size, note, "") for size, note in kept), *named]:
            try:
                yield open_with(keys, note), name
            except BadNote:
                self.findings.append(Finding(FOREIGN, None, {"name": name}) if name else Finding(FORGED, size))

    def _compare(self) -> None:
        head = self.session.scalars(select(JournalHead)).one()
        if (head.size, head.frontier) != (self.frontier.size, self.frontier.pack()):
            self.findings.append(Finding(HEAD, self.frontier.size, {"said": head.size}))
        good = 0
        for claim, name in self._claims:
            if self._roots.get(claim.size) != claim.root and claim.size:
                facts: dict[str, object] = {"good": good, "name": name} if name else {"good": good}
                self.findings.append(Finding(MISFIT if name else REWRITTEN, claim.size, facts))
                break
            good = claim.size
        names = guards.fallen(self.session.connection())
        if names:
            self.findings.append(Finding(FALLEN, None, {"names": ", ".join(names)}))
