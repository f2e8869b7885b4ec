"""Signing in and out, and choosing the language."""

from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask import session as browser
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user

from ledger.db import db
from ledger.journal.service import writing
from ledger.units import service
from ledger.units.models import User
from ledger.units.rules import LockedOut, WrongCode, WrongCredentials
from ledger.web.access import me, now, open_to_all, signed_in
from ledger.web.context import LOCALES, say
from ledger.web.forms import LoginForm

bp = Blueprint("login", __name__, url_prefix="/login")


@bp.get("")
@open_to_all
def show() -> ResponseReturnValue:
    """Ask who you are."""
    if current_user.is_authenticated:
        return redirect(_way_back(), 303)
    return render_template("login/show.html", form=LoginForm(next=request.args.get("next")))


@bp.post("")
@open_to_all
def enter() -> ResponseReturnValue:
    """Sign in."""
    form = LoginForm()
    if not form.validate_on_submit():
        return render_template("login/show.html", form=form), 422
    user = service.find_user(db.session(), form.login.data)
    try:
        attempt(user, form.password.data)
    except (WrongCredentials, LockedOut) as refusal:
        form.password.errors = [say(refusal)]
        return render_template("login/show.html", form=form), 422
    browser.clear()  # a session from before signing in is not carried over
    browser["since"] = int(now().timestamp())
    login_user(user)
    return redirect(_way_back(), 303)


@bp.post("/out")
@signed_in
def leave() -> ResponseReturnValue:
    """Sign out on this device."""
    logout_user()
    browser.clear()
    flash(_("You are signed out."))
    return redirect(url_for("login.show"), 303)


@bp.post("/language")
@open_to_all
def choose_language() -> ResponseReturnValue:
    """Switch between Chinese and English, for good once signed in."""
    chosen = request.form.get("locale")
    if chosen in LOCALES:
        browser["locale"] = chosen
        if current_user.is_authenticated:
            session = db.session()
            with writing(session):
                me().locale = chosen
    return redirect(_way_back(), 303)


def attempt(user: User | None, password: str, *, step: int | None = None) -> None:
    """Check a password and note the attempt, which stays noted when it was wrong.

    step is the time step of the one-time code that came with it, 0 if it is wrong, None if none was asked for.

    Raises LockedOut, WrongCredentials or WrongCode.
    """
    service.check_not_locked(user, at=now())
    is_right = service.is_password(user, password)  # slow on purpose, so before the transaction
    session = db.session()
    refusal = None
    with writing(session):
        try:
            service.note_attempt(user, is_right=is_right, at=now(), step=step)
        except (WrongCredentials, WrongCode, LockedOut) as error:
            refusal = error
    if refusal:
        raise refusal


def _way_back() -> str:
    """Return the page that was asked for before signing in, if it is one of ours."""
    wanted = request.values.get("next") or ""
    parts = urlsplit(wanted)
    is_ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not parts.netloc
    return wanted if is_ours else url_for("home.show")
