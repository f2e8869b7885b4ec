"""The pages of samples: which are on site, counting one blind before a supervisor, and letting a unit's goods go on."""

import pytest
from databases import ON_SQLITE
from days import issue, make_day
from factories import PASSWORD
from sqlalchemy import select

from ledger.cases.models import Hold
from ledger.events.sampling import Sampling
from ledger.manifests.content import build
from ledger.scanning.models import Inspection
from ledger.scanning.rules import Outcome, Reason, Stage

pytestmark = ON_SQLITE


@pytest.fixture
def day(session, cast):
    """A day with a batch of two lines, a sample, on site."""
    made = make_day(session, cast, lines=2, is_open=False)
    made.open(Sampling(percent=5, least=1))
    for stage in (Stage.LOAD, Stage.RECEIVE):
        made.scan(stage)
    return made


@pytest.fixture
def form(cast, day):
    """What Guo types if all is as it was packed."""
    lines = {f"line-{each.line.item_id}": "10" for each in day.batch.contents}
    seals = {"seal_found": day.batch.seal, "seal": "whole", "new_seal": "新封1"}
    return {**lines, **seals, "deviation": "", "second": cast.pan.id, "second_password": PASSWORD}


def page_of(day, rest=""):
    return f"/events/{day.event.id}/inspections{rest}"


def sample(day):
    return page_of(day, f"/{day.batch.id}")


def test_a_sample_is_counted_blind_before_a_supervisor_and_may_then_be_destroyed(session, day, visit, form):
    guo = visit("guo")
    assert "<h1>待开箱清点的抽检批次：1 批</h1>" in guo.get(page_of(day)).text
    asked = guo.get(sample(day)).text
    assert day.batch.seal not in asked  # nor how much should be there
    assert 'value="10"' not in asked
    assert ">10 " not in asked

    guo.post(sample(day), form)

    assert session.scalars(select(Inspection)).one().is_passed
    page = guo.get(page_of(day)).text
    assert "<h1>到场的抽检批次都已开箱</h1>" in page
    assert day.event.seed in page
    assert guo.get(sample(day), status=303).location == page_of(day)
    assert day.scan(Stage.DESTROY, run=day.open_run().number).outcome is Outcome.OK


def test_a_failed_sample_stands_on_top_until_the_organiser_and_a_second_person_let_the_goods_go_on(
    session, cast, day, visit, form
):
    line = next(name for name in form if name.startswith("line-"))
    visit("guo").post(sample(day), {**form, line: "8"})

    assert day.scan(Stage.DESTROY, run=day.open_run().number).reason is Reason.SAMPLE_FAILED
    assert f"<h1>抽检不合格，{cast.bureau.name}的物品停止销毁</h1>" in visit("chen").get(page_of(day)).text
    assert len(session.scalars(select(Hold)).all()) == 2

    lifted = {"reason": "已逐箱清点", "second": cast.liu.id, "second_password": PASSWORD}
    visit("chen").get(f"{sample(day)}/lift")
    visit("chen").post(f"{sample(day)}/lift", lifted)

    page = visit("chen").get(page_of(day)).text
    assert "已逐箱清点" in page
    assert day.scan(Stage.DESTROY, run=day.open_run().number).reason is Reason.HELD


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"line": ""}, "每一项都要填写数量"),
        ({"line": "many"}, "is-bad"),
        ({"seal": ""}, "请说明封条是否完好"),
        ({"new_seal": ""}, "请重新封箱"),
        ({"second_password": "wrong"}, "密码不对"),
    ],
)
def test_what_is_not_whole_is_not_recorded(session, day, visit, form, changed, says):
    line = next(name for name in form if name.startswith("line-"))
    changed = {line if name == "line" else name: value for name, value in changed.items()}

    page = visit("guo").post(sample(day), {**form, **changed}, status=422).text

    assert says in page
    assert session.scalars(select(Inspection)).all() == []


def test_a_supervisor_with_a_part_in_the_goods_is_refused_and_so_is_who_does_not_scan(session, cast, day, visit, form):
    visit("lin").get(sample(day), status=403)
    visit("guo").post(sample(day), {**form, "second": cast.lin.id}, status=422)
    visit("guo").get(f"{sample(day)}/lift", status=403)
    visit("chen").get(f"{sample(day)}/lift", status=404)  # nothing failed

    assert session.scalars(select(Inspection)).all() == []


def test_no_sample_is_named_before_it_arrives(session, cast, visit):
    day = make_day(session, cast, is_open=False)
    day.open(Sampling(percent=5, least=1))
    day.scan(Stage.LOAD)

    page = visit("guo").get(page_of(day)).text

    assert "<h1>还没有抽检批次到场</h1>" in page
    assert day.batch.number not in page
    assert day.event.seed not in page
    visit("guo").get(sample(day), status=404)


def test_the_manifest_says_what_was_found_and_how_it_was_drawn(app, session, cast, day, visit, form):
    visit("guo").post(sample(day), form)
    run = day.open_run()
    day.scan(Stage.DESTROY, run=run.number)
    visit("chen").post(f"/events/{day.event.id}/runs/{run.id}/finish")
    session.refresh(day.event)
    day.end()

    content = build(session, day.event, number="x")

    [row] = [row for row in content["exceptions"] if row["kind"] == "sample"]
    assert (row["unit"], row["resolved_by"], row["confirmed_by"]) == (cast.bureau.name, "郭小军", "潘玉兰")
    assert "假冒白酒 10 瓶" in row["text"]
    assert "完好，新封条 新封1" in row["text"]
    assert row["resolution"] == "与装批记录相符"
    assert content["sampling"]["seed"] == day.event.seed
    assert [lot["is_sample"] for lot in content["sampling"]["batches"]] == [True]
    assert issue(app, day).number
