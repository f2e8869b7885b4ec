"""The report as a draft in Word's format, in the form of official documents (GB/T 9704), to be edited and sent.

Fonts are named, not embedded: 方正小标宋, 黑体, 楷体 and 仿宋 are on every official's computer.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from ledger.papers import figures
from ledger.papers.fonts import check_printable
from ledger.papers.pictures import for_paper
from ledger.papers.report import tell
from ledger.papers.reported import ReportData
from ledger.papers.story import Bars, Block, Part, Plates, Text
from ledger.papers.table import Band, Grid, Item, Remark, Row

_TITLE, _HEADING, _SUBHEADING, _BODY = "方正小标宋简体", "黑体", "楷体_GB2312", "仿宋_GB2312"
_BODY_SIZE, _LEADING, _TABLE_SIZE = 16, 28.0, 10.5
_BARS = (50.0, 62.0, 44.0)
_PICTURE = 120
_ALIGN = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "centre": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
}


def write_draft(report: ReportData, target: BinaryIO | Path, pictures: Mapping[str, bytes]) -> None:
    """Write the draft: what draw_report() draws, and the same bytes for the same report. Raises NotPrintable."""
    check_printable(report)
    document = Document()
    _prepare(document, report)
    _write(document.add_paragraph(), report["title"], _TITLE, 22, align="centre")
    document.add_paragraph()
    for block in tell(report):
        _set(document, block, pictures)
    document.add_paragraph()
    for line in (report["bureau"], figures.day(report["made_at"])):
        paragraph = _write(document.add_paragraph(), line, _BODY, _BODY_SIZE, align="right")
        paragraph.paragraph_format.right_indent = Pt(4 * _BODY_SIZE)
    _save(document, target, datetime.fromisoformat(report["made_at"]))


def _prepare(document: Any, report: ReportData) -> None:
    """Set the page of an official document, and its number on the outer side."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(25)
    document.settings.odd_and_even_pages_header_footer = True
    for footer, align in ((section.footer, "right"), (section.even_page_footer, "left")):
        paragraph = _write(footer.paragraphs[0], "— ", "宋体", 14, align=align)
        for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
            run = paragraph.add_run()
            mark = OxmlElement("w:fldChar" if kind else "w:instrText")
            if kind:
                mark.set(qn("w:fldCharType"), kind)
            mark.text = text or None
            run._r.append(mark)  # noqa: SLF001 - the library has no fields
        _style(paragraph.add_run(" —"), "宋体", 14)
    about, at = document.core_properties, datetime.fromisoformat(report["made_at"]).astimezone(UTC)
    about.title, about.author, about.last_modified_by = report["title"], report["bureau"], report["bureau"]
    about.comments, about.created, about.modified = "", at.replace(tzinfo=None), at.replace(tzinfo=None)


def _set(document: Any, block: Block, pictures: Mapping[str, bytes]) -> None:
    match block:
        case Part():
            document.add_paragraph().paragraph_format.space_after = Pt(0)
            heading = _write(document.add_paragraph(style="Heading 1"), block.title, _HEADING, _BODY_SIZE, bold=False)
            heading.paragraph_format.space_before = Pt(0)
            if block.note:
                _write(document.add_paragraph(), block.note, _BODY, _TABLE_SIZE, align="right")
        case Text():
            paragraph = _write(document.add_paragraph(), block.text, _BODY, _BODY_SIZE)
            paragraph.paragraph_format.first_line_indent = Pt(2 * _BODY_SIZE)
            paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
            paragraph.paragraph_format.line_spacing = Pt(_LEADING)
        case Grid():
            _set_grid(document, block)
        case Bars():
            _set_bars(document, block)
        case Plates():
            for plate in block.rows:
                if content := pictures.get(plate.sha256):
                    document.add_picture(BytesIO(for_paper(content)), width=Mm(_PICTURE))
                    document.paragraphs[-1].alignment = WD_ALIGN_PARAGRAPH.CENTER
                    document.paragraphs[-1].paragraph_format.keep_with_next = True
                _write(document.add_paragraph(), plate.caption, _BODY, _TABLE_SIZE, align="centre")


def _set_grid(document: Any, grid: Grid) -> None:
    table = _table(document, [column.width for column in grid.columns], "Table Grid")
    heads = [column.head for column in grid.columns]
    _fill(table.rows[0], heads, lambda _place: "centre", _HEADING)
    _mark(table.rows[0]._tr.get_or_add_trPr(), "w:tblHeader")  # noqa: SLF001 - the library does not repeat heads
    for item in grid.items:
        _set_item(table.add_row(), item, grid)


def _set_item(row: Any, item: Item, grid: Grid) -> None:
    _mark(row._tr.get_or_add_trPr(), "w:cantSplit")  # noqa: SLF001
    if isinstance(item, Row):
        _fill(row, item.cells, lambda place: grid.columns[place].align, _BODY, bold=item.is_sum)
        return
    text = item.text if isinstance(item, Remark) else f"{item.left}　{item.right}".rstrip("　")
    whole = row.cells[0].merge(row.cells[-1])
    _write(whole.paragraphs[0], text, _HEADING if isinstance(item, Band) else _BODY, _TABLE_SIZE)


def _set_bars(document: Any, bars: Bars) -> None:
    """Set a chart as a table, each bar a shaded paragraph as long as its share, so that it can be edited."""
    title = _write(document.add_paragraph(), bars.title, _SUBHEADING, _BODY_SIZE)
    title.paragraph_format.keep_with_next = True
    if bars.note:
        note = _write(document.add_paragraph(), bars.note, _BODY, _TABLE_SIZE, align="right")
        note.paragraph_format.keep_with_next = True
    table = _table(document, _BARS, None)
    for number, bar in enumerate(bars.rows):
        row = table.rows[0] if number == 0 else table.add_row()
        _mark(row._tr.get_or_add_trPr(), "w:cantSplit")  # noqa: SLF001
        _fill(row, [bar.label, "", bar.figures], lambda place: ("left", "left", "right")[place], _BODY)
        paragraph = row.cells[1].paragraphs[0]
        paragraph.paragraph_format.right_indent = Mm(max(1 - bar.share, 0) * (_BARS[1] - 4))
        shade = OxmlElement("w:shd")
        for name, value in (("val", "clear"), ("color", "auto"), ("fill", "737373")):
            shade.set(qn(f"w:{name}"), value)
        paragraph._p.get_or_add_pPr().insert_element_before(shade, "w:tabs", "w:spacing", "w:ind", "w:jc")  # noqa: SLF001


def _table(document: Any, widths: Any, style: str | None) -> Any:
    table = document.add_table(rows=1, cols=len(widths), style=style)
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for column, wide in zip(table.columns, widths, strict=True):
        column.width = Mm(wide)
    return table


def _fill(row: Any, texts: Any, align: Callable[[int], str], font: str, *, bold: bool = False) -> None:
    for place, (cell, text) in enumerate(zip(row.cells, texts, strict=True)):
        _write(cell.paragraphs[0], text, font, _TABLE_SIZE, align=align(place), bold=bold)


def _write(paragraph: Any, text: str, font: str, size: float, *, align: str = "", bold: bool | None = None) -> Any:
    _style(paragraph.add_run(text), font, size, bold=bold)
    paragraph.paragraph_format.space_after = Pt(0)
    if align:
        paragraph.alignment = _ALIGN[align]
    return paragraph


def _style(run: Any, font: str, size: float, *, bold: bool | None = None) -> None:
    run.font.name, run.font.size, run.font.bold = font, Pt(size), bold
    run.font.color.rgb = RGBColor(0, 0, 0)
    run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)  # noqa: SLF001 - else Word falls back


def _mark(properties: Any, name: str) -> None:
    properties.append(OxmlElement(name))


def _save(document: Any, target: BinaryIO | Path, at: datetime) -> None:
    """Write the file with every part dated as the report is, not as the clock says."""
    made = BytesIO()
    document.save(made)
    date = at.astimezone(figures.BEIJING).timetuple()[:6]
    with ZipFile(made) as source, ZipFile(target, "w") as dated:
        for name in source.namelist():
            entry = ZipInfo(name, date)
            entry.compress_type = ZIP_DEFLATED
            dated.writestr(entry, source.read(name))
