"""The destruction manifest (销毁清单): the sealed content as an official document that carries its own proof."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from ledger.papers import figures, words
from ledger.papers.checks import draw_checks
from ledger.papers.content import Manifest, Proof
from ledger.papers.cover import Field, draw_cover
from ledger.papers.details import draw_details
from ledger.papers.fonts import check_printable
from ledger.papers.paper import Paper
from ledger.papers.pdf import About, Attachment
from ledger.papers.pictures import draw_pictures
from ledger.papers.proof import draw_proof
from ledger.papers.signing import draw_approvals, draw_supervision
from ledger.papers.summary import draw_summary


@dataclass(frozen=True, slots=True)
class Drawn:
    """What whoever signs a manifest has to know of it."""

    pages: int
    seal: Field
    persons: dict[str, Field]
    """Where persons may sign the PDF: the leader, the organiser, and each supervisor by number."""
    cramped: frozenset[str]
    """What had to be squeezed further than can be read."""


def draw_manifest(
    content: Manifest,
    data: bytes,
    proof: Proof,
    read: Callable[[str], bytes | None],
    target: BinaryIO | Path,
    *,
    mark: str = "",
) -> Drawn:
    """Draw content, with data (the canonical bytes of it that were sealed) and its proof attached.

    read returns a picture by its SHA-256, None if it is kept apart; mark stands in a frame at the foot of every page of
    what is no manifest but a sample of one. The same arguments give the same bytes. Raises NotPrintable, before
    anything is written, if no font has a character.
    """
    check_printable([content, proof["certificate"], proof["key"], proof["verify_url"]])
    at = datetime.fromisoformat(proof["sealed_at"]).astimezone(figures.BEIJING)
    about = About(title=content["title"], author=content["bureau"], made_at=at)
    digest = figures.short_digest(proof["sha256"])
    paper = Paper(target, about=about, head=(content["title"], content["number"]), digest=digest, mark=mark)
    seal = draw_cover(paper, content, is_trial_seal=proof["is_trial_seal"])
    draw_summary(paper, content)
    draw_details(paper, content)
    draw_checks(paper, content)
    draw_approvals(paper, content)
    persons = draw_supervision(paper, content)
    draw_pictures(paper, content, read)
    draw_proof(paper, content["number"], proof)
    pages = paper.finish(_attachments(data, proof))
    return Drawn(pages, seal, persons, frozenset(paper.pen.cramped))


def _attachments(data: bytes, proof: Proof) -> tuple[Attachment, Attachment]:
    return (
        Attachment(
            name="manifest.json",
            media_type="application/json",
            description=words.DATA_DESCRIPTION,
            content=data,
        ),
        Attachment(
            name="proof.tlog-proof",
            media_type="text/plain",
            description=words.PROOF_DESCRIPTION,
            content=proof["tlog_proof"].encode(),
        ),
    )
