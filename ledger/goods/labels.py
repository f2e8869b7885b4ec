"""Labels: where their codes lead, and those of storage locations."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from ledger.errors import N_, LedgerError
from ledger.goods.models import Place
from ledger.journal.queries import holds_demo
from ledger.journal.service import record
from ledger.papers.label import LocationLabel
from ledger.units.models import Unit, User


class PublicUrlMissing(LedgerError):
    """Labels would point to an address that nobody else can open."""

    code = "public_url_missing"
    message = N_("Labels carry the ledger’s public address, which is not set. Set LEDGER_PUBLIC_URL first.")


def check_reachable(session: Session, *, is_public: bool) -> None:
    """Let labels be printed whose address others can open, or which nobody will ever need to: the sample bureau's.

    Raises PublicUrlMissing.
    """
    if not is_public and not holds_demo(session):
        raise PublicUrlMissing


def payload_of(code: str, address: str) -> str:
    """Return what the QR code of a label holds: in capitals, which take least room."""
    return f"{address}/Q/{code}".upper()


def location_labels(session: Session, places: Sequence[Place], *, address: str, is_public: bool) -> list[LocationLabel]:
    """Return the labels of these locations, whose codes lead to address. Raises PublicUrlMissing."""
    check_reachable(session, is_public=is_public)
    return [
        LocationLabel(
            name=place.name,
            path=place.path,
            unit=place.unit.name,
            code=place.code,
            payload=payload_of(place.code, address),
        )
        for place in places
        if place.unit is not None and place.code is not None
    ]


def note_location_labels(
    session: Session, unit: Unit, labels: Sequence[LocationLabel], *, by: User, at: datetime
) -> None:
    """Note that these labels of a unit's locations were printed."""
    data = {"locations": [[label.path, label.code] for label in labels], "printed": len(labels)}
    record(session, "label.printed", by=by, at=at, unit=unit, data=data)
