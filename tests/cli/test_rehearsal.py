"""`flask event rehearse`: a copy on which nothing counts, and which nothing real takes for real."""

import subprocess
from contextlib import closing
from itertools import count

import pytest
from databases import ON_SQLITE, administer, database, opened
from days import issue, make_day
from factories import NOON, PASSWORD, find_cast
from lumps import SCANS, lump_of, scan_of
from pages import Visitor
from sqlalchemy import select

from ledger.codes import RANDOM_SIGNS, ForeignCode, is_foreign, read_code
from ledger.config import Settings
from ledger.db import db
from ledger.events.models import Batch
from ledger.files.service import FileStore
from ledger.goods.audit import verify_books
from ledger.journal.service import WrongKeys, make_checkpoint, writing
from ledger.manifests.models import Manifest
from ledger.worker import run_until_done

_numbers = count()


@pytest.fixture
def day(session, cast):
    return make_day(session, cast)


@pytest.fixture
def code(day):
    """The code of the day's batch, as it was before there was a rehearsal."""
    return day.batch.code


@pytest.fixture
def rehearse(app, day, tmp_path):
    """A function that makes a rehearsal of the day and returns its settings."""

    def rehearse(*options):
        folder = tmp_path / f"rehearsal-{next(_numbers)}"
        done = app.test_cli_runner().invoke(
            args=["event", "rehearse", str(day.event.id), "--folder", str(folder), *options]
        )
        assert done.exit_code == 0, done.output
        return Settings.from_env({"LEDGER_INSTANCE": str(folder), "LEDGER_SEAL_FILE": "seal.p12"})

    return rehearse


@pytest.fixture
def copy(app, day, rehearse):
    """The application of a rehearsal."""
    settings = rehearse()
    with opened(
        settings.database_url, settings.instance, is_rehearsal=True, journal_name=settings.journal_name
    ) as copy:
        yield copy


def code_in(session, code):
    """Return the code that the same batch has in a rehearsal; nothing of the real one may be asked for meanwhile."""
    return session.scalars(select(Batch.code).where(Batch.stem == code[:RANDOM_SIGNS])).one()


def test_the_copy_has_a_database_labels_and_keys_of_its_own(app, code, rehearse, postgresql):
    is_sqlite = db.engine.dialect.name == "sqlite"
    options = []
    if not is_sqlite:
        administer(postgresql, "CREATE DATABASE rehearsed")
        options = ["--database", database(postgresql, "rehearsed")]

    settings = rehearse(*options)

    assert (settings.is_rehearsal, settings.journal_name, settings.seal_file) == (True, "rehearsal.ledger.local", None)
    assert settings.database_url != app.extensions["settings"].database_url
    assert not is_foreign(code)
    with opened(settings.database_url, settings.instance, is_rehearsal=True) as copy, closing(db.session()) as copied:
        assert not is_foreign(code_in(copied, code))
        assert verify_books(copied, copy.extensions["signer"].verifier()).findings == []
    if not is_sqlite:
        administer(postgresql, "DROP DATABASE rehearsed WITH (FORCE)")


@ON_SQLITE
def test_neither_takes_a_label_of_the_other(app, day, code, visit, copy):
    rehearsed = code_in(db.session(), code)
    real, guo = visit("guo"), Visitor(copy)
    guo.sign_in("guo", PASSWORD)

    [in_rehearsal] = guo.send(SCANS, lump_of(scan_of(day, code=code)))["results"]
    [in_earnest] = real.send(SCANS, lump_of(scan_of(day, code=rehearsed)))["results"]

    assert [(each["verdict"], each["reason"]) for each in (in_rehearsal, in_earnest)] == [
        ("unknown", "foreign_label")
    ] * 2
    assert "演练标签与正式标签不能混用" in in_earnest["message"]
    assert "演练" in real.get(f"/q/{rehearsed}", status=409).text
    with app.app_context(), pytest.raises(ForeignCode):
        read_code(rehearsed)
    assert guo.send(SCANS, lump_of(scan_of(day, code=rehearsed)))["results"][0]["verdict"] == "ok"


@ON_SQLITE
def test_every_page_and_paper_of_a_rehearsal_says_so_and_its_manifest_is_no_real_one(app, day, copy, tmp_path):
    session = db.session()
    rehearsed = make_day(session, find_cast(session))
    rehearsed.destroy()
    rehearsed.end()
    manifest_id = issue(copy, rehearsed).id
    run_until_done(copy)
    session.rollback()
    manifest = session.get_one(Manifest, manifest_id)
    files: FileStore = copy.extensions["files"]
    path, receipt = files.path(manifest.pdf_sha256), tmp_path / "receipt"
    receipt.write_text(manifest.receipt, "utf-8")

    text = subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True, text=True).stdout

    pages = text.split("\f")[:-1]
    assert len(pages) > 1
    assert min(page.count("演练") for page in pages) > 1, "the Latin words lie aslant, each sign by itself"
    assert manifest.number.startswith("演练")
    assert b'"rehearsal":true' in manifest.content
    assert "演练，此处一切均不作数" in Visitor(copy).get("/login").text
    arguments = ["manifest", "verify", str(path), "--receipt", str(receipt)]
    done = copy.test_cli_runner().invoke(args=arguments)
    assert done.exit_code == 0, done.output
    with app.app_context():  # else the command would take the rehearsal's
        assert app.test_cli_runner().invoke(args=arguments).exit_code != 0


@ON_SQLITE
def test_a_rehearsal_is_never_served_nor_signed_with_the_keys_of_the_real_one(app, copy, tmp_path):
    settings: Settings = copy.extensions["settings"]

    with opened(settings.database_url, tmp_path) as mixed:
        session = db.session()
        with pytest.raises(WrongKeys), writing(session):
            make_checkpoint(session, mixed.extensions["signer"], at=NOON)
        assert mixed.test_client().get("/login").status_code == 503
