"""Finding lines by the stage of their case and by what the verdict on them says, as they were judged last."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from ledger.cases.rules import Kind, Stage
from ledger.destruction.models import Judgement
from ledger.goods.filters import Condition, Walk
from ledger.goods.models import Item


def of_kind(kind: Kind) -> Condition:
    """Return what asks of a line whether this is what the verdict on it says."""
    return _judged(Judgement.kind == kind)


def at_stage(stage: Stage) -> Condition:
    """Return what asks of a line whether it is at this stage."""
    return _judged(Judgement.stage == stage)


def count_by_unit(session: Session, kind: Kind, unit_ids: Collection[int]) -> dict[int, int]:
    """Return of how many lines of each unit this is what the verdict says; units without any are left out."""
    query = select(Item.unit_id, func.count()).join(Judgement, Judgement.item_id == Item.id)
    query = query.where(Judgement.kind == kind, Item.unit_id.in_(unit_ids))
    return dict(session.execute(query.group_by(Item.unit_id)).all())


def _judged(says: ColumnElement[bool]) -> Condition:
    asked = select(Judgement.item_id).where(Judgement.item_id == Item.id, says).correlate(Item).exists()
    return Condition(select(Judgement.item_id).where(says), asked, walk=Walk(Judgement.item_id, Judgement, (says,)))
