"""The report package (活动总结、统计报表、图片资料) of an event or of one unit: the same bytes at any time."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO
from zipfile import ZipFile
from zoneinfo import ZoneInfo

from ledger.events.photos import PhotoStage
from ledger.files.service import FileStore
from ledger.manifests.models import Manifest
from ledger.manifests.page import verify_page
from ledger.manifests.words import PHOTO_STAGES
from ledger.papers.draft import write_draft
from ledger.papers.extract import draw_extract
from ledger.papers.report import draw_report
from ledger.papers.reported import ReportData
from ledger.reports.parcel import Parcel, file_name
from ledger.reports.queries import Reported
from ledger.reports.statistics import write_statistics
from ledger.reports.summary import extract_of, summary_of

SUMMARY, DRAFT, STATISTICS, EXTRACT = "活动总结.pdf", "活动总结.docx", "统计报表.xlsx", "销毁清单摘录.pdf"
DOCUMENT, RECEIPT, DATA = "销毁清单.pdf", "销毁清单.receipt", "销毁清单.json"
VERIFIER, PICTURES, INDEX = "核验工具.html", "图片资料", "目录.txt"


def write_package(target: IO[bytes], told: Reported, files: FileStore, *, key: str) -> None:
    """Write the ZIP: what each file is, and its SHA-256, stands in its index. key is the journal's public key.

    The manifest is in that of who organised the event; others have what it says of their goods. Raises NotPrintable.
    """
    with ZipFile(target, "w") as package:
        parcel = Parcel(package, made_at_of(told.manifest))
        put_report(parcel, told, files)
        if told.unit:
            _put_extract(parcel, told)
        else:
            parcel.put(DOCUMENT, files.path(told.manifest.pdf_sha256 or ""))
            parcel.put(RECEIPT, (told.manifest.receipt or "").encode())
            parcel.put(DATA, told.manifest.content)
            parcel.put(VERIFIER, verify_page(key))
        for name, sha256 in _pictures(told):
            parcel.put(f"{PICTURES}/{name}", files.path(sha256))
        lines = [f"{told.content['number']}　{told.content['event']['name']}", *([told.unit] if told.unit else []), ""]
        lines += [f"{each.sha256}  {each.name}" for each in parcel.files]
        parcel.put(INDEX, ("\r\n".join(lines) + "\r\n").encode("utf-8-sig"))


def put_report(parcel: Parcel, told: Reported, files: FileStore, *, folder: str = "") -> None:
    """Put what is made for those above: the summary, its draft, and the statistics tables. Raises NotPrintable."""
    said, pictures = summary_for(told, files)
    with TemporaryDirectory() as name:
        summary, draft, statistics = made = [Path(name, each) for each in (SUMMARY, DRAFT, STATISTICS)]
        draw_report(said, summary, pictures)
        write_draft(said, draft, pictures)
        write_statistics(told.content, statistics, made_at=parcel.made_at)
        for path in made:
            parcel.put(f"{folder}{path.name}", path)


def summary_for(told: Reported, files: FileStore) -> tuple[ReportData, dict[str, bytes]]:
    """Return what the summary says, and the bytes of the pictures in it by their SHA-256."""
    said = summary_of(told.content, unit=told.unit, earlier=told.earlier, chosen=told.chosen)
    return said, {each["sha256"]: files.read(each["sha256"]) for each in told.chosen}


def made_at_of(manifest: Manifest) -> datetime:
    """Return how the files of a report are dated: as the manifest was sealed."""
    return manifest.sealed_at.astimezone(ZoneInfo("Asia/Shanghai"))


def _put_extract(parcel: Parcel, told: Reported) -> None:
    target = BytesIO()
    draw_extract(extract_of(told.manifest, told.content), target)
    parcel.put(EXTRACT, target.getvalue())


def _pictures(told: Reported) -> Iterator[tuple[str, str]]:
    """Yield those that were chosen, by their captions; if none was, all, each by whose it is and of which stage."""
    for number, picture in enumerate(told.chosen, start=1):
        yield f"图{number:02}-{file_name(picture['caption'])}.jpg", picture["sha256"]
    numbers: Counter[str] = Counter()
    for photo in () if told.chosen else told.photos:
        stem = f"{file_name(photo.unit.name)}-{PHOTO_STAGES[PhotoStage(photo.stage)]}"
        numbers[stem] += 1
        yield f"{stem}-{numbers[stem]:03}.jpg", photo.sha256
