"""Whatever is drawn: rare signs come back as text and are seen, and the file has the shape that archives keep."""

import re
import subprocess
from html import unescape
from pathlib import Path

import paper_samples as samples
import pytest
from docx import Document
from form_samples import APPROVAL, COUNTED, DESTROYED, LINE, PLAN, RECORD, REPORT, SHEET, SLIP, TO_COUNT
from pdfs import flowing, fonts_of, pictures_of
from pyhanko.pdf_utils.reader import PdfFileReader

from ledger.papers.approval import draw_approval
from ledger.papers.counting import draw_count_report, draw_count_sheet
from ledger.papers.draft import write_draft
from ledger.papers.extract import draw_certificate, draw_extract
from ledger.papers.manifest import draw_manifest
from ledger.papers.plan import draw_plan
from ledger.papers.record import draw_record
from ledger.papers.report import draw_report
from ledger.papers.slip import draw_slip

RARE = "𬭚䶮𫖮堃牌"
"""Two planes of Unicode, and signs that common fonts lack."""
DPI = 100
LEAST_INK = 0.04
"""Of a sign's square; the thinnest of these have three times as much, at 9 points."""
SEALED = {
    "manifest": "鹭市监销〔2027〕1号",
    "digest": "0123456789abcdef" * 4,
    "seq": 7,
    "sealed_at": samples.at("17:20"),
}


def rare_manifest():
    made = samples.manifest(12)
    made["units"][0]["cases"][0]["lines"][0]["name"] = RARE
    return made


def manifest(target):
    made = rare_manifest()
    data = samples.canonical(made)
    draw_manifest(made, data, samples.proof(data), samples.photographs(made).get, target)


def certificate(target):
    made = rare_manifest()
    said = {"sealed": SEALED, "bureau": made["bureau"], "event": "集中统一销毁", "receiver": RARE, "shared": 0}
    draw_certificate(
        {**said, "papers": made["receivers"], "runs": made["runs"], "by_measure": made["totals"]["by_measure"]}, target
    )


PAPERS = {
    "manifest": manifest,
    "extract": lambda target: draw_extract({"sealed": SEALED, "content": rare_manifest()}, target),
    "certificate": certificate,
    "slip": lambda target: draw_slip({**SLIP, "lines": [{**SLIP["lines"][0], "name": RARE}]}, target),
    "summary": lambda target: draw_report(samples.report(bureau=RARE), target, {}),
    "approval": lambda target: draw_approval(
        {**APPROVAL, "cases": [{**APPROVAL["cases"][0], "lines": [{**LINE, "name": RARE}]}]}, target
    ),
    "plan": lambda target: draw_plan({**PLAN, "event": RARE}, target),
    "count": lambda target: draw_count_report({**REPORT, "lines": [{**COUNTED, "name": RARE}]}, target),
    "sheet": lambda target: draw_count_sheet({**SHEET, "lines": [{**TO_COUNT, "name": RARE}]}, target),
    "record": lambda target: draw_record({**RECORD, "lines": [{**DESTROYED, "name": RARE}]}, target),
}


@pytest.mark.parametrize("kind", PAPERS)
def test_rare_signs_are_text_and_are_seen_in_a_file_that_archives_take(tmp_path, kind):
    path = tmp_path / "paper.pdf"
    PAPERS[kind](path)

    assert RARE in flowing(path)
    assert min(inks(path)) > LEAST_INK
    assert all(row[-5:-2] == ["yes", "yes", "yes"] for row in fonts_of(path)), "embedded, cut, with a text layer"
    assert "No syntax or stream encoding errors" in subprocess.check_output(["qpdf", "--check", path], text=True)
    with path.open("rb") as file:
        reader = PdfFileReader(file)
        assert b"<pdfaid:part>3</pdfaid:part>" in reader.root["/Metadata"].data
        assert str(reader.root["/OutputIntents"][0]["/S"]) == "/GTS_PDFA1"
        assert "/ID" in reader.trailer
        assert not {"/OpenAction", "/AA"} & set(reader.root)
    plain = subprocess.check_output(["qpdf", "--qdf", path, "-"])
    assert not re.search(rb"/(JavaScript|Launch|LZWDecode|Encrypt|SMask|ca|CA) ", plain), (
        "what PDF/A-3 forbids or we never do"
    )


def test_rare_signs_are_in_the_draft(tmp_path):
    write_draft(samples.report(bureau=RARE), tmp_path / "draft.docx", {})

    document = Document(str(tmp_path / "draft.docx"))
    assert any(RARE in paragraph.text for paragraph in document.paragraphs)


def inks(path: Path) -> list[float]:
    """Return how much of the square of each rare sign is dark, at the first place where all stand in one word."""
    told = subprocess.check_output(["pdftotext", "-bbox", path, "-"]).decode(
        errors="replace"
    )  # its head, not the words
    for number, page in enumerate(told.split("<page ")[1:], start=1):
        for *box, word in re.findall('<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word>', page):
            if unescape(word) == RARE:
                [picture] = pictures_of(path, dpi=DPI, first=number, last=number)
                left, top, right, bottom = (float(edge) * DPI / 72 for edge in box)
                wide = (right - left) / len(RARE)
                signs = [picture.crop((left + n * wide, top, left + (n + 1) * wide, bottom)) for n in range(len(RARE))]
                return [sum(tone < 160 for tone in sign.tobytes()) / sign.width / sign.height for sign in signs]
    raise AssertionError("no such word")
