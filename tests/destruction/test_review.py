from decimal import Decimal

import pytest
from factories import NOON, TERMS, decide, judge_lines, make_application, make_case, make_counted, make_item, submit

from ledger.destruction import service
from ledger.destruction.queries import candidates, signed_before, sort_out
from ledger.destruction.review import Change, changes_since, summary_of
from ledger.destruction.workflow import Decision, Method, Treatment
from ledger.goods.classes import EnvClass
from ledger.journal.service import writing


@pytest.fixture
def goods(session, cast):
    """Three counted lines of one case: wine, bags, and a drug in kilograms."""
    case = make_case(session, cast)
    facts = [
        {"name": "白酒", "stored": "65", "value": 65_000, "at_location": "A"},
        {"name": "箱包", "stored": "1885", "measure": "个", "at_location": "B"},
        {
            "name": "饮片",
            "stored": "1.56",
            "measure": "公斤",
            "value": 999,
            "env_class": EnvClass.HAZARDOUS,
            "at_location": "C",
        },
    ]
    return [make_counted(session, cast, case=case, **each) for each in facts]


def test_totals_are_never_added_up_across_measures_and_values_are_shares(session, cast, goods):
    application = make_application(session, cast, *goods)
    with writing(session):
        service.change_line(application, application.lines[0], quantity=Decimal(13), method=Method.CRUSHING)

    summary = summary_of(application.lines)

    assert summary.totals == [("个", 1885), ("瓶", 13), ("公斤", Decimal("1.56"))]
    assert (summary.value, summary.unvalued) == (13_000 + 999, 1)
    assert (summary.weight_kg, summary.weighed) == (Decimal("1.56"), 1)
    assert [(each.kind, each.lines) for each in summary.classes] == [(EnvClass.GENERAL, 2), (EnvClass.HAZARDOUS, 1)]
    assert sum(each.value for each in summary.classes) == summary.value
    methods = Method.INCINERATION, Method.HOT_INCINERATION, Method.CRUSHING
    assert summary.methods == [(method, None) for method in methods]


def test_what_changed_since_the_last_submission_is_told_line_by_line(session, cast, goods):
    wine, bags, drug = goods
    application = make_application(session, cast, wine, bags)
    submit(session, application)
    decide(session, cast, application, Decision.RETURN, "请改")
    assert signed_before(session, application) is None
    with writing(session):
        first, second = application.lines
        service.change_line(application, first, quantity=Decimal(63), method=Method.CRUSHING)
        service.remove_line(application, second)
        [added] = service.add_free_goods(session, application, [drug])
        service.revise(application, legal_basis=application.legal_basis, reason="侵权商品")
    submit(session, application)

    changes = changes_since(signed_before(session, application), application)

    assert changes.lines == {
        first.id: Change(quantity=Decimal(65), method=Treatment(Method.INCINERATION)),
        added.id: Change(is_new=True),
    }
    assert [(gone["name"], gone["quantity"]) for gone in changes.removed] == [("箱包", 1885)]
    assert changes.head == {"reason": ""}
    assert changes.count == 5


def test_the_same_content_submitted_again_has_no_marks(session, cast, goods):
    application = make_application(session, cast, *goods)
    submit(session, application)
    decide(session, cast, application, Decision.RETURN, "请等等")
    submit(session, application)

    assert changes_since(signed_before(session, application), application).count == 0


def test_chosen_lines_are_sorted_out_and_none_is_dropped(session, cast, goods):
    uncounted = make_item(session, cast, case=make_case(session, cast, number="2"), at_location="D")
    foreign = make_counted(session, cast, case=make_case(session, cast, unit=cast.district))

    chosen = sort_out(session, [uncounted, *goods, foreign], terms=TERMS, today=NOON.date())

    assert (chosen.unit, chosen.along) == (cast.bureau, goods)
    assert [(item, verdict.word) for item, verdict in chosen.behind] == [
        (uncounted, "To be counted"),
        (foreign, "Another unit’s"),
    ]


def test_candidates_are_what_may_be_applied_for_and_nothing_else(session, cast, goods):
    make_item(session, cast, case=make_case(session, cast, number="2"), name="没点的白酒", at_location="D")
    make_counted(session, cast, case=make_case(session, cast, number="3", served_on=NOON.date()), at_location="E")
    make_counted(session, cast, case=make_case(session, cast, unit=cast.district))
    wine, bags, drug = goods
    submit(session, make_application(session, cast, bags))

    judge_lines(session)

    def found(words):
        return candidates(session, cast.bureau.id, words, terms=TERMS, today=NOON.date())

    assert found("") == [drug, wine]
    assert found("白酒") == [wine]
