"""Where a manifest that is handed in is looked up: the installation's own manifests."""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from ledger.journal.models import JournalCheckpoint
from ledger.manifests.check import SignedManifest
from ledger.manifests.models import EarlierDocument, Manifest


class Register:
    """The manifests of an installation, as ledger.manifests.check asks for them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def signed_as(self, sha256: str) -> SignedManifest | None:
        """Return the manifest whose signed document has, or before its timestamp had, this SHA-256."""
        earlier = self._session.get(EarlierDocument, sha256)
        if earlier is None:
            return self._find(Manifest.pdf_sha256 == sha256)
        known = self._find(Manifest.id == earlier.manifest_id)
        return known and replace(known, sha256=sha256, seq=earlier.signed_seq)

    def numbered(self, number: str) -> SignedManifest | None:
        """Return the signed manifest with this number."""
        return self._find(Manifest.number == number)

    def root_at(self, size: int) -> bytes | None:
        """Return the root under which the journal was signed when it had size entries, None if it was not then."""
        return self._session.scalar(select(JournalCheckpoint.root).where(JournalCheckpoint.size == size).limit(1))

    def _find(self, condition: object) -> SignedManifest | None:
        query = select(Manifest).where(condition, Manifest.signed_seq.is_not(None))  # type: ignore[arg-type]
        known = self._session.scalar(query.options(undefer(Manifest.content)))
        if known is None or known.pdf_sha256 is None or known.signed_seq is None:
            return None
        return SignedManifest(known.number, known.pdf_sha256, known.signed_seq, known.content)
