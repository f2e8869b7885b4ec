"""Manifests: the documents, and what belongs to them."""

from io import BytesIO
from typing import Any

import orjson
from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from ledger.cases.models import Case
from ledger.db import db
from ledger.errors import LedgerError
from ledger.jobs import service as jobs
from ledger.jobs.models import JobState
from ledger.journal.keys import keys_of
from ledger.journal.service import writing
from ledger.manifests import persons, queries
from ledger.manifests.inspection import TooHeavy
from ledger.manifests.models import Manifest
from ledger.manifests.persons import MOST_ADDED, Place
from ledger.manifests.proof import digests
from ledger.manifests.proofs import proof_of
from ledger.manifests.service import SIGN_JOB, STAMP_JOB
from ledger.permissions import Permission
from ledger.web.access import me, needs, now, own_or_404, own_units, signer, veiled
from ledger.web.context import say
from ledger.web.errors import journal_refusal
from ledger.web.forms import CountersignForm
from ledger.web.goods import CountedNow
from ledger.web.papers import hand_out
from ledger.web.signing import signed
from ledger.web.templates import own_bureaus
from ledger.web.uploads import files
from ledger.web.verify import checked

bp = Blueprint("manifests", __name__, url_prefix="/manifests")


@bp.get("")
@needs(Permission.VIEW_JOURNAL)
def index() -> ResponseReturnValue:
    """List the manifests of the person's units, newest first."""
    found = queries.manifests_of(db.session(), own_units(Permission.VIEW_JOURNAL))
    return render_template("manifests/index.html", manifests=found, bureaus=own_bureaus())


@bp.get("/<int:manifest_id>")
@needs(Permission.VIEW_JOURNAL)
def show(manifest_id: int) -> ResponseReturnValue:
    """Show a manifest: its figures, its proof, and what can be downloaded."""
    manifest = own_or_404(Manifest, manifest_id, Permission.VIEW_JOURNAL)
    content = orjson.loads(manifest.content)
    return render_template(
        "manifests/show.html",
        manifest=manifest,
        content=content,
        cases=_cases(content),
        failure=_refusal(manifest, SIGN_JOB),
        stamp_failure=_refusal(manifest, STAMP_JOB),
        key=_key_of(manifest),
        may_organise=manifest.unit_id in own_units(Permission.ORGANISE),
        places=persons.places(db.session(), manifest),
        may_sign=bool(_open_to_me(manifest)),
    )


@bp.get("/<int:manifest_id>/progress")
@needs(Permission.VIEW_JOURNAL)
def progress(manifest_id: int) -> ResponseReturnValue:
    """Say whether the document is made, for the page that waits for it."""
    manifest = own_or_404(Manifest, manifest_id, Permission.VIEW_JOURNAL)
    is_over = manifest.receipt is not None or _refusal(manifest, SIGN_JOB) is not None
    here = url_for(".show", manifest_id=manifest_id)
    text = _("The receipt is being written") if manifest.pdf_sha256 else _("The document is being made")
    return {"done": 0, "total": 0, "text": text, "next": here if is_over else None}


@bp.post("/<int:manifest_id>/retry")
@needs(Permission.ORGANISE)
def retry(manifest_id: int) -> ResponseReturnValue:
    """Have what was refused tried at once, the document or its timestamp; the sealed content stays what it is."""
    manifest = own_or_404(Manifest, manifest_id, Permission.ORGANISE)
    session = db.session()
    with writing(session):
        for kind in (SIGN_JOB, STAMP_JOB):
            job = jobs.latest(session, kind, manifest.id)
            if job is not None and job.state is JobState.FAILED:
                jobs.enqueue(session, kind, manifest.id, by_id=me().id, at=now())
            elif job is not None:
                jobs.hasten(job)
    current_app.extensions["worker"].nudge()
    flash(_("It is being tried again."))
    return redirect(url_for(".show", manifest_id=manifest_id), 303)


@bp.get("/<int:manifest_id>/manifest.pdf")
@needs(Permission.VIEW_JOURNAL)
def document(manifest_id: int) -> ResponseReturnValue:
    """Hand out the signed document."""
    manifest = own_or_404(Manifest, manifest_id, Permission.VIEW_JOURNAL)
    if manifest.pdf_sha256 is None:
        return redirect(url_for(".show", manifest_id=manifest_id), 303)
    return send_file(
        files().path(manifest.pdf_sha256), "application/pdf", as_attachment=True, download_name=f"{manifest.number}.pdf"
    )


@bp.get("/<int:manifest_id>/states/<int:seq>/<any('manifest.pdf', 'manifest.receipt'):part>")
@needs(Permission.VIEW_JOURNAL)
def state(manifest_id: int, seq: int, part: str) -> ResponseReturnValue:
    """Hand out the document, or its receipt, as it was before somebody's signature or a timestamp was added."""
    manifest = own_or_404(Manifest, manifest_id, Permission.VIEW_JOURNAL)
    earlier = next((each for each in manifest.earlier if each.signed_seq == seq), None)
    if earlier is None:
        abort(404)
    if part == "manifest.pdf":
        name = f"{manifest.number} ({seq}).pdf"
        return send_file(files().path(earlier.sha256), "application/pdf", as_attachment=True, download_name=name)
    headers = {"Content-Disposition": 'attachment; filename="manifest.receipt"'}
    return Response(earlier.receipt.encode(), content_type="text/plain; charset=utf-8", headers=headers)


@bp.get("/<int:manifest_id>/signature")
@needs(Permission.VIEW_JOURNAL)
def ask_signature(manifest_id: int) -> ResponseReturnValue:
    """Say how to sign the document with a certificate of one's own, and ask for the signed file."""
    manifest = own_or_404(Manifest, manifest_id, Permission.VIEW_JOURNAL)
    return _ask_signature(manifest, CountersignForm(formdata=None))


@bp.post("/<int:manifest_id>/signature")
@needs(Permission.VIEW_JOURNAL)
def countersign(manifest_id: int) -> ResponseReturnValue:
    """Take the document with the person's signature in it as its newest state."""
    manifest, session = own_or_404(Manifest, manifest_id, Permission.VIEW_JOURNAL), db.session()
    form = CountersignForm()
    if not form.validate_on_submit():
        return _ask_signature(manifest, form), 422
    leads = manifest.unit_id in own_units(Permission.DECIDE)
    try:
        document = _read(manifest, form.file.data)
        verdict, said = checked(FileStorage(BytesIO(document))), digests(document)
        persons.signed_anew(session, manifest, verdict, by=me(), leads=leads, at=now())
        proof = signed(form, "manifest", said["sha256"])
        if proof is None:
            return _ask_signature(manifest, form), 422
        files().keep(BytesIO(document))
        with writing(session):
            persons.countersign(
                session, manifest, signer(), verdict, document=said, by=me(), leads=leads, at=now(), proof=proof
            )
            jobs.enqueue(session, SIGN_JOB, manifest.id, by_id=me().id, at=now())  # which writes the receipt
    except LedgerError as refusal:
        journal_refusal(refusal)
        form.file.errors = [say(refusal)]
        return _ask_signature(manifest, form), 422
    current_app.extensions["worker"].nudge()
    flash(_("Your signature is in the manifest. Who signs next downloads this newest document."))
    return redirect(url_for(".show", manifest_id=manifest_id), 303)


@bp.get("/<int:manifest_id>/<any('manifest.json', 'manifest.receipt', 'proof.tlog-proof'):name>")
@needs(Permission.VIEW_JOURNAL)
def part(manifest_id: int, name: str) -> ResponseReturnValue:
    """Hand out the sealed content, its proof, or the receipt of the document."""
    manifest = own_or_404(Manifest, manifest_id, Permission.VIEW_JOURNAL)
    if name == "manifest.json":
        body, kind = manifest.content, "application/json"
    elif name == "manifest.receipt":
        body, kind = (manifest.receipt or "").encode(), "text/plain; charset=utf-8"
    else:
        body, kind = proof_of(db.session(), manifest).encode(), "text/plain; charset=utf-8"
    if not body:
        return redirect(url_for(".show", manifest_id=manifest_id), 303)
    return Response(body, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@bp.get("/<int:manifest_id>/cases/<int:case_id>/record.pdf")
@needs(Permission.VIEW_GOODS)
def record(manifest_id: int, case_id: int) -> ResponseReturnValue:
    """Hand out the record of one case's goods, for its file: to the case's unit, whoever issued the manifest.

    Raises CountedNow or NotPrintable.
    """
    from ledger.papers.record import draw_record  # noqa: PLC0415 - loads reportlab, which pages do without
    from ledger.reports.record import record_of  # noqa: PLC0415 - the same

    session, case = db.session(), own_or_404(Case, case_id)
    manifest = session.get(Manifest, manifest_id)
    content = record_of(session, manifest, case) if manifest else None
    if content is None:
        abort(404)
    if veiled().intersection(line["item"] for line in content["lines"]):
        raise CountedNow
    return hand_out(draw_record, content, f"处理记录 {content['case']}")


def _open_to_me(manifest: Manifest) -> list[Place]:
    leads = manifest.unit_id in own_units(Permission.DECIDE)
    return persons.open_to(db.session(), manifest, me(), leads=leads)


def _ask_signature(manifest: Manifest, form: CountersignForm) -> str:
    return render_template("manifests/signature.html", manifest=manifest, form=form, places=_open_to_me(manifest))


def _read(manifest: Manifest, upload: FileStorage) -> bytes:
    """Return the bytes of a file that may be the document with a signature more. Raises TooHeavy."""
    most = files().path(manifest.pdf_sha256).stat().st_size + MOST_ADDED if manifest.pdf_sha256 else MOST_ADDED
    document: bytes = upload.read(most + 1)
    if len(document) > most:
        raise TooHeavy
    return document


def _cases(content: dict[str, Any]) -> dict[int, Case]:
    """Return the cases of the person's units that a content names, by the number of their first line in it."""
    first = {case["lines"][0]["item"]: case["lines"][0]["no"] for unit in content["units"] for case in unit["cases"]}
    named, mine = queries.cases_named(db.session(), first), own_units(Permission.VIEW_GOODS)
    return {first[item_id]: case for item_id, case in named.items() if case.unit_id in mine}


def _key_of(manifest: Manifest) -> str:
    """Return the public key that the manifest's proofs are checked with: the one of its time."""
    keys = keys_of(db.session(), signer().verifier())
    return next(key.verifier for key in reversed(keys) if key.until is None or manifest.sealed_seq <= key.until)


def _refusal(manifest: Manifest, kind: str) -> dict[str, object] | None:
    """Return why work on the manifest could not be done, None if nothing is known to be wrong."""
    job = jobs.latest(db.session(), kind, manifest.id)
    return job.error if job else None
