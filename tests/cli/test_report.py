"""`flask report`: the package of an event, the same as the page hands out."""

from hashlib import sha256
from zipfile import ZipFile

import orjson
import pytest
from databases import ON_SQLITE
from days import issue, make_day

from ledger.journal.queries import latest_of
from ledger.reports.package import DATA, INDEX
from ledger.worker import run_until_done

pytestmark = ON_SQLITE


@pytest.fixture
def run(app):
    """A function that runs a command and returns exit status and standard error."""
    runner = app.test_cli_runner()

    def run(*words):
        done = runner.invoke(args=[str(word) for word in words])
        return done.exit_code, done.stderr

    return run


def test_the_package_is_written_once_the_document_is_signed(app, session, cast, visit, run, tmp_path):
    day = make_day(session, cast)
    day.destroy()
    day.end()
    manifest, target = issue(app, day), tmp_path / "材料.zip"
    status, said = run("report", "package", day.event.id, "-o", target)
    assert (status, target.exists()) == (1, False)
    assert "No manifest was signed" in said

    run_until_done(app)
    session.rollback()  # what the job wrote is to be seen

    assert run("report", "package", day.event.id, "-o", target) == (0, "")
    session.rollback()
    with ZipFile(target) as package:
        assert package.read(DATA) == manifest.content
        assert INDEX in package.namelist()
    answer = visit("chen").get(f"/reports/{day.event.id}/units/{cast.bureau.id}/report.zip")
    assert target.read_bytes() == answer.data
    answer.close()


def test_the_archive_is_written_the_same_as_the_worker_does(app, session, cast, run, tmp_path):
    day = make_day(session, cast)
    day.destroy()
    day.end()
    issue(app, day)
    target = tmp_path / "档案.zip"
    assert run("event", "archive", day.event.id, "-o", target)[0] == 1
    run_until_done(app)
    session.rollback()

    assert run("event", "archive", day.event.id, "-o", target) == (0, "")
    session.rollback()
    with ZipFile(target) as package:
        assert {"index.html", "index.json", "SHA256SUMS"} < set(package.namelist())
    noted = orjson.loads(latest_of(session, "event.archived").body)["data"]
    assert noted["sha256"] == sha256(target.read_bytes()).hexdigest()


@pytest.mark.parametrize("words", [("987654", "-o", "x.zip"), ("1",)])
def test_an_event_that_is_not_there_or_a_missing_file_name_is_a_matter_of_usage(cast, run, words):
    assert run("report", "package", *words)[0] == 2
