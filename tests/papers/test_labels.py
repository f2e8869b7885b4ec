import time
from dataclasses import replace
from io import BytesIO

import pytest
import zxingcpp
from pdfs import fonts_of, pictures_of, text_of
from PIL import Image, ImageFilter

from ledger.codes import new_code, shown
from ledger.papers.fonts import NotPrintable
from ledger.papers.label import Label, LabelSheet, LocationLabel
from ledger.papers.labels import draw_calibration, draw_labels

PLACES = {LabelSheet.SHEET_3X8: 24, LabelSheet.SHEET_2X7: 14, LabelSheet.SINGLE_100X70: 1, LabelSheet.SINGLE_60X40: 1}
SIZES = {
    LabelSheet.SHEET_3X8: (210, 297),
    LabelSheet.SHEET_2X7: (210, 297),
    LabelSheet.SINGLE_100X70: (100, 70),
    LabelSheet.SINGLE_60X40: (60, 40),
}
GOODS = [
    "不合格电缆线",
    "𬭚合金眼镜架（标称“䶮牌”）",
    "盖被、垫被、电动车手套、儿童被枕两件套、冬装及其他一切不合格的纺织品",
]


def label(place: int = 0, **changes: object) -> Label:
    code = new_code()
    made = Label(
        batch=f"HC-{place + 1:02}",
        unit="海仓区市场监督管理局",
        goods=GOODS[place % 3 :],
        names=3 - place % 3,
        env_class=("general", "electronic", "hazardous")[place % 3],
        method="剪切破碎",
        seal="封447862",
        code=code,
        event="2027年“3·15”集中统一销毁",
        site="主会场",
        number=place + 1,
        of=30,
        payload=f"HTTPS://LEDGER.LUJIANG.EXAMPLE/Q/{code}",
    )
    return replace(made, **changes)


def turned_and_blurred(page: Image.Image) -> Image.Image:
    turned = page.rotate(3.7, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)
    return turned.filter(ImageFilter.GaussianBlur(1.2))


@pytest.mark.parametrize("sheet", LabelSheet)
def test_every_label_can_be_read_when_it_is_turned_and_blurred(sheet, tmp_path):
    labels = [label(place) for place in range(30 if PLACES[sheet] > 1 else 6)]

    pages = draw_labels(labels, sheet, tmp_path / "labels.pdf")

    pictures = pictures_of(tmp_path / "labels.pdf", dpi=200)
    found = {code.text for page in pictures for code in zxingcpp.read_barcodes(turned_and_blurred(page))}
    assert found == {one.payload for one in labels}
    assert pages == len(pictures) == -(-len(labels) // PLACES[sheet])


@pytest.mark.parametrize("sheet", LabelSheet)
def test_a_label_says_what_people_need_and_nothing_else(sheet, tmp_path):
    one = label(2)
    draw_labels([one], sheet, tmp_path / "label.pdf")

    text = text_of(tmp_path / "label.pdf")
    assert all(word in text for word in (one.batch, one.unit, "危险废物", shown(one.code), "剪切破碎", one.seal))
    assert fonts_of(tmp_path / "label.pdf")
    assert all(row[-5:-2] == ["yes", "yes", "yes"] for row in fonts_of(tmp_path / "label.pdf"))


@pytest.mark.parametrize("sheet", LabelSheet)
def test_labels_have_their_size_and_keep_clear_of_its_edges(sheet, tmp_path):
    widest = label(2, batch="思岭分局-2027-000123", unit="云溪县市场监督管理局城关市场监督管理所")
    draw_labels([widest] * PLACES[sheet], sheet, tmp_path / "labels.pdf")

    page = pictures_of(tmp_path / "labels.pdf", dpi=254)[0]
    assert (page.width, page.height) == pytest.approx([side * 10 for side in SIZES[sheet]], abs=2)
    left, top, right, bottom = page.point(lambda tone: 255 - tone).getbbox()
    assert left >= 24
    assert top >= 24
    assert right <= page.width - 24
    assert bottom <= page.height - 24


def test_columns_keep_clear_of_each_other(tmp_path):
    widest = label(2, batch="思岭分局-2027-000123", unit="云溪县市场监督管理局城关市场监督管理所")
    draw_labels([widest] * 24, LabelSheet.SHEET_3X8, tmp_path / "labels.pdf")

    page = pictures_of(tmp_path / "labels.pdf", dpi=254)[0]
    for edge in (700, 1400):
        assert page.crop((edge - 38, 0, edge + 38, page.height)).getextrema() == (255, 255)


def test_a_location_has_the_same_labels_with_its_own_words(tmp_path):
    code = new_code()
    shelf = LocationLabel(
        name="A-01-1",
        path="一号仓库 › A区 › A-01-1",
        unit="云溪县市场监督管理局城关市场监督管理所",
        code=code,
        payload=f"HTTPS://LEDGER.LUJIANG.EXAMPLE/Q/{code}",
    )
    for sheet in LabelSheet:
        draw_labels([shelf] * PLACES[sheet], sheet, tmp_path / f"{sheet}.pdf")

        text = text_of(tmp_path / f"{sheet}.pdf")
        assert all(word in text for word in (shelf.name, "一号仓库", shown(code)))
        assert not any(word in text for word in ("废物", "第", "封条"))
        [found, *_] = zxingcpp.read_barcodes(turned_and_blurred(pictures_of(tmp_path / f"{sheet}.pdf", dpi=200)[0]))
        assert found.text == shelf.payload


def test_the_class_is_told_by_shape_too(tmp_path):
    dark = []
    for env_class in ("general", "electronic", "hazardous"):
        draw_labels([label(0, env_class=env_class)], LabelSheet.SINGLE_100X70, tmp_path / f"{env_class}.pdf")
        page = pictures_of(tmp_path / f"{env_class}.pdf")[0]
        mark = page.crop((page.width * 6 // 10, 0, page.width, page.height * 16 // 100))
        dark.append(sum(tone < 128 for tone in mark.tobytes()))

    assert dark[2] > 2 * dark[0]
    assert dark[0] != dark[1]


def test_long_goods_are_shortened_but_still_counted(tmp_path):
    draw_labels([label(2, names=9)], LabelSheet.SHEET_3X8, tmp_path / "label.pdf")

    assert "…等9项" in text_of(tmp_path / "label.pdf")


def test_a_sheet_that_is_used_in_part_is_carried_on(tmp_path):
    assert draw_labels([label(), label()], LabelSheet.SHEET_3X8, tmp_path / "labels.pdf", start=24) == 2

    assert [text_of(tmp_path / "labels.pdf", page=page).count("HC-01") for page in (1, 2)] == [1, 1]


def test_the_same_labels_are_the_same_file():
    one, first, second = label(), BytesIO(), BytesIO()
    draw_labels([one], LabelSheet.SHEET_3X8, first)
    draw_labels([one], LabelSheet.SHEET_3X8, second)

    assert first.getvalue() == second.getvalue()


def test_nothing_is_drawn_of_a_label_that_cannot_be_printed():
    target = BytesIO()
    with pytest.raises(NotPrintable):
        draw_labels([label(), label(goods=["\u0378"])], LabelSheet.SHEET_3X8, target)

    assert target.getvalue() == b""


def test_a_thousand_labels_take_seconds_and_less_than_a_megabyte():
    labels, target = [label(place) for place in range(1000)], BytesIO()
    start = time.perf_counter()
    draw_labels(labels, LabelSheet.SHEET_3X8, target)

    assert time.perf_counter() - start < 10
    assert len(target.getvalue()) < 1_000_000


@pytest.mark.parametrize("sheet", LabelSheet)
def test_a_calibration_page_has_the_edges_of_every_label_and_a_rule_to_measure(sheet, tmp_path):
    assert draw_calibration(sheet, tmp_path / "page.pdf") == 1

    assert "此线长 50 毫米" in text_of(tmp_path / "page.pdf")
