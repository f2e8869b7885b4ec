import json
from dataclasses import replace

import pytest
from factories import NOON
from occasions import make_approved, make_batch, make_event, make_plan

from ledger.journal.queries import DEMO_ACT
from ledger.journal.service import record, writing


@pytest.fixture
def run(app):
    """A function that runs a command and returns exit status, standard output and standard error."""
    runner = app.test_cli_runner()

    def run(*words):
        done = runner.invoke(args=[str(word) for word in words])
        return done.exit_code, done.stdout, done.stderr

    return run


@pytest.fixture
def event(session, cast):
    return make_event(session, cast, cast.bureau)


@pytest.fixture
def batches(session, cast, event):
    sealed, unsealed = make_approved(session, cast, ["假酒", "假烟"])
    return [make_batch(session, cast, event, [sealed]), make_batch(session, cast, event, [unsealed], seal="")]


def test_events_are_listed_with_what_others_need_to_name_them(session, cast, event, run):
    other = make_plan(session, cast, cast.district)
    status, output, _ = run("event", "list", "--json")

    assert status == 0
    assert [(each["id"], each["state"]) for each in json.loads(output)] == [
        (event.id, "approved"),
        (other.id, "planning"),
    ]
    assert json.loads(output)[0]["day"] == "2027-03-15"
    assert "集中统一销毁" in run("event", "list")[1]


def test_an_event_is_shown_with_its_plan_and_batches(event, batches, run):
    status, output, _ = run("event", "show", event.id, "--json")

    said = json.loads(output)
    assert status == 0
    assert said["slots"] == [{"unit": "LJ", "site": "同平区处置中心", "at": "2027-03-15T01:30:00+00:00"}]
    assert [(each["number"], each["code"], each["is_sealed"]) for each in said["batches"]] == [
        ("LJ-01", batches[0].code, True),
        ("LJ-02", batches[1].code, False),
    ]
    assert batches[0].shown_code in run("event", "show", event.id)[1]


def test_labels_of_the_sealed_batches_are_written_to_a_file(app, session, tmp_path, event, batches, run):
    app.extensions["settings"] = replace(app.extensions["settings"], public_url="https://ledger.example.gov.cn")
    status, output, _ = run("labels", event.id, "-o", tmp_path / "labels.pdf", "--sheet", "100x70")

    assert (status, output) == (0, f"1 labels on 1 pages: {tmp_path / 'labels.pdf'}\n")
    assert (tmp_path / "labels.pdf").read_bytes().startswith(b"%PDF-")
    session.expire_all()
    assert [batch.is_printed for batch in batches] == [True, False]


def test_labels_for_this_machine_alone_are_refused_but_for_the_sample_bureau(session, tmp_path, event, batches, run):
    status, _, said = run("labels", event.id, "-o", tmp_path / "labels.pdf")
    assert (status, (tmp_path / "labels.pdf").exists()) == (1, False)
    assert "LEDGER_PUBLIC_URL" in said

    with writing(session):
        record(session, DEMO_ACT, by=None, at=NOON, unit=None, data={})
    assert run("labels", event.id, "-o", tmp_path / "labels.pdf")[0] == 0


@pytest.mark.parametrize("words", [("event", "show", "9"), ("labels", "9", "-o", "x.pdf"), ("labels", "1")])
def test_an_event_that_is_not_there_or_a_missing_file_name_is_a_matter_of_usage(event, run, words):
    assert run(*words)[0] == 2
