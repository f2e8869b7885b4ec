"""Units, people and their roles, for administrators."""

from collections.abc import Iterator
from typing import TypeVar

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ledger.db import db
from ledger.errors import LedgerError
from ledger.journal.service import writing
from ledger.permissions import ROLE_NAMES, Permission, Role
from ledger.units import service
from ledger.units.models import CredentialReset, Unit, User
from ledger.units.queries import in_tree_order, people_of, waiting_resets
from ledger.units.rules import NeedsAnotherAdministrator
from ledger.web.access import me, needs, now, own_units
from ledger.web.context import say
from ledger.web.forms import GrantForm, PersonForm, ResetForm, UnitForm
from ledger.web.todo import ToDo

UnitFormKind = TypeVar("UnitFormKind", UnitForm, PersonForm, GrantForm)
RoleFormKind = TypeVar("RoleFormKind", PersonForm, GrantForm)

bp = Blueprint("admin", __name__, url_prefix="/admin")


@bp.get("")
@needs(Permission.MANAGE_UNITS)
def index() -> ResponseReturnValue:
    """List the units and people the administrator looks after, and what waits for a second administrator."""
    session, units = db.session(), own_units(Permission.MANAGE_UNITS)
    return render_template(
        "admin/index.html",
        units=in_tree_order(session, units),
        people=people_of(session, units),
        resets=[reset for reset in waiting_resets(session) if looks_after(reset.user)],
    )


@bp.get("/units/new")
@needs(Permission.MANAGE_UNITS)
def new_unit() -> ResponseReturnValue:
    """Ask for a unit's code and name."""
    return render_template("admin/new_unit.html", form=_with_units(UnitForm()))


@bp.post("/units")
@needs(Permission.MANAGE_UNITS)
def create_unit() -> ResponseReturnValue:
    """Add a unit."""
    form = _with_units(UnitForm())
    if not form.validate_on_submit():
        return render_template("admin/new_unit.html", form=form), 422
    session = db.session()
    try:
        with writing(session):
            service.add_unit(
                session,
                code=form.code.data.strip(),
                name=form.name.data.strip(),
                short_name=form.short_name.data.strip(),
                parent=session.get_one(Unit, form.unit.data),
                by=me(),
                at=now(),
            )
    except LedgerError as refusal:
        form.code.errors = [say(refusal)]
        return render_template("admin/new_unit.html", form=form), 409
    flash(_("The unit is added."))
    return redirect(url_for(".index"), 303)


@bp.get("/people/new")
@needs(Permission.MANAGE_UNITS)
def new_person() -> ResponseReturnValue:
    """Ask for a person's name, unit and role."""
    return render_template("admin/new_person.html", form=_with_roles(PersonForm()))


@bp.post("/people")
@needs(Permission.MANAGE_UNITS)
def create_person() -> ResponseReturnValue:
    """Add a person and show the one-time password once."""
    form = _with_roles(PersonForm())
    if not form.validate_on_submit():
        return render_template("admin/new_person.html", form=form), 422
    password = service.new_password()
    password_hash = service.hash_password(password)
    session = db.session()
    try:
        with writing(session):
            grant = service.Grant(session.get_one(Unit, form.unit.data), Role(form.role.data))
            user = service.add_user(
                session,
                login=form.login.data,
                name=form.name.data.strip(),
                password_hash=password_hash,
                grants=[grant],
                by=me(),
                at=now(),
            )
    except LedgerError as refusal:
        form.login.errors = [say(refusal)]
        return render_template("admin/new_person.html", form=form), 409
    return render_template("admin/one_time_password.html", person=user, password=password)


@bp.get("/people/<int:user_id>")
@needs(Permission.MANAGE_UNITS)
def show_person(user_id: int) -> ResponseReturnValue:
    """Show a person's roles and what can be done with the account."""
    return _person_page(_person(user_id), _with_roles(GrantForm(formdata=None)))


@bp.post("/people/<int:user_id>/roles")
@needs(Permission.MANAGE_UNITS)
def add_role(user_id: int) -> ResponseReturnValue:
    """Give the person one more role."""
    user, form = _person(user_id), _with_roles(GrantForm())
    if not form.validate_on_submit():
        return _person_page(user, form), 422
    session = db.session()
    try:
        with writing(session):
            fresh = service.Grant(session.get_one(Unit, form.unit.data), Role(form.role.data))
            service.change_grants(session, user, [*service.grants_of(user), fresh], by=me(), at=now())
    except LedgerError as refusal:
        form.role.errors = [say(refusal)]
        return _person_page(user, form), 409
    flash(_("The role is given and counts at once."))
    return redirect(url_for(".show_person", user_id=user_id), 303)


@bp.post("/people/<int:user_id>/roles/<int:membership_id>/remove")
@needs(Permission.MANAGE_UNITS)
def remove_role(user_id: int, membership_id: int) -> ResponseReturnValue:
    """Take a role away."""
    user = _person(user_id)
    session = db.session()
    with writing(session):
        kept = [membership for membership in user.memberships if membership.id != membership_id]
        grants = [service.Grant(membership.unit, membership.role) for membership in kept]
        service.change_grants(session, user, grants, by=me(), at=now())
    flash(_("The role is taken away and no longer counts."))
    return redirect(url_for(".show_person", user_id=user_id), 303)


@bp.post("/people/<int:user_id>/<any(disable, enable):what>")
@needs(Permission.MANAGE_UNITS)
def switch(user_id: int, what: str) -> ResponseReturnValue:
    """Keep a person out, or let them in again."""
    user = _person(user_id)
    if user.id == me().id:
        raise NeedsAnotherAdministrator
    session = db.session()
    with writing(session):
        act = service.disable_user if what == "disable" else service.enable_user
        act(session, user, by=me(), at=now())
    flash(_("The account is disabled and signed out.") if what == "disable" else _("The account is enabled."))
    return redirect(url_for(".show_person", user_id=user_id), 303)


@bp.post("/people/<int:user_id>/resets")
@needs(Permission.MANAGE_UNITS)
def request_reset(user_id: int) -> ResponseReturnValue:
    """Ask for a person's password to be reset; another administrator does it."""
    user, form = _person(user_id), ResetForm()
    if not form.validate_on_submit():
        return _person_page(user, _with_roles(GrantForm(formdata=None)), form), 422
    session = db.session()
    with writing(session):
        service.request_reset(session, user, reason=form.reason.data, by=me(), at=now())
    flash(_("Another administrator can now reset the password."))
    return redirect(url_for(".show_person", user_id=user_id), 303)


@bp.post("/resets/<int:reset_id>")
@needs(Permission.MANAGE_UNITS)
def confirm_reset(reset_id: int) -> ResponseReturnValue:
    """Reset a password that another administrator asked for, and show the one-time password once."""
    session = db.session()
    reset = session.get(CredentialReset, reset_id)
    if reset is None or not looks_after(reset.user):
        abort(404)
    password = service.new_password()
    password_hash = service.hash_password(password)
    with writing(session):
        service.confirm_reset(session, reset, password_hash, by=me(), at=now())
    return render_template("admin/one_time_password.html", person=reset.user, password=password)


def to_dos() -> Iterator[ToDo]:
    """Yield the resets that need this person as second administrator."""
    user = me()
    if not user.may(Permission.MANAGE_UNITS):
        return
    for reset in waiting_resets(db.session()):
        if looks_after(reset.user) and user.id not in (reset.requested_by_id, reset.user_id):
            text = _("asked for by %(name)s: %(reason)s", name=reset.requested_by.name, reason=reset.reason)
            title = _("Reset the password of %(name)s", name=reset.user.name)
            yield ToDo(reset.requested_at, title, text, url_for("admin.index"), _("Look at it"))


def looks_after(user: User) -> bool:
    """Whether all of the person's roles lie within the administrator's units."""
    units = own_units(Permission.MANAGE_UNITS)
    return all(membership.unit_id in units for membership in user.memberships)


def _person(user_id: int) -> User:
    user = db.session.get(User, user_id)
    if user is None or not looks_after(user):
        abort(404)
    return user


def _with_units(form: UnitFormKind) -> UnitFormKind:
    units = in_tree_order(db.session(), own_units(Permission.MANAGE_UNITS))
    form.unit.choices = [(unit.id, "　" * depth + unit.name) for depth, unit in units]
    return form


def _with_roles(form: RoleFormKind) -> RoleFormKind:
    form.role.choices = [(role.value, _(name)) for role, name in ROLE_NAMES.items()]
    return _with_units(form)


def _person_page(user: User, form: GrantForm, reset_form: ResetForm | None = None) -> str:
    return render_template(
        "admin/show_person.html", person=user, form=form, reset_form=reset_form or ResetForm(formdata=None)
    )
