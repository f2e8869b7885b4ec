"""Arrivals beside what was agreed and packed: late ones, and weights that differ."""

from datetime import timedelta
from decimal import Decimal

import pytest
from databases import ON_SQLITE
from days import make_day
from factories import NOON

from ledger.events.models import Receiver
from ledger.goods.classes import EnvClass
from ledger.journal.service import writing
from ledger.manifests.content import build
from ledger.scanning.arrivals import late_arrivals, weighed_otherwise
from ledger.scanning.progress import Trouble, troubles
from ledger.scanning.rules import Reason, Stage, weighs_otherwise


@pytest.mark.parametrize(
    ("weighed", "packed", "is_off"),
    [
        ("12.9", "12.5", False),
        ("13.1", "12.5", True),
        ("11.9", "12.5", True),
        ("510", "500", False),
        ("511", "500", True),
    ],
)
def test_scales_may_differ_by_two_of_a_hundred_and_half_a_kilogram(weighed, packed, is_off):
    assert weighs_otherwise(Decimal(weighed), Decimal(packed)) is is_off
    assert not weighs_otherwise(Decimal(weighed), None)


def test_who_comes_late_and_what_weighs_otherwise_stands_in_the_manifest(session, cast):
    day = make_day(session, cast, batches=3)
    for batch in day.batches:
        day.scan(Stage.LOAD, batch)
    day.scan(Stage.RECEIVE, day.batches[0], at=NOON + timedelta(minutes=15))
    day.scan(Stage.RECEIVE, day.batches[1], at=NOON + timedelta(minutes=16))
    day.scan(Stage.RECEIVE, day.batches[2], gross_kg=Decimal("13.9"))

    [late] = late_arrivals(session, day.event)
    assert (late.numbers, late.arrived_at) == ([day.batches[1].number], NOON + timedelta(minutes=16))
    [weighed] = weighed_otherwise(session, day.event)
    assert (weighed.batch, weighed.difference) == (day.batches[2], Decimal("1.4"))
    [open_] = troubles(session, day.event, [cast.bureau.id], at=NOON + timedelta(hours=1))
    assert (open_.kind, open_.batches) == (Trouble.WEIGHT, [day.batches[2]])
    rows = {row["kind"]: row for row in build(session, day.event, number="x")["exceptions"]}
    assert rows["late"]["text"].startswith(f"{day.batches[1].number} 约定 ")
    assert rows["other"]["text"].endswith("到场毛重 13.9 千克，装批毛重 12.5 千克，相差 +1.4 千克")
    assert rows["other"]["resolved_by"] == "郭小军"


@ON_SQLITE
def test_hazardous_goods_go_only_to_the_receiver_of_the_run_if_its_papers_allow_it(session, cast):
    day = make_day(session, cast, env_class=EnvClass.HAZARDOUS)
    with writing(session):
        other = Receiver(event=day.event, env_class=EnvClass.GENERAL, name="环卫处")
        session.add(other)
    day.scan(Stage.LOAD)
    day.scan(Stage.RECEIVE)
    allowed, day.receiver = day.receiver, other
    assert day.scan(Stage.DESTROY, run=day.open_run().number).reason is Reason.HAZARDOUS_PAPERS

    day.receiver = allowed
    assert day.scan(Stage.DESTROY, run=day.open_run().number).reason is None
