"""The report package (活动总结、统计报表、图片资料) of an event or of one unit: the same bytes at any time."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo
from zoneinfo import ZoneInfo

from ledger.events.photos import PhotoStage
from ledger.files.service import FileStore
from ledger.manifests.models import Manifest
from ledger.manifests.words import PHOTO_STAGES
from ledger.papers.draft import write_draft
from ledger.papers.extract import draw_extract
from ledger.papers.report import draw_report
from ledger.papers.reported import ReportData
from ledger.reports.queries import Reported
from ledger.reports.statistics import write_statistics
from ledger.reports.summary import extract_of, summary_of

SUMMARY, DRAFT, STATISTICS, EXTRACT = "活动总结.pdf", "活动总结.docx", "统计报表.xlsx", "销毁清单摘录.pdf"
DOCUMENT, RECEIPT, DATA = "销毁清单.pdf", "销毁清单.receipt", "销毁清单.json"
PICTURES, INDEX = "图片资料", "目录.txt"
_PACKED = {".jpg", ".pdf", ".xlsx", ".docx"}
"""Kinds of files that would not get smaller."""
_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|\s]+')


def write_package(target: IO[bytes], told: Reported, files: FileStore) -> None:
    """Write the ZIP: what each file is, and its SHA-256, stands in its index.

    The manifest is in that of who organised the event; others have what it says of their goods. Raises NotPrintable.
    """
    made_at = made_at_of(told.manifest)
    with TemporaryDirectory() as name, ZipFile(target, "w") as package:
        folder = Path(name)
        parts = [*_papers(told, files, folder, made_at), *_pictures(told, files)]
        lines = [f"{told.content['number']}　{told.content['event']['name']}", *([told.unit] if told.unit else []), ""]
        for inside, path in parts:
            lines.append(f"{_put(package, inside, path, made_at)}  {inside}")
        (folder / INDEX).write_text("\r\n".join(lines) + "\r\n", "utf-8-sig")
        _put(package, INDEX, folder / INDEX, made_at)


def summary_for(told: Reported, files: FileStore) -> tuple[ReportData, dict[str, bytes]]:
    """Return what the summary says, and the bytes of the pictures in it by their SHA-256."""
    said = summary_of(told.content, unit=told.unit, earlier=told.earlier, chosen=told.chosen)
    return said, {each["sha256"]: files.path(each["sha256"]).read_bytes() for each in told.chosen}


def made_at_of(manifest: Manifest) -> datetime:
    """Return how the files of a report are dated: as the manifest was sealed."""
    return manifest.sealed_at.astimezone(ZoneInfo("Asia/Shanghai"))


def _papers(told: Reported, files: FileStore, folder: Path, made_at: datetime) -> Iterator[tuple[str, Path]]:
    summary, pictures = summary_for(told, files)
    draw_report(summary, folder / SUMMARY, pictures)
    write_draft(summary, folder / DRAFT, pictures)
    write_statistics(told.content, folder / STATISTICS, made_at=made_at)
    yield from ((name, folder / name) for name in (SUMMARY, DRAFT, STATISTICS))
    if told.unit:
        draw_extract(extract_of(told.manifest, told.content), folder / EXTRACT)
        yield EXTRACT, folder / EXTRACT
        return
    (folder / RECEIPT).write_text(told.manifest.receipt or "", "utf-8")
    (folder / DATA).write_bytes(told.manifest.content)
    yield DOCUMENT, files.path(told.manifest.pdf_sha256 or "")
    yield from ((name, folder / name) for name in (RECEIPT, DATA))


def _pictures(told: Reported, files: FileStore) -> Iterator[tuple[str, Path]]:
    """Yield those that were chosen, by their captions; if none was, all, each by whose it is and of which stage."""
    for number, picture in enumerate(told.chosen, start=1):
        caption = _NOT_IN_NAMES.sub("_", picture["caption"])
        yield f"{PICTURES}/图{number:02}-{caption}.jpg", files.path(picture["sha256"])
    numbers: Counter[str] = Counter()
    for photo in () if told.chosen else told.photos:
        unit = photo.unit.name.replace("/", "／")  # or it would be a folder
        stem = f"{unit}-{PHOTO_STAGES[PhotoStage(photo.stage)]}"
        numbers[stem] += 1
        yield f"{PICTURES}/{stem}-{numbers[stem]:03}.jpg", files.path(photo.sha256)


def _put(package: ZipFile, name: str, path: Path, made_at: datetime) -> str:
    """Add a file, dated as the manifest is, and return its SHA-256."""
    entry = ZipInfo(name, made_at.timetuple()[:6])
    is_packed = path.suffix in _PACKED or name.startswith(PICTURES)
    entry.compress_type = ZIP_STORED if is_packed else ZIP_DEFLATED
    with path.open("rb") as source, package.open(entry, "w", force_zip64=True) as inside:
        while chunk := source.read(1 << 20):
            inside.write(chunk)
    with path.open("rb") as source:
        return file_digest(source, "sha256").hexdigest()
