"""A manifest as one might be: invented goods of invented cases, with figures that agree with each other.

Tests draw it, and `python tools/paper_samples.py LINES` draws one of so many lines and says how long that took.
"""

import hashlib
import json
import math
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile

import orjson
from PIL import Image

from ledger.papers import content as c
from ledger.papers.manifest import draw_manifest
from ledger.papers.reported import ReportData

DAY = "2027-03-15"
UNITS = [
    "综合执法支队",
    "海仓区市场监督管理局",
    "湖东区市场监督管理局",
    "云溪县市场监督管理局",
    "云溪县市场监督管理局城关市场监督管理所",
]
DECISIONS = ["鹭市监执处罚", "海市监处罚", "湖市监处罚", "云处罚", "云城关处罚"]
GOODS = [
    ("侵权假冒白酒（茅台、五粮液、牛栏山等）", "52～53%vol 500mL", "瓶", "酒类", "general", "倾倒破碎"),
    ("假冒洗衣液", "2kg/瓶", "瓶", "日化用品", "general", "焚烧"),
    ("𬭚合金眼镜架（标称“䶮牌”）", "48-20-145", "副", "其他", "general", "焚烧"),
    ("不合格电缆线", "BV 2.5mm²", "米", "电线电缆", "general", "剪切破碎"),
    ("盖被、垫被、电动车手套、儿童被枕两件套、冬装", "", "件（套）", "纺织品", "general", "焚烧"),
    ("非法加油点加油机", "CS30 单枪", "台", "计量器具", "electronic", "拆解"),
    ("假冒医疗器械", "", "批次", "医疗器械", "hazardous", "危废焚烧"),
    ("报废及虚标使用年限不合格钢瓶", "YSP35.5 液化石油气钢瓶", "个", "特种设备", "general", "剪切破碎"),
    ("假冒伪劣药品", "", "件", "药品", "hazardous", "危废焚烧"),
    ("生产工具、皮料、五金、说明书等", "", "个（卷）", "制假工具", "general", "剪切破碎"),
    ("奶制品、饮料、调味品、食用油等8类72种罚没食品", "", "吨", "食品", "general", "焚烧"),
    ("假酒名片、小广告（标称“𫖮记”）", "90mm×120mm", "张", "印刷品", "general", "碎解制浆"),
]
LINES_PER_CASE = 6
RUNS = {"焚烧": 1, "倾倒破碎": 2, "剪切破碎": 3, "拆解": 4, "危废焚烧": 5, "碎解制浆": 6}


def at(clock: str, day: str = DAY) -> str:
    """Return a moment of the day in Beijing."""
    return f"{day}T{clock}:00+08:00"


def manifest(lines: int = 74, **changes: object) -> c.Manifest:
    """Return a manifest of so many lines, with changes to it."""
    units = _units(lines)
    cases = [case for unit in units for case in unit["cases"]]
    every = [line for case in cases for line in case["lines"]]
    made: c.Manifest = {
        "schema": c.SCHEMA,
        "template": 1,
        "bureau": "鹭江市市场监督管理局",
        "title": "2027年“3·15”假冒伪劣商品集中统一销毁活动销毁清单",
        "number": "鹭市监销〔2027〕1号",
        "legal_basis": [
            "《中华人民共和国行政处罚法》第七十四条",
            "《中华人民共和国商标法》第六十条",
            "《中华人民共和国固体废物污染环境防治法》第七十八条至第八十三条",
            "《罚没财物管理办法》（财税〔2020〕54号）",
        ],
        "event": event(),
        "totals": totals(every, units=len(units), cases=len(cases)),
        "by_unit": [{"code": unit["code"], "name": unit["name"], "totals": unit["totals"]} for unit in units],
        "by_class": _by_class(every),
        "receivers": _receivers(),
        "runs": [_run(method, number, every) for method, number in RUNS.items()],
        "units": units,
        "points": _points(every),
        "differences": _differences(units),
        "exceptions": exceptions(),
        "approvals": [_approval(unit, number) for number, unit in enumerate(units, 1)],
        "plan": _plan(),
        "supervisors": [_supervision("监销人甲", "纪检监察组派员", 0), _supervision("监销人乙", "财政局派员", 1)],
        "closed_by": "活动组织人甲",
        "closed_at": at("17:12"),
        "pictures": _pictures(),
        "pictures_in_all": 218,
    }
    return {**made, **changes}  # type: ignore[typeddict-item]


def event() -> c.Event:
    """Return a day with a main and a branch site."""
    sites: list[c.Site] = [
        {"name": "鹭江市东部固体废物综合处置中心", "address": "海仓区东孚路88号", "is_main": True},
        {"name": "云溪县再生资源分拣中心", "address": "", "is_main": False},
    ]
    return {
        "id": 3,
        "name": "2027年“3·15”假冒伪劣商品集中统一销毁活动",
        "day": DAY,
        "organiser": "鹭江市市场监督管理局",
        "sites": sites,
        "started_at": at("09:18"),
        "finished_at": at("13:27"),
    }


def totals(lines: Sequence[c.ManifestLine], *, units: int = 1, cases: int = 1) -> c.Totals:
    """Return the sums over lines; each batch weighs 12.5 kg."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        found[line["measure"]] += Decimal(line["quantity"])
    batches = {batch for line in lines for batch in line["batches"]}
    greatest = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
    return {
        "units": units,
        "cases": cases,
        "lines": len(lines),
        "batches": len(batches),
        "by_measure": [{"measure": measure, "quantity": str(quantity)} for measure, quantity in greatest],
        "net_kg": str(Decimal("12.5") * len(batches)),
        "value": str(sum((Decimal(line["value"] or 0) for line in lines), Decimal())),
    }


def exceptions() -> list[c.ExceptionRow]:
    """Return two exceptions of two kinds, so that four kinds have none."""
    late: c.ExceptionRow = {
        "kind": "late",
        "unit": UNITS[2],
        "text": "批次 HD-02 至 HD-04",
        "at": at("08:48"),
        "resolution": "车辆08:48到场，晚于预约时段18分钟，已书面说明，封条完好",
        "resolved_by": "现场人员甲",
        "confirmed_by": "活动组织人甲",
    }
    sample: c.ExceptionRow = {
        "kind": "sample",
        "unit": "",
        "text": "57 批中抽取 6 批",
        "at": at("09:05"),
        "resolution": "抽取种子取自日志检查点，开箱 6 批，全部相符",
        "resolved_by": "",
        "confirmed_by": "监销人甲、乙",
    }
    return [late, sample]


def proof(data: bytes, **changes: object) -> c.Proof:
    """Return a proof in shape, for a log that does not exist."""
    digest = hashlib.sha256(data).hexdigest()
    made: c.Proof = {
        "sha256": digest,
        "sm3": hashlib.sha256(digest.encode()).hexdigest(),
        "seq": 18_412,
        "sealed_at": at("17:20"),
        "size": 18_415,
        "root": hashlib.sha256(b"root").hexdigest(),
        "checkpoint_at": at("17:21"),
        "key": "ledger.ljscjg.example+4f1c2a90+AWvevqvQ/cb8qW/pp3yPvhQG4QC7V81lNFLwDMoGuwBMFA==",
        "tlog_proof": "c2sp.org/tlog-proof@v1\nindex 18411\n",
        "compact": hashlib.shake_256(b"compact").hexdigest(465).upper(),
        "certificate": "鹭江市市场监督管理局　序列号 3A17 90C4 5E21 08BF　有效期 2027年1月1日至2037年1月1日",
        "is_trial_seal": True,
        "verify_url": "https://ledger.ljscjg.example/verify/7K3M9Q2XTA5C",
    }
    return {**made, **changes}  # type: ignore[typeddict-item]


def report(**changes: object) -> ReportData:
    """Return the report on the event of a manifest."""
    from ledger.reports.summary import summary_of  # noqa: PLC0415 - loads the tables, which drawing does without

    of, before = manifest(), manifest(40)
    before["event"] = {**before["event"], "name": "2026年集中统一销毁", "day": "2026-03-15"}
    made = summary_of(of, earlier=[before])
    made["title"] = "2027年“3·15”假冒伪劣商品集中统一销毁活动总结"
    made["made_at"] = at("09:00", "2027-03-20")
    return {**made, **changes}  # type: ignore[typeddict-item]


def canonical(made: c.Manifest) -> bytes:
    """Return the bytes that are sealed."""
    return orjson.dumps(made, option=orjson.OPT_SORT_KEYS)


def photographs(made: c.Manifest) -> dict[str, bytes]:
    """Return a picture for each of the manifest but the last, which is kept apart."""
    return {row["sha256"]: photograph(row["no"]) for row in made["pictures"][:-1]}


def photograph(no: int) -> bytes:
    """Return a picture of one colour."""
    packed = BytesIO()
    Image.new("RGB", (640, 480), (40 * no % 255, 120, 160)).save(packed, "JPEG")
    return packed.getvalue()


def _units(lines: int) -> list[c.ManifestUnit]:
    numbers = range(1, lines + 1)
    share = max(1, math.ceil(lines / len(UNITS)))
    return [_unit(place, numbers[start : start + share]) for place, start in enumerate(range(0, lines, share))]


def _unit(place: int, numbers: Sequence[int]) -> c.ManifestUnit:
    starts = range(0, len(numbers), LINES_PER_CASE)
    cases = [_case(place, start, numbers[start : start + LINES_PER_CASE]) for start in starts]
    lines = [line for case in cases for line in case["lines"]]
    return {
        "code": f"U{place}",
        "name": UNITS[place],
        "totals": totals(lines, cases=len(cases)),
        "cases": cases,
    }


def _case(place: int, start: int, numbers: Iterable[int]) -> c.ManifestCase:
    lines = [_line(place, no) for no in numbers]
    number = 100 + start // LINES_PER_CASE
    return {
        "number": f"案字〔2026〕{number}号",
        "decision": f"{DECISIONS[place]}〔2026〕{number}号",
        "served_on": "2026-06-22",
        "totals": totals(lines),
        "lines": lines,
    }


def _line(place: int, no: int) -> c.ManifestLine:
    name, spec, measure, category, env_class, method = GOODS[no % len(GOODS)]
    booked = "0.016" if measure == "吨" else str(no * 37 % 900 + 4)
    quantity = str(int(booked) - 2) if no % 29 == 0 and measure != "吨" else booked
    first = no // 3
    return {
        "no": no,
        "item": 1000 + no,
        "name": name,
        "spec": spec,
        "measure": measure,
        "quantity": quantity,
        "value": str(Decimal(quantity) * 12),
        "category": category,
        "env_class": env_class,
        "method": method,
        "batches": [f"B{place}-{first + step:02}" for step in range(1 + no % 3)],
        "runs": [RUNS[method]],
        "finished_at": at(f"{9 + no % 4:02}:{20 + no % 40}"),
        "six": _six(booked, quantity),
    }


def _six(booked: str, destroyed: str) -> c.SixPoints:
    return {
        "booked": booked,
        "counted": booked,
        "approved": booked,
        "loaded": destroyed,
        "received": destroyed,
        "destroyed": destroyed,
    }


def _by_class(lines: Sequence[c.ManifestLine]) -> list[c.ClassGroup]:
    groups: list[c.ClassGroup] = []
    for env_class in ("general", "electronic", "hazardous"):
        own = [line for line in lines if line["env_class"] == env_class]
        kinds = sorted({(line["category"], line["method"]) for line in own})
        rows: list[c.CategoryRow] = [
            {"category": category, "method": method, "totals": totals([x for x in own if x["category"] == category])}
            for category, method in kinds
        ]
        if own:
            groups.append({"env_class": env_class, "rows": rows, "totals": totals(own)})
    return groups


def _receivers() -> list[c.ReceiverRow]:
    return [
        {
            "env_class": "general",
            "name": "鹭江市东部固体废物处置有限公司",
            "licence": "鹭环固证第0031号",
            "form_no": "",
            "net_kg": "40436.3",
        },
        {
            "env_class": "hazardous",
            "name": "鹭江市危险废物处置中心",
            "licence": "鹭环危证第0012号",
            "form_no": "2027350200000418",
            "net_kg": "3059.2",
        },
    ]


def _run(method: str, number: int, lines: Sequence[c.ManifestLine]) -> c.RunRow:
    own = [line for line in lines if line["method"] == method]
    batches = {batch for line in own for batch in line["batches"]}
    return {
        "number": number,
        "site": "主会场",
        "method": method,
        "receiver": "鹭江市东部固体废物处置有限公司",
        "started_at": at("09:18"),
        "finished_at": at("13:27"),
        "batches": len(batches),
        "lines": len(own),
        "net_kg": str(Decimal("12.5") * len(batches)),
    }


def _points(lines: Sequence[c.ManifestLine]) -> list[c.PointRow]:
    sums = totals(lines)["by_measure"]
    people = [["保管员甲", "经办人乙"], ["清点人甲", "清点人乙"], ["分管领导甲", "主要负责人乙"]]
    people += [["保管员甲", "押运人丙"], ["现场人员甲", "现场人员乙"], ["现场人员丙", "监销人甲"]]
    return [
        {"point": point, "by_measure": sums, "people": who, "at": at("08:05"), "differences": place % 2}
        for place, (point, who) in enumerate(zip(_six("1", "1"), people, strict=True))
    ]


def _differences(units: Sequence[c.ManifestUnit]) -> list[c.Difference]:
    lines = [(unit["name"], line) for unit in units for case in unit["cases"] for line in case["lines"]]
    return [_difference(unit, line) for unit, line in lines if line["six"]["booked"] != line["six"]["destroyed"]]


def _difference(unit: str, line: c.ManifestLine) -> c.Difference:
    return {
        "no": line["no"],
        "unit": unit,
        "name": line["name"],
        "measure": line["measure"],
        "six": line["six"],
        "kind": "运输破损",
        "explanation": "运输中破损2件，残余物随批次一并销毁，已转“短缺（破损）”账户；押运人、现场人员共同说明。",
        "explained_by": "押运人丙",
        "confirmed_by": "复核人甲",
    }


def _approval(unit: c.ManifestUnit, number: int) -> c.Approval:
    steps = [("办案机构", "办案机构负责人甲", "同意报批"), ("法制审核", "法制审核人乙", "期限届满，可以处置")]
    steps += [("财务审核", "财务审核人丙", "账实相符"), ("审批", "分管领导丁", "同意销毁")]
    return {
        "number": f"鹭市监销审〔2027〕{number}号",
        "unit": unit["name"],
        "cases": unit["totals"]["cases"],
        "lines": unit["totals"]["lines"],
        "value": unit["totals"]["value"],
        "digest": hashlib.sha256(unit["name"].encode()).hexdigest(),
        "steps": _steps(steps),
    }


def _plan() -> c.Approval:
    return {
        "number": "鹭市监销批〔2027〕1号",
        "unit": "鹭江市市场监督管理局",
        "cases": 0,
        "lines": 0,
        "value": "",
        "digest": hashlib.sha256(b"plan").hexdigest(),
        "steps": _steps([("提请", "活动组织人甲", "提请批准活动方案"), ("审批", "主要负责人乙", "同意，按期组织")]),
    }


def _steps(steps: Sequence[tuple[str, str, str]]) -> list[c.Step]:
    return [
        {"step": n, "role": role, "name": name, "opinion": opinion, "at": at("10:12", "2027-03-02"), "how": "password"}
        for n, (role, name, opinion) in enumerate(steps, 1)
    ]


def _supervision(name: str, organisation: str, place: int) -> c.Supervision:
    wave = [[20.0 + 3 * step, 60 + 40 * math.sin(step / 4 + place), step * 8.0, 0.5] for step in range(80)]
    return {
        "name": name,
        "organisation": organisation,
        "capacity": "监督人",
        "site": "主会场",
        "statement": "我在主会场，自2027年3月15日 09:18至13:27，亲眼见到本清单主会场各炉次的物品启封、核对、投料"
        "并销毁完毕，数量与清单一致，没有物品流出。",
        "strokes": {"width": 300, "height": 130, "strokes": [wave, [[40, 100, 0, 0.5], [250, 90, 9, 0.5]]]},
        "signed_at": "2027-03-15T16:42:08+08:00",
        "digest": hashlib.sha256(name.encode()).hexdigest(),
    }


def _pictures() -> list[c.Picture]:
    stages = [
        ("装车前", "批次 B0-01，封条号 封282509"),
        ("到场过磅", "毛重 18,420 千克"),
        ("销毁中", "炉次 1，2号焚烧炉"),
    ]
    return [
        {
            "no": no,
            "stage": stage,
            "at": at("08:12"),
            "subject": subject,
            "sha256": hashlib.sha256(photograph(no)).hexdigest(),
            "role": "现场人员甲",
        }
        for no, (stage, subject) in enumerate(stages, 1)
    ]


def main() -> None:
    """Draw a manifest of as many lines as asked for; print seconds, and how large process and file are."""
    made = manifest(int(sys.argv[1]))
    data = canonical(made)
    with TemporaryFile() as target:
        start = time.perf_counter()
        draw_manifest(made, data, proof(data), photographs(made).get, target)
        seconds = time.perf_counter() - start
        kilobytes = target.tell() >> 10
    print(json.dumps({"seconds": seconds, "megabytes": most_megabytes(), "kilobytes": kilobytes}))


def most_megabytes() -> int:
    """Return how large this process was at most; getrusage would count its parent's size, too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) >> 10


if __name__ == "__main__":
    main()
