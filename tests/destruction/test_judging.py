from datetime import date, timedelta
from functools import partial

import pytest
from factories import NOON, TERMS, count, decide, judge_lines, make_application, make_case, make_item, submit
from sqlalchemy import select

from ledger.cases.models import Case, Hold
from ledger.cases.queries import cases_of
from ledger.cases.rules import AppealPeriods, HoldKind, Kind, Stage, Terms, kind_of, stage_of
from ledger.cases.service import amend_case, release_hold, set_hold
from ledger.destruction import judging
from ledger.destruction.kinds import at_stage, of_kind
from ledger.destruction.queries import facts_of, verdicts
from ledger.goods import filters, queries
from ledger.goods.filters import Filter, lines_of
from ledger.goods.models import Item
from ledger.journal.service import writing
from ledger.worker import judge

TODAY = NOON.date()
OVER = next(day for day in (TODAY - timedelta(days=days) for days in range(400)) if TERMS.periods.end(day) < TODAY)
"""The last day of service whose decision can no longer be challenged."""
OWNERLESS = {"decision": "", "served_on": None, "party": "", "noticed_on": date(2026, 10, 1)}


def names(session, condition):
    lines = lines_of(session, Filter(unit_ids=None, further=[condition]))
    return [item.name for item in queries.page_of_lines(session, lines).items]


def assert_found(session, *, terms=TERMS, today=TODAY):
    """Every line is found at the one stage and by the one verdict that the rules name."""
    session.expire_all()
    judge_lines(session, terms=terms, today=today)
    items = session.scalars(select(Item).order_by(Item.id.desc())).all()
    cases = cases_of(session, items)
    said, facts = verdicts(session, items, cases, terms=terms, today=today), facts_of(session, items, cases)
    stages = {
        item_id: Stage.HELD if line.hold else stage_of(line.case, periods=terms.periods, today=today)
        for item_id, line in facts.items()
    }
    for kind in Kind:
        assert names(session, of_kind(kind)) == [each.name for each in items if kind_of(said[each.id]) is kind]
    for stage in Stage:
        assert names(session, at_stage(stage)) == [each.name for each in items if stages[each.id] is stage]


@pytest.fixture(params=[0, 20_000], ids=["walked", "looked up"], autouse=True)
def _few(monkeypatch, request):
    """Lines are found by walking, as among millions, or by looking the smallest set up."""
    monkeypatch.setattr(filters, "FEW", request.param)


@pytest.fixture
def lines(session, cast):
    undecided = {"decision": "", "served_on": None}
    for name, papers in {
        "undecided": undecided,
        "kept": {**undecided, "kept_on": TODAY},
        "detained": {**undecided, "kept_on": TODAY, "detained_on": TODAY, "noticed_until": TODAY},
        "in_notice": {**OWNERLESS, "noticed_until": TODAY},
        "notice_over": {**OWNERLESS, "noticed_until": TODAY - timedelta(days=1)},
        "unserved": {"served_on": None},
        "open_to_appeal": {"served_on": OVER + timedelta(days=1)},
        "final": {"served_on": OVER},
    }.items():
        make_item(session, cast, case=make_case(session, cast, number=name, **papers), name=name)
    return {item.name: item for item in session.scalars(select(Item))}


def case_of(session, item):
    return session.get_one(Case, item.case_id)


@pytest.mark.usefixtures("lines")
def test_every_line_is_found_at_the_stage_of_its_case_and_at_the_next_one_when_its_day_comes(session):
    for days in (0, 1, TERMS.count_valid_days, TERMS.count_valid_days + 1):
        assert_found(session, today=TODAY + timedelta(days=days))
    assert names(session, at_stage(Stage.OPEN_TO_APPEAL)) == []


@pytest.mark.usefixtures("lines")
def test_other_terms_have_every_line_judged_anew(session):
    judge_lines(session)
    longer = Terms(periods=AppealPeriods(2000, 6), count_valid_days=1)

    assert_found(session, terms=longer)
    assert "final" in names(session, at_stage(Stage.OPEN_TO_APPEAL))


def test_every_act_that_may_change_what_is_said_of_a_line_has_it_judged_anew(session, cast, lines):
    line, mate = lines["final"], make_item(session, cast, case=case_of(session, lines["final"]), name="同案")
    application = None

    def hold(item):
        with writing(session):
            set_hold(session, case_of(session, line), item, kind=HoldKind.OTHER, reason="x", by=cast.lin, at=NOON)

    def release():
        with writing(session):
            for each in session.scalars(select(Hold).where(Hold.released_at.is_(None))):
                release_hold(session, each, reason="x", by=cast.lin, at=NOON)

    def amend():
        case = case_of(session, lines["unserved"])
        facts = case.facts.__class__(**{**_as_dict(case.facts), "served_on": OVER})
        with writing(session):
            amend_case(session, case, facts, version=case.version, reason="x", by=cast.lin, at=NOON)

    def apply():
        nonlocal application
        application = make_application(session, cast, line)

    for act in (
        partial(hold, None),
        release,
        partial(hold, mate),
        release,
        amend,
        partial(count, session, cast, line),
        apply,
        lambda: submit(session, application),
        lambda: [decide(session, cast, application) for _step in range(4)],
    ):
        judge_lines(session)
        act()
        assert_found(session)
    assert names(session, of_kind(Kind.APPROVED)) == [line.name]


def test_the_worker_judges_a_portion_at_a_time_until_nothing_is_left(app, session, lines, monkeypatch):
    monkeypatch.setattr(judging, "PORTION", 3)
    today = lambda: NOON  # noqa: E731 - a clock that stands

    assert [judge(app, today) for _ in range(4)] == [True, True, True, False]
    session.rollback()
    assert len(lines) == 8
    assert names(session, at_stage(Stage.FINAL)) == ["final"]


def _as_dict(facts):
    return {name: getattr(facts, name) for name in facts.__dataclass_fields__}


def test_what_another_process_has_judged_meanwhile_leaves_nothing_to_do(session, cast):
    make_item(session, cast)
    judge_lines(session)

    with writing(session):
        judging.judge_some(session, terms=TERMS, today=TODAY)

    assert not judging.is_any_void(session, terms=TERMS, today=TODAY)
