"""What pages read about imports."""

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from ledger.imports.models import GoodsImport
from ledger.imports.workflow import State

SHOWN = 50


def imports_of(session: Session, unit_ids: Collection[int]) -> Sequence[GoodsImport]:
    """Return the newest imports of these units."""
    query = select(GoodsImport).where(GoodsImport.unit_id.in_(unit_ids)).order_by(GoodsImport.id.desc()).limit(SHOWN)
    return session.scalars(query.options(joinedload(GoodsImport.unit), joinedload(GoodsImport.by))).all()


def waiting(session: Session, unit_ids: Collection[int], state: State) -> Sequence[GoodsImport]:
    """Return the imports of these units that are in a state, oldest first."""
    query = select(GoodsImport).where(GoodsImport.unit_id.in_(unit_ids), GoodsImport.state == state)
    return session.scalars(query.order_by(GoodsImport.id)).all()
