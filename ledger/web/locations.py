"""The locations of the stores: the tree, what lies where, labels, and moving all that lies at one."""

from collections.abc import Callable
from io import BytesIO

from flask import Blueprint, abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ledger.cases.queries import cases_of
from ledger.db import db
from ledger.errors import LedgerError
from ledger.goods import locations, tree
from ledger.goods.labels import location_labels, note_location_labels
from ledger.goods.models import Place
from ledger.goods.queries import MANY, PAGE
from ledger.goods.rules import LocationUnknown, PlaceKind
from ledger.journal.service import writing
from ledger.papers.label import LabelSheet
from ledger.permissions import Permission
from ledger.store.queries import Lying, lying_at
from ledger.store.service import relocate_all
from ledger.units.models import Unit
from ledger.units.queries import in_tree_order
from ledger.web import words
from ledger.web.access import me, needs, now, own_or_404, own_units, settings, veiled
from ledger.web.context import say
from ledger.web.errors import journal_refusal
from ledger.web.event_forms import LocationLabelForm
from ledger.web.goods import verdicts_today
from ledger.web.store_forms import HangForm, LocationForm, MoveAllForm

bp = Blueprint("locations", __name__, url_prefix="/locations")


@bp.get("")
@needs(Permission.VIEW_GOODS)
def index() -> ResponseReturnValue:
    """Show the tree of a unit's store with what lies where; find locations by name or label."""
    session, mine, asked = db.session(), own_units(Permission.VIEW_GOODS), request.args.get("q", "").strip()
    found = tree.find(session, mine, asked) if asked else []
    if len(found) == 1:
        return redirect(url_for(".show", place_id=found[0].id), 303)
    unit, counts = _unit(), tree.count_locations(session, mine)
    shown = [(0, place) for place in found] if asked else tree.tree_of(session, unit.id)
    lying = tree.lying_at(session, [place for _depth, place in shown], veiled=veiled())
    units = [each for _depth, each in in_tree_order(session, {*counts, unit.id})]
    return render_template(
        "locations/index.html",
        asked=asked,
        unit=unit,
        units=units,
        count=counts.get(unit.id, 0),
        shown=shown,
        lying=lying if asked else tree.summed(shown, lying),
        many=MANY,
        may_store=unit.id in own_units(Permission.STORE_GOODS),
    )


@bp.get("/new")
@needs(Permission.STORE_GOODS)
def new() -> ResponseReturnValue:
    """Ask for a location to be added to a unit's store."""
    unit = _unit(Permission.STORE_GOODS)
    return _new_page(unit, LocationForm(below=request.args.get("below", "")))


@bp.post("")
@needs(Permission.STORE_GOODS)
def create() -> ResponseReturnValue:
    """Add a location below another one, or at the top."""
    unit, form, session = _unit(Permission.STORE_GOODS), LocationForm(), db.session()
    if not form.validate_on_submit():
        return _new_page(unit, form), 422
    try:
        with writing(session):
            above = _above(unit.id, form.below.data)
            place = locations.add(session, unit, form.name.data, above, by=me(), at=now())
    except LedgerError as refusal:
        form.form_errors.append(say(refusal))
        return _new_page(unit, form), 409
    flash(_("%(location)s is there. Print its label and put it up.", location=place.path))
    return redirect(url_for(".show", place_id=place.id), 303)


@bp.get("/labels")
@needs(Permission.STORE_GOODS)
def labels() -> ResponseReturnValue:
    """Ask which locations' labels go onto which sheet."""
    return _labels_page(_unit(Permission.STORE_GOODS), LocationLabelForm())


@bp.post("/labels")
@needs(Permission.STORE_GOODS)
def draw() -> ResponseReturnValue:
    """Hand out labels of locations as a PDF and note that they were printed."""
    unit, form, session = _unit(Permission.STORE_GOODS), LocationLabelForm(), db.session()
    if not form.validate_on_submit():
        return _labels_page(unit, form), 422
    from ledger.papers.labels import draw_labels  # noqa: PLC0415 - loads reportlab, which pages do without

    wanted = [place for _depth, place in _labelled(unit) if place.id in form.places.data]
    target = BytesIO()
    try:
        drawn = location_labels(session, wanted, address=settings().address, is_public=settings().is_public)
        draw_labels(drawn, LabelSheet(form.sheet.data), target, start=form.start.data or 1)
    except LedgerError as refusal:
        form.form_errors.append(say(refusal))
    if not wanted:
        form.form_errors.append(_("Select at least one location."))
    if form.form_errors:
        return _labels_page(unit, form), 409
    with writing(session):
        note_location_labels(session, unit, drawn, by=me(), at=now())
    target.seek(0)
    name = _("location-labels-%(unit)s-%(count)s.pdf", unit=unit.short_name, count=len(drawn))
    return send_file(target, mimetype="application/pdf", as_attachment=True, download_name=name)


@bp.get("/<int:place_id>")
@needs(Permission.VIEW_GOODS)
def show(place_id: int) -> ResponseReturnValue:
    """Show a location: what lies there and below, what happened there, and what can be done with it."""
    return _page(_location_or_404(place_id, Permission.VIEW_GOODS))


@bp.post("/<int:place_id>/hang")
@needs(Permission.STORE_GOODS)
def hang(place_id: int) -> ResponseReturnValue:
    """Hang a location below another one, or at the top."""
    place, form, session = _location_or_404(place_id), HangForm(), db.session()
    if not form.validate_on_submit():
        return _page(place, form), 422

    def act() -> None:
        locations.hang(session, place, _above(place.unit_id, form.below.data), by=me(), at=now())

    return _change(place, act, _("It hangs there now, with all that is below it."), form)


@bp.post("/<int:place_id>/close")
@needs(Permission.STORE_GOODS)
def close(place_id: int) -> ResponseReturnValue:
    """Close an empty location."""
    place = _location_or_404(place_id)
    done = _("Closed: no goods come here any more. Its history stays.")
    return _change(place, lambda: locations.close(db.session(), place, by=me(), at=now()), done)


@bp.post("/<int:place_id>/reopen")
@needs(Permission.STORE_GOODS)
def reopen(place_id: int) -> ResponseReturnValue:
    """Open a closed location again."""
    place = _location_or_404(place_id)
    return _change(
        place, lambda: locations.reopen(db.session(), place, by=me(), at=now()), _("Open again for new goods.")
    )


@bp.get("/<int:place_id>/move")
@needs(Permission.STORE_GOODS)
def ask_move(place_id: int) -> ResponseReturnValue:
    """Ask where all that lies at a location goes, or all of the lines that the address names."""
    place = _location_or_404(place_id)
    return _move_page(place, MoveAllForm(), lying_at(db.session(), place, _items()))


@bp.post("/<int:place_id>/move")
@needs(Permission.STORE_GOODS)
def move(place_id: int) -> ResponseReturnValue:
    """Move them, all or none."""
    place, form, session = _location_or_404(place_id), MoveAllForm(), db.session()
    if not form.validate_on_submit():
        return _move_page(place, form, lying_at(session, place, _items())), 422
    try:
        with writing(session):
            entry = relocate_all(session, place, _items(), location=form.location.data, custodian=me(), at=now())
    except LedgerError as refusal:
        journal_refusal(refusal)
        form.form_errors.append(say(refusal))
        return _move_page(place, form, lying_at(session, place, _items())), 409
    flash(words.described(entry))
    return redirect(url_for(".show", place_id=place_id), 303)


def _location_or_404(place_id: int, permission: Permission = Permission.STORE_GOODS) -> Place:
    place = own_or_404(Place, place_id, permission)
    if place.kind is not PlaceKind.LOCATION:
        abort(404)
    return place


def _unit(permission: Permission = Permission.VIEW_GOODS) -> Unit:
    """Return the unit that the address names, or else the person's own, over which they hold permission."""
    session, mine = db.session(), own_units(permission)
    asked = request.args.get("unit", type=int)
    if asked is not None and asked not in mine:
        abort(404)
    return session.get_one(Unit, asked or me().roots(permission)[0].id)


def _above(unit_id: int | None, text: str) -> Place | None:
    """Return the location of a unit that text means, None if it is empty. Raises what locations() does."""
    if not text or unit_id is None:
        return None
    meant = locations.locate(db.session(), unit_id, {text}).get(text)
    if isinstance(meant, Place):
        return meant
    raise meant or LocationUnknown(text=text)


def _items() -> list[int] | None:
    return request.args.getlist("item", type=int) or None


def _change(place: Place, act: Callable[[], None], done: str, form: HangForm | None = None) -> ResponseReturnValue:
    """Change a location and go back to its page; a refusal is said there."""
    try:
        with writing(db.session()):
            act()
    except LedgerError as refusal:
        journal_refusal(refusal)
        if form is not None:
            form.form_errors.append(say(refusal))
            return _page(place, form), 409
        flash(say(refusal), "stop")
    else:
        flash(done)
    return redirect(url_for(".show", place_id=place.id), 303)


def _new_page(unit: Unit, form: LocationForm) -> str:
    return render_template("locations/new.html", unit=unit, form=form, locations=tree.offered(db.session(), [unit.id]))


def _labelled(unit: Unit) -> list[tuple[int, Place]]:
    """Return the locations whose labels can be printed: those of a unit, or those at and below one of them."""
    top = request.args.get("below", type=int)
    place = None if top is None else _location_or_404(top)
    shown = tree.tree_of(db.session(), unit.id, place)
    return [(0, place), *((depth + 1, below) for depth, below in shown)] if place else shown


def _labels_page(unit: Unit, form: LocationLabelForm) -> str:
    shown = [(depth, place) for depth, place in _labelled(unit) if place.closed_at is None]
    chosen = set(form.places.data or []) if request.method == "POST" else {place.id for _depth, place in shown}
    return render_template(
        "locations/labels.html", unit=unit, form=form, shown=shown, chosen=chosen, here=request.full_path.rstrip("?")
    )


def _page(place: Place, form: HangForm | None = None) -> str:
    session = db.session()
    contents = tree.contents_of(
        session, place, before=request.args.get("before", type=int), after=request.args.get("after", type=int)
    )
    items = [position.item for position in contents.positions]
    cases = cases_of(session, items)
    below = tree.tree_of(session, place.unit_id, place) if place.unit_id else []
    lying = tree.lying_at(session, [place, *(each for _depth, each in below)], veiled=veiled())
    return render_template(
        "locations/show.html",
        place=place,
        form=form or HangForm(below=place.parent.path if place.parent else ""),
        contents=contents,
        cases=cases,
        verdicts=verdicts_today(items, cases),
        here=lying[place.id],
        below=below,
        lying=tree.summed(below, lying),
        life=tree.life_of_location(session, place),
        words=words,
        many=MANY,
        may_store=place.unit_id in own_units(Permission.STORE_GOODS),
        locations=tree.offered(session, [place.unit_id]) if place.unit_id else [],
    )


def _move_page(place: Place, form: MoveAllForm, found: list[Lying]) -> str:
    return render_template(
        "locations/move.html",
        place=place,
        form=form,
        found=found,
        staying=[each for each in found if each.obstacle],
        most=PAGE,
        many=MANY,
        say=say,
        here=request.full_path.rstrip("?"),
        locations=[path for path in tree.offered(db.session(), [place.unit_id or 0]) if path != place.path],
    )
