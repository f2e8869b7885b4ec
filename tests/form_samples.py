"""Plain data that forms are drawn from, with long and rare names."""

from typing import Any

Facts = dict[str, Any]

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
GIVEN: Facts = {
    "role": "unit_head",
    "name": LONG[:20],
    "at": AT,
    "decision": "return",
    "text": "重报" * 200,
    "digest": DIGEST,
}
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
PLANNED = {**LINE, "elsewhere": [("去年集中销毁", "7")]}
PLAN: Facts = {
    **{
        name: APPROVAL[name]
        for name in ("unit", "state", "since", "steps", "revision", "digest", "opinions", "made_at")
    },
    **{name: APPROVAL[name] for name in ("by_measure", "weighed", "weight_kg", "value", "unvalued", "methods")},
    "event": LONG,
    "day": "2027-03-15",
    "share": "",
    "submitted_by": LONG[:20],
    "submitted_at": AT,
    "sites": [{"name": LONG, "address": LONG, "is_main": True}],
    "slots": [{"unit": LONG, "site": LONG, "at": AT}],
    "by_method": [{"env_class": "hazardous", "method": "高温焚烧", "lines": 1, "by_measure": SUMS, "value": ""}],
}
PLAN |= {
    "receivers": [
        {
            "env_class": "hazardous",
            "name": LONG,
            "licence": "闽环危废经字第0417号" * 3,
            "licence_until": "2027-12-31",
            "form_no": "3502-2027-00417",
        }
    ],
    "applications": [
        {
            "number": "鹭江市销申〔2026〕1号",
            "unit": LONG,
            "cases": 1,
            "lines": 1,
            "value": "1234567890.12",
            "approved_at": AT,
            "digest": DIGEST[::-1],
        }
    ],
    "units": [
        {
            "name": LONG,
            "applications": 1,
            "cases": 1,
            "by_measure": SUMS,
            "value": "1234567890.12",
            "listed": [
                {"number": "案1号", "decision": "处1号", "application": "鹭江市销申〔2026〕1号", "lines": [PLANNED]}
            ],
        }
    ],
}
COUNTED: Facts = {
    "name": LONG,
    "measure": "个(卷)",
    "place": "A-01-3",
    "book": "1200",
    "first": "1190",
    "second": "1191",
}
COUNTED |= {"recount": "1190", "result": "1190", "has_moved": False, "kind": "破损", "explanation": "裂" * 300}
COUNTED |= {"spoilt": "7"}
EXTRA: Facts = {
    "name": LONG,
    "spec": LONG,
    "measure": "个(卷)",
    "place": "A-01-3",
    "label": "ABCD-EFGH-JKMN",
    "result": "3",
}
EXTRA |= {"found": ["3", "2", "3"], "taken_for": (LONG, "B-2"), "explanation": "标签脱落"}
LOOK = {"condition": "broken", "label": "7KD4-M2QX-9R41", "seal": "封00123", "gross_kg": "12.5"}
BATCH: Facts = {
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
TO_COUNT: Facts = {
    "name": LONG,
    "case": "案1号",
    "spec": LONG,
    "lot": "00295716",
    "measure": "个(卷)",
    "place": "A-01-3",
}
TO_COUNT |= {"code": "ABCD-EFGH-JKMN", "seal": "封00123"}
SHEET: Facts = {
    "unit": "鹭江市市场监督管理局",
    "number": 3,
    "scope": "A-01-3",
    "frozen_at": AT,
    "is_recount": False,
}
SHEET |= {"lines": [TO_COUNT], "batches": [("LJ-01", "集中统一销毁")]}
SIX = dict.fromkeys(("booked", "counted", "approved", "loaded", "received", "destroyed"), "10")
TOTALS = {
    "units": 1,
    "cases": 1,
    "lines": 1,
    "batches": 1,
    "by_measure": SUMS,
    "net_kg": "1.5",
    "value": "",
}
DESTROYED: Facts = {
    "no": 7,
    "item": 1,
    "name": LONG,
    "spec": LONG,
    "measure": "个(卷)",
    "quantity": "12345678.125",
}
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
SLIP = {
    "is_in": True,
    "why": "store_in",
    "unit": "思岭区市场监督管理局",
    "number": "思市监入库〔2026〕12号",
    "at": "2026-11-24T04:00:00+00:00",
    "case": "思市监案字〔2026〕1号",
    "giver": "思岭区市场监督管理局办案人员",
    "receiver": "思岭区市场监督管理局仓库",
    "giver_signs": "林文静",
    "receiver_signs": "赵国华",
    "document": "",
    "proceeds": "",
    "reason": "",
    "people": [("handler", "林文静"), ("custodian", "赵国华")],
    "lines": [{"name": "假酒", "spec": "", "measure": "瓶", "quantity": "1200", "place": "A-01-3"}],
    "totals": [{"measure": "瓶", "quantity": "1200"}],
}
