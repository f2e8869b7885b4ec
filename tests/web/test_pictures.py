from io import BytesIO

import pytest
from databases import ON_SQLITE
from days import make_day
from factories import PASSWORD, make_user
from pages import Visitor
from PIL import Image
from sqlalchemy import func, select

from ledger.events.models import Photo
from ledger.journal.models import JournalEntry
from ledger.journal.service import writing
from ledger.manifests import service as manifests
from ledger.permissions import Role

pytestmark = ON_SQLITE


@pytest.fixture
def day(session, cast):
    return make_day(session, cast)


@pytest.fixture
def guo(visit):
    return visit("guo")


def picture(colour="red"):
    kept = BytesIO()
    Image.new("RGB", (40, 20), colour).save(kept, "JPEG")
    return kept.getvalue()


def form(cast, *files, **changed):
    photos = [(BytesIO(data), name) for name, data in files]
    return {"photos": photos, "unit": cast.bureau.id, "stage": "opening", "subject": "启封前的封条", **changed}


def path(day, *more):
    return "/".join((f"/events/{day.event.id}/photos", *map(str, more)))


def test_pictures_are_added_and_shown_with_stage_and_words(session, cast, day, guo):
    guo.post(path(day), form(cast, ("a.jpg", picture()), ("b.jpg", picture("blue"))))

    page = guo.get(path(day)).text
    assert "已加入 2 张图片" in page
    assert page.count('alt="启封：启封前的封条"') == 2
    assert session.scalar(select(func.count()).where(JournalEntry.act == "photo.added")) == 2


def test_a_picture_is_handed_out_as_a_picture_and_nothing_else(session, cast, day, guo):
    guo.post(path(day), form(cast, ("a.jpg", picture())))
    photo = session.scalars(select(Photo)).one()

    answer = guo.get(path(day, photo.id))

    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"].split(", ")[0] in ("private", "max-age=3600")
    assert "public" not in answer.headers["Cache-Control"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert Image.open(BytesIO(answer.data)).size == (40, 20)
    guo.get(path(day, photo.id), status=304, headers={"If-None-Match": answer.headers["ETag"]})


def test_what_is_no_picture_is_named_and_the_others_are_kept(session, cast, day, guo):
    guo.post(path(day), form(cast, ("a.jpg", b"<html>"), ("b.jpg", picture())))

    page = guo.get(path(day)).text
    assert "a.jpg 这不是可以读取的图片" in page
    assert "已加入 1 张图片" in page
    assert session.scalar(select(func.count(Photo.id))) == 1


def test_the_same_picture_comes_in_once(session, cast, day, guo):
    for _ in range(2):
        guo.post(path(day), form(cast, ("a.jpg", picture())))

    assert "这张图片已经有了：启封前的封条" in guo.get(path(day)).text
    assert session.scalar(select(func.count(Photo.id))) == 1


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"subject": " "}, "请说明拍的是什么"),
        ({"stage": "party"}, ""),
        ({"photos": []}, "请选择图片"),
        ({"unit": 999}, ""),
    ],
)
def test_nothing_is_added_without_words_stage_unit_and_file(session, cast, day, guo, changed, says):
    page = guo.post(path(day), {**form(cast, ("a.jpg", picture())), **changed}, status=422).text

    assert says in page
    assert session.scalar(select(func.count(Photo.id))) == 0


def test_another_unit_neither_sees_a_picture_nor_gets_it(app, session, cast, day, guo, visit):
    guo.post(path(day), form(cast, ("a.jpg", picture())))
    photo = session.scalars(select(Photo)).one()

    assert "启封前的封条" not in visit("qian").get(path(day)).text
    visit("qian").get(path(day, photo.id), status=404)
    visit("lin").get(path(day, photo.id))
    visit("wu").get(path(day, photo.id), status=403)


def test_nobody_adds_a_picture_of_a_unit_that_is_not_theirs(app, session, cast, day):
    with writing(session):
        make_user(session, "district", "区局", cast.district, Role.SITE_STAFF)
    visitor = Visitor(app)
    visitor.sign_in("district", PASSWORD)

    assert "加入图片" not in visitor.get(path(day)).text
    visitor.post(path(day), form(cast, ("a.jpg", picture())), status=422)
    assert session.scalar(select(func.count(Photo.id))) == 0


@pytest.mark.parametrize("login", ["sun", "pan", "xie", "wu"])
def test_who_only_looks_adds_nothing(session, cast, day, visit, login):
    visit(login).post(path(day), form(cast, ("a.jpg", picture())), status=403)

    assert session.scalar(select(func.count(Photo.id))) == 0


def test_a_picture_of_another_event_is_not_there(session, cast, day, guo):
    other = make_day(session, cast)
    guo.post(path(day), form(cast, ("a.jpg", picture())))
    photo = session.scalars(select(Photo)).one()

    guo.get(path(other, photo.id), status=404)


def test_after_the_manifest_nothing_is_added(app, session, cast, guo):
    day = make_day(session, cast)
    day.destroy()
    day.end()
    assert "需要重新签名" in guo.get(path(day)).text
    for person in (cast.pan, cast.yu):
        day.sign(person)
    with writing(session):
        manifests.issue(session, day.event, app.extensions["signer"], by=cast.chen, at=day.event.ended_at)

    before = session.scalar(select(func.count(Photo.id)))

    guo.post(path(day), form(cast, ("a.jpg", picture())))

    assert "加入图片" not in guo.get(path(day)).text
    assert session.scalar(select(func.count(Photo.id))) == before
