"""Words of papers and opinions that do not depend on the reader: they are Chinese."""

from ledger.destruction.workflow import Method

METHODS = {
    Method.INCINERATION: "焚烧",
    Method.HOT_INCINERATION: "高温焚烧",
    Method.CRUSHING: "粉碎",
    Method.DISMANTLING: "拆解",
    Method.PULPING: "化浆",
    Method.LANDFILL: "填埋",
    Method.CHEMICAL: "化学处理",
}

PHRASES = (
    "同意。",
    "情况属实，同意销毁。",
    "程序合法、材料齐全，同意销毁。",
    "同意，请按规定组织销毁并做好监督。",
)
"""What approvers usually write (常用意见)."""

FOR = "{name}（代{other}）"
"""Who signed as a deputy, and for whom."""

PLAN_PHRASES = ("同意该销毁方案。", "同意，请按方案组织实施，注意安全。")
"""Usual words of who agrees to the plan of an event."""
