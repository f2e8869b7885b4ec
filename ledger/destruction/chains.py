"""Setting the chain that decides a unit's applications."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from ledger.destruction.chain import ChainSetMeanwhile, ChainStep, as_members, check_chain
from ledger.destruction.models import Chain
from ledger.destruction.queries import chain_set_for
from ledger.journal.service import record
from ledger.units.models import Unit, User


def set_chain(
    session: Session, unit: Unit, steps: Sequence[ChainStep], *, seen: int | None, by: User, beside: User, at: datetime
) -> Chain:
    """Set who decides the applications of a unit and those below it, as a leader beside a legal reviewer.

    What runs keeps the chain that it was submitted to. seen is the id of the chain that the person saw, None for none.

    Raises ChainSetMeanwhile, LastNotLeader or TooFewSteps.
    """
    check_chain(steps)
    known = chain_set_for(session, unit)
    if seen != (known and known.id):
        raise ChainSetMeanwhile
    chain = Chain(unit=unit, steps=[as_members(step) for step in steps], set_at=at, set_by=by, beside=beside)
    session.add(chain)
    session.flush()  # the entry names its id
    people = {"leader": by.login, "legal": beside.login}
    data = {"id": chain.id, "steps": chain.steps, "people": people}
    record(session, "chain.set", by=by, at=at, unit=unit, data=data)
    return chain
