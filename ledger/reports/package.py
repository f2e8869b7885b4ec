"""The report package (活动总结、统计报表、图片资料) of an event: the same bytes whenever it is asked for."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO
from zipfile import ZipFile
from zoneinfo import ZoneInfo

from ledger.events.models import Photo
from ledger.events.photos import PhotoStage
from ledger.manifests.models import Manifest
from ledger.manifests.page import verify_page
from ledger.manifests.words import PHOTO_STAGES
from ledger.papers import content as shape
from ledger.papers.report import draw_report
from ledger.reports.parcel import Parcel
from ledger.reports.statistics import write_statistics
from ledger.reports.summary import summary_of

SUMMARY, STATISTICS = "活动总结.pdf", "统计报表.xlsx"
DOCUMENT, RECEIPT, DATA = "销毁清单.pdf", "销毁清单.receipt", "销毁清单.json"
VERIFIER, PICTURES, INDEX = "核验工具.html", "图片资料", "目录.txt"
_BEIJING = ZoneInfo("Asia/Shanghai")

Picture = tuple[Photo, Path]


def write_package(
    target: IO[bytes],
    *,
    manifest: Manifest,
    content: shape.Manifest,
    pictures: Sequence[Picture],
    document: Path,
    key: str,
) -> None:
    """Write the ZIP: what each file is, and its SHA-256, stands in its index. key is the journal's public key.

    Raises NotPrintable.
    """
    with ZipFile(target, "w") as package:
        parcel = Parcel(package, manifest.sealed_at.astimezone(_BEIJING))
        put_report(parcel, content)
        parcel.put(DOCUMENT, document)
        parcel.put(RECEIPT, (manifest.receipt or "").encode())
        parcel.put(DATA, manifest.content)
        for name, path in _named(pictures):
            parcel.put(f"{PICTURES}/{name}", path)
        parcel.put(VERIFIER, verify_page(key))
        lines = [f"{content['number']}　{content['event']['name']}", ""]
        lines += [f"{each.sha256}  {each.name}" for each in parcel.files]
        parcel.put(INDEX, ("\r\n".join(lines) + "\r\n").encode("utf-8-sig"))


def put_report(parcel: Parcel, content: shape.Manifest, *, folder: str = "") -> None:
    """Put what is made of a manifest for those above: the summary and the statistics tables. Raises NotPrintable."""
    with TemporaryDirectory() as name:
        summary, statistics = Path(name, SUMMARY), Path(name, STATISTICS)
        draw_report(summary_of(content), summary)
        write_statistics(content, statistics, made_at=parcel.made_at)
        parcel.put(f"{folder}{SUMMARY}", summary)
        parcel.put(f"{folder}{STATISTICS}", statistics)


def _named(pictures: Sequence[Picture]) -> Iterator[tuple[str, Path]]:
    """Yield each picture under a name that says whose it is and of which stage."""
    numbers: Counter[str] = Counter()
    for photo, path in pictures:
        unit = photo.unit.name.replace("/", "／")  # or it would be a folder
        stem = f"{unit}-{PHOTO_STAGES[PhotoStage(photo.stage)]}"
        numbers[stem] += 1
        yield f"{stem}-{numbers[stem]:03}.jpg", path
