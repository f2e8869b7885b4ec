import pytest
from form_samples import SLIP
from pdfs import flowing, fonts_of

from ledger.papers.slip import draw_slip


@pytest.fixture
def text_with(tmp_path):
    def text_with(**changes):
        pages = draw_slip({**SLIP, **changes}, tmp_path / "slip.pdf")
        return pages, flowing(tmp_path / "slip.pdf")

    return text_with


def test_a_stock_in_slip_names_both_sides_and_leaves_out_what_does_not_apply(text_with):
    pages, text = text_with()

    assert pages == 1
    for said in ("监督管理局入库单", "编号：思市监入库〔2026〕12号", "交：林文静", "收：赵国华", "1,200", "以下空白"):
        assert said in text
    for left_out in ("凭据文书", "所得价款", "理由"):
        assert left_out not in text


def test_many_lines_run_over_pages_that_are_numbered(text_with, tmp_path):
    pages, text = text_with(lines=SLIP["lines"] * 80)

    assert pages > 2
    assert f"第{pages}页共{pages}页" in text
    assert all(row[-5:-2] == ["yes", "yes", "yes"] for row in fonts_of(tmp_path / "slip.pdf"))
