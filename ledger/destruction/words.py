"""Words of papers and opinions that do not depend on the reader: they are Chinese."""

from ledger.destruction.workflow import Decision, Method, Treatment

METHODS = {
    Method.INCINERATION: "焚烧",
    Method.HOT_INCINERATION: "高温焚烧",
    Method.CRUSHING: "粉碎",
    Method.DISMANTLING: "拆解",
    Method.PULPING: "化浆",
    Method.LANDFILL: "填埋",
    Method.CHEMICAL: "化学处理",
}


def treated(treatment: Treatment) -> str:
    """Return how goods are destroyed, as papers say it."""
    if treatment.container is None:
        return METHODS[treatment.contents]
    return f"内容物{METHODS[treatment.contents]}、容器{METHODS[treatment.container]}"


PHRASES: dict[Decision, tuple[str, ...]] = {
    Decision.AGREE: (
        "同意。",
        "情况属实，同意销毁。",
        "程序合法、材料齐全，同意销毁。",
        "同意，请按规定组织销毁并做好监督。",
    ),
    Decision.RETURN: (
        "材料不齐，请补正后再报。",
        "数量与清点结果不符，请核对后再报。",
        "销毁方式不当，请调整后再报。",
    ),
    Decision.REFUSE: (
        "不符合销毁条件，不同意销毁。",
        "应依法作其他处理，不同意销毁。",
    ),
}
"""What approvers usually write (常用意见)."""

FOR = "{name}（代{other}）"
"""Who signed as a deputy, and for whom."""

PLAN_PHRASES: dict[Decision, tuple[str, ...]] = {
    Decision.AGREE: ("同意该销毁方案。", "同意，请按方案组织实施，注意安全。")
}
"""Usual words of who agrees to the plan of an event."""
