"""The title page of a manifest, and the place of the seal."""

import math
from typing import NamedTuple

from ledger.papers import figures, words
from ledger.papers.content import Manifest, Site, Sum
from ledger.papers.fonts import Face
from ledger.papers.paper import BOTTOM, LEFT, RIGHT, SIGNED, TEXT, WIDTH, Paper
from ledger.papers.template import has_red_head
from ledger.papers.typesetting import MM, Type, width

SEAL = 42.0
"""Diameter of a bureau's seal."""

_RED, _BLACK = (0.78, 0.05, 0.05), (0.0, 0.0, 0.0)
_BUREAU = Type(Face.SERIF_BOLD, 33)
_SPREAD = 138.0
_LABEL = 25.0
_GRID_LINE = 6.4
_MOST_MEASURES = 40
_SEAL_BLOCK = 46.0
_FROM_RIGHT = 4 * SIGNED.size / MM


class Field(NamedTuple):
    """A place for a signature: the page, counted from 0, and its edges in points from the bottom left."""

    page: int
    left: float
    bottom: float
    right: float
    top: float


def draw_cover(paper: Paper, content: Manifest, *, is_trial_seal: bool) -> Field:
    """Draw the title page and return where the seal belongs."""
    _draw_head(paper, content)
    paper.title(content["title"])
    paper.y += 6.7
    _draw_facts(paper, content)
    totals = content["totals"]
    _draw_sums(paper, totals["by_measure"])
    _draw_weight_and_value(paper, totals["net_kg"], totals["value"])
    if totals["value"]:
        paper.form(words.VALUE_IN_CAPITALS, figures.capitals(totals["value"]))
    paper.y += 1
    remark = words.SUMS_REMARK + (words.VALUE_REMARK if totals["value"] else "")
    paper.note(remark + (words.FURTHER_MEASURES if len(totals["by_measure"]) > _MOST_MEASURES else ""))
    if is_trial_seal:
        paper.note(words.TRIAL_SEAL)
    return _draw_seal(paper, content["bureau"], content["closed_at"])


def _draw_head(paper: Paper, content: Manifest) -> None:
    """Draw the head, red unless the bureau wants it otherwise: copy, bureau, number and line."""
    pen, middle, bureau = paper.pen, (LEFT + RIGHT) / 2, content["bureau"]
    pen.text(LEFT, 41.2, words.COPY, Type(Face.SANS, 12))
    with pen.coloured(*(_RED if has_red_head(content.get("bureau_template")) else _BLACK)):
        natural = width(bureau, _BUREAU)
        gap = max(0, (_SPREAD - natural) / max(len(bureau) - 1, 1))
        squeeze = min(1, WIDTH / natural)
        start = middle - (natural * squeeze + gap * (len(bureau) - 1)) / 2
        pen.text(start, 58.8, bureau, _BUREAU, squeeze=squeeze, spacing=gap * MM)
        pen.rules([(LEFT, 73, RIGHT, 73)], thick=1.4)
    pen.in_room(middle, 69.3, content["number"], SIGNED, room=WIDTH, align="centre")
    paper.y = 75.8


def _draw_facts(paper: Paper, content: Manifest) -> None:
    event, totals = content["event"], content["totals"]
    span = figures.span(event["started_at"], event["finished_at"])
    time = words.TIME_REMARK.format(span=span, runs=len(content["runs"])) if event["started_at"] else words.NOTHING
    approved = figures.document_numbers([approval["number"] for approval in content["approvals"]])
    plan = words.PLAN_APPROVED_BY.format(number=content["plan"]["number"])
    paper.form(words.PLACES, "\n".join(map(_site, event["sites"])) or words.NOTHING)
    paper.form(words.TIME, time)
    paper.form(words.APPROVED_BY, "；".join(part for part in (approved, plan) if part))
    if content["legal_basis"]:
        paper.form(words.LEGAL_BASIS, "；".join(content["legal_basis"]))
    counted = {name: totals[name] for name in ("units", "cases", "lines", "batches")}
    paper.form(words.EXTENT, words.EXTENT_FACTS.format(**counted))


def _site(site: Site) -> str:
    place = f"{site['name']}（{site['address']}）" if site["address"] else site["name"]
    return (words.MAIN_SITE if site["is_main"] else words.BRANCH_SITE) + place


def _draw_sums(paper: Paper, by_measure: list[Sum]) -> None:
    """Draw the quantities as a grid of four, each unit of measure by itself."""
    shown = by_measure[:_MOST_MEASURES]
    lines = math.ceil(len(shown) / 4)
    height = max(2, lines) * _GRID_LINE + 1.4
    top = paper.y + (height - lines * _GRID_LINE) / 2 + 1.4
    paper.form_cell(LEFT, _LABEL, height, words.QUANTITY)
    paper.pen.box(LEFT + _LABEL, paper.y, WIDTH - _LABEL, height)
    for place, one in enumerate(shown):
        row, column = divmod(place, 4)
        x, y = LEFT + _LABEL + 17 + column * 32.75, top + (row + 0.5) * _GRID_LINE
        paper.pen.in_room(x, y, figures.number(one["quantity"]), TEXT, room=16, align="right")
        paper.pen.in_room(x + 1.7, y, one["measure"], TEXT, room=14.5)
    paper.y += height


def _draw_weight_and_value(paper: Paper, net_kg: str, value: str) -> None:
    height, y = 7.6, paper.y
    net = words.KILOGRAMS.format(n=figures.weight(net_kg))
    worth = words.YUAN.format(n=figures.money(value)) if value else words.NOTHING
    x, edges = LEFT, ((words.NET, net, 45.0), (words.VALUE, worth, WIDTH - 45.0 - 2 * _LABEL))
    for label, text, wide in edges:
        paper.form_cell(x, _LABEL, height, label)
        paper.pen.box(x + _LABEL, y, wide, height)
        paper.pen.in_room(x + _LABEL + 2, y + height / 2 + 1.4, text, TEXT, room=wide - 4)
        x += _LABEL + wide
    paper.y += height


def _draw_seal(paper: Paper, bureau: str, closed_at: str) -> Field:
    """Draw bureau and date over the place of the seal, at the foot of the page or on one more."""
    paper.need(_SEAL_BLOCK)
    at = figures.day(closed_at)
    middle = RIGHT - _FROM_RIGHT - max(width(bureau, SIGNED), width(at, SIGNED), SEAL) / 2
    y = BOTTOM - 1.5 - SEAL / 2
    paper.pen.circle(middle, y, SEAL / 2, thick=0.5, dash="2 2")
    paper.pen.text(middle, y - 2.9, bureau, SIGNED, align="centre")
    paper.pen.text(middle, y + 5.6, at, SIGNED, align="centre")
    area = paper.pen.rectangle(middle - SEAL / 2, y - SEAL / 2, SEAL, SEAL)
    return Field(paper.pen.pages - 1, *area)
