"""Words of papers that do not depend on the reader: they are Chinese."""

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
