"""Words of the sealed content that do not depend on the reader: it is a Chinese paper."""

from datetime import datetime
from zoneinfo import ZoneInfo

from ledger.duties import Part
from ledger.events.photos import PhotoStage
from ledger.manifests.workflow import Open, Way
from ledger.permissions import Role
from ledger.scanning.rules import Seal
from ledger.stocktake.workflow import Cause

_BEIJING = ZoneInfo("Asia/Shanghai")

TEMPLATE = 4
"""Version of these words and of the order on paper; raised by every change of either."""

TITLE = "{日期}集中统一销毁罚没物品清单"
REHEARSED = "演练"
"""Before title and number of what is only rehearsed."""
NUMBER = "{单位}销清〔{年份}〕{序号}号"
LEGAL_BASIS = [
    "《中华人民共和国行政处罚法》第七十四条",
    "《中华人民共和国商标法》第六十条、第六十三条",
    "《罚没财物管理办法》",
]

CAUSES = {
    Cause.DAMAGE: "破损",
    Cause.LOSS: "遗失",
    Cause.CLERICAL: "笔误",
    Cause.WRONG_PLACE: "错放",
    Cause.SURPLUS: "盘盈",
    Cause.OTHER: "其他",
}

OPEN_POINTS = {
    Open.NOT_LOADED: "应到未装车",
    Open.NOT_RECEIVED: "装车后未到场",
    Open.NOT_DESTROYED: "到场后未销毁",
    Open.SCAN: "扫码未入账",
    Open.LOAD: "过磅净重与装批重量不符",
    Open.DEPARTURE: "装车交接单未经双方签名",
    Open.ARRIVAL: "到场交接单未经双方签名",
    Open.RUN_PICTURES: "销毁前、销毁、残余物影像不齐全",
    Open.RUN_RESIDUE: "未记录残余物",
    Open.RUN_SIGNATURES: "未经两名监销人签名",
}

WAYS = {
    Way.STAYS_PACKED: "原封存放于办案单位仓库",
    Way.TURNED_BACK: "原封退回办案单位仓库",
    Way.RETURNED: "由会场退回办案单位仓库",
    Way.MISSING: "短缺，已经他人确认",
    Way.NOTED: "已书面说明",
}

PHOTOGRAPHERS = {
    Role.REGISTRAR: "经办人",
    Role.CUSTODIAN: "保管员",
    Role.UNIT_HEAD: "办案机构负责人",
    Role.ORGANISER: "活动组织人",
    Role.SITE_STAFF: "现场人员",
}

PHOTO_STAGES = {
    PhotoStage.PACKING: "装批",
    PhotoStage.LOADING: "装车",
    PhotoStage.ARRIVAL: "入场",
    PhotoStage.OPENING: "启封",
    PhotoStage.BEFORE: "销毁前",
    PhotoStage.DESTRUCTION: "销毁",
    PhotoStage.REMAINS: "残余物",
    PhotoStage.SCENE: "现场",
}

ROLES = {
    Role.UNIT_HEAD: "办案机构负责人",
    Role.LEGAL: "法制审核",
    Role.FINANCE: "财务（资产）审核",
    Role.LEADER: "分管领导",
}

SAMPLE = "{number} 开箱清点：{goods}；原封条 {seal_found}{seal}，新封条 {new_seal}"
SAMPLE_LINE = "{name} {found} {measure}"
SAMPLE_DIFFERS = "{name} {found} {measure}（装批数 {packed}）"
SEALS = {Seal.WHOLE: "完好", Seal.BROKEN: "破损"}
AS_PACKED = "与装批记录相符"
NOT_AS_PACKED = "与装批记录不符"
SAMPLE_LIFTED = "{reason}（{writer}说明，{confirmer}确认）"

LATE = "{numbers} 约定 {agreed}，最后到场 {arrived}"
LATE_TAKEN = "到场后照常核对、接收"
WEIGHT = "{number} 到场毛重 {weighed} 千克，装批毛重 {packed} 千克，相差 {difference} 千克"
LOAD_WEIGHT = "{plate} 过磅净重 {net} 千克，装批毛重合计 {packed} 千克，相差 {difference} 千克"
OF_LOAD = "{plate}（第 {number} 车）{point}"
OF_RUN = "第 {number} 炉 {point}"
WEIGHT_NOTED = "超出允许误差，如实记录"

NO_CATEGORY = "未分类"
SUPERVISOR = "监销人"

STATEMENTS = [
    (
        "我在{会场}，自{开始}至{结束}，亲眼见到本清单{会场}各炉次的物品启封、核对、投料并销毁完毕，"
        "数量与清单一致，没有物品流出。"
    ),
    "我核对了随机抽取的若干批物品，开箱数量与清单相符；过磅数由我当场抄录并核对；销毁过程我全程在场。",
    "我亲眼见到各批次封条完好，启封、投料、销毁均在我面前进行，残余物已无法恢复使用。",
]


def moment(at: datetime) -> str:
    """Return a point in Beijing time as sentences have it: 2027年3月15日 09:14."""
    here = at.astimezone(_BEIJING)
    return f"{here.year}年{here.month}月{here.day}日 {here:%H:%M}"


PARTS = {Part.CHECKER: "装批复核人", Part.APPLICANT: "申请人"}
"""The parts of duties that can be waived."""
