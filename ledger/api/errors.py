"""How a program is told what was not done: a status and {"error": code, "message": sentence}, never a page."""

from http import HTTPStatus

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from ledger.db import db
from ledger.errors import N_, LedgerError, NotPermitted
from ledger.web.access import SignInNeeded
from ledger.web.context import say
from ledger.web.errors import journal_refusal, words_of


class BadValue(LedgerError):
    """A body that is not what the description of the interface says."""

    code = "bad_value"
    message = N_("%(where)s must be %(wanted)s.")


STATUS: dict[type[LedgerError], HTTPStatus] = {
    SignInNeeded: HTTPStatus.UNAUTHORIZED,
    NotPermitted: HTTPStatus.FORBIDDEN,
    BadValue: HTTPStatus.UNPROCESSABLE_ENTITY,
}
"""Everything else that is refused is a conflict with what the books say."""


def install(bp: Blueprint) -> None:
    """Answer whatever goes wrong below bp in the one body."""
    bp.register_error_handler(LedgerError, _refuse)
    bp.register_error_handler(CSRFError, _no_token)
    bp.register_error_handler(HTTPException, _http_error)
    bp.register_error_handler(Exception, _failure)


def _refuse(error: LedgerError) -> ResponseReturnValue:
    journal_refusal(error)
    found = (STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    return _body(next(found, HTTPStatus.CONFLICT), error.code, say(error))


def _no_token(error: CSRFError) -> ResponseReturnValue:  # noqa: ARG001 - every cause has the same way out
    if not current_user.is_authenticated:
        return _refuse(SignInNeeded())
    text = _("The header X-CSRFToken is missing or void. Load the page again.")
    return _body(HTTPStatus.BAD_REQUEST, "csrf_token", text)


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error
    return _body(error.code, error.name.lower().replace(" ", "_"), " · ".join(words_of(error.code)))


def _failure(error: Exception) -> ResponseReturnValue:
    current_app.logger.error("%s %s", request.method, request.path, exc_info=error)
    db.session.rollback()
    return _body(HTTPStatus.INTERNAL_SERVER_ERROR, "failure", "Something went wrong on our side.")


def _body(status: int, code: str, message: str) -> ResponseReturnValue:
    return {"error": code, "message": message}, int(status)
