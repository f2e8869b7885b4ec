from io import BytesIO

import pytest
from databases import ON_SQLITE
from factories import make_case, make_item, make_stocktake
from PIL import Image
from sqlalchemy import delete, func, select
from sqlalchemy.exc import DBAPIError

from ledger.cases.models import Attachment
from ledger.journal.models import JournalEntry

pytestmark = ON_SQLITE
PDF = b"%PDF-1.7\n%%EOF\n"


def photo(colour="red"):
    """A photograph that says where it was taken."""
    kept, exif = BytesIO(), Image.Exif()
    exif[0x8825] = {1: "N", 2: (24.0, 26.0, 46.0)}
    Image.new("RGB", (40, 20), colour).save(kept, "JPEG", exif=exif)
    return kept.getvalue()


@pytest.fixture
def case(session, cast):
    return make_case(session, cast)


@pytest.fixture
def item(session, cast, case):
    return make_item(session, cast, case=case)


def form(*files, **more):
    return {"files": [(BytesIO(data), name) for name, data in files], "name": "扣押清单", "item": "", **more}


def path(case, *more):
    return "/".join((f"/cases/{case.id}/attachments", *map(str, more)))


def kept(session):
    session.rollback()
    return session.scalars(select(Attachment).order_by(Attachment.id)).all()


def test_the_original_stays_as_it_was_handed_in_and_what_is_shown_tells_no_place(session, case, item, visit):
    lin = visit("lin")
    lin.post(path(case), form(("a.jpg", photo()), item=item.id, name="外箱正面"))

    page = lin.get(path(case)).text
    for words in ("已加入 1 个文件", 'alt="外箱正面"', f"{item.number}. {item.name}", "林文静"):
        assert words in page
    [attachment] = kept(session)
    shown = lin.get(path(case, attachment.id))
    assert (shown.mimetype, len(Image.open(BytesIO(shown.data)).getexif())) == ("image/jpeg", 0)
    original = lin.get(path(case, attachment.id, "original"), buffered=True)
    assert original.data == photo()
    assert original.headers["Content-Disposition"].startswith("attachment")
    assert session.scalar(select(func.count()).where(JournalEntry.act == "case.attached")) == 1


def test_a_document_is_saved_and_never_shown_within_a_page(session, case, visit):
    lin = visit("lin")
    lin.post(path(case), form(("决定书.pdf", PDF)))

    [attachment] = kept(session)
    answer = lin.get(path(case, attachment.id, "original"), buffered=True)
    assert (answer.data, answer.mimetype) == (PDF, "application/pdf")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    lin.get(path(case, attachment.id), status=404)


def test_what_is_neither_is_named_and_the_others_are_kept(session, case, visit):
    lin = visit("lin")
    lin.post(path(case), form(("a.html", b"<script>"), ("b.pdf", PDF), ("c.pdf", PDF)))

    page = lin.get(path(case)).text
    assert "a.html 这既不是图片" in page
    assert "c.pdf 这个文件已经有了：扣押清单" in page
    assert len(kept(session)) == 1


def test_a_file_needs_words(session, case, visit):
    page = visit("lin").post(path(case), form(("b.pdf", PDF), name=" "), status=422).text

    assert "请说明这是什么" in page
    assert kept(session) == []


def test_a_file_of_another_case_is_not_found_there(session, cast, case, visit):
    lin = visit("lin")
    lin.post(path(case), form(("b.pdf", PDF)))
    [attachment] = kept(session)
    other = make_case(session, cast, number="思市监案字〔2026〕9号")

    lin.get(path(other, attachment.id, "original"), status=404)


def test_who_may_only_look_adds_nothing(session, case, visit):
    sun = visit("sun")

    assert "加入图片" not in sun.get(path(case)).text
    sun.post(path(case), form(("b.pdf", PDF)), status=403)
    assert kept(session) == []


def test_who_counts_the_goods_blind_does_not_see_the_files_meanwhile(session, cast, case, item, visit):
    lin, zhao = visit("lin"), visit("zhao")
    lin.post(path(case), form(("b.pdf", PDF)))
    [attachment] = kept(session)
    make_stocktake(session, cast, item)

    assert "您正在清点这个案件的物品" in zhao.get(path(case)).text
    zhao.get(path(case, attachment.id, "original"), status=404)
    visit("sun").get(path(case, attachment.id, "original"), buffered=True)


def test_the_database_itself_keeps_what_was_added(session, case, visit):
    visit("lin").post(path(case), form(("b.pdf", PDF)))
    session.rollback()

    with pytest.raises(DBAPIError, match="rows are only added"):
        session.execute(delete(Attachment))
