"""The archive of an event: who has it made, and who gets it."""

from hashlib import sha256

import orjson
import pytest
from databases import ON_SQLITE
from days import issue, make_day
from sqlalchemy import select

from ledger.journal.models import JournalEntry
from ledger.worker import run_until_done

pytestmark = ON_SQLITE


@pytest.fixture
def day(app, session, cast):
    """A day whose manifest is issued, and not made yet."""
    day = make_day(session, cast)
    day.destroy()
    day.end()
    issue(app, day)
    return day


def test_the_archive_is_made_by_the_worker_for_the_organiser_and_the_journal_names_its_hash(app, session, day, visit):
    chen, page = visit("chen"), f"/events/{day.event.id}"
    assert "制作档案" not in chen.get(page).text
    chen.post(f"/archives/{day.event.id}", status=409)
    run_until_done(app)
    assert "保管期限 30 年，至 2056年12月31日" in chen.get(page).text
    chen.get(f"/archives/{day.event.id}/archive.zip", status=404)

    chen.post(f"/archives/{day.event.id}")
    assert "正在制作档案" in chen.get(page).text
    chen.post(f"/archives/{day.event.id}")  # once is enough
    assert chen.get(f"/archives/{day.event.id}/progress").json["next"] is None
    run_until_done(app)

    assert chen.get(f"/archives/{day.event.id}/progress").json["next"] == f"{page}#archive"
    answer = chen.get(f"/archives/{day.event.id}/archive.zip")
    [entry] = session.scalars(select(JournalEntry).where(JournalEntry.act == "event.archived")).all()
    said = orjson.loads(entry.body)
    assert (said["data"]["sha256"], said["data"]["size"]) == (sha256(answer.data).hexdigest(), len(answer.data))
    assert said["actor"]["login"] == "chen"
    answer.close()
    assert "下载档案" in chen.get(page).text
    assert "档案" not in visit("sun").get(page).text
    visit("sun").get(f"/archives/{day.event.id}/archive.zip", status=403)
