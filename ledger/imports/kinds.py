"""What a row of a sheet is besides goods: title, heading, total, signature, note, or nothing at all."""

import re

from ledger.imports.cells import Cell
from ledger.imports.columns import Columns, Field, is_header
from ledger.imports.sheets import Sheet
from ledger.imports.values import as_text, is_empty

_TOTAL_WORD = r"(合计|总计|小计|共计|总和|累计)"
_TOTAL = re.compile(rf"(本页|本表|本案|分类|全部)?{_TOTAL_WORD}(数量|金额)?(\(.*\)|（.*）)?[:：]?")
_TOTAL_OF = re.compile(rf".{{0,40}}{_TOTAL_WORD}[:：]?|{_TOTAL_WORD}.{{0,60}}")
_SIGNED = re.compile(
    r"[(（]?(以下空白|以下无正文|此页无正文|上述物品|以上物品|上述财物|以上财物|本文书|第\d+页|共\d+页|年月日$|注[:：]|说明[:：]|备注[:：]|日期[:：]"
    r"|.{0,8}(当事人|被处罚人|制表|填表|审核|复核|经办|保管|负责|主管|监销|移交|接收|交接|点收|验收|见证|执法|办案|签收)"
    r"(人|人员|单位|部门)?\d?(签名|签字|盖章|[(（:：]))"
)
_CLOSING = re.compile(r"以下空白|签名|签字|盖章|核对无误|一式.份|年月日$")
_SPACE = re.compile(r"\s+")
_DIGIT = re.compile(r"\d")


def why_skipped(sheet: Sheet, columns: Columns, number: int, *, is_over: bool) -> str | None:
    """Return why a row holds no goods, None if it does or means to.

    is_over says that the rows before it closed the list with signatures.
    """
    cells = sheet.rows[number]
    if number < columns.header:
        return "header" if is_header(cells) or number == columns.header - 1 else "title"
    name, quantity = _at(cells, columns, Field.NAME), _at(cells, columns, Field.QUANTITY)
    has_both = not is_empty(name) and not is_empty(quantity)
    is_counted = not isinstance(quantity, str) or bool(_DIGIT.search(quantity))
    if has_both and is_counted and not _may_be_total(cells, name):
        return None
    texts = [_SPACE.sub("", cell) for cell in cells if isinstance(cell, str) and not is_empty(cell)]
    if _is_total(texts, name, has_both=has_both and not is_empty(_at(cells, columns, Field.MEASURE))):
        return "total"
    if not has_both:
        return _why_incomplete(sheet, columns, number, texts, is_over=is_over)
    if is_header(cells):
        return "header"
    return "footer" if not is_counted and texts and _SIGNED.match(texts[0]) else None


def _at(cells: list[Cell], columns: Columns, kind: Field) -> Cell:
    column = columns.fields.get(kind)
    return None if column is None or column >= len(cells) else cells[column]


def _may_be_total(cells: list[Cell], name: Cell) -> bool:
    first = [cell for cell in cells if isinstance(cell, str) and cell][:3]
    return any("计" in cell or "和" in cell for cell in (*first, name) if isinstance(cell, str))


def _is_total(texts: list[str], name: Cell, *, has_both: bool) -> bool:
    first = [*texts[:3], _SPACE.sub("", name) if isinstance(name, str) else ""]
    if any(_TOTAL.fullmatch(text) for text in first):
        return True
    return not has_both and any(_TOTAL_OF.fullmatch(text) for text in first)


def _why_incomplete(sheet: Sheet, columns: Columns, number: int, texts: list[str], *, is_over: bool) -> str | None:
    """Return why a row without name or without quantity is no goods, None if it is goods with something missing."""
    cells = sheet.rows[number]
    told = [kind for kind in columns.fields if kind is not Field.NUMBER and not is_empty(_at(cells, columns, kind))]
    if any(_SIGNED.match(text) for text in texts[:1]) or (
        any(_CLOSING.search(text) for text in texts) and {Field.NAME, Field.QUANTITY}.isdisjoint(told)
    ):
        return "footer"
    if is_header(cells):
        return "header"
    if not told:
        return "note" if _says_something(cells, columns) else "blank"
    if is_over and Field.QUANTITY not in told and len(told) == 1:
        return "footer"
    filled = [column for column, cell in enumerate(cells) if not is_empty(cell)]
    is_heading = sheet.merged.get((number, filled[0] + 1)) == (number, filled[0])
    is_lone = len(filled) == 1 and {Field.NAME, Field.QUANTITY}.isdisjoint(told)
    return "note" if is_lone or (len(filled) == 1 and is_heading) else None


def _says_something(cells: list[Cell], columns: Columns) -> bool:
    """Whether anything stands in the row beside its number."""
    own = columns.fields.get(Field.NUMBER)
    return any(
        not is_empty(cell) and (column != own or not re.fullmatch(r"[\d.]*", as_text(cell)))
        for column, cell in enumerate(cells)
    )
