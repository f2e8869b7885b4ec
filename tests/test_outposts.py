"""Checkpoints leave the house, each once, and show a history that was rewritten; old keys and seals stay known."""

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from attacks import rewrite_history
from authorities import MailServer
from databases import ON_SQLITE
from days import make_manifest
from factories import NOON, make_item
from sqlalchemy import select

from ledger.db import db
from ledger.goods.audit import verify_books
from ledger.installation import seal_roots
from ledger.jobs.service import LONGEST_WAIT
from ledger.journal.keys import keys_of
from ledger.journal.models import JournalCheckpoint, Sending
from ledger.journal.note import open_note
from ledger.journal.service import KeyReplaced, make_checkpoint, record, writing
from ledger.journal.verify import FORGED
from ledger.journal.workflow import Way
from ledger.manifests import verify_manifest
from ledger.manifests.check import KNOWN, PROVED, VALID, Kind, check
from ledger.manifests.proof import compact
from ledger.manifests.proofs import proof_of
from ledger.manifests.register import Register
from ledger.manifests.seal import keep_trial_seal
from ledger.worker import run_until_done, send_out

pytestmark = ON_SQLITE


def run(app, *words):
    db.session.rollback()
    return app.test_cli_runner().invoke(args=["journal", *words])


def work(app, at):
    """Do what the worker does when it looks for work."""
    while send_out(app, clock=lambda: at):
        run_until_done(app, clock=lambda: at)
    run_until_done(app, clock=lambda: at)


@pytest.fixture
def told(app, tmp_path):
    """A function that sets where checkpoints go."""
    servers = []

    def tell(*, refuses=False, folder="kept"):
        servers.append(MailServer(refuses=refuses))
        app.extensions["settings"] = replace(
            app.extensions["settings"],
            checkpoint_mail=("jijian@bureau.example", "fagui@bureau.example"),
            smtp_url=servers[-1].url,
            smtp_from="ledger@bureau.example",
            checkpoint_folder=tmp_path / folder,
        )
        return servers[-1]

    (tmp_path / "kept").mkdir()
    yield tell
    for server in servers:
        server.close()


def test_each_checkpoint_leaves_once_by_mail_and_into_the_folder_and_one_is_made_each_day(
    app, session, cast, visit, told, verifier, tmp_path
):
    server = told()
    make_item(session, cast)

    for at in (NOON, NOON + timedelta(minutes=5), NOON + timedelta(days=1)):
        work(app, at)

    session.rollback()
    notes = [path.read_text() for path in sorted((tmp_path / "kept").iterdir())]
    assert [open_note(note, verifier).size for note in notes] == [session.scalar(select(JournalCheckpoint.size))]
    assert len(server.mails) == 2  # the second day's says the same of the same journal, and that the house is there
    assert server.mails[0]["To"] == "jijian@bureau.example, fagui@bureau.example"
    [attached] = server.mails[0].iter_attachments()
    assert attached.get_content().decode() == notes[0]
    assert len(session.scalars(select(Sending).where(Sending.way == Way.MAIL)).all()) == 2
    page = visit("sun").get("/journal/checkpoints").text
    assert "fagui@bureau.example" in page
    assert "没有送达" not in page


def test_what_does_not_arrive_is_said_on_the_page_and_sent_again(app, session, cast, visit, told, tmp_path):
    refusing = told(refuses=True, folder="away")
    make_item(session, cast)
    work(app, NOON)

    page = visit("sun").get("/journal/checkpoints").text
    assert "有检查点没有送达" in page
    assert "no such mailbox" in page
    assert "away" in page
    assert refusing.mails == []
    session.rollback()
    server = told()
    work(app, NOON + LONGEST_WAIT)

    assert len(server.mails) == 1
    assert len(list((tmp_path / "kept").iterdir())) == 1
    assert "没有送达" not in visit("sun").get("/journal/checkpoints").text


def test_who_rewrites_everything_is_shown_by_one_old_checkpoint_and_by_one_printed_manifest(
    app, session, cast, told, tmp_path
):
    told()
    manifest = make_manifest(app, session, cast)
    work(app, NOON)
    [first, *_] = kept = sorted((tmp_path / "kept").iterdir())
    printed = tmp_path / "code.txt"
    printed.write_text(compact(proof_of(session, manifest)))
    receipt = tmp_path / "manifest.receipt"
    receipt.write_text(manifest.receipt)
    for outside in (tmp_path / "kept", printed, receipt):
        done = run(app, "verify", "--checkpoint", str(outside))
        assert done.exit_code == 0, done.output

    rewrite_history(app)
    session.expire_all()
    with writing(session):
        make_checkpoint(session, app.extensions["signer"], at=NOON)

    assert run(app, "verify").exit_code == 0  # by itself the new past looks right
    for outside, named in ((tmp_path / "kept", first), (printed, printed), (receipt, receipt)):
        done = run(app, "verify", "--checkpoint", str(outside))
        assert done.exit_code == 1
        assert f"{named} is the first that does not fit" in done.output
    assert kept


def test_manifests_of_last_year_hold_when_seal_and_key_were_replaced(app, session, cast, stranger, verifier, tmp_path):
    manifest = make_manifest(app, session, cast)
    path, receipt = app.extensions["files"].path(manifest.pdf_sha256), manifest.receipt
    document, old_signer = path.read_bytes(), app.extensions["signer"]
    keep_trial_seal(tmp_path / "new.p12", "鹭江市市场监督管理局", at=NOON + timedelta(days=300))
    app.extensions["settings"] = replace(app.extensions["settings"], seal_file=tmp_path / "new.p12")
    outside = tmp_path / "checkpoint.txt"
    outside.write_text(run(app, "checkpoint").stdout)

    replaced = run(app, "replace-key")

    new = replaced.output.strip()
    assert new != verifier
    assert run(app, "key").output.splitlines()[1].startswith(f"{verifier}  until entry ")
    assert run(app, "verify", str(outside)).exit_code == 0
    with pytest.raises(KeyReplaced), writing(session):
        make_checkpoint(session, old_signer, at=NOON)
    keys = keys_of(session, new)
    both = session.scalars(select(JournalCheckpoint.note).order_by(JournalCheckpoint.id.desc())).first()
    assert open_note(both, new) == open_note(both, verifier)
    roots = seal_roots(app, session, at=NOON + timedelta(days=365))
    verdict = check(path, Register(session), receipt=receipt, keys=keys, roots=roots, at=NOON + timedelta(days=365))
    assert verdict.kind is Kind.OK
    assert {KNOWN, PROVED, VALID} <= {finding.message for finding in verdict.findings if finding.passed}
    page = stranger.post("/verify", {"file": (path.open("rb"), "a.pdf")}, status=200).text
    assert "真实" in page
    (tmp_path / "manifest.pdf").write_bytes(document)
    (tmp_path / "manifest.receipt").write_text(receipt)
    words = [sys.executable, "-I", verify_manifest.__file__, "manifest.pdf", "manifest.receipt", verifier]
    assert subprocess.run(words, cwd=tmp_path, check=False).returncode == 0


def test_who_stole_the_old_key_signs_nothing_after_its_time(app, session, cast, verifier):
    make_item(session, cast)
    old = app.extensions["signer"]
    run(app, "replace-key")

    session.add(JournalCheckpoint(size=10_000, root=bytes(32), note=old.sign(10_000, bytes(32)), made_at=NOON))
    session.commit()

    found = verify_books(session, app.extensions["signer"].verifier()).findings
    assert FORGED in [finding.message for finding in found]


def test_a_key_that_no_earlier_key_vouched_for_is_none_of_this_journal(app, session, cast, verifier):
    make_item(session, cast)
    with writing(session):
        data = {"old": "ledger.local+00000000+AA", "new": verifier}
        record(session, "journal.key_replaced", by=None, at=NOON, unit=None, data=data)
        make_checkpoint(session, app.extensions["signer"], at=NOON)

    assert [key.verifier for key in keys_of(session, verifier)] == [verifier]
