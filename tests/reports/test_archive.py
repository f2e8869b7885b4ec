"""The archive of an event: what is in it, that it tells and proves itself without this software, and the same twice."""

import csv
import json
import re
import subprocess
import sys
from hashlib import sha256
from io import BytesIO
from urllib.parse import unquote
from zipfile import ZipFile

import pytest
from closed import NAMES
from databases import AFTER_CLOSING
from sqlalchemy import func, select

from ledger.cases.attachments import attach
from ledger.journal.log import includes, leaf_hash
from ledger.journal.models import JournalEntry
from ledger.journal.note import open_note
from ledger.journal.service import writing
from ledger.manifests.models import Manifest
from ledger.manifests.verify_manifest import decode64
from ledger.reports.archive import House, write_archive
from ledger.reports.behind import Behind

pytestmark = AFTER_CLOSING


@pytest.fixture
def archive(app, session, verifier):
    """A function that makes the archive and returns its bytes."""
    house = House(app.extensions["files"], verifier, 30)

    def archive():
        target = BytesIO()
        write_archive(target, session, session.scalars(select(Manifest)).one(), house)
        return target.getvalue()

    return archive


@pytest.fixture
def unpacked(app, session, cast, archive, tmp_path):
    """The folder of an unpacked archive, with a paper among the files of a case."""
    manifest = session.scalars(select(Manifest)).one()
    case = Behind(session, manifest).cases[0]
    kept = app.extensions["files"].keep(BytesIO(b"%PDF-1.7 decision"))
    with writing(session):
        attach(session, case, None, name="处罚决定书/副本", sha256=kept, shown=None, by=cast.lin, at=manifest.sealed_at)
    with ZipFile(BytesIO(archive())) as package:
        package.extractall(tmp_path / "archive")
    return tmp_path / "archive"


def test_every_file_is_listed_three_times_with_its_hash(unpacked):
    check = subprocess.run(["sha256sum", "-c", "--strict", "--quiet", "SHA256SUMS"], cwd=unpacked, check=False)
    listed = json.loads((unpacked / "index.json").read_bytes())
    page = (unpacked / "index.html").read_text("utf-8")
    found = {str(path.relative_to(unpacked)): path for path in unpacked.rglob("*") if path.is_file()}

    assert check.returncode == 0
    names = {each["name"] for each in listed["files"]}
    assert names | {"index.html", "index.json", "SHA256SUMS"} == set(found)
    for each in listed["files"]:
        body = found[each["name"]].read_bytes()
        assert (each["size"], each["sha256"]) == (len(body), sha256(body).hexdigest())
        assert each["sha256"] in page
    assert {unquote(link) for link in re.findall('href="(.*?)"', page)} == names
    assert (listed["keep_until"], listed["retention_years"]) == ("2056-12-31", 30)


def test_it_holds_the_papers_the_pictures_and_the_files_of_the_cases(unpacked):
    found = sorted(str(path.relative_to(unpacked)) for path in unpacked.rglob("*.pdf"))
    folders = {name.partition("/")[0] for name in found}

    assert {"1 销毁清单", "2 数据", "3 销毁审批表", "4 清点核对表", "6 处理记录", "8 案件附件"} <= folders
    assert {"1 销毁清单/manifest.pdf", "1 销毁清单/拟销毁物品清单（方案）.pdf"} <= set(found)
    assert any(name.endswith("处罚决定书／副本.pdf") for name in found)
    assert len(list((unpacked / "7 图片资料").iterdir())) == 6
    with (unpacked / "2 数据" / "明细.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["标称名称"].lstrip("'") for row in rows] == list(NAMES)


def test_the_manifest_is_proved_by_what_lies_beside_it(unpacked):
    tools, papers = unpacked / "核验工具", unpacked / "1 销毁清单"
    command = [sys.executable, "-I", tools / "verify_manifest.py"]
    for names in (("manifest.pdf", "manifest.receipt"), ("manifest.json", "proof.tlog-proof")):
        done = subprocess.run(
            [*command, *(papers / name for name in names), tools / "公钥.txt"], check=False, stdout=-1
        )
        assert done.returncode == 0
    assert (tools / "公钥.txt").read_text().strip() in (tools / "verify.html").read_text("utf-8")


def test_each_entry_of_the_journal_is_proved_by_its_way_to_the_signed_root(session, verifier, unpacked):
    folder = unpacked / "9 日志链"
    bodies = (folder / "entries.jsonl").read_bytes().splitlines()
    proofs = [json.loads(line) for line in (folder / "proofs.jsonl").read_text().splitlines()]
    checkpoint = open_note((folder / "checkpoint.txt").read_text("utf-8"), verifier)

    assert len(bodies) == len(proofs)
    for body, proof in zip(bodies, proofs, strict=True):
        path = [decode64(each) for each in proof["path"]]
        assert includes(checkpoint.root, checkpoint.size, proof["seq"] - 1, leaf_hash(body), path)
    acts = {json.loads(body)["act"] for body in bodies}
    assert {"application.submitted", "stocktake.closed", "event.opened", "manifest.sealed", "manifest.signed"} <= acts
    assert len(bodies) < session.scalar(select(func.count(JournalEntry.seq)))


def test_the_archive_is_the_same_whenever_it_is_made(archive):
    assert archive() == archive()
