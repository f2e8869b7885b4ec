"""The words of the report after an event: the summary, drawn or as a draft to edit, and the tables beside it."""

EVENT = "活动"
TITLE = "{name}活动总结"
UNIT_TITLE = "{unit}参加{name}活动总结"
NUMERALS = "一二三四五六七八九"
HEADING = "{no}、{title}"
FACTS_PART, BY_UNIT, BY_CLASS, BY_MEASURE = "基本情况", "按办案单位", "按物品类别", "按计量单位"
CHARTS_PART, EARLIER_PART, EXCEPTIONS_PART, PICTURES_PART = "统计图", "与往年比较", "例外情况", "图片和资料"
FACTS = (
    "{day}，{organiser}组织开展{name}，在{sites}{span}销毁罚没物品{lines}项，涉及{units}个办案单位的{cases}件案件，"
    "装为{batches}批，净重{net}千克{value}{runs}。{supervisors}{manifest}"
)
UNIT_FACTS = (
    "{day}，{unit}参加{organiser}组织开展的{name}，在{sites}销毁罚没物品{lines}项，涉及{cases}件案件，"
    "装为{batches}批，净重{net}千克{value}。{supervisors}{manifest}"
)
SPAN = "自{span}"
VALUE = "，货值{value}元"
RUNS = "，分{n}个炉次销毁完毕"
SUPERVISORS = "监销人：{names}。"
MANIFEST = "逐项情况见销毁清单（{number}）。"
DIFFERENCES = "六点核对中有{n}项数量不一致，均已书面说明并经他人确认，见销毁清单第三部分。"
NO_DIFFERENCES = "六点核对中各项数量全部一致。"
PICTURES = "本次活动共留存图片{n}张，随本总结另附。"
PLATES = "本次活动共留存图片{n}张，选用{chosen}张如下。"
NO_PICTURES = "本次活动没有留存图片。"
PLATE = "图{no}　{caption}"
PICTURE_APART = "图片另存"
MEASURE_HEADS = ("计量单位", "数量") * 3
SEE_MEASURES = "见“按计量单位”"
FIRST = "此前台账中没有已签发清单的活动，无可比较。"
EARLIER_HEADS = ("活动", "案件", "明细", "批次", "数量（分单位）", "净重", "货值")
EARLIER_EVENT = "{day}\n{name}"
BAR = "{lines}\u00a0项"
BAR_VALUED = "{lines}\u00a0项　{value}\u00a0元"
CHARTS = {
    "unit": "各办案单位",
    "category": "各类别",
    "method": "各销毁方式",
    "month": "入库月份",
    "age": "在库时长",
}
CHARTS_NOTE = "条形长度按明细项数"
MONTH = "{year}年{month}月"
AGES = ("不满3个月", "3个月至6个月", "6个月至1年", "1年以上")
BY_SERVICE = "{lines}\u00a0项无入库记录，按决定书送达日期"
NO_DAY = "未登记入库和送达日期"
PUBLIC_CASE = "{unit}查处一起案件，没收并销毁{categories}类物品{quantity}{value}。"
