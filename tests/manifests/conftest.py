"""A journal without a database, and what it proves."""

from dataclasses import dataclass, field

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.journal.log import frontier_of, leaf_hash
from ledger.journal.note import Signer
from ledger.journal.service import canonical
from ledger.manifests.proof import digests, prove

RECORDED_AT = "2027-03-15T17:20:00+08:00"


@dataclass
class Journal:
    """Entries as the ledger writes them, under a key that is the same in every run."""

    signer: Signer = field(default_factory=lambda: Signer("ledger.example", Ed25519PrivateKey.from_private_bytes(KEY)))
    bodies: list[bytes] = field(default_factory=list)

    def write(self, act: str, data: dict[str, object], *, version: int = 1) -> int:
        """Append an entry and return its number."""
        seq = len(self.bodies) + 1
        person = {"id": 7, "login": "wu", "name": "吴䶮"}
        facts = {"seq": seq, "recorded_at": RECORDED_AT, "at": RECORDED_AT, "act": act, "v": version, "data": data}
        self.bodies.append(canonical({**facts, "actor": person, "unit": "350200"}))
        return seq

    def write_manifest(self, act: str, document: bytes) -> int:
        """Append the entry of a document and return its number."""
        return self.write(act, {"number": "鹭市监销〔2027〕1号", **digests(document)})

    def fill(self, number: int) -> None:
        """Append entries about other things."""
        for count in range(number):
            self.write("goods.moved", {"count": count})

    def leaves(self) -> list[bytes]:
        return [leaf_hash(body) for body in self.bodies]

    def note(self) -> str:
        """Return a signed checkpoint of the journal as it stands."""
        frontier = frontier_of(self.leaves())
        return self.signer.sign(frontier.size, frontier.root())

    def prove(self, seq: int) -> str:
        """Return the proof of entry seq."""
        return prove(self.bodies[seq - 1], seq=seq, leaves=self.leaves(), note=self.note())

    @property
    def key(self) -> str:
        return self.signer.verifier()


KEY = bytes(range(32))


@pytest.fixture
def journal() -> Journal:
    """A journal with some entries about goods."""
    journal = Journal()
    journal.fill(11)
    return journal
