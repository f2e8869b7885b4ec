"""The archive of an event: all its papers, pictures, data and proofs in one ZIP that is read without this software."""

from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence, Sized
from dataclasses import asdict, dataclass
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, BinaryIO
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.events.photos import PhotoStage
from ledger.files.service import FileStore
from ledger.journal.log import inclusion_proofs
from ledger.journal.models import JournalEntry
from ledger.journal.queries import leaves_of
from ledger.manifests import verify_manifest
from ledger.manifests.archived import keep_until
from ledger.manifests.models import Manifest
from ledger.manifests.page import NAME, verify_page
from ledger.manifests.proofs import proof_of
from ledger.manifests.words import PHOTO_STAGES
from ledger.papers.approval import draw_approval
from ledger.papers.content import SixPoints
from ledger.papers.counting import draw_count_report
from ledger.papers.plan import draw_plan
from ledger.papers.record import draw_record
from ledger.papers.slip import draw_slip
from ledger.papers.words import ENV_CLASSES
from ledger.reports.approval import approval_of
from ledger.reports.behind import Behind, parts
from ledger.reports.contents import INDEX_PAGE, Facts, index_page
from ledger.reports.counting import count_report_of
from ledger.reports.listing import Cell, write_csv
from ledger.reports.package import put_report
from ledger.reports.parcel import Packed, Parcel, file_name, sums
from ledger.reports.plan import Planned, plan_of
from ledger.reports.queries import reported
from ledger.reports.record import records_of
from ledger.store.slips import slip_of

MANIFEST, DATA, APPROVALS, COUNTS = "1 销毁清单", "2 数据", "3 销毁审批表", "4 清点核对表"
SLIPS, RECORDS, PICTURES, ATTACHED = "5 出入库单", "6 处理记录", "7 图片资料", "8 案件附件"
JOURNAL, TOOLS = "9 日志链", "核验工具"
INDEX_DATA, SUMS = "index.json", "SHA256SUMS"
_OTHERS = 18
"""How many files there are that every archive has."""
_HEADS = (
    *("序号", "办案单位", "案号", "处罚决定书", "标称名称", "规格（型号）", "类别", "环境类别", "数量", "计量单位"),
    *("货值（元）", "方式", "批次", "完成", "登记", "清点", "审批", "装车", "接收", "销毁"),
)
_BEIJING = ZoneInfo("Asia/Shanghai")
_KINDS = {b"%PDF": ".pdf", b"\xff\xd8\xff": ".jpg", b"\x89PNG": ".png", b"RIFF": ".webp"}

Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class House:
    """What an installation makes archives with."""

    files: FileStore
    key: str
    """The journal's public key."""
    retention_years: int


def write_archive(
    target: IO[bytes], session: Session, manifest: Manifest, house: House, *, tell: Tell = lambda _done, _all: None
) -> Sequence[Packed]:
    """Write the archive of a signed manifest's event and return what is in it: the same bytes whenever it is made.

    tell is called after each file with how many are in it and about how many there will be; it may end the session's
    transaction. Raises NotPrintable.
    """
    behind = Behind(session, manifest)
    papers: tuple[Sized, ...] = (behind.applications, behind.counts, behind.slips, behind.cases)
    total = _OTHERS + sum(len(each) for each in (*papers, behind.photos, behind.attachments))
    with ZipFile(target, "w") as package:
        parcel = Parcel(package, manifest.sealed_at.astimezone(_BEIJING), lambda done: tell(done, total))
        _put_manifest(parcel, behind, house)
        for name, paper in _papers(behind):
            parcel.put(f"{name}.pdf", paper)
        _put_pictures(parcel, behind, house.files)
        _put_journal(parcel, behind)
        parcel.put(f"{TOOLS}/{NAME}", verify_page(house.key))
        parcel.put(f"{TOOLS}/verify_manifest.py", Path(verify_manifest.__file__))
        parcel.put(f"{TOOLS}/公钥.txt", f"{house.key}\n".encode())
        facts = _facts(behind, house.retention_years)
        listed = {**asdict(facts), "files": [asdict(each) for each in parcel.files]}
        parcel.put(INDEX_PAGE, index_page(facts, parcel.files, verifier=f"{TOOLS}/{NAME}"))
        parcel.put(INDEX_DATA, orjson.dumps(listed, option=orjson.OPT_INDENT_2))
        parcel.put(SUMS, sums(parcel.files))
    return parcel.files


def _facts(behind: Behind, years: int) -> Facts:
    event = behind.manifest.event
    return Facts(
        number=behind.manifest.number,
        event=event.name,
        day=event.day.isoformat(),
        unit=behind.manifest.unit.name,
        entries=behind.checkpoint.size,
        checkpoint_at=behind.checkpoint.made_at.astimezone(_BEIJING).isoformat(timespec="seconds"),
        retention_years=years,
        keep_until=keep_until(event.day, years).isoformat(),
    )


def _put_manifest(parcel: Parcel, behind: Behind, house: House) -> None:
    """Put the signed document with what proves it, the report's tables, and every line as CSV."""
    manifest = behind.manifest
    parcel.put(f"{MANIFEST}/manifest.pdf", house.files.path(manifest.pdf_sha256 or ""))
    parcel.put(f"{MANIFEST}/manifest.receipt", (manifest.receipt or "").encode())
    parcel.put(f"{MANIFEST}/manifest.json", manifest.content)
    parcel.put(f"{MANIFEST}/proof.tlog-proof", proof_of(behind.session, manifest).encode())
    planned = Planned(behind.session, manifest.event, {manifest.event.unit_id})
    parcel.put(f"{MANIFEST}/拟销毁物品清单（方案）.pdf", _drawn(draw_plan, plan_of(planned, at=manifest.sealed_at)))
    told = reported(behind.session, manifest, manifest.unit)
    if told is not None:
        put_report(parcel, told, house.files, folder=f"{DATA}/")
    with TemporaryFile() as lines:
        write_csv(_HEADS, _rows(behind), lines)
        _put_spooled(parcel, f"{DATA}/明细.csv", lines)


def _rows(behind: Behind) -> Iterator[Sequence[Cell]]:
    for unit, case, line in behind.lines():
        value = Decimal(line["value"]) if line["value"] else None
        yield (
            *(Decimal(line["no"]), unit["name"], case["number"], case["decision"], line["name"], line["spec"]),
            *(line["category"], ENV_CLASSES[line["env_class"]], Decimal(line["quantity"]), line["measure"], value),
            *(line["method"], "、".join(line["batches"]), line["finished_at"]),
            *(Decimal(figure) if figure else None for figure in _six(line["six"])),
        )


def _six(six: SixPoints) -> tuple[str, ...]:
    return (six["booked"], six["counted"], six["approved"], six["loaded"], six["received"], six["destroyed"])


def _papers(behind: Behind) -> Iterator[tuple[str, bytes]]:
    """Draw the papers behind the manifest anew, one after the other: each says what it said at first."""
    session, manifest = behind.session, behind.manifest
    for application in behind.applications:
        form = approval_of(session, application, at=manifest.sealed_at)
        yield f"{APPROVALS}/销毁审批表 {file_name(application.number)}", _drawn(draw_approval, form)
    for count in behind.counts:
        name = f"{COUNTS}/清点核对表 {file_name(count.unit.name)} {count.number}"
        yield name, _drawn(draw_count_report, count_report_of(session, count))
    for seq in behind.slips:
        slip = slip_of(session, session.get_one(JournalEntry, seq))
        yield f"{SLIPS}/{file_name(slip['number'])}", _drawn(draw_slip, slip)
    for case, record in records_of(session, manifest, behind.content, behind.case_of):
        name = f"{RECORDS}/处理记录 {file_name(case.unit.name)} {file_name(case.number)}"
        yield name, _drawn(draw_record, record)


def _drawn(draw: Callable[[Any, BinaryIO], int], content: object) -> bytes:
    target = BytesIO()
    draw(content, target)
    return target.getvalue()


def _put_pictures(parcel: Parcel, behind: Behind, files: FileStore) -> None:
    """Put the pictures of the event, and the files of its cases under the names that people gave them."""
    for photo in behind.photos:
        stem = f"{photo.unit.name}-{PHOTO_STAGES[PhotoStage(photo.stage)]}-{photo.subject}"
        parcel.put(f"{PICTURES}/{file_name(stem)}.jpg", files.path(photo.sha256))
    for each in behind.attachments:
        path = files.path(each.sha256)
        with path.open("rb") as file:
            start = file.read(4)
        kind = next((kind for sign, kind in _KINDS.items() if start.startswith(sign)), "")
        stem = file_name(each.name.removesuffix(kind))
        parcel.put(f"{ATTACHED}/{file_name(each.unit.name)} {file_name(each.case.number)}/{stem}{kind}", path)


def _put_journal(parcel: Parcel, behind: Behind) -> None:
    """Put the entries as they were hashed, one a line, the signed checkpoint, and the ways from them to its root."""
    session, checkpoint = behind.session, behind.checkpoint
    with TemporaryFile() as bodies, TemporaryFile() as proofs:
        for part in parts(behind.entries):
            wanted = select(JournalEntry.body).where(JournalEntry.seq.in_(part)).order_by(JournalEntry.seq)
            bodies.writelines(body + b"\n" for body in session.scalars(wanted))
        paths = inclusion_proofs(leaves_of(session, checkpoint), (seq - 1 for seq in behind.entries))
        for seq, path in zip(behind.entries, paths, strict=True):
            proofs.write(orjson.dumps({"seq": seq, "path": [b64encode(each).decode() for each in path]}) + b"\n")
        _put_spooled(parcel, f"{JOURNAL}/entries.jsonl", bodies)
        _put_spooled(parcel, f"{JOURNAL}/proofs.jsonl", proofs)
    parcel.put(f"{JOURNAL}/checkpoint.txt", checkpoint.note.encode())


def _put_spooled(parcel: Parcel, name: str, file: IO[bytes]) -> None:
    file.seek(0)
    parcel.put(name, file)
