"""One's own account: password and sessions."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask import session as browser
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_user

from ledger.db import db
from ledger.journal.service import writing
from ledger.units import service
from ledger.units.rules import MIN_PASSWORD, LockedOut, WeakPassword, WrongCredentials
from ledger.web.access import me, now, signed_in
from ledger.web.context import say
from ledger.web.forms import PasswordForm
from ledger.web.login import attempt

bp = Blueprint("account", __name__, url_prefix="/account")


@bp.get("")
@signed_in
def show() -> ResponseReturnValue:
    """Show who I am here and let me change my password."""
    return _page(PasswordForm())


@bp.post("/password")
@signed_in
def change_password() -> ResponseReturnValue:
    """Set a new password, which ends all other sessions."""
    form, user = PasswordForm(), me()
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        attempt(user, form.current.data)
        password_hash = service.hash_password(form.new.data, of=(user.login, user.name))
    except (WrongCredentials, LockedOut) as refusal:
        form.current.errors = [say(refusal)]
        return _page(form), 422
    except WeakPassword as refusal:
        form.new.errors = [say(refusal)]
        return _page(form), 422
    session = db.session()
    with writing(session):
        service.change_password(session, user, password_hash, at=now())
    login_user(user)
    flash(_("Your password is changed. Other devices are signed out."))
    return redirect(url_for("home.show"), 303)


@bp.post("/end-sessions")
@signed_in
def end_sessions() -> ResponseReturnValue:
    """Sign me out on every device, this one too."""
    session = db.session()
    with writing(session):
        service.end_sessions(session, me(), by=me(), at=now())
    browser.clear()
    flash(_("You are signed out on all devices."))
    return redirect(url_for("login.show"), 303)


def _page(form: PasswordForm) -> str:
    return render_template("account/show.html", form=form, least=MIN_PASSWORD)
