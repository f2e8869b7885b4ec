"""Whatever people do with goods, in whatever order: random acts, most of them impossible."""

from collections.abc import Iterator
from datetime import datetime

from factories import Cast
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from ledger.duties import Part
from ledger.errors import LedgerError
from ledger.goods.models import Item
from ledger.goods.rules import ROUTES, Account, Act, PlaceKind
from ledger.goods.service import Move, Spot, move, place
from ledger.journal.service import writing
from ledger.units.models import User

ACTS = st.lists(
    st.tuples(
        st.sampled_from(sorted(ROUTES)),
        st.integers(0, 2),  # which line
        st.integers(0, 2),  # from which place
        st.integers(0, 2),  # to which place
        st.decimals("-1", "9", places=3),
        st.randoms(use_true_random=False),
    ),
    max_size=25,
)


def try_all(session: Session, cast: Cast, items: list[Item], acts: list, times: Iterator[datetime]) -> int:  # type: ignore[type-arg]
    """Try these acts on three lines, each at the next of the times; return how many were possible."""
    with writing(session):
        places = [place(session, cast.bureau, PlaceKind.LOCATION, name).id for name in ("A-01-1", "B", "C")]
    made = 0
    for act, line, source, target, quantity, random in acts:
        accounts = random.choice(sorted(ROUTES[act].sources)), random.choice(sorted([*ROUTES[act].targets, *Account]))
        wanted = Move(items[line].id, quantity, Spot(accounts[0], places[source]), Spot(accounts[1], places[target]))
        people, at = people_for(act, cast), next(times)
        try:
            with writing(session):
                move(session, [wanted], act=act, people=people, by=cast.lin, at=at, unit=cast.bureau)
                made += 1
        except LedgerError:
            continue
    return made


def people_for(act: Act, cast: Cast) -> dict[Part, User]:
    """Return people who may hold the act's parts together: duties are tested elsewhere."""
    return {part: (cast.lin, cast.zhao)[number % 2] for number, part in enumerate(ROUTES[act].parts)}
