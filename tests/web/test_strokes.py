"""Signatures drawn on the screen: from finger to points, and from points to the picture."""

import io

import orjson
import pytest
from browser import PHONE, check_page, serving, take_pictures
from databases import ON_SQLITE
from flask import Flask, render_template_string
from pages import faults_of
from PIL import Image

from ledger.web.access import open_to_all
from ledger.web.forms import Form, StrokesField
from ledger.web.strokes import MOST_POINTS, MOST_STROKES, drawn, read_strokes

LINE = [[10, 20, 1_000, 0.5], [60, 80, 1_016, 0.512], [110, 20, 1_032, 0.4]]
PAGE = """
{% extends "base.html" %}
{% from "components/sign.html" import sign_pad, sign_script %}
{% from "components/forms.html" import post_form %}
{% from "components/buttons.html" import primary %}
{% block title %}监销签名{% endblock %}
{% block refresh %}{{ sign_script() }}{% endblock %}
{% block main %}
{% call post_form("/signing", form) %}{{ sign_pad(form.signature, "用手指签全名。") }}{{ primary("签名") }}{% endcall %}
{% if form.signature.data %}{{ form.signature.data|drawn("许文静的签名") }}{% endif %}
{% endblock %}
"""


def sent(strokes, **changed):
    return orjson.dumps({"width": 640, "height": 240, "strokes": strokes, **changed}).decode()


def test_a_signature_is_read_with_times_from_its_first_point():
    strokes = read_strokes(sent([LINE, [[200.04, 100, 1_500.4, 0]]]))

    assert strokes == {
        "width": 640,
        "height": 240,
        "strokes": [
            [[10, 20, 0, 0.5], [60, 80, 16, 0.51], [110, 20, 32, 0.4]],
            [[200.0, 100, 500, 0]],
        ],
    }


BAD = {
    "nothing": "",
    "no JSON": "{",
    "no object": "[]",
    "no strokes": sent([]),
    "an empty stroke": sent([LINE, []]),
    "strokes that are no lists": sent([LINE, "M0 0"]),
    "points that are no points": sent([[*LINE, [1, 2, 3]]]),
    "letters": sent([[*LINE, ["1", 2, 3, 0]]]),
    "truth values": sent([[*LINE, [True, 2, 3, 0]]]),
    "outside": sent([[*LINE, [640.5, 2, 3, 0]]]),
    "below nought": sent([[*LINE, [-1, 2, 3, 0]]]),
    "more than full pressure": sent([[*LINE, [1, 2, 3, 1.5]]]),
    "no finite number": sent([LINE]).replace("1000", "1e999"),
    "not a number": sent([LINE]).replace("1000", "NaN"),
    "a pad without size": sent([[[0, 0, 1, 0], [0, 0, 2, 0]]], width=0, height=0),
    "a giant pad": sent([LINE], width=1_000_000),
    "a tap": sent([[[10, 20, 1, 0.5]]]),
    "a slip": sent([[[10, 20, 1, 0.5], [30, 20, 2, 0.5]]]),
    "too many strokes": sent([LINE] * (MOST_STROKES + 1)),
    "too many points": sent([LINE * (MOST_POINTS // 6)] * 3),
    "too long a text": sent([LINE]) + " " * (1 << 20),
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_what_is_no_signature_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        read_strokes(text)


@ON_SQLITE
def test_the_picture_is_made_of_numbers_and_an_escaped_label(app):
    with app.test_request_context():
        picture = drawn(read_strokes(sent([LINE, [[200, 100, 1_500, 0]]])), '"><script>')

    assert 'd="M10 20 Q60 80 85 50 L110 20 M200 100 h.1"' in picture
    assert 'viewBox="0 0 640 240"' in picture
    assert "<script>" not in picture


class SigningForm(Form):
    """A signature."""

    signature = StrokesField("监销人签名")


@pytest.fixture
def site(app: Flask):
    @app.route("/signing", methods=["GET", "POST"])
    @open_to_all
    def signing():
        form = SigningForm()
        form.validate_on_submit()
        return render_template_string(PAGE, form=form)

    with serving(app) as address:
        yield address


@pytest.fixture
def pad(page, site):
    page.set_viewport_size(PHONE)
    page.goto("/signing")
    return page


def draw(page, *points):
    box = page.locator("canvas").bounding_box()
    at = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*at[0])
    page.mouse.down()
    for x, y in at[1:]:
        page.mouse.move(x, y, steps=12)
    page.mouse.up()


def sheet(page):
    value = page.locator("input[name=signature]").input_value()
    return orjson.loads(value) if value else None


def black_in(page):
    """Return which share of the sheet is dark, its frame left out."""
    sheet = Image.open(io.BytesIO(page.locator("canvas").screenshot())).convert("L")
    inner = sheet.crop((8, 8, sheet.width - 8, sheet.height - 8))
    return sum(inner.histogram()[:128]) / (inner.width * inner.height)


@ON_SQLITE
def test_a_signature_is_drawn_sent_and_shown(pad):
    draw(pad, (0.1, 0.5), (0.4, 0.2), (0.5, 0.8))
    draw(pad, (0.6, 0.3), (0.9, 0.7))
    take_pictures(pad, "sign")
    pad.set_viewport_size(PHONE)
    pad.get_by_role("button", name="签名", exact=True).click()

    picture = pad.get_by_role("img", name="许文静的签名")
    assert picture.locator("path").get_attribute("d").count("M") == 2
    assert len(sheet(pad)["strokes"]) == 2  # the form came back with it
    assert black_in(pad) > 0.001
    check_page(pad)
    take_pictures(pad, "signed")
    assert not list(faults_of(pad.request.get("/signing").text()))


@ON_SQLITE
def test_turning_the_phone_keeps_the_strokes_and_their_measure(pad):
    draw(pad, (0.1, 0.5), (0.9, 0.5))
    before, dark = sheet(pad), black_in(pad)
    pad.set_viewport_size({"width": PHONE["height"], "height": PHONE["width"]})
    pad.wait_for_timeout(200)
    turned = black_in(pad)
    draw(pad, (0.1, 0.2), (0.9, 0.2))
    after = sheet(pad)

    assert dark > 0.001
    assert turned > 0.001
    assert after["strokes"][0] == before["strokes"][0]
    assert [abs(stroke[-1][0] - 0.9 * after["width"]) < 8 for stroke in after["strokes"]] == [True, True]


@ON_SQLITE
def test_what_slides_off_the_sheet_stays_inside(pad):
    draw(pad, (0.5, 0.5), (1.2, 1.3))

    [stroke] = sheet(pad)["strokes"]
    assert all(0 <= x <= 640 and 0 <= y <= 240 for x, y, *_ in stroke)


@ON_SQLITE
def test_clearing_and_sending_nothing_asks_for_a_signature(pad):
    draw(pad, (0.1, 0.5), (0.9, 0.5))
    pad.get_by_role("button", name="清除重签").click()
    assert sheet(pad) is None
    assert black_in(pad) == 0
    pad.get_by_role("button", name="签名", exact=True).click()

    assert "请在框里签名。" in pad.locator(".err").inner_text()
    check_page(pad)


@ON_SQLITE
def test_a_signature_is_black_on_white_by_night(pad):
    pad.emulate_media(color_scheme="dark")
    colour = pad.locator("canvas").evaluate("canvas => getComputedStyle(canvas).backgroundColor")

    assert colour == "rgb(255, 255, 255)"
