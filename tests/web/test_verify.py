"""Checking a manifest in public: by its file, by its code, without signing in, and nothing is kept."""

import re
from io import BytesIO
from pathlib import Path

import orjson
import pytest
from databases import ON_SQLITE
from days import make_manifest
from papers import paint_over, revisions
from sqlalchemy import func, select

from ledger.cases.models import Case
from ledger.codes import shown
from ledger.jobs.models import Job
from ledger.journal.models import JournalEntry
from ledger.manifests import verify_manifest

pytestmark = ON_SQLITE
REAL, CHANGED, UNKNOWN = "真实，未改动", "签署后被改动", "这里无法核验"


@pytest.fixture
def signed(app, session, cast):
    return make_manifest(app, session, cast)


@pytest.fixture
def document(app, signed):
    return app.extensions["files"].path(signed.pdf_sha256).read_bytes()


def hand_in(visitor, document, receipt=None, *, status=200):
    data = {"file": (BytesIO(document), "清单.pdf")}
    if receipt is not None:
        data["receipt"] = (BytesIO(receipt), "manifest.receipt")
    return visitor.post("/verify", data, status=status).text


def heading(page):
    return re.search(r"<h1>(.*?)</h1>", page)[1]


def test_the_signed_file_is_real_with_its_receipt_and_without_and_is_not_kept(app, session, stranger, signed, document):
    def kept():
        session.rollback()
        rows = [session.scalar(select(func.count()).select_from(model)) for model in (JournalEntry, Job)]
        return rows, {path for path in Path(app.instance_path).rglob("*") if path.is_file()}

    before = kept()
    for receipt in (None, signed.receipt.encode()):
        page = hand_in(stranger, document, receipt)
        assert heading(page) == REAL
        for words in (signed.number, "10 瓶", f"第 {signed.signed_seq} 条", signed.pdf_sha256):
            assert words in page
    assert "不符" not in page
    assert kept() == before


def test_a_changed_file_is_told_from_the_signed_one_with_the_reason(stranger, document):
    at = len(document) // 2
    flipped = document[:at] + bytes([document[at] ^ 1]) + document[at + 1 :]
    for changed, reason in (
        (flipped, "单位印章：所覆盖的内容在签署之后被改动过"),
        (revisions(document)[0], "单位印章：缺失"),
        (paint_over(document), "单位印章：签署之后又添加了内容"),
    ):
        page = hand_in(stranger, changed)
        assert heading(page) == CHANGED
        assert reason in page


def test_a_receipt_is_of_one_file(app, session, cast, stranger, signed, document):
    other = make_manifest(app, session, cast)
    theirs = other.receipt.encode()
    at = document.rindex(b"%%EOF")

    page = hand_in(stranger, document, theirs)
    assert heading(page) == REAL
    assert "回执不能证明" in page

    assert heading(hand_in(stranger, document[:at] + b"\n" + document[at:], theirs)) == CHANGED
    assert heading(hand_in(stranger, document, b"\xff\x00 no receipt")) == REAL


@pytest.mark.parametrize("junk", [b"", b"%PDF-1.7\n", b"PK\x03\x04" + bytes(1000), b"\xff" * 100_000])
def test_what_is_no_manifest_cannot_be_verified(stranger, junk):
    assert heading(hand_in(stranger, junk, junk)) == UNKNOWN


def test_a_seal_that_others_can_read_keeps_nobody_from_checking(app, stranger, document):
    app.extensions["settings"].trial_seal.chmod(0o644)

    page = hand_in(stranger, document)

    assert heading(page) == REAL
    assert "trial_seal" not in page


def test_a_check_without_a_file_asks_for_one(stranger):
    assert "请选择文件" in stranger.post("/verify", {}, status=422).text


def test_a_code_tells_what_was_sealed_and_names_no_person_and_no_address(session, cast, stranger, signed):
    code = shown(signed.code)
    for given in (code, code.lower().replace("-", " ")):
        page = stranger.get(f"/verify?code={given}").text
        for words in (signed.number, "10 瓶", f"第 {signed.signed_seq} 条", cast.bureau.name):
            assert words in page
    parties = session.scalars(select(Case.party)).all()
    content = orjson.loads(signed.content)
    persons = [each["name"] for each in content["supervisors"]]
    places = [site["address"] for site in content["event"]["sites"]]
    assert parties
    assert persons
    for private in filter(None, [*parties, *persons, *places]):
        assert private not in page
    for party in parties:
        assert party.encode() not in signed.content


@pytest.mark.parametrize("code", ["7KD4-M2QX-9R41", "gibberish", "<script>", "0" * 5000])
def test_a_code_that_nobody_has_is_said_to_be_unknown(stranger, code):
    page = stranger.get("/verify", query_string={"code": code}).text

    assert "没有这个核验码" in page
    assert "<script>" not in page


def test_the_program_the_key_and_the_page_are_handed_out(stranger, verifier):
    program = stranger.get("/verify/verify_manifest.py")
    assert program.data == Path(verify_manifest.__file__).read_bytes()
    program.close()
    assert stranger.get("/verify/key").text == f"{verifier}\n"
    page = stranger.get("/verify/verify.html")
    assert page.headers["Content-Disposition"] == "attachment; filename=verify.html"
    assert f'value="{verifier}"' in page.text
    assert "default-src 'none'; script-src 'sha256-" in page.text
    page.close()


def test_the_page_says_what_each_check_proves_and_what_none_does(stranger, signed, document):
    for page in (stranger.get("/verify").text, hand_in(stranger, document, signed.receipt.encode())):
        for words in ("日志链自出具回执以来未被改写", "哪一种核验都证明不了的", "记录的内容是否属实"):
            assert words in page
