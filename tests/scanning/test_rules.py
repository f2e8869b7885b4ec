"""Every verdict there is, against a table written down for people."""

from itertools import chain, combinations, product
from pathlib import Path

import orjson
import pytest

from ledger.errors import Message
from ledger.scanning.rules import (
    MOVES,
    OK,
    REASONS,
    STAGE_NAMES,
    WAY,
    Known,
    Outcome,
    Reason,
    Sample,
    Seal,
    Stage,
    Undone,
    judge,
    judge_void,
)

HOLD, BURN, CRUSH = Message("Lawsuit"), Message("Incineration"), Message("Crushing")
GOOD = Known(
    device_is_blocked=False,
    label_is_current=True,
    is_of_event=True,
    event_name="活动",
    event_is_open=True,
    is_expected=True,
    passed=frozenset(),
    sample=None,
    hold=None,
    seal=None,
    papers_are_good=True,
    run_is_open=True,
    approved_method=BURN,
    run_method=BURN,
)
EARLIER = {Stage.LOAD: set(), Stage.RECEIVE: {Stage.LOAD}, Stage.DESTROY: {Stage.LOAD, Stage.RECEIVE}}

TABLE = [
    # what is the matter, at which stages it counts, what comes of it; the first row that fits decides
    (lambda k, _: k.device_is_blocked, WAY, (Outcome.REFUSED, Reason.DEVICE_BLOCKED)),
    (lambda k, _: not k.label_is_current, WAY, (Outcome.REFUSED, Reason.LABEL_VOID)),
    (lambda k, _: not k.is_of_event, WAY, (Outcome.REFUSED, Reason.OTHER_EVENT)),
    (lambda k, s: s in k.passed, WAY, (Outcome.REPEAT, Reason.ALREADY_PASSED)),
    (lambda k, _: not k.event_is_open, WAY, (Outcome.REFUSED, Reason.EVENT_NOT_OPEN)),
    (lambda k, _: not k.is_expected, WAY, (Outcome.REFUSED, Reason.NOT_IN_PLAN)),
    (lambda k, _: k.sample == "failed", [Stage.DESTROY], (Outcome.REFUSED, Reason.SAMPLE_FAILED)),
    (lambda k, _: k.hold, WAY, (Outcome.REFUSED, Reason.HELD)),
    (lambda k, _: k.seal == "broken", WAY, (Outcome.REFUSED, Reason.SEAL_BROKEN)),
    (lambda k, _: not k.papers_are_good, WAY, (Outcome.REFUSED, Reason.HAZARDOUS_PAPERS)),
    (lambda k, _: not k.run_is_open, [Stage.DESTROY], (Outcome.REFUSED, Reason.NO_RUN)),
    (lambda k, _: k.run_method != k.approved_method, [Stage.DESTROY], (Outcome.REFUSED, Reason.OTHER_METHOD)),
    (
        lambda k, s: EARLIER[s] - k.passed,
        [Stage.RECEIVE, Stage.DESTROY],
        (Outcome.WAITING, Reason.EARLIER_STAGE_MISSING),
    ),
    (lambda k, _: k.sample == "due", [Stage.DESTROY], (Outcome.REFUSED, Reason.SAMPLE_DUE)),
]


def everything():
    """Every state of a batch that makes a difference."""
    subsets = [frozenset(some) for some in chain.from_iterable(combinations(WAY, n) for n in range(4))]
    flags = [(True, False)] * 6
    for blocked, of_event, is_open, expected, papers, run, passed, sample, hold, seal, method, label in product(
        *flags, subsets, (None, *Sample), (None, HOLD), (None, *Seal), (BURN, CRUSH, None), (True, False)
    ):
        yield Known(
            device_is_blocked=blocked,
            label_is_current=label,
            is_of_event=of_event,
            event_name="活动",
            event_is_open=is_open,
            is_expected=expected,
            passed=passed,
            sample=sample,
            hold=hold,
            seal=seal,
            papers_are_good=papers,
            run_is_open=run,
            approved_method=BURN,
            run_method=method,
        )


@pytest.mark.parametrize("stage", WAY)
def test_every_verdict_is_that_of_the_table(stage):
    seen = set()
    for known in everything():
        found = judge(stage, known)
        expected = next((then for fits, at, then in TABLE if stage in at and fits(known, stage)), (Outcome.OK, None))
        assert (found.outcome, found.reason) == expected, known
        seen.add(found.reason)

    assert seen == {None, *(then[1] for _, at, then in TABLE if stage in at)}


def test_what_is_missing_is_named_by_the_first_that_is():
    assert judge(Stage.DESTROY, GOOD).facts == {"stage": "Loading"}


def test_good_goods_pass():
    assert judge(Stage.LOAD, GOOD) is OK


def test_every_reason_has_a_sentence_and_every_stage_a_way():
    assert set(REASONS) == set(Reason)
    assert set(MOVES) == set(WAY)


VECTORS = orjson.loads((Path(__file__).parent.parent / "verdicts.json").read_bytes())
"""What devices judge by, too; see tests/front/rules.test.mjs."""


@pytest.mark.parametrize("row", VECTORS["judged"], ids=lambda row: row["name"])
def test_a_device_would_say_the_same(row):
    given = VECTORS["good"] | row["known"]
    seal = given["seal"] and Seal(given["seal"])
    sample = given["sample"] and Sample(given["sample"])
    known = Known(**given | {"passed": frozenset(map(Stage, given["passed"])), "sample": sample, "seal": seal})

    found = judge(Stage(row["stage"]), known)

    facts = {name: STAGE_NAMES[Stage(fact)] if name == "stage" else fact for name, fact in row["facts"].items()}
    assert (found.outcome, found.reason, found.facts or {}) == (row["verdict"], row["reason"], facts)


@pytest.mark.parametrize("row", VECTORS["taken_back"], ids=lambda row: row["name"])
def test_a_device_would_take_back_the_same(row):
    given = row["undone"]
    named = given and {"stage": Stage(given["stage"]), "outcome": Outcome(given["outcome"])}
    found = judge_void(given and Undone(**given | named))

    assert (found.outcome, found.reason) == (row["verdict"], row["reason"])


def test_devices_are_asked_for_every_ruling():
    asked = {(row["stage"], row["reason"]) for row in VECTORS["judged"]}

    assert asked >= {(stage, then[1]) for _, at, then in TABLE for stage in at}
