from datetime import UTC, datetime, timedelta

from databases import ON_SQLITE
from factories import PASSWORD, decide, make_application, make_counted, submit

from ledger.goods.periods import BEIJING

pytestmark = ON_SQLITE


def test_a_leader_names_a_deputy_who_then_finds_what_to_sign_and_signs_for_them(session, cast, visit):
    today = datetime.now(UTC).astimezone(BEIJING).date()
    days = {"first_day": today.isoformat(), "last_day": (today + timedelta(days=3)).isoformat()}
    leader, deputy = visit("xie"), visit("sun")
    form = {"deputy": cast.sun.id, **days, "reason": "外出学习", "password": PASSWORD}
    assert "密码不对" in leader.post("/deputies", {**form, "password": "wrong"}, status=422).text
    leader.post("/deputies", form)
    assert "正在代签" in deputy.get("/deputies").text

    application = make_application(session, cast, make_counted(session, cast))
    submit(session, application)
    for _ in (cast.liu, cast.huang, cast.cai):
        decide(session, cast, application)
    here = f"/applications/{application.id}"
    assert f"代{cast.xie.name}签批" in deputy.get("/").text
    assert "您以本人名义" in deputy.get(here).text
    opinion = {"decision": "agree", "phrase": "", "text": "同意", "digest": application.digest, "password": PASSWORD}
    deputy.post(f"{here}/opinion", opinion)

    session.refresh(application)
    assert application.opinions[-1].stands_for_id == cast.xie.id
    assert f"{cast.sun.name}（代{cast.xie.name}）" in leader.get(here).text
    assert f"代{cast.xie.name}" in deputy.get("/journal").text


def test_who_signs_in_no_chain_names_nobody_and_only_the_own_deputy_is_ended(visit):
    assert "指定我的代签人" not in visit("lin").get("/deputies").text
    visit("lin").post("/deputies", {}, status=403)
