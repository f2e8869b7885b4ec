"""How phones come to trust the certificate that the server shows on the network of a site."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from ledger.certificates import SiteFiles, Trusted, trusted
from ledger.papers import qr
from ledger.web.access import open_to_all, settings
from ledger.web.context import LOCALES

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

bp = Blueprint("trust", __name__, url_prefix="/trust")


@bp.get("")
@open_to_all
def show() -> ResponseReturnValue:
    """Tell how a phone comes to trust the server, and let it look whether it does; lang chooses the language."""
    if request.args.get("lang") in LOCALES:
        session["locale"] = request.args["lang"]  # over http no cookie stays
    return render_template(
        "trust/show.html",
        authority=authority(),
        rows=qr.code(url_for(".show", _external=True), "M"),
        secure=f"{settings().address}{url_for('.show')}",
    )


@bp.get("/authority.crt")
@open_to_all
def certificate() -> ResponseReturnValue:
    """Hand out the authority's certificate as phones take it in."""
    found = authority() or abort(404)
    named = 'attachment; filename="ledger-authority.crt"'
    return found.der, 200, {"Content-Type": "application/x-x509-ca-cert", "Content-Disposition": named}


def authority() -> Trusted | None:
    """Return what phones have to trust; None where a public authority vouches for the server, or nobody does."""
    return trusted(SiteFiles(settings().instance))


def only_trust(app: Flask) -> "WSGIApplication":
    """Return the part of the application that may be served without encryption: this page and what it is made of."""

    def door(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        answer: Callable[..., Iterable[bytes]] = app.wsgi_app
        if path != "/trust" and not path.startswith(("/trust/", "/static/")):
            answer = redirect("/trust", 303)
        return answer(environ, start)

    return door
