"""Signatures drawn on a screen: reading the points that a page sends, and the picture that pages show of them.

A picture is always made here, from points: what a browser would send as one could hold anything.
"""

import math
from collections.abc import Iterator
from itertools import pairwise

import orjson
from flask_babel import gettext as _
from markupsafe import Markup

from ledger.papers.content import Strokes

MOST_TEXT = 1 << 20
MOST_STROKES = 400
MOST_POINTS = 20_000
LARGEST_PAD = 10_000
LEAST_LENGTH = 0.1
"""How much must be drawn, in widths of the pad: a tap or a slip is no signature."""
PEN = 3


def read_strokes(text: str) -> Strokes:
    """Return the signature in text, times counted from its first point.

    Raises ValueError if it is none: not of this shape, too long, outside of the pad, or hardly anything drawn.
    """
    if len(text) > MOST_TEXT:
        raise ValueError("too long")
    match orjson.loads(text):  # which refuses what is no JSON, and numbers that are not finite, by a ValueError
        case {"width": width, "height": height, "strokes": [_, *_] as sent} if len(sent) <= MOST_STROKES:
            width, height = _number(width, LARGEST_PAD), _number(height, LARGEST_PAD)
        case _:
            raise ValueError("no signature")
    strokes = [_stroke(stroke, width, height) for stroke in sent]
    if sum(map(len, strokes)) > MOST_POINTS:
        raise ValueError("too many points")
    if sum(map(_length, strokes)) <= LEAST_LENGTH * width:
        raise ValueError("hardly anything drawn")
    begun = min(point[2] for stroke in strokes for point in stroke)
    counted = [[[x, y, time - begun, pressure] for x, y, time, pressure in stroke] for stroke in strokes]
    return Strokes(width=width, height=height, strokes=counted)


def drawn(strokes: Strokes, label: str | None = None) -> Markup:
    """Return the signature as an SVG element for a page, black on white."""
    path = " ".join(" ".join(_path(stroke)) for stroke in strokes["strokes"])
    return Markup(
        '<svg class="drawn" role="img" aria-label="{label}" viewBox="0 0 {width:g} {height:g}">'
        '<path d="{path}" fill="none" stroke="#000" stroke-width="{pen}" stroke-linecap="round" '
        'stroke-linejoin="round"/>'
        "</svg>"
    ).format(label=label or _("Signature"), width=strokes["width"], height=strokes["height"], path=path, pen=PEN)


def _stroke(sent: object, width: float, height: float) -> list[list[float]]:
    if not isinstance(sent, list) or not 0 < len(sent) <= MOST_POINTS:
        raise ValueError("no stroke")
    return [_point(point, width, height) for point in sent]


def _point(sent: object, width: float, height: float) -> list[float]:
    if not isinstance(sent, list) or len(sent) != len(("x", "y", "time", "pressure")):
        raise ValueError("no point")
    x, y, time, pressure = sent
    at = [round(_number(x, width), 1), round(_number(y, height), 1)]
    return [*at, round(_number(time, math.inf)), round(_number(pressure, 1), 2)]


def _number(sent: object, most: float) -> float:
    if isinstance(sent, bool) or not isinstance(sent, int | float) or not 0 <= sent <= most:
        raise ValueError("no number, or outside")
    return sent


def _length(stroke: list[list[float]]) -> float:
    return sum(math.dist(one[:2], other[:2]) for one, other in pairwise(stroke))


def _path(stroke: list[list[float]]) -> Iterator[str]:
    """Yield a curve through the middles between the points; a dot is a stroke, too."""
    points = [(point[0], point[1]) for point in stroke]
    x, y = points[0]
    yield f"M{x:g} {y:g}"
    for (x, y), (next_x, next_y) in pairwise(points[1:]):
        yield f"Q{x:g} {y:g} {(x + next_x) / 2:g} {(y + next_y) / 2:g}"
    x, y = points[-1]
    yield f"L{x:g} {y:g}" if len(points) > 1 else "h.1"
