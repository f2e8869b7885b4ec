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
    "个 只 支 枝 根 条 瓶 盒 罐 听 桶 袋 台 部 辆 架 把 张 片 块 枚 粒 颗 本 册 份 套 双 副 对 顶 床 幅 面 盏 "
    "筒 壶 坛 盘 卷 串 束 朵 株 棵 头 匹 尾 羽 碗 杯 板 组 令 樽 扇 门 座 艘 具 贴 剂 管 节 段 滴  提 打 笼 "
    "发 扎 筐 篮 缸 皿 帖 丸 针 方"
).split()
_PACKAGES = "件 箱 包 捆 批 批次 次 托 车 堆 宗 框".split()
_SCALED = {
    Dimension.COUNT: {"万支": 10_000, "千支": 1_000, "万只": 10_000, "万个": 10_000, "万张": 10_000, "万枚": 10_000,
                      "万粒": 10_000, "万片": 10_000, "万瓶": 10_000, "万条": 10_000, "万件": 10_000, "万盒": 10_000},
    Dimension.MASS: {"公斤": 1, "千克": 1, "kg": 1, "吨": 1_000, "t": 1_000, "万公斤": 10_000, "万吨": 10_000_000, "克": "0.001",
                     "g": "0.001", "斤": "0.5", "市斤": "0.5", "两": "0.05", "毫克": "0.000001", "mg": "0.000001", "担": 50},
    Dimension.VOLUME: {"升": 1, "公升": 1, "l": 1, "毫升": "0.001", "ml": "0.001", "立方米": 1_000, "立方": 1_000, "m3": 1_000},
    Dimension.LENGTH: {"米": 1, "m": 1, "厘米": "0.01", "cm": "0.01", "毫米": "0.001", "千米": 1_000, "公里": 1_000, "码": "0.9144"},
    Dimension.AREA: {"平方米": 1, "平米": 1, "平方": 1, "m2": 1, "亩": "666.667"},
}  # fmt: skip


def _dictionary() -> dict[str, Measure]:
    known = {name: Measure(name, Dimension.COUNT, is_divisible=False) for name in _PIECES}
    known |= {name: Measure(name, Dimension.COUNT) for name in _PACKAGES}
    for dimension, names in _SCALED.items():
        counts = dimension is Dimension.COUNT
        known |= {
            name: Measure(name, dimension, Decimal(str(factor)), is_divisible=not counts)
            for name, factor in names.items()
        }
    return known


MEASURES: dict[str, Measure] = _dictionary()
_COMPOUND = re.compile(r"(?P<one>\w+)[(/、](?P<other>\w+)\)?")


def find_measure(text: str) -> Measure | None:
    """Return the unit of measure that text names, None if nobody knows it.

    Width and style of brackets make no difference. Two words for a count, 个(卷) or 件/套, are one unit of their own:
    what lies there is the one or the other.
    """
    name = fold(text).replace(" ", "")
    if name in MEASURES:
        return MEASURES[name]
    found = _COMPOUND.fullmatch(name)
    words = [MEASURES.get(word) for word in found.groups()] if found else []
    if words and all(word and word.dimension is Dimension.COUNT for word in words):
        return Measure(name, Dimension.COUNT, is_divisible=any(word and word.is_divisible for word in words))
    return None
