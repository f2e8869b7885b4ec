"""`flask manifest`: the document with its receipt, and the check of a file, by its exit status."""

import pytest
from databases import ON_SQLITE
from days import issue, make_day
from papers import paint_over

from ledger.manifests.models import Manifest
from ledger.manifests.verify_manifest import verify

pytestmark = ON_SQLITE


@pytest.fixture
def run(app):
    """A function that runs a command and returns exit status, standard output and standard error."""
    runner = app.test_cli_runner()

    def run(*words):
        done = runner.invoke(args=[str(word) for word in words])
        return done.exit_code, done.stdout, done.stderr

    return run


@pytest.fixture
def day(session, cast):
    day = make_day(session, cast)
    day.destroy()
    day.end()
    return day


def test_build_makes_what_is_still_to_be_made_and_verify_tells_real_from_changed(
    app, session, day, run, verifier, tmp_path
):
    manifest_id = issue(app, day).id
    target, receipt = tmp_path / "清单.pdf", tmp_path / "清单.receipt"

    status, output, said = run("manifest", "build", day.event.id, "-o", target)
    assert said == ""

    session.rollback()  # what the command wrote is to be seen
    manifest = session.get_one(Manifest, manifest_id)
    assert status == 0
    assert manifest.number in output
    assert verify(target.read_bytes(), receipt.read_text("utf-8"), verifier).seq == manifest.signed_seq

    status, output, _ = run("manifest", "verify", target, "--receipt", receipt)
    assert status == 0
    assert manifest.pdf_sha256 in output

    target.write_bytes(paint_over(target.read_bytes()))
    status, output, _ = run("manifest", "verify", target)
    assert status == 1
    assert "WRONG" in output

    target.write_bytes(b"no manifest")
    assert run("manifest", "verify", target)[0] == 2


def test_there_is_nothing_to_build_before_a_manifest_was_issued(day, run, tmp_path):
    status, _, said = run("manifest", "build", day.event.id, "-o", tmp_path / "x.pdf")

    assert status == 1
    assert "No manifest was issued" in said
    assert list(tmp_path.glob("x.*")) == []


@pytest.mark.parametrize("words", [("build", "987654", "-o", "x.pdf"), ("build", "1"), ("verify", "nothing.pdf")])
def test_an_event_or_a_file_that_is_not_there_is_a_matter_of_usage(day, run, words):
    assert run("manifest", *words)[0] == 2
