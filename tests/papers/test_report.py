from io import BytesIO

import paper_samples as samples
import pytest
from pdfs import flowing, fonts_of

from ledger.papers.fonts import NotPrintable
from ledger.papers.report import draw_report


@pytest.fixture
def text_with(tmp_path):
    def text_with(**changes):
        draw_report(samples.report(**changes), tmp_path / "report.pdf", {})
        return flowing(tmp_path / "report.pdf")

    return text_with


def test_a_report_has_every_figure(text_with):
    report = samples.report()
    text = text_with()

    assert report["title"] in text
    assert f"销毁罚没物品{report['totals']['lines']}项" in text
    assert all(unit["name"] in text for unit in report["by_unit"])
    assert all(row["category"] in text for group in report["by_class"] for row in group["rows"])
    assert all(
        one["measure"] + f"{int(float(one['quantity'])):,}"[:3] in text for one in report["totals"]["by_measure"]
    )
    assert "共留存图片218张" in text
    assert "监销人：监销人甲、监销人乙。" in text
    assert "1项数量不一致" in text


def test_what_is_not_known_is_left_out(text_with):
    event = {**samples.event(), "started_at": "", "finished_at": ""}
    totals = {**samples.report()["totals"], "value": ""}
    text = text_with(event=event, totals=totals, manifest_number="", supervisors=[], differences=0, pictures_in_all=0)

    assert "货值351" not in text
    assert "监销人：" not in text
    assert "逐项情况见销毁清单" not in text
    assert "各项数量全部一致" in text
    assert "没有留存图片" in text


def test_its_fonts_are_embedded(tmp_path):
    draw_report(samples.report(), tmp_path / "report.pdf", {})

    assert all(row[-5:-2] == ["yes", "yes", "yes"] for row in fonts_of(tmp_path / "report.pdf"))


def test_a_report_that_cannot_be_printed_is_not_begun():
    target = BytesIO()
    with pytest.raises(NotPrintable):
        draw_report(samples.report(bureau="\u0378局"), target, {})

    assert target.getvalue() == b""
