"""Duties that no law asks for, waived: by whom, for whom, until when, and what they change."""

from datetime import timedelta

import pytest
from factories import NOON
from occasions import make_approved, make_event

from ledger.duties import APART, WAIVABLE, DutyConflict, Part
from ledger.events import packing
from ledger.journal.service import writing
from ledger.manifests.evidence import waivers as told
from ledger.units.waivers import (
    NotWaivable,
    WaiverChanged,
    WaiverDecided,
    WaiverTooLong,
    WhyRefused,
    ask_waiver,
    decide_waiver,
)

TODAY = NOON.date()
PAIR = (Part.CHECKER, Part.APPLICANT)


def ask(session, cast, *, days=10, parts=PAIR, person=None):
    with writing(session):
        until, who = TODAY + timedelta(days=days), person or cast.lin
        given = {"reason": "所内仅两人在岗", "last_day": until, "today": TODAY}
        return ask_waiver(session, cast.bureau, who, parts, **given, by=cast.zhao, at=NOON)


def decide(session, waiver, by, *, approves=True, opinion="", digest=None):
    with writing(session):
        seen = digest or waiver.digest
        decide_waiver(session, waiver, approves=approves, opinion=opinion, digest=seen, by=by, at=NOON)


def pack(session, cast, event, line, *, at=NOON):
    with writing(session):
        given = {"packer": cast.zhao, "checker": cast.lin, "at": at}
        return packing.pack(session, event, cast.bureau, {line: line.open}, **given)


def test_what_a_law_keeps_apart_cannot_be_waived(session, cast):
    assert all("法" not in APART[pair] for pair in WAIVABLE)
    for pair in APART.keys() - WAIVABLE:
        with pytest.raises(NotWaivable):
            ask(session, cast, parts=tuple(pair))


def test_a_waiver_lets_the_applicant_check_until_its_day_and_the_manifest_tells_of_it(session, cast):
    [line] = make_approved(session, cast)
    event = make_event(session, cast)
    with pytest.raises(DutyConflict):
        pack(session, cast, event, line)
    waiver = ask(session, cast)
    with pytest.raises(DutyConflict):  # nobody has approved it
        pack(session, cast, event, line)
    decide(session, waiver, cast.xie)
    with pytest.raises(DutyConflict):  # it is over
        pack(session, cast, event, line, at=NOON + timedelta(days=11))
    batch = pack(session, cast, event, line)

    [row] = told(event)
    assert (row["person"], row["approved_by"], row["batches"]) == (cast.lin.name, cast.xie.name, [batch.number])
    assert (row["reason"], row["until"]) == ("所内仅两人在岗", (TODAY + timedelta(days=10)).isoformat())


def test_a_batch_that_needs_no_waiver_names_none(session, cast):
    [line] = make_approved(session, cast, applicant=cast.qian)
    event = make_event(session, cast)
    decide(session, ask(session, cast), cast.xie)

    assert pack(session, cast, event, line).waivers == []
    assert told(event) == []


def test_somebody_else_decides_once_over_what_they_saw(session, cast):
    waiver = ask(session, cast, person=cast.liu)
    for concerned in (cast.zhao, cast.liu):
        with pytest.raises(DutyConflict):
            decide(session, waiver, concerned)
    with pytest.raises(WaiverChanged):
        decide(session, waiver, cast.xie, digest="0" * 64)
    with pytest.raises(WhyRefused):
        decide(session, waiver, cast.xie, approves=False)
    decide(session, waiver, cast.xie, approves=False, opinion="另派人员")
    with pytest.raises(WaiverDecided):
        decide(session, waiver, cast.xie)
    assert not waiver.runs_on(TODAY)


def test_a_waiver_ends_on_a_day(session, cast):
    for days in (-1, 92):
        with pytest.raises(WaiverTooLong):
            ask(session, cast, days=days)
