"""The statistics tables say what the sealed content says, as numbers and words and never as formulas."""

from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import orjson
import pytest
from databases import ON_SQLITE
from days import approved_lines, issue, make_day, pack, plan_day
from docx import Document
from factories import NOON, make_case
from openpyxl import load_workbook
from pdfs import flowing
from sqlalchemy import select

from ledger.cases.service import register_lines, store_in
from ledger.goods.classes import EnvClass
from ledger.goods.lines import Line
from ledger.goods.models import Item
from ledger.goods.queries import stored_since
from ledger.journal.service import writing
from ledger.papers.draft import write_draft
from ledger.papers.report import draw_report
from ledger.reports.statistics import write_statistics
from ledger.reports.summary import summary_of

pytestmark = ON_SQLITE
MADE_AT = datetime(2027, 3, 15, 9, tzinfo=UTC)
EVIL = ("=1+1", "+1", "-1", "@SUM(A1)", "{=1}", "http://example.org/")


@pytest.fixture
def content(app, session, cast):
    day = make_day(session, cast, batches=2, lines=2)
    day.destroy()
    day.end()
    return orjson.loads(issue(app, day).content)


def sheets_of(content, folder):
    write_statistics(content, folder / "t.xlsx", made_at=MADE_AT)
    book = load_workbook(folder / "t.xlsx")
    return {sheet.title: [list(row) for row in sheet.iter_rows()] for sheet in book}


def values_of(row):
    return [cell.value for cell in row]


def test_the_figures_are_those_of_the_sealed_content(content, tmp_path):
    sheets = sheets_of(content, tmp_path)

    assert list(sheets) == [
        *("按办案单位", "按类别", "按计量单位", "按方式", "按入库月份", "按在库时长"),
        *("炉次", "明细", "差异和例外"),
    ]
    [unit] = sheets["按办案单位"][1:]
    totals = content["totals"]
    figures = [totals["cases"], totals["lines"], totals["batches"]]
    assert values_of(unit)[1:] == [*figures, "40 瓶", float(totals["net_kg"]), float(totals["value"])]
    assert [values_of(row) for row in sheets["按计量单位"][1:]] == [["瓶", 40]]
    [run] = sheets["炉次"][1:]
    assert values_of(run)[6:9] == [2, 4, 24]
    lines = sheets["明细"][1:]
    assert [values_of(row)[0] for row in lines] == [1, 2, 3, 4]
    assert sum(row[7].value for row in lines) == 40
    assert sum(Decimal(str(row[8].value)) for row in lines) == Decimal(totals["value"])
    assert len(sheets["差异和例外"]) == 1


@pytest.mark.parametrize("name", EVIL)
def test_no_name_becomes_a_formula_or_a_link(content, tmp_path, name):
    hostile = deepcopy(content)
    line = hostile["units"][0]["cases"][0]["lines"][0]
    line["name"] = line["spec"] = line["measure"] = hostile["by_unit"][0]["name"] = name

    sheets = sheets_of(hostile, tmp_path)

    cells = [cell for rows in sheets.values() for row in rows for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert not [cell for cell in cells if cell.hyperlink]
    assert [cell.value for cell in sheets["明细"][1]][4:7] == [name] * 3
    assert sheets["按办案单位"][1][0].value == name


def test_what_is_not_known_stays_empty(content, tmp_path):
    content["units"][0]["cases"][0]["lines"][0]["value"] = ""

    assert sheets_of(content, tmp_path)["明细"][1][8].value in (None, "")


def test_ownerless_goods_name_their_notice_for_a_decision(content, tmp_path):
    notice = {"decision": "", "noticed_on": "2026-09-01", "noticed_until": "2026-10-31"}
    content["units"][0]["cases"][0] |= notice

    assert "2026年9月1日至2026年10月31日" in sheets_of(content, tmp_path)["明细"][1][3].value


def test_months_and_ages_go_by_the_intake_and_all_say_for_how_many_lines_by_the_decision(
    app, session, cast, visit, tmp_path
):
    stored = approved_lines(session, cast, cast.bureau, 2, stored_on=date(2026, 9, 10))
    served = approved_lines(session, cast, cast.bureau, 1)  # in February
    day = plan_day(session, cast, [cast.bureau], EnvClass.GENERAL, organiser=cast.bureau)
    day.batches += [pack(day, lines) for lines in (stored, served)]
    day.open()
    day.destroy()
    day.end()
    content = orjson.loads(issue(app, day).content)

    sheets = sheets_of(content, tmp_path)
    draw_report(summary_of(content, unit=""), tmp_path / "r.pdf", {})
    write_draft(summary_of(content, unit=""), tmp_path / "r.docx", {})
    page, drawn = visit("chen").get("/reports/charts").text, flowing(tmp_path / "r.pdf")

    rows = {"按入库月份": ["2026年2月", "2026年9月"], "按在库时长": ["不满3个月", "6个月至1年"]}
    for (sheet, labels), lines in zip(rows.items(), ([1, 2], [2, 1]), strict=True):
        head, *found = map(values_of, sheets[sheet])
        assert head[0] == "1\u00a0项无入库记录，按决定书送达日期"
        assert [(row[0], row[2]) for row in found] == list(zip(labels, lines, strict=True))
        for text in (drawn, page):
            assert all(label in text for label in labels)
    assert drawn.count("1项无入库记录") == 2
    assert [each.text for each in Document(str(tmp_path / "r.docx")).paragraphs].count(head[0]) == 2
    assert page.count("1 项没有入库记录") == 2


def test_the_intake_is_the_first_time_that_goods_came_into_the_store(session, cast):
    case = make_case(session, cast)
    with writing(session):
        lines = [Line(name=name, measure="瓶", quantity=Decimal(12), category="酒类") for name in "甲乙"]
        first, _ = register_lines(session, case, lines, by=cast.lin, at=NOON)
        for day, part in ((1, 5), (0, 7)):
            at = NOON - timedelta(days=day)
            people = {"handler": cast.lin, "custodian": cast.zhao}
            store_in(session, case, {first: Decimal(part)}, location="A-1", **people, at=at)

    found = stored_since(session, session.scalars(select(Item)).all())

    assert found == {first: NOON.date() - timedelta(days=1)}


def test_the_same_content_makes_the_same_bytes(content, tmp_path):
    for name in ("a.xlsx", "b.xlsx"):
        write_statistics(content, tmp_path / name, made_at=MADE_AT)

    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
