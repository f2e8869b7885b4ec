from databases import ON_SQLITE
from factories import NOON, STORE_LEDGER, hand_in, make_case, make_item

from ledger.journal.service import writing
from ledger.units import service

pytestmark = ON_SQLITE


def test_the_first_page_says_what_waits_and_leads_to_it(app, session, cast, visit):
    import_id = hand_in(app, visit("lin"), kind="opening_balance", content=STORE_LEDGER)
    assert "处理导入核对结果" in visit("lin").get("/").text
    visit("lin").post(f"/imports/{import_id}/accept")

    page = visit("zhao").get("/").text

    assert "确认期初台账" in page
    assert f'href="/imports/{import_id}"' in page
    assert "等保管员确认" in visit("lin").get("/").text


def test_a_reset_waits_for_the_other_administrator_only(session, cast, visit):
    with writing(session):
        service.request_reset(session, cast.lin, reason="忘记了", by=cast.wu, at=NOON)

    assert "重置 林文静 的密码" in visit("zheng").get("/").text
    assert "重置 林文静 的密码" not in visit("wu").get("/").text


def test_figures_are_of_the_own_units(session, cast, visit):
    make_item(session, cast, case=make_case(session, cast, unit=cast.district))

    assert "<dd>1</dd>" in visit("qian").get("/").text
    assert "<dd>1</dd>" not in visit("feng").get("/").text
