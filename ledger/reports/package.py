"""The report package (活动总结、统计报表、图片资料) of an event: the same bytes whenever it is asked for."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo
from zoneinfo import ZoneInfo

from ledger.events.models import Photo
from ledger.events.photos import PhotoStage
from ledger.manifests.models import Manifest
from ledger.manifests.words import PHOTO_STAGES
from ledger.papers import content as shape
from ledger.papers.report import draw_report
from ledger.reports.statistics import write_statistics
from ledger.reports.summary import summary_of

SUMMARY, STATISTICS = "活动总结.pdf", "统计报表.xlsx"
DOCUMENT, RECEIPT, DATA = "销毁清单.pdf", "销毁清单.receipt", "销毁清单.json"
PICTURES, INDEX = "图片资料", "目录.txt"
_PACKED = {".jpg", ".pdf", ".xlsx"}
"""Kinds of files that would not get smaller."""

Picture = tuple[Photo, Path]


def write_package(
    target: IO[bytes], *, manifest: Manifest, content: shape.Manifest, pictures: Sequence[Picture], document: Path
) -> None:
    """Write the ZIP: what each file is, and its SHA-256, stands in its index. Raises NotPrintable."""
    made_at = manifest.sealed_at.astimezone(ZoneInfo("Asia/Shanghai"))
    with TemporaryDirectory() as name, ZipFile(target, "w") as package:
        folder = Path(name)
        draw_report(summary_of(content), folder / SUMMARY)
        write_statistics(content, folder / STATISTICS, made_at=made_at)
        (folder / RECEIPT).write_text(manifest.receipt or "", "utf-8")
        (folder / DATA).write_bytes(manifest.content)
        files = [(name, folder / name) for name in (SUMMARY, STATISTICS)]
        files += [(DOCUMENT, document), (RECEIPT, folder / RECEIPT), (DATA, folder / DATA)]
        files += [(f"{PICTURES}/{name}", path) for name, path in _named(pictures)]
        lines = [f"{content['number']}　{content['event']['name']}", ""]
        for inside, path in files:
            lines.append(f"{_put(package, inside, path, made_at)}  {inside}")
        (folder / INDEX).write_text("\r\n".join(lines) + "\r\n", "utf-8-sig")
        _put(package, INDEX, folder / INDEX, made_at)


def _named(pictures: Sequence[Picture]) -> Iterator[tuple[str, Path]]:
    """Yield each picture under a name that says whose it is and of which stage."""
    numbers: Counter[str] = Counter()
    for photo, path in pictures:
        unit = photo.unit.name.replace("/", "／")  # or it would be a folder
        stem = f"{unit}-{PHOTO_STAGES[PhotoStage(photo.stage)]}"
        numbers[stem] += 1
        yield f"{stem}-{numbers[stem]:03}.jpg", path


def _put(package: ZipFile, name: str, path: Path, made_at: datetime) -> str:
    """Add a file, dated as the manifest is, and return its SHA-256."""
    entry = ZipInfo(name, made_at.timetuple()[:6])
    entry.compress_type = ZIP_STORED if path.suffix in _PACKED or name.startswith(PICTURES) else ZIP_DEFLATED
    with path.open("rb") as source, package.open(entry, "w", force_zip64=True) as inside:
        while chunk := source.read(1 << 20):
            inside.write(chunk)
    with path.open("rb") as source:
        return file_digest(source, "sha256").hexdigest()
