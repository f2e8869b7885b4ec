"""The template of a bureau's manifests: reading its versions, trying a new one, and setting it."""

from collections.abc import Sequence
from itertools import pairwise

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from ledger.db import db
from ledger.errors import NotPermitted
from ledger.journal.service import writing
from ledger.manifests.template import FIELDS, TemplateSetMeanwhile, set_template, template_of, versions_of
from ledger.papers.template import Template
from ledger.permissions import Permission
from ledger.units.models import Unit
from ledger.web.access import me, needs, now, own_units
from ledger.web.context import say
from ledger.web.papers import hand_out
from ledger.web.template_forms import TemplateForm, values_of

bp = Blueprint("templates", __name__, url_prefix="/templates")


def own_bureaus() -> Sequence[Unit]:
    """Return the person's units that stand at the top: each has a template, for itself and all below it."""
    mine = Unit.id.in_(own_units(Permission.VIEW_GOODS)), Unit.parent_id.is_(None)
    return db.session.scalars(select(Unit).where(*mine).order_by(Unit.code)).all()


@bp.get("/<int:unit_id>")
@needs(Permission.VIEW_GOODS)
def show(unit_id: int) -> ResponseReturnValue:
    """Show the versions of a bureau's template; to its organiser, the form for the next."""
    bureau = _bureau_or_404(unit_id)
    return _page(bureau, TemplateForm(template_of(db.session(), bureau)))


@bp.post("/<int:unit_id>")
@needs(Permission.ORGANISE)
def save(unit_id: int) -> ResponseReturnValue:
    """Set the next version, once it was tried."""
    bureau, session = _bureau_or_404(unit_id, Permission.ORGANISE), db.session()
    form = TemplateForm(template_of(session, bureau))
    if not _is_good(form, bureau):
        return _page(bureau, form), 422
    try:
        with writing(session):
            set_template(session, bureau, form.template(), by=me(), at=now())
    except TemplateSetMeanwhile as refusal:
        flash(say(refusal), "stop")
        form.seen.data = refusal.facts["version"]
        return _page(bureau, form), 409
    flash(_("The template is saved. Manifests that are issued from now on follow it."))
    return redirect(url_for(".show", unit_id=bureau.id), 303)


@bp.post("/<int:unit_id>/sample")
@needs(Permission.ORGANISE)
def preview(unit_id: int) -> ResponseReturnValue:
    """Hand out a sample of what was typed; nothing is kept."""
    bureau = _bureau_or_404(unit_id, Permission.ORGANISE)
    form = TemplateForm(None)
    return _sample(bureau, form.template()) if _is_good(form, bureau) else (_page(bureau, form), 422)


@bp.get("/<int:unit_id>/<int:version>")
@needs(Permission.VIEW_GOODS)
def sample(unit_id: int, version: int) -> ResponseReturnValue:
    """Hand out a sample of a version."""
    bureau = _bureau_or_404(unit_id)
    known = {each.template["version"]: each.template for each in versions_of(db.session(), bureau)}
    return _sample(bureau, known[version]) if version in known else abort(404)


def _bureau_or_404(unit_id: int, permission: Permission = Permission.VIEW_GOODS) -> Unit:
    unit = db.session.get(Unit, unit_id)
    if unit is None or unit.parent_id is not None or unit.id not in own_units(Permission.VIEW_GOODS):
        abort(404)
    if unit.id not in own_units(permission):
        raise NotPermitted
    return unit


def _is_good(form: TemplateForm, bureau: Unit) -> bool:
    """Whether the form can be kept; else its fields say what is wrong with them."""
    from ledger.manifests.trial import faults  # noqa: PLC0415 - see HEAVY in ledger.worker

    if not form.validate_on_submit():
        return False
    for name, fault in faults(form.template(), bureau).items():
        form[name].errors = [say(fault)]
    return not form.errors


def _sample(bureau: Unit, template: Template) -> ResponseReturnValue:
    from ledger.manifests.trial import draw_sample  # noqa: PLC0415 - see HEAVY in ledger.worker

    return hand_out(lambda asked, target: draw_sample(asked, bureau, target).pages, template, _("sample-manifest"))


def _page(bureau: Unit, form: TemplateForm) -> str:
    versions = versions_of(db.session(), bureau)
    held = [values_of(each.template) for each in versions]
    changed = [
        [form[name].label.text for name in after if after[name] != before[name]]
        for after, before in pairwise([*held, values_of(None)])
    ]
    return render_template(
        "templates/show.html",
        bureau=bureau,
        form=form,
        fields=FIELDS,
        versions=list(zip(versions, changed, strict=True)),
        may_set=bureau.id in own_units(Permission.ORGANISE),
    )
