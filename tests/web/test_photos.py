"""Photos are shrunk in the page before an ordinary form sends them."""

import io

import pytest
from browser import serving
from databases import ON_SQLITE
from flask import Flask, render_template_string, request
from PIL import Image
from playwright.sync_api import expect

from ledger.web.access import open_to_all

pytestmark = ON_SQLITE
ORIENTATION, GPS, MAKE = 274, 34853, 271
PAGE = """
{% extends "base.html" %}
{% from "components/buttons.html" import primary %}
{% block title %}照片{% endblock %}
{% block main %}
<form method="post" enctype="multipart/form-data"><input type="hidden" name="csrf_token" value="{{ csrf_token() }}">
<label for="photos">照片</label>
<input id="photos" name="photos" type="file" accept="image/*" capture="environment" multiple data-shrink>
{{ primary("上传") }}</form>{% if got %}<p>收到</p>{% endif %}
{% endblock %}
"""


@pytest.fixture
def got():
    """The files that were sent, by name."""
    return {}


@pytest.fixture
def site(app: Flask, got):
    @app.route("/photos", methods=["GET", "POST"])
    @open_to_all
    def photos():
        got.update({file.filename: file.read() for file in request.files.getlist("photos")})
        return render_template_string(PAGE, got=got)

    with serving(app) as address:
        yield address


def send(page, *paths):
    page.goto("/photos")
    page.get_by_label("照片").set_input_files(paths)
    expect(page.get_by_role("button", name="上传")).to_be_enabled()
    page.get_by_role("button", name="上传").click()
    expect(page.get_by_text("收到")).to_be_visible()


def test_a_photo_is_sent_small_upright_and_without_what_the_camera_wrote_into_it(page, got, tmp_path):
    path = tmp_path / "IMG_1.jpeg"
    lying = Image.effect_noise((4000, 3000), 40).convert("RGB")
    lying.paste("red", (0, 0, 4000, 300))  # the left edge of the scene: the camera was held upright, turned right
    written = Image.Exif()
    written[ORIENTATION], written[MAKE] = 6, "Camera"
    written.get_ifd(GPS)[1] = "N"
    lying.save(path, exif=written)

    send(page, path)

    photo = Image.open(io.BytesIO(got["IMG_1.jpg"]))
    red, _, blue = photo.getpixel((1150, 800))
    assert photo.size == (1200, 1600)
    assert red - blue > 150  # 6 means: turned a quarter to the right, the top edge comes to the right
    assert not photo.getexif()
    assert len(got["IMG_1.jpg"]) < path.stat().st_size / 3


def test_a_small_photo_keeps_its_size(page, got, tmp_path):
    path = tmp_path / "small.png"
    Image.new("RGB", (320, 200), "green").save(path)

    send(page, path)

    assert Image.open(io.BytesIO(got["small.jpg"])).size == (320, 200)


def test_what_the_browser_cannot_read_is_sent_as_it_is(page, got, tmp_path):
    odd, good = tmp_path / "odd.heic", tmp_path / "good.png"
    odd.write_bytes(b"no picture that a browser knows")
    Image.new("RGB", (20, 20)).save(good)

    send(page, odd, good)

    assert got["odd.heic"] == odd.read_bytes()
    assert "good.jpg" in got
