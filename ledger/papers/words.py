"""The words of the papers, version 1. Papers are Chinese in every language of the pages: they are official documents.

A change of words or order gets a new VERSION, which manifest.json carries. A sentence stands here once, with its facts
in braces; the drawing code decides which of them are true and leaves out the others.
"""

VERSION = 1

ENV_CLASSES = {"general": "一般固体废物", "electronic": "电子废物", "hazardous": "危险废物"}
NONE = "无"
REHEARSAL, REHEARSAL_MARK = "演练", "演练 REHEARSAL"
NOTHING = "—"
END = "以　下　空　白"
CONTINUED = "（续）"
TOTAL = "合计"
DIGEST = "摘要"
PAGE = "第 {page} 页　共 {pages} 页"
UNITS = "净重：千克　货值：元"

# Labels
LABELS = "批次标签"
CALIBRATION = "校准页　{sheet}　此线长 50 毫米"
LOCATION_LABELS = "库位标签"
LOCATION_ROWS = ("单位", "位置")
LABEL_ROWS = ("单位", "物品", "封条", "方式")
MORE_NAMES = "等{n}项"
PIECE = "第 {n} 件　共 {all} 件"

# Slips of the store
SLIP_IN, SLIP_OUT = "入库单", "出库单"
SLIP_NUMBER = "编号：{number}"
SLIP_CASE, SLIP_WHY, SLIP_FROM, SLIP_TO = "案件编号", "事　　由", "交　　方", "收　　方"
SLIP_DOCUMENT, SLIP_PROCEEDS, SLIP_REASON, SLIP_PEOPLE = "凭据文书", "所得价款", "理　　由", "经 手 人"
SLIP_REASONS = {
    "store_in": "办案人员移交入库",
    "sample": "取样送检",
    "sample_back": "样品退回入库",
    "return_to_party": "退还当事人",
    "return_to_rights_holder": "返还权利人",
    "transfer": "移送",
    "auction": "拍卖",
    "donation": "捐赠",
    "public_warehouse": "移交公物仓",
    "scrap": "变卖残值",
}
OFFICERS, STORE, WITH_OFFICERS = "{unit}办案人员", "{unit}仓库", "办案人员处"
PARTS = {"handler": "移交人", "custodian": "保管员", "approver": "批准人"}
SLIP_PERSON = "{part}　{name}"
SLIP_HEADS = ("序号", "标称名称", "规格（型号）", "单位", "数量", "库位")
SLIP_GIVES, SLIP_TAKES = "交：", "收："
HAND_OVER_TITLES = {"departure": "装车交接单", "arrival": "到场交接单"}
HAND_OVER_NUMBERS = {"departure": "装车交接", "arrival": "到场交接"}
HAND_OVER_FACTS = ("活　　动", "会　　场", "车 牌 号", "驾 驶 员", "押 运 人", "过　　磅", "处置单位")
HAND_OVER_SITES = "、"
HAND_OVER_PAPERS = "{name}　许可证 {licence}（有效期至{until}）　联单 {form_no}"
HAND_OVER_WEIGHED = "毛重 {gross} 千克　皮重 {tare} 千克　净重 {net} 千克"
HAND_OVER_HEADS = {
    "departure": ("序号", "批次", "环境类别", "封条号", "封条", "装批毛重", "复称毛重", "装车时间"),
    "arrival": ("序号", "批次", "环境类别", "封条号", "封条", "装批毛重", "到场毛重", "到场时间"),
}
HAND_OVER_COUNT = "{n}批"
HAND_OVER_SEALS = {"whole": "完好", "broken": "破损", "": "未检查"}
HAND_OVER_STATES = {"": "", "refused": "未接收", "missing": "未到场"}
HAND_OVER_SIGNERS = {
    "hands_over": "交（办案单位）：{name}",
    "sets_out": "收（押运人）：{name}",
    "arrives": "交（押运人）：{name}",
    "takes_over": "收（会场）：{name}",
}
HAND_OVER_DIGEST = "双方在屏幕上签名，所签内容摘要（SHA-256）：{digest}"
SLIP_DAY = "　　　　年　　月　　日"

# Title page
SAMPLE_MARK = "样张，不是销毁清单"
COPY = "000001"
TITLE_BREAKS = ("20", "侵犯", "制售", "假冒", "集中", "公开", "统一", "罚没", "销毁", "活动", "清单", "总结")
"""Where a title of two lines may be broken by sense."""
PLACES = "会　　场"
MAIN_SITE, BRANCH_SITE = "主会场：", "分会场："
TIME = "销毁时间"
TIME_REMARK = "{span}（北京时间，共{runs}个炉次）"
APPROVED_BY = "批准文书"
PLAN_APPROVED_BY = "活动批准：{number}"
LEGAL_BASIS = "法律依据"
EXTENT = "范　　围"
EXTENT_FACTS = (
    "办案单位\u00a0{units}\u00a0个　案件\u00a0{cases}\u00a0件　明细\u00a0{lines}\u00a0项　批次\u00a0{batches}\u00a0批"
)
QUANTITY = "数　　量\n（分单位）"
NET = "净　　重"
KILOGRAMS, YUAN = "{n} 千克", "{n} 元"
VALUE = "货值金额"
VALUE_IN_CAPITALS = "货值大写"
SUMS_REMARK = "数量按计量单位分别合计，不同单位不相加。净重为所在批次的过磅净重。"
VALUE_REMARK = "货值为登记的认定数。"
FURTHER_MEASURES = "其余计量单位见第一部分。"
TRIAL_SEAL = "本件使用本系统自制的试用印章签章，不是依法设立的电子认证机构签发的电子印章，仅用于试用和核验程序。"

# 一、汇总
SUMMARY = "一、汇总"
BY_UNIT = "（一）按办案单位"
BY_UNIT_HEADS = ("办案单位", "案件", "明细", "批次", "数量（分单位）", "净重", "货值")
SEE_TITLE_PAGE = "见首页“数量（分单位）”"
BY_CLASS = "（二）按物品类别、环境类别和销毁方式"
BY_CLASS_HEADS = ("物品类别", "销毁方式", "明细", "数量（分单位）", "净重", "货值")
RECEIVERS = "（三）处置单位和转移联单"
RECEIVER_HEADS = ("环境类别", "处置单位", "许可证编号", "转移联单编号", "净重")
NOT_NEEDED = "不适用"
RUNS = "（四）炉次"
AFTER = "残余物、变价收入和炉次结束签名"
AFTER_HEADS = ("炉次", "残余物（千克）", "变价收入（元）", "缴款凭证号", "录像", "监销人签名")
SIGNED_HOW = {"screen": "{name}", "paper": "{name}（纸质）"}
RUN_HEADS = ("炉次", "会场", "方式", "开始", "完成", "批次", "明细", "净重")
NET_UNIT = "净重：千克"
LINES, CASES = "{n}\u00a0项", "{n}\u00a0案"

# 二、销毁明细
DETAILS = "二、销毁明细"
CONTENTS_HEADS = ("办案单位", "案件", "明细", "序号", "页码")
CONTENTS_RANGE = "{first} 至 {last}"
LINE_HEADS = ("序号", "标称名称", "规格（型号）", "单位", "数量", "批次", "方式", "炉次", "完成")
FURTHER_HEADS = {"brand": "品牌", "lot": "批号", "price": "单价"}
PARTY = "{number}　当事人：{party}"
SERVED = "{day}送达"
NOTICE = "无主财物公告　{start}至{end}"
TOTAL_FACTS = "合计\u00a0{units}\u00a0个办案单位　{cases}\u00a0件案件　{lines}\u00a0项"
LINES_LEFT = "另有\u00a0{n}\u00a0项未销毁，见第三部分"
LEFT = "未销毁"
PAGE_LINES = "本页 {n} 项，序号 {first} 至 {last}"
PAGE_AGREES = "本页品种、数量与现场记录核对一致"
CONFIRMATION = (
    "以上物品共\u00a0{项数}\u00a0项、{批数}\u00a0批，其名称、规格、单位、数量与处罚决定书、销毁审批、装车扫描、"
    "到场过磅和销毁扫描逐项核对一致{差异}；批次启封前封条完好；{例外}无其他物品混入，无物品流出。"
)
DIFFERENCES_LISTED = "，差异已在第三部分列明并经他人确认"
EXCEPT_LISTED = "除第三部分所列外，"

# 三、六点核对和例外情况
CHECKS = "三、六点核对和例外情况"
POINTS = "（一）六点"
POINT_HEADS = ("环节", "比较的数量（分单位）", "责任人", "时间", "差异（项）")
POINT_NAMES = {
    "booked": "账面",
    "counted": "清点",
    "approved": "批准",
    "loaded": "装车",
    "received": "到场",
    "destroyed": "销毁",
}
UNIT_CHECKS = "（二）按办案单位核对"
UNIT_CHECK_HEADS = ("六点一致", "有差异")
UNIT_OF_LINES = "单位：项"
UNIT = "办案单位"
DIFFERENCES = "（三）差异"
DIFFERENCE_UNIT = "数量按该项计量单位"
DIFFERENCE_HEADS = ("序号", "标称名称", "单位", *POINT_NAMES.values(), "差异")
DIFFERENCE_REMARK = "办案单位：{unit}　类型：{kind}　说明人：{explained_by}　确认：{confirmed_by}\n{explanation}"
NO_DIFFERENCES = "各项在六点上的数量全部一致，没有差异。"
EXCEPTIONS = "（四）例外情况"
EXCEPTION_HEADS = ("情形", "批次或物品", "处理", "确认")
EXCEPTION_KINDS = {
    "not_arrived": "应到未到",
    "unlisted": "清单外到场",
    "late": "迟到",
    "held": "暂缓",
    "other": "其他情况",
    "sample": "随机开箱抽检",
}
RESOLVED = "{text}（{by}）"
SAMPLED = (
    "抽检批次在全部封存、活动开始之后抽取：每个办案单位取“种子:标签码前九位”的\u00a0SHA-256\u00a0最小的批次，种子是活动开始"
    "那条日志的摘要；参加抽取的\u00a0{n}\u00a0批列在所附数据的\u00a0sampling\u00a0中，任何人都可以重算。种子：{seed}"
)
WAIVERS = "（五）岗位分离的例外"
WAIVER_HEADS = ("人员", "例外", "理由", "有效期至", "批准")
WAIVER = "{parts}为同一人\n批次 {batches}"
NO_WAIVERS = "无。"

# 四、审批
APPROVALS = "四、审批"
APPROVALS_REMARK = "每一步签批的对象是申请内容的摘要；内容改动一处，摘要即变，须重新签批。"
APPROVAL_HEADS = ("步骤", "环节", "签批人", "意见", "时间", "确认方式")
APPROVAL_FACTS = "{cases}\u00a0案　{lines}\u00a0项　{value}摘要\u00a0{digest}"
PLAN_FACTS = "摘要\u00a0{digest}"
PLAN = "集中销毁活动"
CONFIRMED_BY = {"password": "密码", "passkey": "通行密钥", "totp": "动态口令", "one-time code": "动态口令"}

# 五、监销
SUPERVISION = "五、监销"
SUPERVISORS_APART = "监销人与申请人、审批人、清点人、装批人和扫描人均不是同一人。"
SUPERVISION_REMARK = "监销人在现场屏幕上手写签名，系统保存笔迹的坐标和时间；每人所签内容的摘要印在其签名下方。"
SIGNATURE = "（签名）"
SIGNATURE_DIGEST = "签名摘要 {digest}"
ISSUE = "清单签发"
ISSUER = "签发人"
ORGANISER, ORGANISER_NAMED = "活动组织人", "{role}：{name}"
SIGN_HERE = "（签名处）"
ELECTRONIC_HERE = "（有个人电子签名证书的，可在此签署）"
CLOSED = "活动办结：{at}"
PAPER_COPY = "纸质件另行签名盖章的，以加盖骑缝章的全部页为准；与电子件不一致的，以可验证的电子件为准。"

# 六、图片资料
PICTURES = "六、图片资料"
PICTURE_TITLE = "图{no}　{stage}"
PICTURE_ROLE = "拍摄：{role}"
PICTURE_DIGEST = "SHA-256 {digest}"
PICTURE_APART = "（图片另存）"
PICTURES_PRINTED = "本部分选印{n}张。本次活动共留存图片{all}张；每张图片的摘要在上传时写入日志链。"
PICTURES_LISTED = "没有选印的图片"
PICTURE_HEADS = ("图号", "阶段", "内容", "拍摄时间", "SHA-256", "拍摄")
NO_PICTURES = "本部分没有选印图片。本次活动共留存图片{all}张。"

# 七、证明
PROOF = "七、证明"
PROOF_REMARK = (
    "本页供任何人不依赖本系统独立核验。核验需要三样东西：本 PDF、公开的日志公钥、核验程序（仅用 Python 标准库）。"
)
OFFLINE, ONLINE = "甲　离线证明", "乙　在线核验"
OFFLINE_TITLE, ONLINE_TITLE = "甲码证明什么", "乙码证明什么"
OFFLINE_MEANS = (
    "清单数据的摘要记在第 {seq:,} 条日志，该条包含在检查点所签的 {size:,} 条之内，此后任何改写都会被发现。无需网络。"
)
ONLINE_MEANS = "打开核验网页上传本 PDF，核对签章、签名域是否齐全、文件摘要与日志是否相符。"
NO_ADDRESS = "本系统没有设定公开网址，未印在线核验码。"
PROOF_ROWS = (
    "清单编号",
    "数据摘要\nSHA-256",
    "数据摘要\nSM3",
    "日志位置",
    "检查点",
    "检查点根",
    "日志公钥",
    "签章证书",
    "附件",
)
POSITION = "第 {seq:,} 条　{at}（+08:00）"
CHECKPOINT = "{size:,} 条　{at}（+08:00）"
ATTACHED = "manifest.json（清单数据）　proof.tlog-proof（离线证明）"
CHECKING = "核验步骤"
CHECKING_STEPS = (
    "从本 PDF 取出附件 manifest.json 和 proof.tlog-proof；",
    "运行 python3 verify_manifest.py manifest.json proof.tlog-proof 公钥，公钥从公开渠道取得，应答 OK；",
    "核对程序显示的摘要前12位与每页页脚的“摘要”相同；纸质件逐页核对；",
    "整个文件与回执一并核验：python3 verify_manifest.py manifest.pdf manifest.receipt 公钥。",
)
# The store ledger of a period
STATEMENT_TITLE = "罚没物品台账"
STATEMENT_TITLES = {"month": "月报", "quarter": "季报", "half_year": "半年报", "year": "年报"}
STATEMENT_OF = "{title}（{kind}）"
STATEMENT_UNIT, STATEMENT_WITH_BELOW = "单位：{unit}", "单位：{unit}（含下级单位）"
STATEMENT_PERIOD = "期间：{first}至{last}"
STATEMENT_SO_FAR = "截至 {at}"
STATEMENT_GROUPS = {"held": "一、保管合计", "custody": "二、执法人员保管", "store": "三、仓库"}
STATEMENT_SHEETS = {"held": "保管合计", "custody": "执法人员保管", "store": "仓库"}
STATEMENT_FORMULA = "期初＋增加－减少＝期末"
STATEMENT_HEADS = ("计量单位", "期初结存", "本期增加", "其中", "本期减少", "其中", "期末结存", "其中")
STATEMENT_REMARK = (
    "数量按计量单位分别结算，不同单位不相加。按记入台账的时间（北京时间）划分期间。已装批、已装车、已入场和送检的物品，"
    "在销毁或处置完毕前计入仓库。"
)
STATEMENT_VEILED, BEING_COUNTED = "标“清点中”的，有物品正在盲点，制表人参加清点，清点结束前不显示数量。", "清点中"
STATEMENT_CLOSED = "本期已于 {at} 结账：保管员 {custodian}，复核人 {checker}，日志第 {entry:,} 条。"
STATEMENT_SEALED = "结账数据摘要（SHA-256）：{digest}"
STATEMENT_DIFFERS = "注意：现有流转记录与结账时封存的数字不一致，本表不得使用，请核查台账并报告。"
STATEMENT_ABOUT = "说明"
STATEMENT_SIGNERS = ("制表人", "保管员", "单位负责人")
STATEMENT_DRAWN_UP = "制表日期：{day}"
# The report to finance
FINANCE_TITLE = "罚没财物清查盘存和处置情况"
FINANCE_PARTS = {"whole": "一、总体情况", "by_category": "二、按物品类别", "by_unit": "三、按单位"}
FINANCE_SHEETS = {"whole": "总体情况", "by_category": "按物品类别", "by_unit": "按单位"}
FINANCE_NOTE = "货值、价款单位：元"
FINANCE_HEADS = ("项目", "案件", "明细", "数量（分单位）", "货值", "所得价款")
FINANCE_SHEET_HEADS = ("项目", "案件", "明细（项）", "其中未登记货值（项）", "货值（元）", "所得价款（元）")
FINANCE_PART = "类别或单位"
FINANCE_SIDES = {"opening": "期初结存", "came": "本期增加", "went": "本期处置和减少", "closing": "期末结存"}
FINANCE_CAUSE = "　其中：{cause}"
FINANCE_UNVALUED = "另有 {n} 项未登记"
FINANCE_NO_CATEGORY = "未分类"
FINANCE_REMARK = (
    "数量按计量单位分别结算，不同单位不相加。货值为登记的认定数，部分移出的按数量折算；未登记货值的，不计入货值。"
    "同一案件、同一项物品在一行中只计一次。所得价款以处置时登记的金额为准，应当上缴国库。"
    "按记入台账的时间（北京时间）划分期间。"
)
FINANCE_SIGNERS = ("填报人", "保管员", "财务负责人", "单位负责人")
FINANCE_BY, FINANCE_TO = "填报单位（盖章）", "报送"
FINANCE_TO_WHOM = "同级财政部门"
CAUSES = {
    "register": "登记",
    "opening_balance": "期初入账",
    "store_in": "入库",
    "sample_consumed": "样品耗用",
    "destroy": "销毁",
    "void_destroy": "撤销销毁",
    "confirm_missing": "确认短缺",
    "found_again": "找回",
    "book_surplus": "盘盈入账",
    "counter_entry": "冲正",
    "returned": "退还",
    "transferred": "移送",
    "auctioned": "拍卖",
    "donated": "捐赠",
    "reallocated": "移交公物仓",
    "scrapped": "变卖",
}
ACCOUNTS = {
    "seized": "执法人员",
    "stored": "在库",
    "packed": "已装批",
    "loaded": "已装车",
    "received": "已入场",
    "sampled": "送检",
}
# The chain of custody of a line
CUSTODY_TITLE = "罚没物品流转记录"
CUSTODY_FACTS = (
    "物品编号",
    "办案单位",
    "案件编号",
    "当事人",
    "处罚决定书",
    "标称名称",
    "品牌、规格\n和批号",
    "类别",
    "登记数量",
    "货值金额",
)
CUSTODY_REGISTERED = "{day}登记"
CUSTODY_STEPS, CUSTODY_HELD = "一、流转", "二、现在何处"
CUSTODY_UNIT = "数量单位：{measure}"
CUSTODY_STEP_HEADS = ("序号", "时间", "事项", "从", "到", "数量", "经手人", "日志")
CUSTODY_HELD_HEADS = ("所在", "数量", "其中已申请", "最近清点")
CUSTODY_SOURCE = (
    "以上\u00a0{steps}\u00a0次流转摘自台账日志，日志当时共\u00a0{entries}\u00a0条；"
    "“日志”一栏是各次流转在日志中的序号。时间为北京时间。"
)

DATA_DESCRIPTION, PROOF_DESCRIPTION = "清单数据", "离线证明"
