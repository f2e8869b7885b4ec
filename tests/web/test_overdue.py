from datetime import UTC, datetime, timedelta

import pytest
from databases import ON_SQLITE
from occasions import make_approved, make_plan, sign_plan

from ledger.config import BadSetting, Settings
from ledger.events import service
from ledger.events.deadlines import Deadline
from ledger.goods.periods import BEIJING
from ledger.journal.service import writing


def plan_in(session, cast, days):
    event, day = make_plan(session, cast, cast.bureau), datetime.now(UTC).astimezone(BEIJING).date()
    with writing(session):
        day += timedelta(days=days)
        service.change_head(event, name="集中统一销毁", day=day, report_due_on=day)
    return event


@ON_SQLITE
def test_what_is_overdue_is_listed_with_its_people_and_waits_on_their_first_page(session, cast, visit):
    make_approved(session, cast)
    event = plan_in(session, cast, 1)
    sign_plan(session, cast, event)

    for login in ("chen", "sun"):
        page = visit(login).get("/overdue").text
        assert "装批并加封" in page
        assert "逾期 2 天" in page
        assert cast.zhao.name in page
    assert "装批并加封" in visit("chen").get(f"/events/{event.id}").text
    assert "装批并加封：已逾期" in visit("zhao").get("/").text
    assert "活动有逾期事项" in visit("chen").get("/").text
    assert "装批" not in visit("feng").get("/overdue").text


@ON_SQLITE
def test_people_are_reminded_in_the_week_before_a_deadline_and_not_earlier(session, cast, visit):
    make_approved(session, cast)
    event = plan_in(session, cast, 9)
    assert "前装批并加封" in visit("zhao").get("/").text
    assert "没有逾期事项" in visit("chen").get("/overdue").text

    with writing(session):
        day = event.day + timedelta(days=30)
        service.change_head(event, name=event.name, day=day, report_due_on=day)
    assert "装批并加封" not in visit("zhao").get("/").text


def test_deadlines_are_settings(tmp_path):
    env = {"LEDGER_INSTANCE": str(tmp_path), "LEDGER_DEADLINES": "packing=5"}

    given = Settings.from_env(env).deadlines
    assert (given[Deadline.PACKING], given[Deadline.COUNT]) == (5, 21)
    for wrong in ("packing", "packing=x", "burning=3"):
        with pytest.raises(BadSetting, match="LEDGER_DEADLINES"):
            Settings.from_env({**env, "LEDGER_DEADLINES": wrong})
