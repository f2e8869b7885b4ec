"""Who may call which address, and whose rows they may load. What is not said is refused."""

from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar, cast

from flask import Flask, Request, abort, current_app, g, request, session
from flask_login import LoginManager, current_user
from sqlalchemy.orm import joinedload

from ledger import installation
from ledger.config import Settings
from ledger.db import db
from ledger.errors import N_, LedgerError, NotPermitted
from ledger.events.models import Batch, Event
from ledger.journal.note import Signer
from ledger.permissions import Permission
from ledger.scanning.devices import holder
from ledger.scanning.models import Device
from ledger.stocktake.queries import units_counted_blind, veiled_items
from ledger.units.models import User
from ledger.units.queries import count_units, ids_above, units_of

View = TypeVar("View", bound=Callable[..., Any])
OPEN = "open"
SIGNED_IN = "signed in"
TICKET = "Ticket"
_WITH_NEW_PASSWORD_ONLY = (
    "account.show",
    "account.change_password",
    "account.end_sessions",
    "login.",
    "health.",
    "static",
)


class SignInNeeded(LedgerError):
    """Nobody is signed in, or not any more."""

    code = "sign_in_needed"
    message = N_("Sign in first; a sign-in ends after some hours.")


class PasswordNeeded(LedgerError):
    """The one-time password has not been replaced yet."""

    code = "password_needed"
    message = N_("Set a password of your own first.")


class OfUnit(Protocol):
    """A row that belongs to a unit."""

    @property
    def unit_id(self) -> int | None:
        """The unit, None for what belongs to the installation."""
        ...


Row = TypeVar("Row", bound=OfUnit)


def needs(permission: Permission) -> Callable[[View], View]:
    """Let only people in who hold permission over some unit; own_or_404 then says over which rows."""
    return _marking(permission)


def open_to_all(view: View) -> View:
    """Let everybody in, signed in or not."""
    return _marking(OPEN)(view)


def signed_in(view: View) -> View:
    """Let everybody in who is signed in, whatever their role."""
    return _marking(SIGNED_IN)(view)


def unless_all(units: frozenset[int]) -> frozenset[int] | None:
    """Return these units, or None if they are all there are: then no line need be asked for its unit."""
    return None if len(units) == count_units(db.session()) else units


def by_ticket(view: View) -> View:
    """Let in who comes with the ticket of a device, too, and then as its holder; stands above needs()."""
    view.takes_tickets = True  # type: ignore[attr-defined]
    return view


def ticketed() -> Device | None:
    """Return the device under whose ticket the request comes; None if somebody is signed in instead."""
    if "ticketed" not in g:
        kind, _, ticket = request.headers.get("Authorization", "").partition(" ")
        view = current_app.view_functions.get(request.endpoint or "")
        is_asked = kind == TICKET and getattr(view, "takes_tickets", False)
        g.ticketed = holder(db.session(), ticket, at=now()) if is_asked else None
    return cast("Device | None", g.ticketed)


def me() -> User:
    """Return the person who is signed in."""
    return cast(User, current_user._get_current_object())  # noqa: SLF001 - the proxy's documented way out


def now() -> datetime:
    """Return the present moment; the domain is told it."""
    return datetime.now(UTC)


def settings() -> Settings:
    """Return the installation's settings."""
    return cast(Settings, current_app.extensions["settings"])


def signer() -> Signer:
    """Return the journal's key."""
    return cast(Signer, current_app.extensions["signer"])


def seal_roots() -> list[bytes]:
    """Return the certificates that the bureau's seals are trusted for, this one and all before it."""
    return installation.seal_roots(current_app, db.session(), at=now())


def own_units(permission: Permission) -> frozenset[int]:
    """Return the ids of the units over which the person holds permission."""
    roots = frozenset(unit.id for unit in me().roots(permission))
    below: dict[frozenset[int], frozenset[int]] = g.setdefault("units_below", {})  # a page asks dozens of times
    if roots not in below:
        below[roots] = units_of(db.session(), me(), permission)
    return below[roots]


def own_or_404(model: type[Row], key: int, permission: Permission = Permission.VIEW_GOODS) -> Row:
    """Return the row of one of the person's units; another unit's row does not exist.

    Raises NotPermitted if they may see it but not do what permission says.
    """
    row = db.session.get(model, key)
    if row is None or row.unit_id not in own_units(Permission.VIEW_GOODS):
        abort(404)
    if row.unit_id not in own_units(permission):
        raise NotPermitted
    return row


def event_or_404(event_id: int) -> Event:
    """Return an event organised by one of the person's units, or by a unit above them: theirs to take part in."""
    event = db.session.get(Event, event_id)
    mine = own_units(Permission.VIEW_GOODS)
    if event is None or (event.unit_id not in mine and event.unit_id not in ids_above(db.session(), mine)):
        abort(404)
    return event


def organised_or_404(event_id: int) -> Event:
    """Return an event that the person organises. Raises NotPermitted if they may only see it."""
    event = event_or_404(event_id)
    if event.unit_id not in own_units(Permission.ORGANISE):
        raise NotPermitted
    return event


def veiled() -> frozenset[int]:
    """Return the lines whose quantities the person must not see now: they are being counted where the person counts."""
    if "veiled" not in g:
        counts = current_user.is_authenticated and me().may(Permission.COUNT_GOODS)
        g.veiled = veiled_items(db.session(), own_units(Permission.COUNT_GOODS)) if counts else frozenset()
    return cast(frozenset[int], g.veiled)


def hides(batch: Batch) -> bool:
    """Whether the seal and the weight of a batch are kept from the person: its goods are being counted."""
    return bool(veiled()) and not veiled().isdisjoint(each.line.item_id for each in batch.held)


def veils_unit(unit_ids: Collection[int]) -> bool:
    """Whether lists of these units are kept from the person: their rows may be among the lines that are veiled."""
    counted = own_units(Permission.COUNT_GOODS) & frozenset(unit_ids)
    return bool(veiled()) and bool(units_counted_blind(db.session(), counted))


def install(app: Flask, logins: LoginManager) -> None:
    """Ask before every request who may make it."""
    logins.session_protection = None  # phones change their address all day
    logins.user_loader(_load_user)
    logins.request_loader(_load_holder)
    app.view_functions["static"] = open_to_all(app.view_functions["static"])
    app.before_request(_ask_token)
    app.before_request(_refuse_unless_allowed)


def _load_holder(request: Request) -> User | None:  # noqa: ARG001 - it is the one that ticketed() looks at
    device = ticketed()
    return device.user if device else None


def _load_user(kept: str) -> User | None:
    if request.headers.get("Authorization", "").startswith(TICKET):
        return None  # a device speaks for who held it, not for who is signed in on it now
    user_id, _, version = kept.partition(":")
    roles = joinedload(User.memberships)  # every page asks for them
    user = db.session.get(User, int(user_id), options=[roles]) if user_id.isdecimal() else None
    if user is None or not user.is_active or str(user.session_version) != version or _is_over():
        return None
    return user


def _is_over() -> bool:
    since = session.get("since", 0)
    return now() - datetime.fromtimestamp(since, UTC) > timedelta(hours=settings().session_hours)


def _ask_token() -> None:
    """Refuse what another site may have sent: it can send neither the session's token nor the header of a ticket."""
    if request.endpoint is not None and ticketed() is None:
        current_app.extensions["csrf"].protect()


def _refuse_unless_allowed() -> None:
    if request.endpoint is None:
        return  # no such address: 404
    access = getattr(current_app.view_functions[request.endpoint], "access", None)
    if access == OPEN or ticketed() is not None:
        return
    if not current_user.is_authenticated:
        raise SignInNeeded
    if me().must_change_password and not request.endpoint.startswith(_WITH_NEW_PASSWORD_ONLY):
        raise PasswordNeeded
    if access != SIGNED_IN and not (isinstance(access, Permission) and me().may(access)):
        raise NotPermitted


def _marking(access: str) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.access = access  # type: ignore[attr-defined]
        return view

    return mark
