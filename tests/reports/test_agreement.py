"""Whatever was destroyed, all papers say the same figures: manifest, extracts, workbook, summary, draft and pages."""

from collections import Counter
from decimal import Decimal
from itertools import count

import orjson
import paper_samples as samples
import pytest
from databases import ON_SQLITE
from days import Day, approved_lines, issue, plan_day
from docx import Document
from factories import NOON
from hypothesis import example, given, settings
from hypothesis import strategies as st
from occasions import make_batch
from openpyxl import load_workbook
from pdfs import flowing
from sqlalchemy import select

from ledger.cases.models import Case
from ledger.goods.classes import EnvClass
from ledger.journal.service import writing
from ledger.manifests import closing
from ledger.manifests.workflow import Way
from ledger.papers import figures
from ledger.papers.draft import write_draft
from ledger.papers.extract import draw_extract
from ledger.papers.manifest import draw_manifest
from ledger.papers.record import draw_record
from ledger.papers.report import draw_report
from ledger.reports.breakdown import charts_of
from ledger.reports.plan import Planned, plan_of
from ledger.reports.record import record_of
from ledger.reports.share import share_of
from ledger.reports.statistics import write_statistics
from ledger.reports.summary import extract_of, summary_of

pytestmark = ON_SQLITE
NUMBERS = count()
FEN = Decimal("0.01")
ROWS = st.fixed_dictionaries(
    {
        "of_district": st.booleans(),
        "measure": st.sampled_from(["瓶", "公斤", "张"]),
        "thousandths": st.integers(3, 5_000_000),
        "value": st.one_of(st.none(), st.integers(1, 10**9)),
        "category": st.sampled_from(["酒类", "食品", ""]),
        "parts": st.lists(st.booleans(), min_size=1, max_size=3),  # each whether it is destroyed
    }
)


HALVES = {"of_district": False, "measure": "公斤", "thousandths": 3000, "value": 101, "category": "食品"}
"""Half of it is worth half a fen more than whole fen: two such lines must not make a fen of nothing."""


def make_event(session, cast, rows) -> Day:
    """Return a day on which so much of each row was packed, in so many parts, and some of these were destroyed."""
    made = []
    for row in rows:
        facts = {name: row[name] for name in ("measure", "value", "category")}
        quantity = Decimal(row["thousandths"]).scaleb(-3) if row["measure"] == "公斤" else Decimal(row["thousandths"])
        unit = cast.district if row["of_district"] else cast.bureau
        made.append((approved_lines(session, cast, unit, 1, quantity=quantity, **facts)[0], row["parts"]))
    day = plan_day(session, cast, [cast.bureau, cast.district], EnvClass.GENERAL, organiser=cast.bureau)
    going = []
    for line, parts in made:
        for left, is_going in zip(range(len(parts), 0, -1), parts, strict=True):
            part = line.open if left == 1 else (line.open / left).quantize(Decimal("0.001"))
            day.batches.append(make_batch(session, cast, day.event, [line], quantity=part, seal=f"封{next(NUMBERS)}"))
            going += day.batches[-1:] if is_going else []
    day.open()
    day.destroy(*going)
    day.end()
    for point in closing.open_points(session, day.event):
        with writing(session):
            said = {"way": Way.STAYS_PACKED, "text": "车辆满载", "writer": cast.zhao, "confirmer": cast.liu}
            closing.resolve(session, day.event, point, **said, at=NOON)
    return day


def added(lines):
    """Return the sums of lines of a manifest: how many, quantities by unit of measure, value in yuan."""
    quantities = Counter()
    for line in lines:
        quantities[line["measure"]] += Decimal(line["quantity"])
    return (
        sum(Decimal(line["quantity"]) != 0 for line in lines),
        {measure: quantity for measure, quantity in quantities.items() if quantity},
        sum((Decimal(line["value"] or 0) for line in lines), Decimal(0)),
    )


def said(row):
    """Return the sums that a row of totals or of a chart says, as added() does."""
    return row["lines"], quantities(row), Decimal(row["value"] or 0)


def quantities(row):
    """Return how much there is of each unit of measure."""
    return {each["measure"]: Decimal(each["quantity"]) for each in row["by_measure"]}


def joined(rows):
    """Return the sums of rows, as added() does."""
    counts, sums, values = zip(*map(said, rows), strict=True) if rows else ((), (), ())
    total = Counter()
    for each in sums:
        total.update(each)
    return sum(counts), dict(total), sum(values, Decimal(0))


def check_plan(session, event, content):
    """Check that as much was planned as the manifest says was approved."""
    planned = plan_of(Planned(session, event, {event.unit_id}), at=NOON)
    [approved] = [point for point in content["points"] if point["point"] == "approved"]
    assert quantities(planned) == quantities(approved)


def in_draft(path):
    """Return all that a draft says, without spaces."""
    document = Document(str(path))
    cells = (cell.text for table in document.tables for row in table.rows for cell in row.cells)
    return "".join("".join(text.split()) for text in (*(each.text for each in document.paragraphs), *cells))


def in_workbook(path):
    """Return what the workbook says of all lines, as added() does."""
    rows = [[cell.value for cell in row] for row in load_workbook(path)["明细"].iter_rows()]
    named = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    lines = [
        {"measure": row["计量单位"], "quantity": str(row["数量"]), "value": str(row["货值（元）"] or 0)}
        for row in named
    ]
    count, quantities, value = added(lines)
    return count, quantities, value.quantize(FEN)


@pytest.fixture
def check(app, session, cast, visit, tmp_path):
    """A function that compares all that is made of a day."""

    def check(day):
        manifest = issue(app, day)
        content = orjson.loads(manifest.content)
        everything = [line for unit in content["units"] for case in unit["cases"] for line in case["lines"]]
        truth = added(everything)
        assert said(content["totals"]) == truth
        assert joined([unit["totals"] for unit in content["by_unit"]]) == truth
        check_plan(session, day.event, content)
        by_class = joined([row["totals"] for group in content["by_class"] for row in group["rows"]])
        assert by_class[1:] == truth[1:]
        for chart in charts_of([content]):
            assert joined(chart["rows"]) == truth, chart["key"]
        whole = check_papers(content, "", truth)
        for unit in content["units"]:
            share = share_of(content, unit["code"], pictures=0)
            own = added([line for case in unit["cases"] for line in case["lines"]])
            assert said(share["totals"]) == own
            assert joined([row["totals"] for group in share["by_class"] for row in group["rows"]]) == own
            check_papers(share, unit["name"], own)
            for case in unit["cases"]:
                row = session.scalars(select(Case).filter_by(number=case["number"])).one()
                record = record_of(session, manifest, row)
                assert said(record["totals"]) == added(record["lines"]) == added(case["lines"])
                draw_record(record, tmp_path / "record.pdf")
                assert all(figure in flowing(tmp_path / "record.pdf") for figure in printed(added(case["lines"])))
            draw_extract(extract_of(manifest, share), tmp_path / "extract.pdf")
            text = flowing(tmp_path / "extract.pdf")
            assert all(figure in text for figure in printed(own))
            assert all(f"{line['no']}" in text for case in unit["cases"] for line in case["lines"])
        proof = samples.proof(manifest.content)
        draw_manifest(content, manifest.content, proof, lambda _: None, tmp_path / "manifest.pdf")
        assert all(figure in flowing(tmp_path / "manifest.pdf") for figure in whole)
        page = visit("chen").get(f"/reports/charts?event={day.event.id}").text
        assert all(figure in "".join(page.split()).replace('<spanclass="u">', "") for figure in whole)

    def printed(sums):
        _, quantities, value = sums
        each = [f"{figures.number(str(quantity))}{measure}" for measure, quantity in quantities.items()]
        return [*each, figures.money(str(value))] if value else each

    def check_papers(content, unit, truth):
        report, expected = summary_of(content, unit=unit), printed(truth)
        draw_report(report, tmp_path / "r.pdf", {})
        write_draft(report, tmp_path / "r.docx", {})
        write_statistics(content, tmp_path / "r.xlsx", made_at=NOON)
        drawn, draft = flowing(tmp_path / "r.pdf"), in_draft(tmp_path / "r.docx")
        for measure, quantity in truth[1].items():
            pair = f"{measure}{figures.number(str(quantity))}"
            assert pair in drawn
            assert pair in draft
        if truth[2]:
            assert figures.money(str(truth[2])) in drawn
            assert figures.money(str(truth[2])) in draft
        assert f"销毁罚没物品{truth[0]:,}项" in drawn
        assert f"销毁罚没物品{truth[0]:,}项" in draft
        assert in_workbook(tmp_path / "r.xlsx") == truth
        return expected

    return check


@settings(max_examples=5)
@example(rows=[{**HALVES, "parts": [True, False]}, {**HALVES, "parts": [False, True]}])
@given(rows=st.lists(ROWS, min_size=1, max_size=4).filter(lambda rows: any(any(row["parts"]) for row in rows)))
def test_every_paper_and_page_says_the_same_to_the_last_digit(session, cast, check, rows):
    check(make_event(session, cast, rows))
