"""The forms drawn from plain data: long and rare names, many lines. What they say of real data: tests/web."""

from time import perf_counter

import pytest
from pdfs import flowing, fonts_of, text_of

from ledger.papers.approval import draw_approval
from ledger.papers.counting import draw_count_report, draw_count_sheet
from ledger.papers.record import draw_record

LONG = "𬭚䶮𫖮" + "生产工具、皮料、五金、说明书及包装材料" * 3
DIGEST = "0123456789abcdef" * 4
AT = "2026-11-24T12:00:00+08:00"
LINE = {
    "name": LONG,
    "spec": "90mm×120mm",
    "measure": "个(卷)",
    "quantity": "12345678.125",
    "value": "1234567890.12",
    "env_class": "hazardous",
    "method": "高温焚烧",
    "place": "特长库位名称A-01-3",
    "count": "3",
    "counted": "12345678.125",
    "taken_out": "5",
    "taken_out_at": AT,
}
GIVEN = {"role": "unit_head", "name": LONG[:20], "at": AT, "decision": "return", "text": "重报" * 200, "digest": DIGEST}
GIVEN |= {"step": 0, "minutes": "会议纪要〔2026〕5号"}
SUMS = [{"measure": "个(卷)", "quantity": "12345678.125"}]
APPROVAL = {
    "unit": "鹭江市市场监督管理局",
    "number": "鹭江市销申〔2026〕1号",
    "state": "submitted",
    "since": "",
    "steps": [{"role": "unit_head", "is_next": False}, {"role": "legal", "is_next": True}],
    "revision": 2,
    "applicant": "林文静",
    "submitted_at": AT,
    "legal_basis": "法" * 300,
    "reason": "因" * 500,
    "digest": DIGEST,
    "cases": [{"number": "案1号", "decision": "处1号", "party": LONG, "lines": [LINE]}],
    "by_measure": SUMS,
    "weighed": 0,
    "weight_kg": "0",
    "value": "1234567890.12",
    "unvalued": 1,
    "classes": [{"env_class": "hazardous", "lines": 1, "by_measure": SUMS, "value": "1234567890.12"}],
    "methods": [("高温焚烧", 1)],
    "places": ["特长库位名称A-01-3"],
    "counts": [("3", AT)],
    "attached": 4,
    "opinions": [{**GIVEN, "revision": 1}, {**GIVEN, "revision": 2}],
    "made_at": AT,
}
COUNTED = {"name": LONG, "measure": "个(卷)", "place": "A-01-3", "book": "1200", "first": "1190", "second": "1191"}
COUNTED |= {"recount": "1190", "result": "1190", "has_moved": False, "kind": "破损", "explanation": "裂" * 300}
COUNTED |= {"spoilt": "7"}
EXTRA = {"name": LONG, "spec": LONG, "measure": "个(卷)", "place": "A-01-3", "label": "ABCD-EFGH-JKMN", "result": "3"}
EXTRA |= {"found": ["3", "2", "3"], "taken_for": (LONG, "B-2"), "explanation": "标签脱落"}
LOOK = {"condition": "broken", "label": "7KD4-M2QX-9R41", "seal": "封00123", "gross_kg": "12.5"}
BATCH = {
    "number": "LJ-01",
    "event": LONG,
    "found": [LOOK, {**LOOK, "label": "", "seal": ""}, LOOK],
    "tolerance": "0.25",
}
BATCH |= {"faults": ["broken", "weight"], "has_moved": False, "kind": "其他", "explanation": "封条被撕开"}
PARTS = ("planner", "first_counter", "second_counter", "recounter", "explainer", "confirmer")
REPORT = {
    "unit": "鹭江市市场监督管理局",
    "number": 3,
    "scope": "A-01-3、" * 120,
    "frozen_at": AT,
    "closed_at": AT,
    "people": [{"part": part, "name": LONG[:20], "at": AT} for part in PARTS],
    "lines": [COUNTED, {**COUNTED, "has_moved": True, "kind": ""}],
    "extras": [EXTRA],
    "batches": [BATCH],
    "sums": [{"measure": "个(卷)", "lines": 1, "book": "1200", "result": "1190"}],
    "seq": 12345,
    "digest": DIGEST,
}
TO_COUNT = {"name": LONG, "case": "案1号", "spec": LONG, "lot": "00295716", "measure": "个(卷)", "place": "A-01-3"}
TO_COUNT |= {"code": "ABCD-EFGH-JKMN", "seal": "封00123"}
SHEET = {"unit": "鹭江市市场监督管理局", "number": 3, "scope": "A-01-3", "frozen_at": AT, "is_recount": False}
SHEET |= {"lines": [TO_COUNT], "batches": [("LJ-01", "集中统一销毁")]}
SIX = dict.fromkeys(("booked", "counted", "approved", "loaded", "received", "destroyed"), "10")
TOTALS = {"units": 1, "cases": 1, "lines": 1, "batches": 1, "by_measure": SUMS, "net_kg": "1.5", "value": ""}
DESTROYED = {"no": 7, "item": 1, "name": LONG, "spec": LONG, "measure": "个(卷)", "quantity": "12345678.125"}
DESTROYED |= {"value": "", "category": "", "env_class": "general", "method": "焚烧", "batches": ["LJ-01", "LJ-02"]}
DESTROYED |= {"runs": [1, 2], "finished_at": "2026-11-25T12:00:00+08:00", "six": SIX}
RECORD = {
    "unit": "鹭江市市场监督管理局",
    "case": "案1号",
    "cause": "",
    "party": LONG,
    "decision": "",
    "approvals": [{"number": "鹭江市销申〔2026〕1号", "at": AT}],
    "legal_basis": ["《行政处罚法》第七十四条"],
    "sites": ["主会场"],
    "started_at": AT,
    "finished_at": "2026-11-25T12:00:00+08:00",
    "lines": [DESTROYED],
    "totals": TOTALS,
    "differences": [],
    "supervisors": [{"name": LONG[:20], "organisation": "市局", "at": AT}],
    "manifest": "鹭江市销清〔2026〕1号",
    "digest": DIGEST,
    "seq": 190,
    "sealed_at": AT,
}


@pytest.mark.parametrize(
    ("draw", "content", "said"),
    [
        (
            draw_approval,
            APPROVAL,
            ("第2次提交", "1,234,567,890.12", "从本批准中撤出5", "第1次提交摘要" + DIGEST[:4], "材料4份"),
        ),
        (
            draw_count_report,
            REPORT,
            ("第12,345条", "-10", "不作结论", "复点人", "其中破损7", "归入清单所列", "无可读标签", "五、分单位合计"),
        ),
        (draw_count_sheet, SHEET, ("ABCD-EFGH-JKMN", "封00123", "批号00295716", "库位：A-01-3", "LJ-01")),
        (draw_count_sheet, {**SHEET, "is_recount": True}, ("复点数", "须由第三人复点")),
        (draw_record, RECORD, ("LJ-01～02", "25日12:00", "第190条", "第7项")),
    ],
    ids=("approval", "report", "sheet", "recount", "record"),
)
def test_long_and_rare_names_are_there_in_full_on_numbered_pages(tmp_path, draw, content, said):
    pages = draw(content, tmp_path / "form.pdf")

    text = flowing(tmp_path / "form.pdf")
    for words in (*said, f"第{pages}页共{pages}页", DIGEST if draw is draw_record else "鹭江市市场监督管理局"):
        assert words in text, words
    assert all(sign in text for sign in "𬭚䶮𫖮")
    assert text.count("说明书") >= 3
    assert all(row[-5:-2] == ["yes", "yes", "yes"] for row in fonts_of(tmp_path / "form.pdf"))


def test_five_thousand_lines_take_seconds_under_repeated_heads_and_the_state_on_every_page(tmp_path):
    lines = [{**LINE, "name": f"假冒白酒{number}号", "taken_out": ""} for number in range(1000)]
    cases = [{"number": f"案{number}号", "decision": "", "party": "x", "lines": lines} for number in range(5)]

    start = perf_counter()
    pages = draw_approval({**APPROVAL, "cases": cases}, tmp_path / "form.pdf")

    assert perf_counter() - start < 20
    texts = text_of(tmp_path / "form.pdf").split("\f")[:pages]
    assert all("审批中" in text for text in texts)
    assert all("标称名称" in text for text in texts[2:-3])
    assert sum(text.count("假冒白酒") for text in texts) == 5000
    assert "5,000" in texts[0]
