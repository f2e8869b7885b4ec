"""What the papers that a chain decides have in common: what the goods come to, and what each step said."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypedDict

from ledger.papers import figures, words
from ledger.papers import form_words as forms
from ledger.papers.content import Sum
from ledger.papers.paper import LEFT, RIGHT, SMALL, TEXT, WIDTH, Paper
from ledger.papers.table import Band, Item, Row, Table, columns
from ledger.papers.typesetting import MM, width, wrap

_EARLIER = (34, 22, 70, 30)
_LABEL = 25.0
_LEADING, _ROW = 15.5 / MM, 7.6


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


class GoodsSum(TypedDict):
    """What some goods come to. Quantities, weights and amounts are decimals as text; what is not known is empty."""

    by_measure: list[Sum]
    weighed: int
    """How many lines are measured by weight, and what those weigh together."""
    weight_kg: str
    value: str
    unvalued: int
    methods: list[tuple[str, int]]


class Decided(GoodsSum):
    """What a chain decides."""

    state: str
    """A key of the paper's states."""
    since: str
    """When it came into that state; empty while it is a draft or in approval."""
    steps: list[Asked]
    revision: int
    digest: str
    opinions: list[Given]
    made_at: str


def draw_goods(paper: Paper, goods: GoodsSum, count: int) -> None:
    """Draw what so many lines come to."""
    sums = forms.GOODS_SUMS.format(lines=lines_said(count), sums=figures.sums(goods["by_measure"]))
    weight = (
        forms.WEIGHED.format(n=figures.weight(goods["weight_kg"]), lines=lines_said(goods["weighed"]))
        if goods["weighed"]
        else forms.NOT_WEIGHED
    )
    paper.form(forms.GOODS, sums)
    paper.form(forms.WEIGHT, weight, forms.VALUE, _value(goods))


def draw_methods(paper: Paper, goods: GoodsSum) -> None:
    """Draw how the goods are to be destroyed."""
    methods = [forms.METHOD_LINES.format(method=name, lines=lines_said(many)) for name, many in goods["methods"]]
    paper.form(forms.METHODS, "、".join(methods) or words.NOTHING)


def state_said(form: Decided, states: Mapping[str, str]) -> str:
    """Return where it is: what it waits for, or since when it is decided."""
    state = states[form["state"]]
    if form["state"] == "submitted":
        step = "、".join(_plain(asked["role"]) for asked in form["steps"] if asked["is_next"])
        agreed = sum(each["revision"] == form["revision"] for each in form["opinions"])
        return forms.WAITS_FOR.format(state=state, step=step, n=agreed + 1, all=len(form["steps"]))
    return forms.STATE_AT.format(state=state, day=figures.moment(form["since"])) if form["since"] else state


def draw_steps(paper: Paper, form: Decided) -> None:
    """Draw what each step of this submission said, and the digest that it is about."""
    given = {each["step"]: each for each in form["opinions"] if each["revision"] == form["revision"]}
    for step, asked in enumerate(form["steps"]):
        waiting = forms.WAITING if asked["is_next"] else words.NOTHING
        _draw_step(paper, asked["role"], given.get(step), waiting)
    paper.form(forms.DIGEST, figures.digest(form["digest"]) or forms.NO_DIGEST)


def draw_earlier(paper: Paper, form: Decided) -> None:
    """Draw what was said of earlier submissions, if there were any."""
    earlier = [each for each in form["opinions"] if each["revision"] < form["revision"]]
    if earlier:
        Table(paper, columns(forms.EARLIER_HEADS, _EARLIER, "llll")).draw(_earlier(earlier), title=forms.EARLIER)


def lines_said(count: int) -> str:
    """Return a number of lines as papers write it."""
    return words.LINES.format(n=f"{count:,}")


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


def _earlier(opinions: Sequence[Given]) -> Iterator[Item]:
    revision = 0
    for each in opinions:
        if each["revision"] != revision:
            revision = each["revision"]
            yield Band(forms.EARLIER_BAND.format(n=revision, digest=figures.digest(each["digest"])), "")
        yield Row([_plain(each["role"]), each["name"], _said(each), figures.moment(each["at"])])


def _value(goods: GoodsSum) -> str:
    if not goods["value"]:
        return forms.UNVALUED
    value = words.YUAN.format(n=figures.money(goods["value"]))
    return forms.VALUED.format(value=value, lines=lines_said(goods["unvalued"])) if goods["unvalued"] else value


def _plain(role: str) -> str:
    """Return a step's label in one line."""
    return forms.STEPS[role].replace("\n", "").replace("　", "")
