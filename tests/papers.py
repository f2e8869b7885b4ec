"""A small manifest on paper, certified, and the things that people do to such files.

pyHanko runs an event loop of its own, which it may not in a thread where the browser's loop waits: hence aside().
"""

import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import TypeVar

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.embed import EmbeddedFileObject, FileSpec, embed_file
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner
from reportlab.pdfgen.canvas import Canvas

from ledger.manifests import signatures
from ledger.manifests.inspection import SEAL_FIELD, Look
from ledger.manifests.seal import Field, Seal, certify

T = TypeVar("T")

NOW = datetime.now(UTC).replace(microsecond=0)
"""Other programs judge certificates by the machine's clock, so the papers of these tests are signed today."""
SEAL_PLACE = Field(SEAL_FIELD, 1, 300, 140, 419, 259)
ORGANISER = Field("Sig_organiser", 2, 80, 100, 276, 154)


def draw(path: Path, attached: dict[str, bytes]) -> None:
    """Write two pages with attached files."""
    pages = BytesIO()
    canvas = Canvas(pages, invariant=1)
    for line in ("2,268 pieces were destroyed", "on the second page nothing"):
        canvas.drawString(100, 700, line)
        canvas.showPage()
    canvas.save()
    writer = IncrementalPdfFileWriter(pages)
    for name, content in attached.items():
        stream = EmbeddedFileObject.from_file_data(writer, data=content, mime_type="application/octet-stream")
        embed_file(writer, FileSpec(file_spec_string=name, embedded_data=stream))
    with path.open("wb") as file:
        writer.write(file)  # type: ignore[no-untyped-call]


def draw_certified(path: Path, seal: Seal, attached: dict[str, bytes], **more: object) -> bytes:
    """Write the same, certified, and return its bytes."""
    draw(path.with_suffix(".raw"), attached)
    certify(path.with_suffix(".raw"), path, seal, field=SEAL_PLACE, reason="销毁清单", at=NOW, **more)  # type: ignore[arg-type]
    return path.read_bytes()


def aside(work: Callable[..., T], *args: object, **named: object) -> T:
    """Do something in a thread of its own, and return what it returns."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work, *args, **named).result()


def look(path: Path, *, roots: list[bytes]) -> Look:
    """Return what the program that reads a handed-in PDF sees there, without the second that starting it takes."""
    return aside(signatures.look, path, roots=roots, at=NOW)


def sign_field(path: Path, name: str, seal: Seal, *, is_made_for_it: bool = True) -> bytes:
    """Sign a field that is open for it, or one that is made by signing, and return the file's bytes."""
    meta = PdfSignatureMetadata(field_name=name, subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256")
    writer = IncrementalPdfFileWriter(BytesIO(path.read_bytes()))
    signed = aside(PdfSigner(meta, seal.signer).sign_pdf, writer, existing_fields_only=is_made_for_it)
    path.write_bytes(signed.getvalue())
    return path.read_bytes()


def paint_over(document: bytes) -> bytes:
    """Return a PDF to which somebody added, by an incremental update, another figure over the old one."""
    writer = IncrementalPdfFileWriter(BytesIO(document))
    paint = b"q 1 1 1 rg 90 690 200 30 re f Q BT 0 g /F1 12 Tf 100 700 Td (2,280 pieces were destroyed) Tj ET"
    stream = writer.add_object(generic.StreamObject(stream_data=paint))
    writer.add_stream_to_page(0, stream)  # type: ignore[no-untyped-call]
    painted = BytesIO()
    writer.write(painted)  # type: ignore[no-untyped-call]
    return painted.getvalue()


def revisions(document: bytes) -> list[bytes]:
    """Return the file as it was after each time that somebody wrote to it."""
    ends = [at for at in range(len(document)) if document.startswith(b"%%EOF", at)]
    return [document[: end + 6] for end in ends]


def rewrite(path: Path, *options: str) -> bytes:
    """Return a PDF written anew by qpdf."""
    target = path.with_suffix(".rewritten")
    subprocess.run(["qpdf", *options, path, target], check=True)
    return target.read_bytes()
