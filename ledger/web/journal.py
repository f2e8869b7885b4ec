"""The journal: what was done by whom, and the proof that none of it was changed."""

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ledger.db import db
from ledger.installation import outposts_of
from ledger.jobs import service as jobs
from ledger.jobs.models import JobState
from ledger.journal import queries
from ledger.journal.keys import keys_of
from ledger.journal.models import JournalEntry
from ledger.journal.service import make_checkpoint, writing
from ledger.journal.workflow import WAY_NAMES, Way
from ledger.permissions import Permission
from ledger.store.slips import SLIP_NAMES
from ledger.web import words
from ledger.web.access import me, needs, now, own_or_404, own_units, signer, veiled
from ledger.worker import SENDING

bp = Blueprint("journal", __name__, url_prefix="/journal")

CHECK = "books.verify"


@bp.get("")
@needs(Permission.VIEW_JOURNAL)
def index() -> ResponseReturnValue:
    """List the entries of the person's units, newest first, below what proves them."""
    session, before = db.session(), request.args.get("before", "")
    units = own_units(Permission.VIEW_JOURNAL)
    page = queries.page_of_entries(session, units, before=int(before) if before.isdecimal() else None)
    last_check = queries.latest_of(session, "books.verified")
    return render_template(
        "journal/index.html",
        page=page,
        words=words,
        head=queries.head(session),
        last_check=last_check,
        last_result=last_check and words.content(last_check)["data"],
        check=jobs.latest(session, CHECK, 0),
        checkpoint=queries.latest_checkpoint(session),
        key=signer().verifier(),
    )


@bp.get("/<int:seq>")
@needs(Permission.VIEW_JOURNAL)
def show(seq: int) -> ResponseReturnValue:
    """Show one entry as it was hashed."""
    entry = own_or_404(JournalEntry, seq, Permission.VIEW_JOURNAL)
    content = words.content(entry)
    is_veiled = bool(words.lines_told_of(entry) & veiled()) or (words.tells_sums(entry) and veiled())
    return render_template(
        "journal/show.html", entry=entry, words=words, content=content, is_veiled=is_veiled, slip_names=SLIP_NAMES
    )


@bp.post("/check")
@needs(Permission.VIEW_JOURNAL)
def check() -> ResponseReturnValue:
    """Have the books checked from the first entry on."""
    session = db.session()
    with writing(session):
        running = jobs.latest(session, CHECK, 0)
        if running is None or running.state not in (JobState.QUEUED, JobState.RUNNING):
            jobs.enqueue(session, CHECK, 0, by_id=me().id, at=now())
    current_app.extensions["worker"].nudge()
    return redirect(url_for(".index"), 303)


@bp.get("/check")
@needs(Permission.VIEW_JOURNAL)
def check_progress() -> ResponseReturnValue:
    """Say how far the check is, for the page that waits for it."""
    job = jobs.latest(db.session(), CHECK, 0)
    is_over = job is None or job.state in (JobState.DONE, JobState.FAILED)
    done, total = (job.done, job.total) if job else (0, 0)
    text = _("%(done)s of %(total)s entries", done=done, total=total)
    return {"done": done, "total": total, "text": text, "next": url_for(".index") if is_over else None}


@bp.get("/checkpoints")
@needs(Permission.VIEW_JOURNAL)
def checkpoints() -> ResponseReturnValue:
    """List the checkpoints: when each was signed, where it went, and what did not leave the house yet."""
    session, before = db.session(), request.args.get("before", "")
    page = queries.page_of_checkpoints(session, before=int(before) if before.isdecimal() else None)
    shown = [each.id for each in page.checkpoints]
    late = {way: jobs.refused(session, SENDING + way, shown) for way in Way}
    return render_template(
        "journal/checkpoints.html",
        page=page,
        ways=[(way, WAY_NAMES[way], outpost) for way, outpost in outposts_of(current_app).items()],
        late={way: some for way, some in late.items() if some},
        late_ones={(job.subject_id, way) for way, some in late.items() for job in some},
        keys=keys_of(session, signer().verifier()),
    )


@bp.post("/checkpoints")
@needs(Permission.VIEW_JOURNAL)
def sign_checkpoint() -> ResponseReturnValue:
    """Sign the journal as it stands."""
    session = db.session()
    with writing(session):
        make_checkpoint(session, signer(), at=now())
    flash(_("The checkpoint is signed. Download it and keep it outside of this installation."))
    return redirect(url_for(".index"), 303)


@bp.get("/checkpoints/latest")
@needs(Permission.VIEW_JOURNAL)
def latest_checkpoint() -> ResponseReturnValue:
    """Hand out the newest signed checkpoint."""
    checkpoint = queries.latest_checkpoint(db.session())
    if checkpoint is None:
        return redirect(url_for(".index"), 303)
    name = f"checkpoint-{checkpoint.size}.txt"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(checkpoint.note, mimetype="text/plain", headers=headers)
