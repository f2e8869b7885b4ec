"""The statistics tables (统计报表) of an event as a workbook."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import IO

from ledger.papers import figures
from ledger.papers.content import AfterRun, Manifest, Sum, Totals
from ledger.papers.reported import ChartRow
from ledger.papers.words import ENV_CLASSES
from ledger.reports.breakdown import charts_of
from ledger.reports.workbook import Cell, Row, Sheet, write_workbook

_CHARTS = {"method": "按方式", "month": "按入库月份", "age": "按在库时长"}
_TOTALS = ("案件", "明细", "批次", "数量（分单位）", "净重（千克）", "货值（元）")

_RUN_HEADS = (
    *("炉次", "会场", "方式", "处置单位", "开始", "完成", "批次", "明细", "净重（千克）"),
    *("残余物（千克）", "变价收入（元）", "缴款凭证号", "录像", "监销人签名"),
)


def write_statistics(content: Manifest, target: Path | IO[bytes], *, made_at: datetime) -> None:
    """Write the workbook: sums of several kinds, by run, every line, and what was not as planned."""
    write_workbook(target, _sheets(content), title=content["title"], made_at=made_at)


def _sheets(content: Manifest) -> Iterable[Sheet]:
    yield "按办案单位", ("办案单位", *_TOTALS), [(unit["name"], *_sums(unit["totals"])) for unit in content["by_unit"]]
    yield "按类别", ("环境类别", "类别", "方式", *_TOTALS), _by_category(content)
    yield "按计量单位", ("计量单位", "数量"), [_measured(row) for row in content["totals"]["by_measure"]]
    for chart in charts_of([content]):
        if chart["key"] in _CHARTS:
            heads = (figures.by_service(chart["by_service"]), "案件", "明细", "数量（分单位）", "货值（元）")
            yield _CHARTS[chart["key"]], heads, map(_bar, chart["rows"])
    if content["runs"]:  # a unit's share has none: its lines name theirs
        yield "炉次", _RUN_HEADS, _by_run(content)
    yield "明细", ("序号", "办案单位", "案件", "处罚决定书", "标称名称", "规格（型号）", "计量单位", "数量",
                   "货值（元）", "类别", "环境类别", "方式", "批次", "炉次", "完成"), _lines(content)  # fmt: skip
    yield "差异和例外", ("办案单位", "事项", "处理", "说明人", "确认人"), _exceptions(content)


def _by_category(content: Manifest) -> Iterable[Row]:
    for group in content["by_class"]:
        for row in group["rows"]:
            yield ENV_CLASSES[group["env_class"]], row["category"], row["method"], *_sums(row["totals"])


def _by_run(content: Manifest) -> Iterable[Row]:
    for run in content["runs"]:
        times = run["started_at"], run["finished_at"]
        place = run["number"], run["site"], run["method"], run["receiver"]
        sums = run["batches"], run["lines"], _number(run["net_kg"])
        yield *place, *times, *sums, *(_after(run["after"]) if "after" in run else ())


def _after(after: AfterRun) -> Row:
    signed = "、".join(each["name"] for each in after["signed"])
    left = _number(after["residue_kg"]), _number(after["income"])
    return *left, after["receipt_no"], after["video"], signed


def _lines(content: Manifest) -> Iterable[Row]:
    for unit in content["units"]:
        for case in unit["cases"]:
            papers = case["decision"]
            if "noticed_on" in case:
                papers = figures.notice(case["noticed_on"], case["noticed_until"])
            for line in case["lines"]:
                goods = line["name"], line["spec"], line["measure"], _number(line["quantity"]), _number(line["value"])
                kind = line["category"], ENV_CLASSES[line["env_class"]], line["method"]
                way = "、".join(line["batches"]), "、".join(map(str, line["runs"])), line["finished_at"]
                yield line["no"], unit["name"], case["number"], papers, *goods, *kind, *way


def _exceptions(content: Manifest) -> Iterable[Row]:
    for row in content["differences"]:
        text = f"{row['name']} {row['kind']}"
        yield row["unit"], text, row["explanation"], row["explained_by"], row["confirmed_by"]
    for exception in content["exceptions"]:
        people = exception["resolved_by"], exception["confirmed_by"]
        yield exception["unit"], exception["text"], exception["resolution"], *people


def _bar(row: ChartRow) -> Row:
    return row["label"], row["cases"], row["lines"], _quantities(row["by_measure"]), _number(row["value"])


def _measured(row: Sum) -> Row:
    return row["measure"], _number(row["quantity"])


def _sums(totals: Totals) -> Row:
    counts = totals["cases"], totals["lines"], totals["batches"] or ""
    return *counts, _quantities(totals["by_measure"]), _number(totals["net_kg"]), _number(totals["value"])


def _quantities(by_measure: Iterable[Sum]) -> str:
    return "、".join(f"{Decimal(row['quantity']):,f} {row['measure']}" for row in by_measure)


def _number(text: str) -> Cell:
    """Return a figure as a number; one that is not known stays empty."""
    return Decimal(text) if text else ""
