"""The approval form of an application (销毁审批表): what is applied for, what each step said, the list of goods."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, TypedDict

from ledger.papers import figures, words
from ledger.papers import form_words as forms
from ledger.papers.content import Sum
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

_WIDTHS = (9, 34.5, 20, 12, 17, 20, 17, 13, 13.5)
_CLASSES = (30, 14, 85, 27)
_LISTED = 6
"""How many cases or locations the first page names; of more it says how many there are."""


class AppliedLine(TypedDict):
    """Goods of one line at one location."""

    name: str
    spec: str
    measure: str
    quantity: str
    value: str
    env_class: str
    method: str
    place: str
    count: str
    """The number of the stocktake that it rests on."""
    counted: str
    """What that found, in measure."""
    taken_out: str
    """How much was taken out of the approval later."""
    taken_out_at: str


class AppliedCase(TypedDict):
    """The lines of one case."""

    number: str
    decision: str
    """As the form prints it."""
    party: str
    lines: list[AppliedLine]


class ClassSum(TypedDict):
    """The goods of one environmental class."""

    env_class: str
    lines: int
    by_measure: list[Sum]
    value: str


class Approval(Decided):
    """What the form says; its state is a key of form_words.STATES."""

    unit: str
    number: str
    applicant: str
    submitted_at: str
    legal_basis: str
    reason: str
    cases: list[AppliedCase]
    classes: list[ClassSum]
    places: list[str]
    counts: list[tuple[str, str]]
    """Numbers of the stocktakes, and when they were closed."""
    attached: int
    """How many files there are of the decision and the goods."""


def draw_approval(form: Approval, target: BinaryIO | Path) -> int:
    """Draw the form and return how many pages it has. Raises NotPrintable if no font has a character of it."""
    check_printable(form)
    at = datetime.fromisoformat(form["made_at"]).astimezone(figures.BEIJING)
    title, number = forms.APPROVAL_TITLE, form["number"]
    paper = Paper(
        target,
        about=About(title=f"{title} {number}", author=form["unit"], made_at=at),
        head=(f"{title}　{form['unit']}", number),
        digest=figures.short_digest(form["digest"]),
        mark="" if form["state"] == "approved" else forms.STATES[form["state"]],
    )
    paper.form_head(form["unit"], title, number)
    _draw_facts(paper, form)
    draw_steps(paper, form)
    paper.y += 1
    paper.note(forms.APPROVAL_REMARK.format(lines=lines_said(_count(form)), at=figures.moment(form["made_at"])))
    paper.part(forms.LIST, forms.LIST_UNIT)
    Table(paper, columns(forms.LIST_HEADS, _WIDTHS, "CllcRRlll")).draw(_items(form))
    classes = Table(paper, columns(forms.CLASS_HEADS, _CLASSES, "lRlR"))
    classes.draw(map(_class, form["classes"]), title=forms.CLASSES)
    draw_earlier(paper, form)
    paper.end()
    return paper.finish()


def _draw_facts(paper: Paper, form: Approval) -> None:
    submitted = figures.day(form["submitted_at"]) if form["submitted_at"] else forms.NOT_SUBMITTED
    revision = forms.SUBMITTED.format(n=form["revision"]) if form["revision"] else forms.NOT_SUBMITTED
    counts = [forms.COUNTED.format(n=number, day=figures.day(at)) for number, at in form["counts"]]
    paper.form(forms.APPROVAL_UNIT, form["unit"], forms.APPROVAL_DAY, submitted)
    paper.form(forms.APPLICANT, form["applicant"], forms.SUBMISSION, revision)
    paper.form(forms.STATE, state_said(form, forms.STATES))
    paper.form(forms.CASES, _cases(form["cases"]))
    draw_goods(paper, form, _count(form))
    paper.form(
        forms.STORED, _several(form["places"], forms.STORED_MANY), forms.COUNTS, _several(counts, forms.COUNTS_MANY)
    )
    paper.form(forms.BASIS, form["legal_basis"] or words.NOTHING)
    paper.form(forms.REASON, form["reason"] or words.NOTHING)
    attached = [forms.ATTACHED_LIST.format(lines=lines_said(_count(form)))]
    attached += [forms.ATTACHED_COUNTS.format(counts="、".join(counts))] if counts else []
    attached += [forms.ATTACHED_FILES.format(n=form["attached"])] if form["attached"] else []
    draw_methods(paper, form)
    paper.form(forms.ATTACHED, "；".join(attached))


def _items(form: Approval) -> Iterator[Item]:
    number = 0
    for case in form["cases"]:
        facts = (case["number"], case["decision"] or forms.NO_DECISION, case["party"])
        yield Band("　".join(part for part in facts if part), lines_said(len(case["lines"])))
        for line in case["lines"]:
            number += 1
            yield Row(_cells(number, line))
            if line["taken_out"]:
                quantity = f"{figures.number(line['taken_out'])}\u00a0{line['measure']}"
                yield Remark(forms.TAKEN_OUT.format(day=figures.day(line["taken_out_at"]), quantity=quantity))
    total = ["", f"{words.TOTAL}　{lines_said(number)}", "", "", "", figures.money(form["value"]), "", "", ""]
    yield Row(total, is_sum=True)


def _cells(number: int, line: AppliedLine) -> list[str]:
    is_general = line["env_class"] == "general"
    quantity, counted = figures.number(line["quantity"]), figures.number(line["counted"])
    count = forms.LINE_COUNT if counted == quantity else forms.LINE_COUNTED
    return [
        str(number),
        line["name"],
        line["spec"] or words.NOTHING,
        line["measure"],
        quantity,
        figures.money(line["value"]),
        line["method"] if is_general else f"{line['method']}\n{words.ENV_CLASSES[line['env_class']]}",
        line["place"],
        count.format(n=line["count"], quantity=counted) if line["count"] else words.NOTHING,
    ]


def _class(row: ClassSum) -> Row:
    sums, value = figures.sums(row["by_measure"]), figures.money(row["value"])
    return Row([words.ENV_CLASSES[row["env_class"]], f"{row['lines']:,}", sums, value])


def _cases(cases: list[AppliedCase]) -> str:
    if len(cases) > _LISTED:
        return forms.CASES_COUNTED.format(n=f"{len(cases):,}")
    named = "、".join(case["number"] for case in cases)
    return forms.CASES_LISTED.format(cases=named, n=len(cases)) if cases else words.NOTHING


def _several(texts: Sequence[str], many: str) -> str:
    """Return these texts, or how many there are where there are many."""
    return many.format(n=f"{len(texts):,}") if len(texts) > _LISTED else "、".join(texts) or words.NOTHING


def _count(form: Approval) -> int:
    return sum(len(case["lines"]) for case in form["cases"])
