"""The page of a manifest and what is handed out with it; the job that makes its document is in tests/test_worker.py."""

from hashlib import sha256

import orjson
import pytest
from databases import ON_SQLITE
from days import issue, make_day, make_manifest
from factories import make_case, make_item, make_stocktake
from pdfs import flowing
from sqlalchemy import select

from ledger.cases.models import Case
from ledger.manifests.verify_manifest import SEALED, verify, verify_entry
from ledger.papers import figures
from ledger.worker import run_until_done

pytestmark = ON_SQLITE


@pytest.fixture
def signed(app, session, cast):
    return make_manifest(app, session, cast)


@pytest.fixture
def issued(app, session, cast):
    """A manifest whose document is still to be made."""
    day = make_day(session, cast)
    day.destroy()
    day.end()
    return issue(app, day)


def test_a_signed_manifest_shows_its_figures_and_hands_out_what_proves_it(signed, visit, verifier):
    chen, here = visit("chen"), f"/manifests/{signed.id}"
    page = chen.get(here).text
    for words in (f"销毁清单 {signed.number} 已签发", "10 瓶", "潘玉兰", "余振宇", signed.sha256, signed.pdf_sha256):
        assert words in page
    assert "/retry" not in page
    assert signed.number in chen.get("/manifests").text

    document = chen.get(f"{here}/manifest.pdf")
    assert sha256(document.data).hexdigest() == signed.pdf_sha256
    document.close()
    assert document.headers["Content-Disposition"].startswith("attachment")
    proved = verify(document.data, chen.get(f"{here}/manifest.receipt").text, verifier)
    assert proved.seq == signed.signed_seq

    content = chen.get(f"{here}/manifest.json").data
    entry = verify_entry(chen.get(f"{here}/proof.tlog-proof").text, verifier)
    assert (entry.act, entry.seq) == (SEALED, signed.sealed_seq)
    assert entry.data["sha256"] == sha256(content).hexdigest()


def test_the_page_waits_for_the_document_and_then_goes_on(app, session, issued, visit):
    chen, here = visit("chen"), f"/manifests/{issued.id}"
    page = chen.get(here).text
    assert 'http-equiv="refresh"' in page
    assert "manifest.pdf" not in page
    assert chen.get(f"{here}/progress").json["next"] is None
    for name in ("manifest.pdf", "manifest.receipt"):
        assert chen.get(f"{here}/{name}", status=303).location == here

    run_until_done(app)

    assert chen.get(f"{here}/progress").json["next"] == here
    assert 'http-equiv="refresh"' not in chen.get(here).text


def test_who_does_not_see_the_journal_or_is_of_another_unit_sees_no_manifest(signed, visit):
    here = f"/manifests/{signed.id}"
    assert signed.number in visit("sun").get("/manifests").text
    for name in ("", "/progress", "/manifest.pdf", "/manifest.json", "/manifest.receipt", "/proof.tlog-proof"):
        visit("wu").get(here + name, status=403)
        visit("feng").get(here + name, status=404)
    assert signed.number not in visit("feng").get("/manifests").text


def test_the_record_of_a_case_says_what_the_manifest_sealed(session, signed, visit, tmp_path):
    content = orjson.loads(signed.content)
    [unit] = content["units"]
    [mine] = unit["cases"]
    case = session.scalars(select(Case).filter_by(number=mine["number"])).one()
    here = f"/manifests/{signed.id}/cases/{case.id}/record.pdf"

    (tmp_path / "record.pdf").write_bytes(visit("lin").get(here).data)

    text, [line] = flowing(tmp_path / "record.pdf"), mine["lines"]
    facts = (line["name"], "瓶1010", *line["batches"], "焚烧", figures.clock(line["finished_at"]), "主会场")
    for words in (
        *(case.number, case.party, case.decision, content["approvals"][0]["number"], "2026年2月1日送达", *facts),
        *("潘玉兰", "余振宇", f"{signed.number}，第1项", signed.sha256, f"第{signed.sealed_seq}条", "900.00元"),
        *("没有记载这些物品的数量差异", "第1页共"),
    ):
        assert words in text, words
    assert f'href="{here}"' in visit("lin").get(f"/cases/{case.id}").text
    assert f'href="{here}"' in visit("chen").get(f"/manifests/{signed.id}").text


def test_a_case_that_the_manifest_does_not_name_or_of_another_unit_has_no_record(session, cast, signed, visit):
    apart = make_case(session, cast, number="另案")
    there = session.scalars(select(Case).where(Case.id != apart.id)).one()
    here = f"/manifests/{signed.id}/cases"

    visit("lin").get(f"{here}/{apart.id}/record.pdf", status=404)
    visit("lin").get(f"/manifests/999/cases/{there.id}/record.pdf", status=404)
    visit("feng").get(f"{here}/{there.id}/record.pdf", status=404)
    visit("wu").get(f"{here}/{there.id}/record.pdf", status=403)
    make_stocktake(session, cast, make_item(session, cast, case=apart))
    visit("zhao").get(f"{here}/{there.id}/record.pdf")  # what is being counted are other goods
    assert "record.pdf" not in visit("lin").get(f"/cases/{apart.id}").text
