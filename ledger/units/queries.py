"""Who belongs where: the tree of units, and whose rows a person may see."""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, selectinload

from ledger.permissions import Permission, roles_with
from ledger.units.models import CredentialReset, Membership, Unit, User


def ids_below(session: Session, roots: Iterable[int]) -> frozenset[int]:
    """Return the ids of these units and of all units below them."""
    children: dict[int | None, list[int]] = defaultdict(list)
    for unit_id, parent_id in session.execute(select(Unit.id, Unit.parent_id)):
        children[parent_id].append(unit_id)
    reached: set[int] = set()
    waiting = list(roots)
    while waiting:
        unit_id = waiting.pop()
        if unit_id not in reached:
            reached.add(unit_id)
            waiting.extend(children[unit_id])
    return frozenset(reached)


def ids_above(session: Session, unit_ids: Iterable[int]) -> frozenset[int]:
    """Return the ids of all units above these."""
    parents: dict[int, int | None] = dict(session.execute(select(Unit.id, Unit.parent_id)).all())
    reached: set[int] = set()
    for unit_id in unit_ids:
        above = parents.get(unit_id)
        while above is not None and above not in reached:
            reached.add(above)
            above = parents.get(above)
    return frozenset(reached)


def holders(session: Session, unit: Unit, permission: Permission, *, other_than: User | None = None) -> list[User]:
    """Return the active people who hold permission over a unit by a role in it or above it, nearest first."""
    above: Unit | None = unit
    found: dict[int, User] = {}
    while above is not None:
        query = select(User).join(Membership, Membership.user_id == User.id).order_by(User.id)
        holds = Membership.unit_id == above.id, Membership.role.in_(roles_with(permission)), User.disabled_at.is_(None)
        for user in session.scalars(query.where(*holds)):
            if other_than is None or user.id != other_than.id:
                found.setdefault(user.id, user)
        above = above.parent
    return list(found.values())


def units_of(session: Session, user: User, permission: Permission) -> frozenset[int]:
    """Return the ids of the units over which user has permission."""
    return ids_below(session, (unit.id for unit in user.roots(permission)))


def count_units(session: Session) -> int:
    """Return how many units there are."""
    return session.scalar(select(func.count(Unit.id))) or 0


def in_tree_order(session: Session, ids: Iterable[int]) -> list[tuple[int, Unit]]:
    """Return the units with these ids as the tree shows them, each with its depth."""
    wanted = set(ids)
    units = session.scalars(select(Unit).where(Unit.id.in_(wanted)).order_by(Unit.code)).all()
    below: dict[int | None, list[Unit]] = defaultdict(list)
    for unit in units:
        below[unit.parent_id if unit.parent_id in wanted else None].append(unit)
    shown: list[tuple[int, Unit]] = []
    waiting = [(0, unit) for unit in reversed(below[None])]
    while waiting:
        depth, unit = waiting.pop()
        shown.append((depth, unit))
        waiting.extend((depth + 1, child) for child in reversed(below[unit.id]))
    return shown


def people_of(session: Session, unit_ids: Iterable[int]) -> list[User]:
    """Return the people who hold a role in any of these units, and those who hold none at all."""
    holders = select(Membership.user_id).where(Membership.unit_id.in_(set(unit_ids)))
    anyone = select(Membership.user_id)
    query = (
        select(User).where(or_(User.id.in_(holders), User.id.not_in(anyone))).options(selectinload(User.memberships))
    )
    return list(session.scalars(query.order_by(User.login)))


def waiting_resets(session: Session) -> list[CredentialReset]:
    """Return the resets that still need their second administrator, oldest first."""
    query = select(CredentialReset).where(CredentialReset.confirmed_at.is_(None)).order_by(CredentialReset.id)
    return list(session.scalars(query))
