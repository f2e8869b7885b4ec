"""The site staff's one screen: batches are scanned at loading, arrival and destruction."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import cast

from flask import Blueprint, current_app, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from ledger.db import db
from ledger.events.photos import PHOTO_STAGE_NAMES, PhotoStage
from ledger.permissions import Permission
from ledger.scanning.queries import OpenEvent, scanning_of
from ledger.scanning.rules import REASONS
from ledger.units.queries import ids_above
from ledger.web.access import me, needs, open_to_all, own_units, settings

bp = Blueprint("scan", __name__, url_prefix="/scan")


@bp.get("")
@needs(Permission.SCAN)
def show() -> ResponseReturnValue:
    """Show the screen of the person's event, or let them choose one of several."""
    mine = own_units(Permission.SCAN)
    events = scanning_of(db.session(), me(), mine | ids_above(db.session(), mine))
    event = chosen(events, request.args.get("event", ""))
    if event is None:
        return render_template("scan/choose.html", events=events)
    stage = request.args.get("stage")
    return render_template(
        "scan/show.html",
        event=event,
        stage=stage if stage in event.stages else event.stages[0],
        setting=setting_of(event),
        reasons=REASONS,
        photo_stages={stage: name for stage, name in PHOTO_STAGE_NAMES.items() if stage is not PhotoStage.PACKING},
        is_only_one=len(events) == 1,
    )


@bp.get("/app.webmanifest")
@open_to_all
def app() -> ResponseReturnValue:
    """Tell a phone how to keep the scanner among its programs."""
    about = {
        "name": _("Scan on site"),
        "short_name": _("Scan"),
        "lang": str(get_locale()).replace("_", "-"),
        "start_url": url_for(".show"),
        "scope": url_for(".show"),
        "display": "standalone",
        "background_color": "#ffffff",
        "icons": [{"src": _asset("favicon.svg"), "sizes": "any", "type": "image/svg+xml"}],
    }
    return jsonify(about), 200, {"Content-Type": "application/manifest+json"}


def chosen(events: Sequence[OpenEvent], key: str) -> OpenEvent | None:
    """Return the event with this key, or the only one there is."""
    if len(events) == 1:
        return events[0]
    return next((event for event in events if str(event.id) == key), None)


def setting_of(event: OpenEvent) -> dict[str, object]:
    """Return what the screen's script has to know."""
    return {
        "event": event.id,
        "user": me().id,
        "operator": me().name,
        "url": url_for("api.v1.scans.take_in"),
        "tickets": url_for("api.v1.events.issue_ticket", event_id=event.id),
        "photos": url_for("api.v1.photos.take_in"),
        "tally": url_for("api.v1.events.take_tally", event_id=event.id),
        "version": _asset("scan.js").rpartition("/")[2],
        "pack": url_for("api.v1.events.show_pack", event_id=event.id),
        "is_rehearsal": settings().is_rehearsal,
        "worker": _asset("sw.js"),
        "token": generate_csrf(),
        "counts": {stage: asdict(count) for stage, count in event.counts.items()},
    }


def _asset(name: str) -> str:
    """Return the address of a built asset."""
    return cast("Callable[[str], str]", current_app.jinja_env.globals["asset"])(name)
