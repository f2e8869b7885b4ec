"""The public result: nobody reads it before it is released nor after it was withdrawn, and no party is named in it."""

import pytest
from closed import PARTY
from databases import AFTER_CLOSING
from sqlalchemy import select

from ledger.cases.models import Case
from ledger.events.models import Event
from ledger.journal.models import JournalEntry
from ledger.reports.models import PublicResult

pytestmark = AFTER_CLOSING


@pytest.fixture
def place(session):
    return f"/results/events/{session.scalars(select(Event)).one().id}"


def acts(session):
    query = select(JournalEntry.act).where(JournalEntry.act.startswith("result."))
    return session.scalars(query.order_by(JournalEntry.seq)).all()


def test_the_public_reads_the_result_as_long_as_it_is_released(session, place, visit, stranger):
    chen = visit("chen")
    proposed = chen.get(place).text
    assert "查处一起案件" in proposed
    assert PARTY not in proposed

    doors = ("/login", "/verify")
    assert not any('href="/results"' in stranger.get(door).text for door in doors)

    chen.post(place, {"cases": "某超市销售假酒案\r\n\r\n某仓库囤积假冒口罩案"})

    result = session.scalars(select(PublicResult)).one()
    public = stranger.get(f"/results/{result.id}").text
    assert "<p>某仓库囤积假冒口罩案</p>" in public
    assert "300" in public
    assert f"/results/{result.id}" in stranger.get("/results").text
    assert all('href="/results"' in stranger.get(door).text for door in doors)
    for case in session.scalars(select(Case)):
        assert case.number not in public
        assert case.decision not in public
        assert case.party not in public

    chen.post(f"{place}/withdraw")

    session.expire_all()
    stranger.get(f"/results/{result.id}", status=404)
    assert f"/results/{result.id}" not in stranger.get("/results").text
    assert "某超市销售假酒案" in chen.get(place).text
    assert "某超市销售假酒案" in chen.get(f"{place}?preview=1").text
    assert acts(session) == ["result.released", "result.withdrawn"]


def test_a_text_that_names_a_party_or_a_case_is_not_released(session, place, visit):
    case = session.scalars(select(Case)).first()

    for word in (PARTY, " ".join(PARTY), case.number, case.decision):
        page = visit("chen").post(place, {"cases": f"查处{word}售假案"}, status=422).text
        assert "请删去" in page
    assert session.scalars(select(PublicResult)).all() == []
    visit("qian").get(place, status=403)
    visit("sun").post(place, {"cases": "x"}, status=403)
