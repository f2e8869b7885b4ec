"""Making the signed document of a sealed manifest: its proof, the drawing, the bureau's seal, and the receipt."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

import orjson
from sqlalchemy.orm import Session

from ledger.codes import shown
from ledger.journal.models import JournalCheckpoint
from ledger.journal.note import Signer
from ledger.manifests.inspection import SEAL_FIELD
from ledger.manifests.models import Manifest
from ledger.manifests.pieces import moment
from ledger.manifests.proof import compact
from ledger.manifests.proofs import proof_of
from ledger.manifests.seal import Field, Seal, certify, draw_stamp, seal_summary
from ledger.manifests.stamps import add_evidence
from ledger.papers import content as shape
from ledger.papers.cover import Field as Place
from ledger.papers.fonts import Face
from ledger.papers.manifest import draw_manifest
from ledger.papers.pdf import load_faces

REASON = "签发销毁清单"
TRIAL = ("系统自制印章", "仅供试用")


@dataclass(frozen=True, slots=True)
class Made:
    """The document of a manifest as it was made."""

    path: Path
    pages: int
    unreached: list[str]
    """The machines that did not say whether the seal's certificate holds."""


@dataclass(frozen=True, slots=True)
class House:
    """What an installation makes documents with."""

    signer: Signer
    """The journal's key."""
    seal: Seal
    public_url: str | None


def make_document(
    session: Session, manifest: Manifest, house: House, read: Callable[[str], bytes], folder: Path, *, at: datetime
) -> Made:
    """Return the certified PDF of a manifest, somewhere in folder.

    read returns a picture by its SHA-256. Raises NotPrintable or SealOutOfDate.
    """
    content = cast(shape.Manifest, orjson.loads(manifest.content))
    proof = _proof(session, manifest, house)
    drawn = draw_manifest(content, manifest.content, proof, read, folder / "drawn.pdf")
    field = _field(SEAL_FIELD, drawn.seal)
    persons = [_field(f"Sig_{name}", place) for name, place in drawn.persons.items()]
    stamp = _trial_stamp(folder / "stamp.pdf", field) if house.seal.is_trial else None
    certify(
        folder / "drawn.pdf",
        folder / "signed.pdf",
        house.seal,
        field=field,
        reason=REASON,
        at=at,
        stamp=stamp,
        open_fields=persons,
    )
    unreached = add_evidence(folder / "signed.pdf", folder / "whole.pdf")
    return Made(folder / "whole.pdf", drawn.pages, unreached)


def _field(name: str, place: Place) -> Field:
    return Field(name, place.page + 1, place.left, place.bottom, place.right, place.top)


def _trial_stamp(path: Path, field: Field) -> Path:
    """Return a stamp that says that nobody but this installation vouches for the seal."""
    width, height, face = field.x2 - field.x1, field.y2 - field.y1, load_faces()[Face.SANS]
    draw_stamp(path, TRIAL, width=width, height=height, font=face.fontName)
    return path


def _proof(session: Session, manifest: Manifest, house: House) -> shape.Proof:
    checkpoint = session.get_one(JournalCheckpoint, manifest.checkpoint_id)
    text, summary = proof_of(session, manifest), seal_summary(house.seal)
    return shape.Proof(
        sha256=manifest.sha256,
        sm3=manifest.sm3,
        seq=manifest.sealed_seq,
        sealed_at=moment(manifest.sealed_at),
        size=checkpoint.size,
        root=checkpoint.root.hex(),
        checkpoint_at=moment(checkpoint.made_at),
        key=house.signer.verifier(),
        tlog_proof=text,
        compact=compact(text),
        certificate=f"{summary.subject}，序列号 {summary.serial}，{summary.start} 至 {summary.end}",
        is_trial_seal=house.seal.is_trial,
        verify_url=f"{house.public_url}/verify?code={shown(manifest.code)}" if house.public_url else "",
    )
