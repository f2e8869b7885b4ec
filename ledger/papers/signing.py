"""Parts 四 and 五 of a manifest: who approved what, and who saw it destroyed."""

from collections.abc import Iterator

from ledger.papers import figures, words
from ledger.papers.content import Approval, Manifest, Supervision
from ledger.papers.cover import Field
from ledger.papers.fonts import Face
from ledger.papers.paper import FORM_LABEL, LEFT, RIGHT, SMALL, SUBHEADING, TEXT, WIDTH, Paper
from ledger.papers.signers import draw_strokes
from ledger.papers.table import Band, Item, Row, Table, columns
from ledger.papers.template import text_of
from ledger.papers.typesetting import MM, Type, width, wrap

_STEPS = (9, 24, 33, 38, 33, 19)
_BLOCK = 43.0
_GAP = 3.0
_STATEMENT = 86.0
_PAD = (58.0, 27.0)
_NAME = Type(Face.SANS_MEDIUM, 12)
_LEADING = 17.3 / MM
_ISSUE_BOX = (76.5, 38.0)
_SIGN = (70.5, 19.0)
_ELECTRONIC = (60.0, 11.0)


def draw_approvals(paper: Paper, content: Manifest) -> None:
    """Draw each application's steps, and those of the event's plan last."""
    paper.part(words.APPROVALS, on_new_page=False, room=52)
    paper.paragraph(words.APPROVALS_REMARK)
    paper.y += 1
    Table(paper, columns(words.APPROVAL_HEADS, _STEPS, "CcllCc")).draw(_approvals(content))


def draw_supervision(paper: Paper, content: Manifest) -> dict[str, Field]:
    """Draw each supervisor's statement and signature, and where the manifest is signed for.

    Returns the places where issuer, organiser and supervisors may sign the PDF with certificates of their own.
    """
    paper.part(words.SUPERVISION)
    apart = words.SUPERVISORS_APART if _are_apart(content) else ""
    paper.paragraph(apart + words.SUPERVISION_REMARK)
    paper.y += 2
    fields = {
        f"supervisor{number}": _draw_supervisor(paper, supervision)
        for number, supervision in enumerate(content["supervisors"], 1)
    }
    return fields | _draw_issue(paper, content)


def _approvals(content: Manifest) -> Iterator[Item]:
    for approval in content["approvals"]:
        value = f"{words.YUAN.format(n=figures.money(approval['value']))}　" if approval["value"] else ""
        digest = figures.short_digest(approval["digest"]).replace(" ", "\u00a0")
        counts = {"cases": approval["cases"], "lines": approval["lines"]}
        right = words.APPROVAL_FACTS.format(value=value, digest=digest, **counts)
        yield Band(f"{approval['number']}　{approval['unit']}", right)
        yield from _steps(approval)
    plan = content["plan"]
    yield Band(f"{plan['number']}　{words.PLAN}", words.PLAN_FACTS.format(digest=figures.short_digest(plan["digest"])))
    yield from _steps(plan)


def _steps(approval: Approval) -> Iterator[Row]:
    for step in approval["steps"]:
        how = words.CONFIRMED_BY.get(step["how"], step["how"])
        opinion = step["opinion"] or words.NOTHING
        yield Row([str(step["step"]), step["role"], step["name"], opinion, figures.moment(step["at"]), how])


def _are_apart(content: Manifest) -> bool:
    """Whether no supervisor had any other part, as far as the manifest names people."""
    steps = [step for approval in (*content["approvals"], content["plan"]) for step in approval["steps"]]
    others = {name for step in steps for name in step["name"].removesuffix("）").split("（代")}
    others |= {name for point in content["points"] if point["point"] != "destroyed" for name in point["people"]}
    return others.isdisjoint(supervision["name"] for supervision in content["supervisors"])


def _draw_supervisor(paper: Paper, supervision: Supervision) -> Field:
    pen = paper.pen
    facts = "　".join(part for part in (supervision["organisation"], supervision["capacity"]) if part)
    beside = _STATEMENT - width(supervision["name"], _NAME) - 4
    is_beside = width(facts, TEXT) <= beside
    lines = [*([] if is_beside else wrap(facts, TEXT, _STATEMENT)), *wrap(supervision["statement"], TEXT, _STATEMENT)]
    height = max(_BLOCK, 16 + len(lines) * _LEADING + _ELECTRONIC[1])
    paper.need(height)
    top, split = paper.y, LEFT + WIDTH - _PAD[0] - 6
    pen.box(LEFT, top, WIDTH, height)
    pen.rules([(split, top, split, top + height)])
    pen.text(LEFT + 3, top + 6.8, supervision["name"], _NAME)
    if is_beside:
        pen.text(LEFT + 3 + _STATEMENT - beside, top + 6.8, facts, TEXT)
    for number, line in enumerate(lines):
        pen.text(LEFT + 3, top + 14.4 + number * _LEADING, line, TEXT)
    _draw_signature(paper, supervision, split + 3, top + 4)
    paper.y += height + _GAP
    return _draw_place(paper, LEFT + 3, top + height - _ELECTRONIC[1] - 3, _ELECTRONIC, words.ELECTRONIC_HERE)


def _draw_place(paper: Paper, left: float, top: float, size: tuple[float, float], text: str) -> Field:
    """Draw the frame of a place to sign at, and return where it is."""
    wide, high = size
    paper.pen.box(left, top, wide, high, dash="2 2")
    with paper.pen.coloured(0.5, 0.5, 0.5):
        paper.pen.text(left + wide / 2, top + high / 2 + 1.3, text, SMALL, align="centre")
    return Field(paper.pen.pages - 1, *paper.pen.rectangle(left, top, wide, high))


def _draw_signature(paper: Paper, supervision: Supervision, left: float, top: float) -> None:
    pen = paper.pen
    pen.box(left, top, *_PAD, dash="2 2")
    draw_strokes(paper, (left, top), _PAD, supervision["strokes"])
    below = top + _PAD[1] + 4.4
    pen.text(left, below, words.SIGNATURE, SMALL)
    signed_at = figures.moment(supervision["signed_at"], with_seconds=True)
    pen.text(left + _PAD[0], below, signed_at, SMALL, align="right")
    digest = words.SIGNATURE_DIGEST.format(digest=figures.short_digest(supervision["digest"]))
    pen.text(left, below + 4.4, digest, SMALL)


def _draw_issue(paper: Paper, content: Manifest) -> dict[str, Field]:
    """Draw where the manifest is signed for, on paper or in the PDF."""
    wide, high = _ISSUE_BOX
    paper.need(high + 20)
    paper.y += 0 if paper.is_fresh else 3
    paper.pen.text(LEFT, paper.y + 5, words.ISSUE, SUBHEADING)
    paper.y += 7.1
    closed = words.CLOSED.format(at=figures.moment(content["closed_at"]))
    template, fields = content.get("bureau_template"), {}
    role = text_of(template, "organiser", words.ORGANISER)
    organiser = words.ORGANISER_NAMED.format(role=role, name=content["closed_by"])
    boxes = (
        ("leader", LEFT, text_of(template, "issuer", words.ISSUER), ""),
        ("organiser", RIGHT - wide, organiser, closed),
    )
    for name, x, title, below in boxes:
        paper.pen.box(x, paper.y, wide, high)
        paper.pen.in_room(x + 3, paper.y + 6.8, title, FORM_LABEL, room=wide - 6)
        fields[name] = _draw_place(paper, x + 3, paper.y + 10, _SIGN, words.SIGN_HERE)
        paper.pen.text(x + 3, paper.y + 34, below, SMALL)
    paper.y += high + 2
    paper.note(text_of(template, "paper_copy", words.PAPER_COPY))
    if copies := text_of(template, "copies", ""):
        paper.note(copies)
    return fields
