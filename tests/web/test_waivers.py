from datetime import UTC, datetime, timedelta

from databases import ON_SQLITE
from factories import PASSWORD
from occasions import make_approved, make_event
from sqlalchemy import select

from ledger.goods.periods import BEIJING
from ledger.units.models import Waiver

pytestmark = ON_SQLITE


def test_a_waiver_is_asked_for_and_approved_and_packing_says_what_it_allows(session, cast, visit):
    make_approved(session, cast)
    event = make_event(session, cast)
    packing = f"/batches/pack/{event.id}/{cast.bureau.id}"
    zhao, leader = visit("zhao"), visit("xie")
    assert "不能复核" in zhao.get(packing).text

    last = (datetime.now(UTC).astimezone(BEIJING) + timedelta(days=3)).date().isoformat()
    asked = {"unit": cast.bureau.id, "person": cast.lin.id, "pair": "applicant-checker", "last_day": last}
    zhao.post("/waivers", {**asked, "reason": "所内仅两人在岗"})
    waiver = session.scalars(select(Waiver)).one()
    here = f"/waivers/{waiver.id}"
    assert here in leader.get("/").text
    assert "所内仅两人在岗" in leader.get(here).text
    decision = {"decision": "approve", "opinion": "", "digest": waiver.digest, "password": PASSWORD}
    assert "密码不对" in leader.post(here, {**decision, "password": "wrong"}, status=422).text
    zhao.post(here, decision, status=403)
    leader.post(here, decision)

    assert "有效" in visit("sun").get("/waivers").text
    assert "可凭批准的例外复核" in zhao.get(packing).text


def test_a_chain_and_a_site_say_who_is_missing_before_the_last_signature(session, cast, visit):
    make_event(session, cast)
    assert "有步骤无人可签" not in visit("sun").get(f"/chains/{cast.bureau.id}").text
    page = visit("chen").get("/events/1/people").text

    assert "可监销" in page
    assert cast.pan.name in page
