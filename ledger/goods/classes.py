"""Environmental classes of goods (固废法 78–83, 环保部公告 2014 年 18 号)."""

import re
from enum import StrEnum

from ledger.errors import N_, Message


class EnvClass(StrEnum):
    """What kind of waste goods become."""

    GENERAL = "general"
    ELECTRONIC = "electronic"
    HAZARDOUS = "hazardous"


ENV_CLASS_NAMES: dict[EnvClass, Message] = {
    EnvClass.GENERAL: N_("General waste"),
    EnvClass.ELECTRONIC: N_("Electronic waste"),
    EnvClass.HAZARDOUS: N_("Hazardous waste"),
}


def _any_of(words: str) -> re.Pattern[str]:
    return re.compile("|".join(words.split()))


_HAZARDOUS = _any_of(
    "药 农资 油漆 涂料 机油 润滑油 汽油 柴油 燃气 钢瓶 烟花 爆竹 电池 化学 消毒 杀虫 胶水 溶剂 医疗废物 硫酸 甲醛"
)
_ELECTRONIC = _any_of("电器 手机 电脑 充电器 电子 电视 打印机 硒鼓 加油机 计量器具 耳机 显示器 主机 路由器 灯具")


def propose_class(category: str, name: str) -> EnvClass:
    """Return the class that the words suggest; a person decides."""
    words = category + name
    if _HAZARDOUS.search(words):
        return EnvClass.HAZARDOUS
    return EnvClass.ELECTRONIC if _ELECTRONIC.search(words) else EnvClass.GENERAL


TOBACCO = "卷烟 香烟 假烟 烟草 烟丝 烟叶 雪茄 滤嘴棒 电子烟".split()


def is_tobacco(category: str, name: str) -> bool:
    """Whether the words speak of tobacco, which the tobacco bureau takes over (烟草专卖法实施条例)."""
    return any(word in category + name for word in TOBACCO)
