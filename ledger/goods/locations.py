"""The locations of a unit's store: a tree that people grow, hang otherwise and close, and find by what they write."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.codes import BadCode, new_code, read_code
from ledger.errors import N_, LedgerError
from ledger.goods.models import HOLDS_SOME, SEPARATOR, Place, Position
from ledger.goods.rules import Account, LocationAmbiguous, LocationClosed, LocationUnknown, PlaceKind, parts_of_path
from ledger.journal.service import record
from ledger.units.models import Unit, User

ADDED, HUNG, CLOSED, OPENED = "location.added", "location.hung", "location.closed", "location.opened"
"""The acts by which a tree changes, as the journal has them."""
DEEPEST = 8
"""How many locations hang one below the other at most."""


class NameTaken(LedgerError):
    """Two locations that hang at the same place would share a name."""

    code = "location_name_taken"
    message = N_("There is a location %(location)s already, perhaps a closed one.")


class NameIsPath(LedgerError):
    """A name with the sign in it that parts the names of a path."""

    code = "location_name_is_path"
    message = N_("A name cannot hold › or >, which part the names of a path. Add the locations one below the other.")


class BelowItself(LedgerError):
    """A location was to hang below itself."""

    code = "location_below_itself"
    message = N_("%(location)s cannot hang below itself.")


class TooDeep(LedgerError):
    """More locations one below the other than a label has room for."""

    code = "location_too_deep"
    message = N_("At most %(most)s locations hang one below the other.")


class GoodsThere(LedgerError):
    """A location was to be closed at which goods lie."""

    code = "location_not_empty"
    message = N_("Goods lie at %(location)s. Move them first.")


class LocationsBelow(LedgerError):
    """A location was to be closed with open ones below it."""

    code = "locations_below"
    message = N_("Locations below %(location)s are open. Close them first, or hang them elsewhere.")


def locate(session: Session, unit_id: int, texts: Collection[str]) -> dict[str, Place | LedgerError]:
    """Return which location of a unit each of these texts means, or why it means none.

    A text is a name, if no other location has it, a path, or what is on a label. New names are left out.
    """
    codes = {text: code for text in texts if (code := _code(text))}
    names, places = defaultdict[str, list[Place]](list), dict[str, Place]()
    wanted = sorted({*texts, *(parts_of_path(text)[-1] for text in texts)})
    for start in range(0, len(wanted), 500):
        named = Place.name.in_(wanted[start : start + 500]) & (Place.unit_id == unit_id)
        query = select(Place).where(Place.kind == PlaceKind.LOCATION, named)
        for place in session.scalars(query.order_by(Place.id)):
            names[place.name].append(place)
    for start in range(0, len(codes), 500):
        query = select(Place).where(Place.code.in_(list(codes.values())[start : start + 500]))
        places |= {place.code: place for place in session.scalars(query) if place.code}
    found = {text: _meant(text, unit_id, names, places.get(codes.get(text, ""))) for text in texts}
    return {text: meant for text, meant in found.items() if meant is not None}


def locations(session: Session, unit_id: int, texts: Collection[str]) -> dict[str, Place]:
    """Return the locations of a unit that these texts mean; makes those whose names are new, at the top of the tree.

    Raises LocationAmbiguous, LocationUnknown or LocationClosed.
    """
    found: dict[str, Place] = {}
    for text, meant in locate(session, unit_id, texts).items():
        if isinstance(meant, LedgerError):
            raise meant
        found[text] = meant
    fresh = {text: _new(unit_id, text, None) for text in texts if text not in found}
    if fresh:
        session.add_all(fresh.values())
        session.flush()  # the moves need their ids
    return found | fresh


def add(session: Session, unit: Unit, name: str, parent: Place | None, *, by: User, at: datetime) -> Place:
    """Add a location to a unit's store, below another one or at the top.

    Raises NameIsPath, NameTaken, TooDeep or LocationClosed.
    """
    if parts_of_path(name) != [name]:
        raise NameIsPath
    _check_room(session, unit.id, name, parent, levels=1)
    place = _new(unit.id, name, parent)
    session.add(place)
    session.flush()  # the entry names its id
    data = {**_named(place), "name": name, "code": place.code, "parent": place.parent_id}
    record(session, ADDED, by=by, at=at, unit=unit, data=data)
    return place


def hang(session: Session, place: Place, parent: Place | None, *, by: User, at: datetime) -> None:
    """Hang a location, with all below it, below another one of its unit, or at the top.

    Raises BelowItself, NameTaken, TooDeep or LocationClosed.
    """
    if parent is place.parent:
        return
    levels = _levels(session, place)
    if parent is not None and any(parent.id in level for level in levels):
        raise BelowItself(location=place.path)
    _check_room(session, place.unit_id, place.name, parent, levels=len(levels))
    before, place.parent = place.path, parent
    data = {**_named(place), "before": before, "parent": parent and parent.id}
    record(session, HUNG, by=by, at=at, unit=place.unit, data=data)


def close(session: Session, place: Place, *, by: User, at: datetime) -> None:
    """Let no goods come to an empty location any more. Raises LocationClosed, GoodsThere or LocationsBelow."""
    if place.closed_at is not None:
        raise LocationClosed(location=place.path)
    held = Position.place_id == place.id, Position.account == Account.STORED, HOLDS_SOME
    if session.scalar(select(Position.item_id).where(*held).limit(1)) is not None:
        raise GoodsThere(location=place.path)
    open_below = select(Place.id).where(Place.parent_id == place.id, Place.closed_at.is_(None))
    if session.scalar(open_below.limit(1)) is not None:
        raise LocationsBelow(location=place.path)
    place.closed_at = at
    record(session, CLOSED, by=by, at=at, unit=place.unit, data=_named(place))


def reopen(session: Session, place: Place, *, by: User, at: datetime) -> None:
    """Let goods come to a closed location again. Raises LocationClosed if the one above it is closed."""
    if place.parent is not None and place.parent.closed_at is not None:
        raise LocationClosed(location=place.parent.path)
    if place.closed_at is not None:
        place.closed_at = None
        record(session, OPENED, by=by, at=at, unit=place.unit, data=_named(place))


def _meant(
    text: str, unit_id: int, names: Mapping[str, list[Place]], labelled: Place | None
) -> Place | LedgerError | None:
    """Return what text means; None if it is a new name."""
    if labelled is not None:
        alike = [labelled] if labelled.unit_id == unit_id else []
        is_new = False
    else:
        parts = parts_of_path(text)
        is_path = text not in names and parts != [text]
        alike = (
            [place for place in names.get(parts[-1], ()) if place.path.split(SEPARATOR) == parts]
            if is_path
            else names.get(text, [])
        )
        is_new = not is_path
    if not alike:
        return None if is_new else LocationUnknown(text=text)
    usable = [place for place in alike if place.closed_at is None]
    if len(usable) > 1:
        paths = (place.path if place.parent else f"{SEPARATOR.strip()} {place.name}" for place in usable)
        return LocationAmbiguous(text=text, paths=" · ".join(paths))
    return usable[0] if usable else LocationClosed(location=alike[0].path)


def _check_room(session: Session, unit_id: int | None, name: str, parent: Place | None, *, levels: int) -> None:
    """Raises LocationClosed, TooDeep or NameTaken if no location of this name, with its levels, can hang there."""
    if parent is not None and parent.closed_at is not None:
        raise LocationClosed(location=parent.path)
    above = 0 if parent is None else len(parent.path.split(SEPARATOR))
    if above + levels > DEEPEST:
        raise TooDeep(most=DEEPEST)
    beside = Place.parent_id.is_not_distinct_from(parent and parent.id)
    known = select(Place).where(Place.unit_id == unit_id, Place.kind == PlaceKind.LOCATION, beside, Place.name == name)
    if (taken := session.scalar(known)) is not None:
        raise NameTaken(location=taken.path)


def _levels(session: Session, place: Place) -> list[Collection[int]]:
    """Return the ids of a location and of all below it, level by level."""
    levels: list[Collection[int]] = [[place.id]]
    while below := session.scalars(select(Place.id).where(Place.parent_id.in_(levels[-1]))).all():
        levels.append(below)
    return levels


def _new(unit_id: int, name: str, parent: Place | None) -> Place:
    return Place(unit_id=unit_id, kind=PlaceKind.LOCATION, name=name, parent=parent, code=new_code())


def _code(text: str) -> str | None:
    try:
        return read_code(text)
    except BadCode:
        return None


def _named(place: Place) -> dict[str, object]:
    return {"id": place.id, "path": place.path}
