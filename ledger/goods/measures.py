"""Units of measure: what quantities are counted in, and which may be divided."""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from ledger.text import fold


class Dimension(StrEnum):
    """What a unit of measure measures."""

    COUNT = "count"
    MASS = "mass"
    VOLUME = "volume"
    LENGTH = "length"
    AREA = "area"


@dataclass(frozen=True, slots=True)
class Measure:
    """A unit of measure: factor is in the base unit of its dimension, or of its own kind for counts."""

    name: str
    dimension: Dimension
    factor: Decimal = Decimal(1)
    is_divisible: bool = True
    """Whether parts of it can lie in the store. Pieces are whole; a carton (件, 箱) may have been opened."""

    def is_whole_enough(self, quantity: Decimal) -> bool:
        """Whether quantity is possible: counts are whole in their base unit, so 6.902 万支 are 69 020 pieces."""
        return self.is_divisible or (quantity * self.factor) % 1 == 0


_PIECES = (
    "个 只 支 枝 根 条 瓶 盒 罐 听 桶 袋 台 部 辆 架 把 张 片 块 枚 粒 颗 本 册 份 套 双 副 付 对 顶 床 幅 面 盏 "
    "筒 壶 坛 盘 卷 串 束 朵 株 棵 头 匹 尾 羽 碗 杯 板 组 令 樽 扇 门 座 艘 具 贴 剂 管 节 段 滴 提 打 笼 "
    "发 扎 筐 篮 缸 皿 帖 丸 针 方 口 挂 排 轴 锭 团 页 封 台套"
).split()
_PACKAGES = "件 箱 包 捆 批 批次 次 托 车 堆 宗 框 整箱 纸箱 编织袋 摞 沓 垛".split()
_THOUSANDS = {"千": 1_000, "万": 10_000}
_SCALED: dict[Dimension, dict[str, int | str]] = {
    Dimension.MASS: {
        "公斤": 1,
        "千克": 1,
        "kg": 1,
        "吨": 1_000,
        "公吨": 1_000,
        "t": 1_000,
        "万公斤": 10_000,
        "万吨": 10_000_000,
        "克": "0.001",
        "g": "0.001",
        "毫克": "0.000001",
        "mg": "0.000001",
        "斤": "0.5",
        "市斤": "0.5",
        "万斤": 5_000,
        "两": "0.05",
        "担": 50,
    },
    Dimension.VOLUME: {
        "升": 1,
        "公升": 1,
        "l": 1,
        "万升": 10_000,
        "毫升": "0.001",
        "ml": "0.001",
        "立方米": 1_000,
        "立方": 1_000,
        "m3": 1_000,
    },
    Dimension.LENGTH: {
        "米": 1,
        "m": 1,
        "万米": 10_000,
        "千米": 1_000,
        "公里": 1_000,
        "km": 1_000,
        "分米": "0.1",
        "厘米": "0.01",
        "cm": "0.01",
        "毫米": "0.001",
        "mm": "0.001",
        "码": "0.9144",
    },
    Dimension.AREA: {"平方米": 1, "平米": 1, "平方": 1, "m2": 1, "万平方米": 10_000, "亩": "666.667"},
}


def _dictionary() -> dict[str, Measure]:
    known = {word: Measure(word, Dimension.COUNT, is_divisible=False) for word in _PIECES}
    known |= {word: Measure(word, Dimension.COUNT) for word in _PACKAGES}
    known["万支"] = _thousands(known["支"], "万")
    for dimension, names in _SCALED.items():
        known |= {name: Measure(name, dimension, Decimal(str(factor))) for name, factor in names.items()}
    return known


def _thousands(piece: Measure, prefix: str) -> Measure:
    """Return the unit of ten thousand or a thousand pieces; it may be divided as long as the pieces stay whole."""
    return Measure(prefix + piece.name, piece.dimension, Decimal(_THOUSANDS[prefix]), piece.is_divisible)


MEASURES: dict[str, Measure] = _dictionary()
_COMPOUND = re.compile(r"(?P<one>\w+)[(/、](?P<other>\w+)\)?")


def find_measure(text: str) -> Measure | None:
    """Return the unit of measure that text names, None if nobody knows it.

    Width and style of brackets make no difference. Two words for a count, 个(卷) or 件/套, are one unit of their own:
    what lies there is the one or the other. Two words for the same, 千克(kg), are the first.
    """
    name = fold(text).replace(" ", "")
    if name in MEASURES:
        return MEASURES[name]
    piece = MEASURES.get(name[1:])
    if piece and piece.dimension is Dimension.COUNT and name[0] in _THOUSANDS:
        return _thousands(piece, name[0])
    found = _COMPOUND.fullmatch(name)
    words = [measure for word in found.groups() if (measure := MEASURES.get(word))] if found else []
    if len(words) != 2:  # noqa: PLR2004 - the one and the other
        return None
    one, other = words
    if one.dimension is other.dimension is Dimension.COUNT:
        return Measure(name, Dimension.COUNT, is_divisible=one.is_divisible or other.is_divisible)
    return one if (one.dimension, one.factor) == (other.dimension, other.factor) else None
