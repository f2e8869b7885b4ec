"""The words of the forms of the way to destruction: approval form, count report, count sheet and record per case."""

# The approval form of an application
APPROVAL_TITLE = "罚没物品销毁审批表"
APPROVAL_UNIT, APPROVAL_DAY = "申请单位", "申请日期"
APPLICANT, SUBMISSION = "申 请 人", "提交次数"
NOT_SUBMITTED, SUBMITTED = "尚未提交", "第 {n} 次提交"
STATE = "审批状态"
STATES = {
    "draft": "草稿，未提交",
    "submitted": "审批中",
    "returned": "已退回修改",
    "approved": "已批准",
    "refused": "不同意销毁",
    "withdrawn": "申请已撤回",
}
STATE_AT = "{state}（{day}）"
WAITS_FOR = "{state}，待{step}（第 {n} 步，共 {all} 步）"
CASES, CASES_LISTED = "案　　件", "{cases}，共 {n} 件，见所附物品清单"
CASES_COUNTED = "共 {n} 件，见所附物品清单"
GOODS, GOODS_SUMS = "物品数量", "{lines}：{sums}"
WEIGHT, WEIGHED, NOT_WEIGHED = "重　　量", "{n} 千克（按重量计量的 {lines}）", "未称重，装批时过磅"
VALUE, VALUED, UNVALUED = "货值金额", "{value}（另有 {lines}未登记货值）", "未登记货值"
STORED, STORED_MANY = "存放地点", "共 {n} 处，见所附物品清单"
COUNTS, COUNTS_MANY, COUNTED = "清点核对", "共 {n} 次，见所附物品清单", "第\u00a0{n}\u00a0号（{day}）"
BASIS, REASON = "处理依据", "处理理由"
ATTACHED, ATTACHED_LIST = "附　　件", "物品清单 {lines}"
ATTACHED_COUNTS, ATTACHED_FILES = "清点核对表{counts}", "处罚决定书、照片等案件材料 {n} 份"
METHODS, METHOD_LINES = "销毁方式", "{method} {lines}"
STEPS = {
    "unit_head": "办案机构\n负责人意见",
    "legal": "法制审核\n意　　见",
    "finance": "财务审核\n意　　见",
    "leader": "分管领导\n意　　见",
}
DECISIONS = {"agree": "同意", "return": "退回修改", "refuse": "不同意"}
OPINION = "【{decision}】{text}"
SIGNED_BY, SIGNED_DIGEST = "{name}　　{at}", "签批的摘要 {digest}"
WAITING = "待签批"
DIGEST, NO_DIGEST = "内容摘要\nSHA-256", "尚未提交，没有摘要"
APPROVAL_REMARK = "签批的对象是申请内容的摘要，内容改动一处，摘要即变，须重新签批。本表于 {at} 按台账生成。"
LIST, LIST_UNIT = "附　物品清单", "货值：元　未注明类别的为一般固体废物"
LIST_HEADS = ("序号", "标称名称", "规格（型号）", "单位", "数量", "货值", "方式和类别", "存放", "清点")
LINE_COUNT, LINE_COUNTED = "第 {n} 号", "第 {n} 号\n清点 {quantity}"
TAKEN_OUT = "{day}从本批准中撤出 {quantity}"
NO_DECISION = "未登记处罚决定"
CLASSES, CLASS_HEADS = "按环境类别合计", ("环境类别", "明细", "数量（分单位）", "货值")
EARLIER, EARLIER_HEADS = "以前各次提交的意见", ("环节", "签批人", "意见", "时间")
EARLIER_BAND = "第 {n} 次提交　摘要 {digest}"

# The manifest of an event's plan
PLAN_TITLE = "集中统一销毁拟销毁物品清单（方案）"
PLAN_SHARE_TITLE = "集中统一销毁拟销毁物品清单（方案摘录）"
PLAN_EVENT, PLAN_DAY = "活动名称", "销毁日期"
PLAN_ORGANISER = "组织单位"
PLAN_SUBMITTED_BY, PLAN_SUBMITTED_AT = "提 交 人", "提交时间"
PLAN_STATES = {
    "draft": "草案，未提交",
    "submitted": "待批准",
    "returned": "已退回修改",
    "revised": "批准已失效，修改中",
    "approved": "已批准",
    "refused": "不同意，活动不举行",
    "cancelled": "活动已取消",
}
PLAN_SHARE, PLAN_SHARE_OF = "摘录范围", "只列{units}的到场安排、销毁申请和物品；摘要和签批是整个方案的。"
PLAN_NO_UNIT = "查看人所在单位"
PLAN_EXTENT = "办案单位\u00a0{units}\u00a0个　销毁申请\u00a0{applications}\u00a0件　案件\u00a0{cases}\u00a0件"
PLAN_REMARK = (
    "签批的对象是方案内容的摘要：活动、日期、会场、处置单位、到场安排，以及各销毁申请的编号和摘要。"
    "内容改动一处，摘要即变，须重新签批。本清单于 {at} 按台账生成。"
)
PLAN_ARRANGEMENTS, PLAN_RECEIVERS = "一、安排和批准文书", "（一）处置单位和转移联单"
PLAN_RECEIVER_HEADS = ("环境类别", "处置单位", "许可证编号", "许可证有效期至", "转移联单编号")
PLAN_SLOTS, PLAN_SLOT_HEADS = "（二）到场安排", ("办案单位", "会场", "到场时间")
PLAN_APPLICATIONS, PLAN_VALUE_UNIT = "（三）纳入方案的销毁申请", "货值：元"
PLAN_APPLICATION_HEADS = ("销毁申请编号", "申请单位", "案件", "明细", "货值")
PLAN_APPROVED = "{day}批准　摘要（SHA-256）{digest}"
PLAN_SUMS = "二、汇总"
PLAN_UNIT_HEADS = ("办案单位", "申请", "案件", "明细", "数量（分单位）", "货值")
PLAN_BY_METHOD, PLAN_METHOD_HEADS = (
    "（二）按环境类别和销毁方式",
    ("环境类别", "销毁方式", "明细", "数量（分单位）", "货值"),
)
PLAN_LINES = "三、拟销毁物品明细"
PLAN_LINE_HEADS = ("序号", "标称名称", "规格（型号）", "单位", "数量", "货值", "方式和类别")
PLAN_ELSEWHERE = "其中 {quantity} 已在此前的活动“{event}”装批，不在本次销毁"
PLAN_CONFIRMATION = (
    "以上拟销毁物品共\u00a0{lines}\u00a0项，其名称、规格、单位、数量和销毁方式与已批准的销毁申请\u00a0{applications}\u00a0件"
    "逐项一致。实际销毁的物品以活动结束后签发的销毁清单为准。"
)

# The report of a closed count
REPORT_TITLE = "罚没物品清点核对表"
COUNT_NUMBER = "清点第 {n} 号"
SCOPE, WAY, BLIND = "清点范围", "清点方式", "两人分别清点，盲点"
FROZEN, CLOSED = "账面冻结", "清点结束"
LINES_COUNTED = "清点项数"
COUNT_PEOPLE, PEOPLE_HEADS = "人员和时间", ("职责", "姓名", "完成时间")
COUNT_PART, COUNT_NUMERALS = "{no}、{title}", "一二三四五"
COUNT_PARTS = {
    "planner": "清点发起人",
    "first_counter": "清点人（甲）",
    "second_counter": "清点人（乙）",
    "recounter": "复点人",
    "explainer": "差异说明人",
    "confirmer": "差异确认人",
}
COUNT_LINES, COUNT_UNIT = "清点结果", "数量按该项计量单位"
COUNT_HEADS = ("序号", "标称名称", "单位", "库位", "账面数", "甲清点数", "乙清点数", "复点数", "结果", "差异")
COUNT_SUM = "{lines}　相符 {agreeing}　差异 {differing}　破损 {spoilt}　清点期间有进出 {moved}"
SPOILT, MISPLACED = "其中破损 {quantity}。", "账面在此库位没有，清单外找到。"
CAUSE = "{kind}：{explanation}（说明：{explained_by}　确认：{confirmed_by}）"
MOVED = "清点期间有进出，本次清点对此项不作结论，账面不变。"
COUNT_EXTRAS = "清单外物品（无标签或标签不明）"
EXTRA_HEADS = ("序号", "标称名称和规格", "单位", "库位", "标签", "甲清点数", "乙清点数", "复点数", "结果")
UNLABELLED, TAKEN_FOR = "无标签", "归入清单所列“{name}”（{place}）。"
COUNT_BATCHES, BATCHES_UNIT = "封好的批次", "核对标签、封条号和毛重，不开箱"
BATCH_HEADS = ("序号", "批次和活动", "账面", "甲清点", "乙清点", "复点", "结论")
CONDITIONS = {"whole": "", "broken": "封条破损", "gone": "不在库"}
FAULTS = {"missing": "不在库", "label": "标签不符", "seal": "封条号不符", "broken": "封条破损", "weight": "重量不符"}
AGREES, NO_LABEL, KILOGRAMS = "相符", "无可读标签", "{n} 千克"
TOLERANCE = "重量与账面相差不超过 {n} 千克的视为相符。"
BATCH_MOVED = "清点期间已开箱或出库，本次清点对此批次不作结论。"
COUNT_SUMS = "分单位合计"
COUNT_SUM_HEADS = ("计量单位", "明细", "账面数", "清点结果", "差异")
SUMS_WITHOUT_MOVED = "清点期间有进出的 {lines}不计入合计。"
NO_DIFFERENCES = "清点结果与账面全部相符，没有差异。"
STATEMENT_LABEL = "清点人声明"
STATEMENT = "我已亲自清点上列物品，所填数量为我所见实数；清点前未见账面数。"
JOURNAL, ENTRY = "台账日志", "第 {seq:,} 条　{at}"
ENTRY_DIGEST = "日志摘要\nSHA-256"

# The sheet to count with
SHEET_TITLE = "罚没物品盘点表"
SHEET_HEADS = ("序号", "标称名称和案件", "规格、批号", "单位", "编号和封条", "甲清点数", "乙清点数")
SHEET_BATCH_HEADS = ("序号", "批次和活动", "标签编码", "封条号", "毛重（千克）", "封条情况")
SHEET_BATCHES_UNIT = "不开箱　封条情况填完好、破损或不在库"
RECOUNT_HEADS = (*SHEET_HEADS[:5], "复点数")
SHEET_REMARK = (
    "本表不含账面数。两人各持一份，分别清点，互不参看，只填写本人一栏；没有的填 0，不得留空。"
    "填好后由本人录入台账，原件签名存档。"
)
RECOUNT_REMARK = (
    "本表不含账面数，列出两人清点不一致、须由第三人复点的物品；没有的填 0，不得留空。填好后由本人录入台账。"
)
LOT = "批号 {lot}"
PLACE = "库位：{place}"

# The record of a case
RECORD_TITLE = "涉案物品处理记录"
RECORD_CASE, RECORD_CAUSE, RECORD_PARTY = "案件编号", "案　　由", "当 事 人"
RECORD_DECISION, RECORD_APPROVALS = "处罚决定书", "批准文书"
APPROVED_ON = "{number}（{day}批准）"
RECORD_TIME, RECORD_WAY, RECORD_PLACE = "处理时间", "处理方式", "处理地点"
DESTROYED = "销毁：{methods}"
RECORD_TOTALS, RECORD_VALUE = "销毁数量", "货值金额"
RECORD_HEADS = ("序号", "标称名称", "规格（型号）", "单位", "批准数量", "销毁数量", "批次", "方式", "炉次", "完成")
RECORD_STORY = "处理情况"
STORY = "上列物品共 {lines}，于 {time} 在{sites}销毁 {quantity}，批次、炉次和完成时间见上表。"
STORY_LEFT = "其中 {lines}未销毁，销毁数量记为 0。"
STORY_AGREES = "销毁清单没有记载这些物品的数量差异。"
STORY_DIFFERENCE = (
    "第{no}项{name}：账面 {booked}，清点 {counted}，批准 {approved}，装车 {loaded}，到场 {received}，销毁 {destroyed}"
    "（{measure}）。{kind}：{explanation}（说明：{explained_by}　确认：{confirmed_by}）"
)
RECORD_SUPERVISORS, SUPERVISOR = "监 销 人", "{name}（{organisation}）{at}签名"
RECORD_MANIFEST, MANIFEST_LINES = "销毁清单", "{number}，第 {first} 至 {last} 项"
MANIFEST_LINE = "{number}，第 {first} 项"
MANIFEST_DIGEST = "清单摘要\nSHA-256"
RECORD_STATEMENT_LABEL = "签名人声明"
RECORD_STATEMENT = "以上处理情况我在现场亲历，记录与事实一致。"
RECORD_EXECUTORS, RECORD_WATCHED, RECORD_APPROVER = "执行人（两人）：", "监销人：", "批准机关负责人："
RECORD_SOURCE = "本记录的物品、数量、批次、炉次、时间和批准均摘自已封存的销毁清单数据，与该清单一致。"

# What a manifest says of one unit's goods, and the certificate for a receiver's stamp
EXTRACT_TITLE, EXTRACT_EVENT, EXTRACT_DAY = "罚没物品销毁清单摘录", "活　　动", "销毁日期"
EXTRACT_SIGNERS = ("经办人：", "办案机构负责人：")
EXTRACT_SOURCE = "本摘录的物品、序号、数量、批次、炉次和时间均摘自已封存的销毁清单数据，与该清单一致。"
CERTIFICATE_TITLE, CERTIFICATE_RECEIVER, CERTIFICATE_CLASS = "罚没物品销毁证明", "处置单位", "环境类别"
CERTIFICATE_LICENCE, CERTIFICATE_FORM, CERTIFICATE_LABEL = "许 可 证", "转移联单", "证明事项"
CERTIFICATE_SHARED = "（另有 {n} 项分由几家处置单位销毁，见销毁清单）"
CERTIFICATE_HEADS = ("炉次", "会场和设备", "方式", "开始", "完成", "批次", "净重（千克）")
CERTIFICATE_STATEMENT = (
    "兹证明：我单位接收{bureau}交来的上列各炉次罚没物品，净重共 {net} 千克，已按上列方式和时间全部销毁，没有物品流出。"
)
CERTIFICATE_SIGNERS = ("处置单位（盖章）：", "处置单位经办人：")
