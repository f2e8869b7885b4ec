"""What pages and reports read about reports: shares of manifests, chosen pictures, certificates, public results."""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple, cast

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from ledger.cases.models import Case
from ledger.destruction.models import ApplicationLine
from ledger.events.models import Batch, Event, Packing, Photo
from ledger.events.queries import photos_of
from ledger.goods.models import Item
from ledger.manifests.models import Manifest
from ledger.papers import content as shape
from ledger.papers.reported import Chosen
from ledger.reports.models import Certificate, PublicResult, ReportPicture
from ledger.reports.share import share_of
from ledger.units.models import Unit
from ledger.units.queries import ids_below

_SHORTEST = 2
"""A party's name of one sign would be found in any text."""


class Reported(NamedTuple):
    """What a unit's report on an event is made of."""

    manifest: Manifest
    content: shape.Manifest
    unit: str
    """Whose share the content is; empty if it is all of it."""
    earlier: Sequence[shape.Manifest]
    """Of the events before it, by the same organiser, as much of each."""
    photos: Sequence[Photo]
    chosen: Sequence[Chosen]


def reported(session: Session, manifest: Manifest, unit: Unit) -> Reported | None:
    """Return what a unit's report is made of: of whoever organised the event all, of others their share.

    None if the manifest names no goods of the unit.
    """
    is_whole = unit.id == manifest.unit_id
    content = content_for(session, manifest, unit)
    if content is None:
        return None
    query = select(Manifest).where(Manifest.unit_id == manifest.unit_id, Manifest.sealed_seq < manifest.sealed_seq)
    before = session.scalars(query.order_by(Manifest.sealed_seq)).all()
    earlier = [found for each in before if (found := content_for(session, each, unit)) is not None]
    photos = _photos(session, manifest, unit)
    return Reported(manifest, content, "" if is_whole else unit.name, earlier, photos, chosen(session, photos, unit))


def content_for(session: Session, manifest: Manifest, unit: Unit) -> shape.Manifest | None:
    """Return what a manifest says to a unit: all to whoever organised the event, to others their share."""
    content = cast(shape.Manifest, orjson.loads(manifest.content))
    if unit.id == manifest.unit_id:
        return content
    return share_of(content, unit.code, pictures=len(_photos(session, manifest, unit)))


def chosen(session: Session, photos: Collection[Photo], unit: Unit) -> list[Chosen]:
    """Return the pictures that a unit chose of these for its report, in the order they were taken."""
    captions = captions_of(session, photos, unit)
    return [Chosen(sha256=photo.sha256, caption=captions[photo.id]) for photo in photos if photo.id in captions]


def captions_of(session: Session, photos: Collection[Photo], unit: Unit) -> dict[int, str]:
    """Return what a unit wrote under those of these pictures that it chose, by the pictures' ids."""
    ids = [photo.id for photo in photos]
    query = select(ReportPicture).where(ReportPicture.unit_id == unit.id, ReportPicture.photo_id.in_(ids))
    return {row.photo_id: row.caption for row in session.scalars(query)}


def certificates_of(session: Session, event_id: int) -> Sequence[Certificate]:
    """Return the certificates that came back, oldest first."""
    return session.scalars(select(Certificate).filter_by(event_id=event_id).order_by(Certificate.id)).all()


def result_of(session: Session, event_id: int) -> PublicResult | None:
    """Return what was written for the public of an event, None if nothing ever was."""
    return session.scalar(select(PublicResult).filter_by(event_id=event_id))


def released(session: Session) -> Sequence[PublicResult]:
    """Return what the public may read, newest event first."""
    query = select(PublicResult).join(Event, Event.id == PublicResult.event_id)
    query = query.where(PublicResult.released_at.is_not(None)).options(joinedload(PublicResult.event))
    return session.scalars(query.order_by(Event.day.desc(), Event.id.desc())).all()


def is_any_released(session: Session) -> bool:
    """Whether there is something that the public may read."""
    query = select(PublicResult.id).where(PublicResult.released_at.is_not(None))
    return session.scalar(query.limit(1)) is not None


def papers_naming(session: Session, event_id: int) -> Iterator[str]:
    """Yield what would tell whose goods an event destroyed: parties, and numbers of cases and decisions."""
    query = (
        select(Case.party, Case.number, Case.decision)
        .join(Item, Item.case_id == Case.id)
        .join(ApplicationLine, ApplicationLine.item_id == Item.id)
        .join(Packing, Packing.application_line_id == ApplicationLine.id)
        .join(Batch, Batch.id == Packing.batch_id)
        .where(Batch.event_id == event_id)
        .distinct()
    )
    for row in session.execute(query):
        yield from (word for word in row if len(word) >= _SHORTEST)


def _photos(session: Session, manifest: Manifest, unit: Unit) -> Sequence[Photo]:
    mine = ids_below(session, [unit.id]) if unit.id == manifest.unit_id else [unit.id]
    return photos_of(session, manifest.event_id, mine)
