"""How a refusal reaches a reader, and how a refused business act reaches the journal."""

from http import HTTPStatus

from flask import Flask, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from ledger.db import db
from ledger.errors import LedgerError, NotPermitted
from ledger.journal.service import record_refusal, writing
from ledger.web.access import PasswordNeeded, SignInNeeded, me, now
from ledger.web.context import say


def install(app: Flask) -> None:
    """Answer every error with a page that says what happened and what can be done."""
    app.register_error_handler(LedgerError, refuse)
    app.register_error_handler(SignInNeeded, _to_sign_in)
    app.register_error_handler(PasswordNeeded, _to_account)
    app.register_error_handler(CSRFError, _expired)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _failure)


def refuse(error: LedgerError) -> ResponseReturnValue:
    """Answer a refusal; that of a business act is journalled in a transaction of its own."""
    journal_refusal(error)
    status = HTTPStatus.FORBIDDEN if isinstance(error, NotPermitted) else HTTPStatus.CONFLICT
    return _page(status, _("Nothing was changed"), say(error))


def _to_sign_in(error: SignInNeeded) -> ResponseReturnValue:  # noqa: ARG001 - there is one way to sign in
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("login.show", next=back), 303)


def _to_account(error: PasswordNeeded) -> ResponseReturnValue:  # noqa: ARG001 - there is one page to set it
    return redirect(url_for("account.show"), 303)


def journal_refusal(error: LedgerError) -> None:
    """Record that a person tried what is not allowed; looking at a page is no business act."""
    db.session.rollback()
    if not error.is_business_act or request.method == "GET" or not current_user.is_authenticated:
        return
    session = db.session()
    with writing(session):
        user = me()
        record_refusal(session, error, attempted=str(request.endpoint), by=user, at=now(), unit=user.unit)


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error
    title, text = words_of(error.code)
    return _page(error.code, title, text)


def _expired(error: CSRFError) -> ResponseReturnValue:  # noqa: ARG001 - every cause has the same way out
    title = _("This page had been open too long, or you signed in again elsewhere")
    return _page(
        HTTPStatus.BAD_REQUEST, title, _("Nothing was changed. Go back, load the page again and send it once more.")
    )


def _failure(error: Exception) -> ResponseReturnValue:
    current_app.logger.error("%s %s", request.method, request.path, exc_info=error)
    db.session.rollback()
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    try:
        return _page(status, *words_of(status))
    except Exception:  # noqa: BLE001 - the page itself asks the database who is signed in
        text = "系统出错了，请稍后再试。 Something went wrong, please try again.\n"
        return text, status, {"Content-Type": "text/plain; charset=utf-8"}


def _page(status: int, title: str, text: str) -> tuple[str, int]:
    return render_template("errors/error.html", status=int(status), title=title, text=text), int(status)


def words_of(status: int) -> tuple[str, str]:
    """Return what an error of HTTP is called, and what can be done."""
    words = {
        403: (_("You may not open this"), _("Your role does not include this page.")),
        404: (_("There is nothing at this address"), _("It may belong to another unit, or the address is incomplete.")),
        405: (_("This address does not take that"), _("Go back and use the buttons of the page.")),
        413: (_("The file is too large"), _("Nothing was taken. Split it, or ask your administrator for the limit.")),
        429: (_("Too many attempts"), _("Wait a moment and try again.")),
        500: (
            _("Something went wrong on our side"),
            _("Nothing was changed. Try again; if it stays, tell your administrator the time."),
        ),
        503: (_("Not available right now"), _("Try again in a moment.")),
    }
    return words.get(status, (_("This did not work"), _("Nothing was changed. Go back and try again.")))
