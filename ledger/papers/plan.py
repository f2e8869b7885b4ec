"""The manifest of an event's plan (拟销毁物品清单): what is to be destroyed where, by whom, and who approved it."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, TypedDict

from ledger.papers import figures, words
from ledger.papers import form_words as forms
from ledger.papers.approval import AppliedLine
from ledger.papers.content import Site, Sum
from ledger.papers.deciding import (
    Decided,
    draw_earlier,
    draw_goods,
    draw_methods,
    draw_steps,
    lines_said,
    state_said,
)
from ledger.papers.fonts import check_printable
from ledger.papers.paper import Paper
from ledger.papers.pdf import About
from ledger.papers.table import Band, Item, Remark, Row, Table, columns

_RECEIVERS = (25, 47, 31, 25, 28)
_SLOTS = (62, 62, 32)
_APPLICATIONS = (50, 52, 13, 13, 28)
_UNITS = (44, 12, 12, 12, 50, 26)
_METHODS = (26, 32, 13, 59, 26)
_LINES = (9, 42, 28, 12, 19, 23, 23)


class PlannedReceiver(TypedDict):
    """Who takes the goods of one class, under which papers; empty where the class needs none."""

    env_class: str
    name: str
    licence: str
    licence_until: str
    form_no: str


class PlannedSlot(TypedDict):
    """When a unit arrives at which site."""

    unit: str
    site: str
    at: str


class PlannedLine(AppliedLine):
    """Goods of one line at one location."""

    elsewhere: list[tuple[str, str]]
    """Earlier events for which some of it was packed, and how much; that is approved, but not for this event."""


class PlannedCase(TypedDict):
    """The lines of one case in one application."""

    number: str
    decision: str
    """As the paper prints it."""
    application: str
    lines: list[PlannedLine]


class PlannedUnit(TypedDict):
    """The goods of one unit."""

    name: str
    applications: int
    cases: int
    by_measure: list[Sum]
    value: str
    listed: list[PlannedCase]


class PlannedApplication(TypedDict):
    """An approved application that the plan covers, and what was signed of it."""

    number: str
    unit: str
    cases: int
    lines: int
    value: str
    approved_at: str
    digest: str


class MethodSum(TypedDict):
    """The goods of one environmental class that are destroyed in one way."""

    env_class: str
    method: str
    lines: int
    by_measure: list[Sum]
    value: str


class Plan(Decided):
    """What the paper says; its state is a key of form_words.PLAN_STATES. Nothing names a party."""

    unit: str
    event: str
    day: str
    share: str
    """The units whose arrivals and goods alone it names; empty where it names all."""
    submitted_by: str
    submitted_at: str
    sites: list[Site]
    receivers: list[PlannedReceiver]
    slots: list[PlannedSlot]
    applications: list[PlannedApplication]
    units: list[PlannedUnit]
    by_method: list[MethodSum]


def draw_plan(plan: Plan, target: BinaryIO | Path) -> int:
    """Draw the paper and return how many pages it has. Raises NotPrintable if no font has a character of it."""
    check_printable(plan)
    at = datetime.fromisoformat(plan["made_at"]).astimezone(figures.BEIJING)
    title = forms.PLAN_SHARE_TITLE if plan["share"] else forms.PLAN_TITLE
    paper = Paper(
        target,
        about=About(title=f"{title} {plan['event']}", author=plan["unit"], made_at=at),
        head=(f"{title}　{plan['unit']}", figures.day(plan["day"])),
        digest=figures.short_digest(plan["digest"]),
        mark=forms.PLAN_STATES[plan["state"]],
    )
    revision = forms.SUBMITTED.format(n=plan["revision"]) if plan["revision"] else forms.NOT_SUBMITTED
    paper.form_head(plan["unit"], title, revision)
    _draw_facts(paper, plan)
    draw_steps(paper, plan)
    paper.y += 1
    paper.note(forms.PLAN_REMARK.format(at=figures.moment(plan["made_at"])))
    _draw_arrangements(paper, plan)
    _draw_sums(paper, plan)
    paper.part(forms.PLAN_LINES, forms.LIST_UNIT)
    Table(paper, columns(forms.PLAN_LINE_HEADS, _LINES, "CllcRRl")).draw(_items(plan))
    draw_earlier(paper, plan)
    paper.end()
    paper.paragraph(
        forms.PLAN_CONFIRMATION.format(lines=f"{_count(plan):,}", applications=f"{len(plan['applications']):,}")
    )
    return paper.finish()


def _draw_facts(paper: Paper, plan: Plan) -> None:
    submitted = figures.moment(plan["submitted_at"]) if plan["submitted_at"] else forms.NOT_SUBMITTED
    sites = [
        f"{words.MAIN_SITE if site['is_main'] else words.BRANCH_SITE}{_site(site)}"
        for site in sorted(plan["sites"], key=lambda site: not site["is_main"])
    ]
    extent = forms.PLAN_EXTENT.format(
        units=len(plan["units"]),
        applications=len(plan["applications"]),
        cases=sum(unit["cases"] for unit in plan["units"]),
    )
    paper.form(forms.PLAN_EVENT, plan["event"])
    paper.form(forms.PLAN_ORGANISER, plan["unit"], forms.PLAN_DAY, figures.day(plan["day"]))
    paper.form(forms.PLAN_SUBMITTED_BY, plan["submitted_by"] or words.NOTHING, forms.PLAN_SUBMITTED_AT, submitted)
    paper.form(forms.STATE, state_said(plan, forms.PLAN_STATES))
    if plan["share"]:
        paper.form(forms.PLAN_SHARE, forms.PLAN_SHARE_OF.format(units=plan["share"]))
    paper.form(words.PLACES, "\n".join(sites) or words.NOTHING)
    paper.form(words.EXTENT, extent)
    draw_goods(paper, plan, _count(plan))
    draw_methods(paper, plan)


def _site(site: Site) -> str:
    return f"{site['name']}（{site['address']}）" if site["address"] else site["name"]


def _draw_arrangements(paper: Paper, plan: Plan) -> None:
    """Draw who takes the goods, and which unit arrives when."""
    paper.part(forms.PLAN_ARRANGEMENTS, on_new_page=False)
    receivers = Table(paper, columns(forms.PLAN_RECEIVER_HEADS, _RECEIVERS, "lllCl"))
    receivers.draw(map(_receiver, plan["receivers"]), title=forms.PLAN_RECEIVERS)
    slots = Table(paper, columns(forms.PLAN_SLOT_HEADS, _SLOTS, "llC"))
    slots.draw(map(_slot, plan["slots"]), title=forms.PLAN_SLOTS)
    applications = Table(paper, columns(forms.PLAN_APPLICATION_HEADS, _APPLICATIONS, "llRRR"))
    applications.draw(_applications(plan), title=forms.PLAN_APPLICATIONS, note=forms.PLAN_VALUE_UNIT)


def _receiver(row: PlannedReceiver) -> Row:
    until = figures.day(row["licence_until"]) if row["licence_until"] else words.NOT_NEEDED
    licence, form_no = row["licence"] or words.NOT_NEEDED, row["form_no"] or words.NOT_NEEDED
    return Row([words.ENV_CLASSES[row["env_class"]], row["name"], licence, until, form_no])


def _slot(row: PlannedSlot) -> Row:
    return Row([row["unit"], row["site"], figures.moment(row["at"])])


def _applications(plan: Plan) -> Iterator[Item]:
    for each in plan["applications"]:
        counts = (f"{each['cases']:,}", f"{each['lines']:,}", figures.money(each["value"]))
        yield Row([each["number"], each["unit"], *counts])
        digest = figures.digest(each["digest"])
        yield Remark(forms.PLAN_APPROVED.format(day=figures.moment(each["approved_at"]), digest=digest))


def _draw_sums(paper: Paper, plan: Plan) -> None:
    """Draw what the goods come to, by unit, and by class and method."""
    count, value = _count(plan), figures.money(plan["value"])
    paper.part(forms.PLAN_SUMS, forms.PLAN_VALUE_UNIT, on_new_page=False)
    applications, cases = (f"{sum(unit[name] for unit in plan['units']):,}" for name in ("applications", "cases"))
    whole = [f"{count:,}", figures.sums(plan["by_measure"]), value]
    by_unit = [_unit(unit) for unit in plan["units"]]
    table = Table(paper, columns(forms.PLAN_UNIT_HEADS, _UNITS, "lRRRlR"))
    table.draw([*by_unit, Row([words.TOTAL, applications, cases, *whole], is_sum=True)], title=words.BY_UNIT)
    by_method = [_method(row) for row in plan["by_method"]]
    table = Table(paper, columns(forms.PLAN_METHOD_HEADS, _METHODS, "llRlR"))
    table.draw([*by_method, Row([words.TOTAL, "", *whole], is_sum=True)], title=forms.PLAN_BY_METHOD)


def _unit(unit: PlannedUnit) -> Row:
    counts = [f"{unit['applications']:,}", f"{unit['cases']:,}", f"{_lines_of(unit):,}"]
    return Row([unit["name"], *counts, figures.sums(unit["by_measure"]), figures.money(unit["value"])])


def _method(row: MethodSum) -> Row:
    sums, value = figures.sums(row["by_measure"]), figures.money(row["value"])
    return Row([words.ENV_CLASSES[row["env_class"]], row["method"], f"{row['lines']:,}", sums, value])


def _items(plan: Plan) -> Iterator[Item]:
    number = 0
    for unit in plan["units"]:
        cases = words.CASES.format(n=f"{unit['cases']:,}")
        yield Band(unit["name"], f"{cases}　{lines_said(_lines_of(unit))}")
        for case in unit["listed"]:
            facts = (case["number"], case["decision"] or forms.NO_DECISION)
            yield Band("　".join(facts), f"{case['application']}　{lines_said(len(case['lines']))}", level=1)
            for line in case["lines"]:
                number += 1
                yield from _line(number, line)
    total = ["", f"{words.TOTAL}　{lines_said(number)}", "", "", "", figures.money(plan["value"]), ""]
    yield Row(total, is_sum=True)


def _line(number: int, line: PlannedLine) -> Iterator[Item]:
    is_general = line["env_class"] == "general"
    cells = (str(number), line["name"], line["spec"] or words.NOTHING, line["measure"])
    method = line["method"] if is_general else f"{line['method']}\n{words.ENV_CLASSES[line['env_class']]}"
    yield Row([*cells, figures.number(line["quantity"]), figures.money(line["value"]), method])
    if line["taken_out"]:
        quantity = f"{figures.number(line['taken_out'])}\u00a0{line['measure']}"
        yield Remark(forms.TAKEN_OUT.format(day=figures.day(line["taken_out_at"]), quantity=quantity))
    for event, packed in line["elsewhere"]:
        quantity = f"{figures.number(packed)}\u00a0{line['measure']}"
        yield Remark(forms.PLAN_ELSEWHERE.format(event=event, quantity=quantity))


def _count(plan: Plan) -> int:
    return sum(map(_lines_of, plan["units"]))


def _lines_of(unit: PlannedUnit) -> int:
    return sum(len(case["lines"]) for case in unit["listed"])
