"""Which column is what: header rows found and read, whatever stands above them and however they are worded."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from ledger.errors import N_, Message
from ledger.goods.measures import find_measure
from ledger.imports.cells import Cell, column_letters, column_number
from ledger.imports.sheets import Sheet
from ledger.imports.values import as_text, is_empty
from ledger.text import fold


class Field(StrEnum):
    """What a column of a goods list can hold."""

    NAME = "name"
    SPEC = "spec"
    MEASURE = "measure"
    QUANTITY = "quantity"
    BRAND = "brand"
    LOT = "lot"
    PRODUCER = "producer"
    UNIT_PRICE = "unit_price"
    VALUE = "value"
    CATEGORY = "category"
    ENV_CLASS = "env_class"
    LOCATION = "location"
    SEAL = "seal"
    KEEPER = "keeper"
    REMARK = "remark"
    STORED_ON = "stored_on"
    CASE = "case"
    DECISION = "decision"
    SERVED_ON = "served_on"
    PARTY = "party"
    CAUSE = "cause"
    NUMBER = "number"
    """The row's own number, which is not imported."""


FIELD_NAMES: dict[Field, Message] = {
    Field.NAME: N_("Name of the goods"),
    Field.SPEC: N_("Specification (model)"),
    Field.MEASURE: N_("Unit of measure"),
    Field.QUANTITY: N_("Quantity"),
    Field.BRAND: N_("Brand"),
    Field.LOT: N_("Lot"),
    Field.PRODUCER: N_("Producer"),
    Field.UNIT_PRICE: N_("Unit price"),
    Field.VALUE: N_("Value"),
    Field.CATEGORY: N_("Category"),
    Field.ENV_CLASS: N_("Environmental class"),
    Field.LOCATION: N_("Location"),
    Field.SEAL: N_("Seal"),
    Field.KEEPER: N_("Keeper"),
    Field.REMARK: N_("Remark"),
    Field.STORED_ON: N_("Stored on"),
    Field.CASE: N_("Case number"),
    Field.DECISION: N_("Penalty decision"),
    Field.SERVED_ON: N_("Served on"),
    Field.PARTY: N_("Party"),
    Field.CAUSE: N_("Cause"),
    Field.NUMBER: N_("Row number"),
}

_SYNONYMS: dict[Field, str] = {
    Field.NAME: (
        "标称名称 品名 名称 物品名称 商品名称 货物名称 产品名称 涉案物品名称 涉案物品 财物名称 物品 商品 "
        "货品名称 罚没物品名称 罚没物品 物资名称 物品品名 财物品名 扣押物品名称 没收物品名称 名称及品牌 "
        "货物品名 商品品名 品名规格 品名及规格 品名、规格 名称规格 名称及规格 物品名称及规格 物品名称、规格 "
        "标的名称 涉案财物 涉案财物名称 财物 罚没财物名称 物资 货品 itemname name goods"
    ),
    Field.SPEC: "规格 型号 规格型号 规格及型号 规格、型号 型号规格 型号/规格 规格/型号 规格或型号 包装规格 spec",
    Field.MEASURE: "单位 计量单位 数量单位 计数单位 计量 量词 unit",
    Field.QUANTITY: (
        "数量 实际数量 没收数量 罚没数量 扣押数量 入库数量 库存数量 现存数量 实存数量 结存数量 件数 物品数量 "
        "数目 库存 数量及单位 数量、单位 数量与单位 单位及数量 没收数 入库数 结存 涉案数量 查获数量 登记数量 "
        "合计数量 总数量 数 qty quantity"
    ),
    Field.BRAND: "品牌 商标 牌号 商标名称 品牌名称 标称品牌 注册商标 商标品牌 品牌商标 brand",
    Field.LOT: (
        "批号 批次 货号批号 产品批次 生产批号 产品批号 批次号 生产批次 生产日期或批号 生产日期/批号 批号/生产日期 lot"
    ),
    Field.PRODUCER: (
        "生产厂家 生产商 生产企业 厂家 制造商 标称生产者 标称生产企业 生产单位 生产者 厂商 生产厂商 "
        "标称生产厂家 标注生产企业 产地厂家 producer"
    ),
    Field.UNIT_PRICE: "单价 标价 价格 标价单价 销售单价 销售价 unitprice price",
    Field.VALUE: "货值 货值金额 金额 价值 价值金额 货值总额 小计金额 总价 总金额 总货值 估值 合计金额 涉案金额 value",
    Field.CATEGORY: "物品类别 类别 品类 种类 物品种类 分类 商品类别 物品分类 category",
    Field.ENV_CLASS: "废物类别 环境类别 环保类别 固废类别 废物分类 废物属性 固体废物类别",
    Field.LOCATION: (
        "库位 库位号 仓库位置 仓库库位 储位 货架 存储位置 储存地点 存放地点 存放位置 位置 货位 仓位 存放库位 "
        "货架号 存放处 保管地点 仓库 location"
    ),
    Field.SEAL: "封条号 封条编号 封条 封签号 封存号 seal",
    Field.KEEPER: "保管人 保管员 库管员 仓管员 保管人员 keeper",
    Field.REMARK: "备注 说明 其他 备考 附注 remark remarks",
    Field.STORED_ON: "入库日期 接收日期 入库时间 入库 存放日期 收存日期 扣押日期 扣押时间 移交日期",
    Field.CASE: (
        "案件编号 所属案件 案件号码 立案决定书文号 casenumber 案号 案件号 立案号 立案编号 案件文号 立案文号 "
        "案卷号 案件名称及编号 case"
    ),
    Field.DECISION: (
        "处罚决定书文号 处罚决定书号 行政处罚决定书号 行政处罚决定书编号 处罚决定 处罚决定书文书号 行政处罚文号 "
        "决定书文号 处罚文书号 处罚决定书 行政处罚决定书文号 行政处罚决定书 处罚决定书编号 决定书编号 决定书号 "
        "处罚决定文号 处罚文号 文书号 文书编号 decision"
    ),
    Field.SERVED_ON: "送达日期 决定书送达时间 送达 处罚决定书送达日期 送达时间 决定书送达日期 文书送达日期 servedon",
    Field.PARTY: (
        "当事人 当事人姓名或名称 当事人姓名或者名称 当事人或单位 被罚没单位 被处罚人名称 被处罚对象 涉案人 "
        "被处罚人 当事人名称 当事人姓名 当事人(单位) 被处罚单位 涉案单位 涉案当事人 物主 来源 party"
    ),
    Field.CAUSE: "案由 违法类型 案由简述 违法行为 案件名称 违法事实 案件性质 cause",
    Field.NUMBER: "序号 顺序号 序 项目序号 编号 行号 no no. 号 项次",
}
_FIELD_OF = {name: kind for kind, names in _SYNONYMS.items() for name in names.split()}
_SIGNS = re.compile(r"[\s:*_\-]+")
_IN_BRACKETS = re.compile(r"\(([^()]*)\)")

DEEPEST_HEADER = 80
"""How far down a header is looked for."""


@dataclass(slots=True)
class Columns:
    """What the columns of one sheet hold."""

    header: int
    """The first row below the header, counted from 0."""
    fields: dict[Field, int]
    unknown: dict[int, str] = field(default_factory=dict)
    """Columns nobody recognised, with their heading."""
    measure: str | None = None
    """The unit of measure of all rows, where the heading of the quantity names it."""
    headings: dict[int, str] = field(default_factory=dict)


Taught = Mapping[str, str]
"""The field of each heading, as plain() makes it, that a unit gave to columns of earlier lists; empty: left out."""


def plain(heading: str) -> str:
    """Return a heading without what two lists may write differently."""
    return _SIGNS.sub("", fold(heading))


@lru_cache(4096)
def recognise(heading: str) -> tuple[Field, str | None] | None:
    """Return the field that a heading means, and the unit of measure it names; None if nobody knows."""
    bare = plain(heading)
    hint = next((inside for inside in _IN_BRACKETS.findall(bare) if find_measure(inside)), None)
    for spelling in (bare, bare.replace("(", "").replace(")", ""), _IN_BRACKETS.sub("", bare)):
        for name in (spelling, spelling.split("/")[0]):
            found = _FIELD_OF.get(name)
            if found is not None:
                return found, hint if found is Field.QUANTITY else None
    return None


def find_columns(sheet: Sheet, given: Mapping[str, str], taught: Taught) -> Columns | None:
    """Return what the sheet's columns hold, None if it has no header.

    given are fields that the user chose, by column letter; an empty choice leaves a column out.
    """
    depth = min(len(sheet.rows), DEEPEST_HEADER)
    likely = [found for number in range(depth) if (found := _header_at(sheet, number, taught))]
    counting = (found for found in likely if Field.QUANTITY in found.fields)
    found = next(counting, likely[0] if likely else None)
    if found is not None:
        return _with_choices(found, given)
    return _below_title(sheet, _with_choices(_headless(sheet), given)) if any(given.values()) else None


def is_header(cells: list[Cell]) -> bool:
    """Whether a row repeats a header."""
    known = {match[0] for cell in cells if isinstance(cell, str) and (match := recognise(cell))}
    return Field.NAME in known and len(known) >= 3  # noqa: PLR2004 - a name alone may be goods


def _meaning(heading: str, taught: Taught) -> tuple[Field, str | None] | None:
    """Return what a heading means in this unit."""
    own = taught.get(plain(heading))
    if own is None:
        return recognise(heading)
    return (Field(own), None) if own else None


def _header_at(sheet: Sheet, number: int, taught: Taught) -> Columns | None:
    """Return the header that begins in this row, of one row or of two."""
    top = _headings(sheet, number)
    below = _headings(sheet, number + 1)
    one = _columns(top, taught)
    is_two = len({match[0] for text in below.values() if (match := _meaning(text, taught))}) >= 2  # noqa: PLR2004
    two = _columns(_together(top, below, taught), taught) if is_two else one
    for found, depth in ((two, 2), (one, 1)):
        fields = found.fields
        if Field.NAME in fields and (Field.QUANTITY in fields or len(fields) >= 3):  # noqa: PLR2004
            found.header = number + (depth if found is not one else 1)
            return found
    return None


def _headings(sheet: Sheet, number: int) -> dict[int, str]:
    """Return the texts of a row by column, those of merged cells in every column they cover."""
    if number >= len(sheet.rows):
        return {}
    texts = {}
    for column in range(_width(sheet)):
        cell = sheet.shown_at(number, column)
        if isinstance(cell, str) and not is_empty(cell):
            texts[column] = as_text(cell)
    return texts


def _width(sheet: Sheet) -> int:
    return max((len(row) for row in sheet.rows[:DEEPEST_HEADER]), default=0)


def _together(top: dict[int, str], below: dict[int, str], taught: Taught) -> dict[int, str]:
    """Return the heading of each column of a header in two rows: 当事人 over 名称 is no name of goods."""
    joined = {}
    for column in sorted({*top, *below}):
        lower, upper = below.get(column, ""), top.get(column, "")
        both = upper + lower
        joined[column] = lower if upper == lower or (_meaning(lower, taught) and not _meaning(both, taught)) else both
    return joined


def _columns(texts: dict[int, str], taught: Taught) -> Columns:
    fields: dict[Field, int] = {}
    unknown: dict[int, str] = {}
    measure = None
    for column, text in texts.items():
        match = _meaning(text, taught)
        if match is None or match[0] in fields:
            unknown[column] = text
            continue
        fields[match[0]] = column
        measure = match[1] or measure
    return Columns(0, fields, unknown, measure, texts)


def _headless(sheet: Sheet) -> Columns:
    return Columns(0, {}, dict.fromkeys(range(_width(sheet)), ""))


def _below_title(sheet: Sheet, found: Columns) -> Columns:
    """Return columns that a person chose, with what stands above the first quantity taken for a header."""
    column = found.fields.get(Field.QUANTITY)
    if column is not None:
        for number in range(min(len(sheet.rows), DEEPEST_HEADER)):
            if re.search(r"\d", as_text(sheet.shown_at(number, column))):
                found.header = number
                found.headings = _headings(sheet, number - 1)
                break
    return found


def _with_choices(found: Columns, given: Mapping[str, str]) -> Columns:
    for letters, chosen in given.items():
        column = column_number(letters)
        found.fields = {kind: place for kind, place in found.fields.items() if place != column and kind != chosen}
        if chosen:
            found.fields[Field(chosen)] = column
            found.unknown.pop(column, None)
        elif column in found.headings:
            found.unknown[column] = found.headings[column]
    return found


def shown(columns: Columns) -> dict[str, str]:
    """Return the fields by column letter, for keeping and for people."""
    return {column_letters(column): kind.value for kind, column in columns.fields.items()}
