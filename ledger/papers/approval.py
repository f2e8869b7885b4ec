"""The approval form of an application (销毁审批表): what is applied for, what each step said, the list of goods."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, TypedDict

from ledger.papers import figures, words
from ledger.papers import form_words as forms
from ledger.papers.content import Sum
from ledger.papers.fonts import check_printable
from ledger.papers.paper import LEFT, RIGHT, SMALL, TEXT, WIDTH, Paper
from ledger.papers.pdf import About
from ledger.papers.table import Band, Item, Remark, Row, Table, columns
from ledger.papers.typesetting import MM, width, wrap

_WIDTHS = (9, 34.5, 20, 12, 17, 20, 17, 13, 13.5)
_CLASSES = (30, 14, 85, 27)
_EARLIER = (34, 22, 70, 30)
_LABEL = 25.0
_LEADING, _ROW = 15.5 / MM, 7.6
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


class Asked(TypedDict):
    """A step of the chain that decides."""

    role: str
    """A key of form_words.STEPS."""
    is_next: bool


class Given(TypedDict):
    """An opinion."""

    revision: int
    step: int
    """Its place among the steps of that revision."""
    role: str
    """A key of form_words.STEPS."""
    name: str
    at: str
    decision: str
    """A key of form_words.DECISIONS."""
    text: str
    minutes: str
    """Of the meeting that decided; empty where none had to."""
    digest: str


class Approval(TypedDict):
    """What the form says. Quantities, weights and amounts are decimals as text; what is not known is empty."""

    unit: str
    number: str
    state: str
    """A key of form_words.STATES."""
    since: str
    """When it came into that state; empty while it is a draft or in approval."""
    steps: list[Asked]
    revision: int
    applicant: str
    submitted_at: str
    legal_basis: str
    reason: str
    digest: str
    cases: list[AppliedCase]
    by_measure: list[Sum]
    weighed: int
    """How many lines are measured by weight, and what those weigh together."""
    weight_kg: str
    value: str
    unvalued: int
    classes: list[ClassSum]
    methods: list[tuple[str, int]]
    places: list[str]
    counts: list[tuple[str, str]]
    """Numbers of the stocktakes, and when they were closed."""
    attached: int
    """How many files there are of the decision and the goods."""
    opinions: list[Given]
    made_at: str


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
    given = {each["step"]: each for each in form["opinions"] if each["revision"] == form["revision"]}
    for step, asked in enumerate(form["steps"]):
        waiting = forms.WAITING if asked["is_next"] else words.NOTHING
        _draw_step(paper, asked["role"], given.get(step), waiting)
    paper.form(forms.DIGEST, figures.digest(form["digest"]) or forms.NO_DIGEST)
    paper.y += 1
    paper.note(forms.APPROVAL_REMARK.format(lines=_lines(_count(form)), at=figures.moment(form["made_at"])))
    paper.part(forms.LIST, forms.LIST_UNIT)
    Table(paper, columns(forms.LIST_HEADS, _WIDTHS, "CllcRRlll")).draw(_items(form))
    classes = Table(paper, columns(forms.CLASS_HEADS, _CLASSES, "lRlR"))
    classes.draw(map(_class, form["classes"]), title=forms.CLASSES)
    _draw_earlier(paper, form)
    paper.end()
    return paper.finish()


def _draw_facts(paper: Paper, form: Approval) -> None:
    submitted = figures.day(form["submitted_at"]) if form["submitted_at"] else forms.NOT_SUBMITTED
    revision = forms.SUBMITTED.format(n=form["revision"]) if form["revision"] else forms.NOT_SUBMITTED
    sums = forms.GOODS_SUMS.format(lines=_lines(_count(form)), sums=figures.sums(form["by_measure"]))
    weight = (
        forms.WEIGHED.format(n=figures.weight(form["weight_kg"]), lines=_lines(form["weighed"]))
        if form["weighed"]
        else forms.NOT_WEIGHED
    )
    counts = [forms.COUNTED.format(n=number, day=figures.day(at)) for number, at in form["counts"]]
    methods = [forms.METHOD_LINES.format(method=name, lines=_lines(many)) for name, many in form["methods"]]
    paper.form(forms.APPROVAL_UNIT, form["unit"], forms.APPROVAL_DAY, submitted)
    paper.form(forms.APPLICANT, form["applicant"], forms.SUBMISSION, revision)
    paper.form(forms.STATE, _state(form))
    paper.form(forms.CASES, _cases(form["cases"]))
    paper.form(forms.GOODS, sums)
    paper.form(forms.WEIGHT, weight, forms.VALUE, _value(form))
    paper.form(
        forms.STORED, _several(form["places"], forms.STORED_MANY), forms.COUNTS, _several(counts, forms.COUNTS_MANY)
    )
    paper.form(forms.BASIS, form["legal_basis"] or words.NOTHING)
    paper.form(forms.REASON, form["reason"] or words.NOTHING)
    attached = [forms.ATTACHED_LIST.format(lines=_lines(_count(form)))]
    attached += [forms.ATTACHED_COUNTS.format(counts="、".join(counts))] if counts else []
    attached += [forms.ATTACHED_FILES.format(n=form["attached"])] if form["attached"] else []
    paper.form(forms.METHODS, "、".join(methods) or words.NOTHING)
    paper.form(forms.ATTACHED, "；".join(attached))


def _state(form: Approval) -> str:
    state = forms.STATES[form["state"]]
    if form["state"] == "submitted":
        step = "、".join(_plain(asked["role"]) for asked in form["steps"] if asked["is_next"])
        agreed = sum(each["revision"] == form["revision"] for each in form["opinions"])
        return forms.WAITS_FOR.format(state=state, step=step, n=agreed + 1, all=len(form["steps"]))
    return forms.STATE_AT.format(state=state, day=figures.moment(form["since"])) if form["since"] else state


def _draw_step(paper: Paper, role: str, given: Given | None, waiting: str) -> None:
    """Draw one step's cell: what was said, and under it who said it when, over which digest."""
    said = _said(given) if given else waiting
    lines = wrap(said, TEXT, WIDTH - _LABEL - 4)
    height = _ROW + max(len(lines) - (given is None), 1) * _LEADING
    paper.need(height)
    paper.form_cell(LEFT, _LABEL, height, forms.STEPS[role])
    paper.pen.box(LEFT + _LABEL, paper.y, WIDTH - _LABEL, height)
    x, base = LEFT + _LABEL + 2, paper.y + height - 2.4
    middle = paper.y + height / 2 - (_LEADING / 2 if given else 0)
    paper.block(x, middle, lines, TEXT, _LEADING)
    if given:
        digest = forms.SIGNED_DIGEST.format(digest=figures.short_digest(given["digest"]))
        signed = forms.SIGNED_BY.format(name=given["name"], at=figures.moment(given["at"]))
        paper.pen.text(x, base, digest, SMALL)
        room = WIDTH - _LABEL - 8 - width(digest, SMALL)
        paper.pen.in_room(RIGHT - 2, base, signed, TEXT, room=room, align="right")
    paper.y += height


def _said(given: Given) -> str:
    said = forms.OPINION.format(decision=forms.DECISIONS[given["decision"]], text=given["text"])
    return f"{said}　{given['minutes']}" if given["minutes"] else said


def _draw_earlier(paper: Paper, form: Approval) -> None:
    """Draw what was said of earlier submissions, if there were any."""
    earlier = [each for each in form["opinions"] if each["revision"] < form["revision"]]
    if earlier:
        Table(paper, columns(forms.EARLIER_HEADS, _EARLIER, "llll")).draw(_earlier(earlier), title=forms.EARLIER)


def _earlier(opinions: Sequence[Given]) -> Iterator[Item]:
    revision = 0
    for each in opinions:
        if each["revision"] != revision:
            revision = each["revision"]
            yield Band(forms.EARLIER_BAND.format(n=revision, digest=figures.digest(each["digest"])), "")
        yield Row([_plain(each["role"]), each["name"], _said(each), figures.moment(each["at"])])


def _items(form: Approval) -> Iterator[Item]:
    number = 0
    for case in form["cases"]:
        facts = (case["number"], case["decision"] or forms.NO_DECISION, case["party"])
        yield Band("　".join(part for part in facts if part), _lines(len(case["lines"])))
        for line in case["lines"]:
            number += 1
            yield Row(_cells(number, line))
            if line["taken_out"]:
                quantity = f"{figures.number(line['taken_out'])}\u00a0{line['measure']}"
                yield Remark(forms.TAKEN_OUT.format(day=figures.day(line["taken_out_at"]), quantity=quantity))
    total = ["", f"{words.TOTAL}　{_lines(number)}", "", "", "", figures.money(form["value"]), "", "", ""]
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


def _value(form: Approval) -> str:
    if not form["value"]:
        return forms.UNVALUED
    value = words.YUAN.format(n=figures.money(form["value"]))
    return forms.VALUED.format(value=value, lines=_lines(form["unvalued"])) if form["unvalued"] else value


def _count(form: Approval) -> int:
    return sum(len(case["lines"]) for case in form["cases"])


def _lines(count: int) -> str:
    return words.LINES.format(n=f"{count:,}")


def _plain(role: str) -> str:
    """Return a step's label in one line."""
    return forms.STEPS[role].replace("\n", "").replace("　", "")
