"""Checking a manifest, for everybody: hand the file in, or type its code. Nothing handed in is kept."""

from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from flask import Blueprint, current_app, render_template, request, send_file
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from ledger.codes import BadCode, read_code
from ledger.db import db
from ledger.installation import person_roots, stamp_roots
from ledger.journal.keys import keys_of
from ledger.manifests import queries, verify_manifest
from ledger.manifests.check import Verdict, check
from ledger.manifests.models import Manifest
from ledger.manifests.page import NAME, verify_page
from ledger.manifests.register import Register
from ledger.web.access import now, open_to_all, seal_roots, signer
from ledger.web.forms import VerifyForm

bp = Blueprint("verify", __name__, url_prefix="/verify")

RECEIPT_BYTES = 1 << 20


@bp.get("")
@open_to_all
def show() -> ResponseReturnValue:
    """Ask for a manifest, or say what was sealed under the code in the address."""
    given = request.args.get("code", "")
    known = _known(given)
    return render_template("verify/show.html", form=VerifyForm(formdata=None), **_public(known), given=given)


@bp.post("")
@open_to_all
def answer() -> ResponseReturnValue:
    """Check the file that was handed in."""
    form = VerifyForm()
    if not form.validate_on_submit():
        return render_template("verify/show.html", form=form, **_public(None), given=""), 422
    verdict = checked(form.file.data, form.receipt.data.read(RECEIPT_BYTES) if form.receipt.data else None)
    session = db.session()
    known = queries.numbered(session, verdict.number) if verdict.number else None
    return render_template("verify/result.html", verdict=verdict, **_public(known))


@bp.get("/verify_manifest.py")
@open_to_all
def program() -> ResponseReturnValue:
    """Hand out the program that checks a manifest without this software."""
    return send_file(Path(verify_manifest.__file__), "text/x-python", as_attachment=True)


@bp.get("/verify.html")
@open_to_all
def page() -> ResponseReturnValue:
    """Hand out the page that checks a manifest in a browser without a network, with the journal's key in it."""
    made = BytesIO(verify_page(signer().verifier()))
    return send_file(made, "application/octet-stream", as_attachment=True, download_name=NAME)  # never a page of ours


@bp.get("/key")
@open_to_all
def key() -> ResponseReturnValue:
    """Hand out the journal's public key."""
    return signer().verifier() + "\n", 200, {"Content-Type": "text/plain; charset=utf-8"}


def checked(file: FileStorage, receipt: bytes | None = None) -> Verdict:
    """Return what is to be said of a file that somebody hands in."""
    session = db.session()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "manifest.pdf"
        file.save(path)
        return check(
            path,
            Register(session),
            receipt=receipt.decode("utf-8", "replace") if receipt is not None else None,
            keys=keys_of(session, signer().verifier()),
            roots=seal_roots(),
            person_roots=person_roots(current_app),
            stamp_roots=stamp_roots(current_app),
            at=now(),
        )


def _known(code: str) -> Manifest | None:
    """Return the manifest with this code, None if there is none."""
    try:
        return queries.find(db.session(), code=read_code(code)) if code else None
    except BadCode:
        return None


def _public(known: Manifest | None) -> dict[str, Any]:
    """Return what pages for everybody are made of: the template shows units, day, totals and state, no person."""
    return {"known": known, "sealed": known and orjson.loads(known.content)}
