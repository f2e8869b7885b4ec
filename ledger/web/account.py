"""One's own account: password, sessions, and what one signs with beside the password."""

from hashlib import sha256
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask import session as browser
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_user

from ledger.db import db
from ledger.errors import LedgerError
from ledger.journal.service import writing
from ledger.papers import qr
from ledger.units import credentials, onetime, service
from ledger.units.models import CodeGenerator, Passkey
from ledger.units.passkeys import bytes_in, read_answer, registered, to_register
from ledger.units.rules import MIN_PASSWORD, LockedOut, WeakPassword, WrongCode, WrongCredentials
from ledger.web.access import me, now, settings, signed_in
from ledger.web.context import say
from ledger.web.forms import CodeForm, NameForm, PasswordForm, SignForm
from ledger.web.login import attempt
from ledger.web.signing import confirmed, site

MAKING = "passkey.make"
"""What the random number is for that a new passkey is made over: it is given out only to who has confirmed."""

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


@bp.get("/passkeys/new")
@signed_in
def ask_passkey() -> ResponseReturnValue:
    """Ask for a new passkey's name, signed as everything is that changes what one signs with."""
    return _ask(NameForm(), _("Add a passkey"))


@bp.post("/passkeys/new")
@signed_in
def begin_passkey() -> ResponseReturnValue:
    """Have the browser make a passkey."""
    form, session, user = NameForm(), db.session(), me()
    if not (form.validate_on_submit() and confirmed(form, "passkey.add")):
        return _ask(form, _("Add a passkey")), 422
    with writing(session):
        nonce = credentials.give_nonce(session, user, MAKING, at=now())
    options = to_register(site(), _("Ledger of confiscated goods"), user, nonce)
    return render_template("account/passkey.html", form=form, options=options)


@bp.post("/passkeys")
@signed_in
def add_passkey() -> ResponseReturnValue:
    """Keep the passkey that the browser made."""
    form, session, user = NameForm(), db.session(), me()
    try:
        answer = read_answer(form.passkey.data or "")
        nonce = bytes_in(answer, "nonce")
        with writing(session):
            credentials.take_nonce(session, user, nonce, MAKING, at=now())
        made = registered(site(), nonce, answer)
        with writing(session):
            credentials.add_passkey(session, user, form.name.data[:64] or "—", made, at=now())
    except LedgerError as refusal:
        flash(say(refusal), "stop")
        return redirect(url_for(".ask_passkey"), 303)
    flash(_("The passkey is added. From now on you sign with it."))
    return redirect(url_for(".show"), 303)


@bp.get("/passkeys/<int:passkey_id>/remove")
@signed_in
def ask_remove_passkey(passkey_id: int) -> ResponseReturnValue:
    """Ask whether a passkey is to be forgotten."""
    return _ask(SignForm(), _("Remove the passkey %(name)s", name=_passkey_or_404(passkey_id).name))


@bp.post("/passkeys/<int:passkey_id>/remove")
@signed_in
def remove_passkey(passkey_id: int) -> ResponseReturnValue:
    """Forget a passkey."""
    passkey, form, session = _passkey_or_404(passkey_id), SignForm(), db.session()
    digest = sha256(passkey.credential_id).hexdigest()
    if not (form.validate_on_submit() and confirmed(form, "passkey.remove", digest)):
        return _ask(form, _("Remove the passkey %(name)s", name=passkey.name)), 422
    with writing(session):
        credentials.remove_passkey(session, passkey, by=me(), at=now())
    flash(_("The passkey is removed. What it signed stays provable."))
    return redirect(url_for(".show"), 303)


@bp.get("/codes/new")
@signed_in
def ask_codes() -> ResponseReturnValue:
    """Ask whether a code generator is to be set up."""
    if me().has_codes:
        return redirect(url_for(".show"), 303)
    return _ask(SignForm(), _("Set up a code generator"))


@bp.post("/codes/new")
@signed_in
def begin_codes() -> ResponseReturnValue:
    """Show the secret of a new code generator, and ask for its first code."""
    form, session, user = SignForm(), db.session(), me()
    if user.has_codes:
        return redirect(url_for(".show"), 303)
    if not (form.validate_on_submit() and confirmed(form, "codes.add")):
        return _ask(form, _("Set up a code generator")), 422
    with writing(session):
        credentials.begin_generator(user, onetime.new_secret(settings().secret_key), at=now())
    return _codes_page(CodeForm(formdata=None))


@bp.post("/codes")
@signed_in
def confirm_codes() -> ResponseReturnValue:
    """Let the code generator count from now on, once it has shown a right code."""
    form, session, user = CodeForm(), db.session(), me()
    generator = _unconfirmed_or_404()
    if not form.validate_on_submit():
        return _codes_page(form), 422
    step = onetime.step_of(form.code.data, generator.secret, settings().secret_key, at=now())
    try:
        with writing(session):
            credentials.confirm_generator(session, user, step, at=now())
    except WrongCode as refusal:
        form.code.errors = [say(refusal)]
        return _codes_page(form), 422
    flash(_("The code generator is set up. From now on you sign with its codes."))
    return redirect(url_for(".show"), 303)


@bp.get("/codes/remove")
@signed_in
def ask_remove_codes() -> ResponseReturnValue:
    """Ask whether the code generator is to be forgotten."""
    if not me().has_codes:
        return redirect(url_for(".show"), 303)
    return _ask(SignForm(), _("Remove the code generator"))


@bp.post("/codes/remove")
@signed_in
def remove_codes() -> ResponseReturnValue:
    """Forget the code generator."""
    form, session = SignForm(), db.session()
    if not (form.validate_on_submit() and confirmed(form, "codes.remove")):
        return _ask(form, _("Remove the code generator")), 422
    with writing(session):
        credentials.remove_generator(session, me(), by=me(), at=now())
    flash(_("The code generator is removed; its codes count no more."))
    return redirect(url_for(".show"), 303)


def _page(form: PasswordForm) -> str:
    return render_template("account/show.html", form=form, least=MIN_PASSWORD, takes_passkeys=site().takes_passkeys)


def _ask(form: Any, title: str) -> str:
    """Return the page that asks for a signature under what its title says; the same address takes it."""
    return render_template("account/sign.html", form=form, title=title)


def _codes_page(form: CodeForm) -> str:
    key, secret = settings().secret_key, _unconfirmed_or_404().secret
    address = onetime.address_of(secret, key, login=me().login, name=site().host)
    return render_template(
        "account/codes.html", form=form, secret=onetime.text_of(secret, key), rows=qr.code(address, "M")
    )


def _unconfirmed_or_404() -> CodeGenerator:
    generator = me().generator
    if generator is None or generator.confirmed_at is not None:
        abort(404)  # a secret that counts is never shown again
    return generator


def _passkey_or_404(passkey_id: int) -> Passkey:
    passkey = next((each for each in me().passkeys if each.id == passkey_id), None)
    if passkey is None:
        abort(404)
    return passkey
