"""Environmental classes of goods (固废法 78–83, 环保部公告 2014 年 18 号)."""

from enum import StrEnum

from ledger.errors import Message, N_


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
