"""Whatever people do, in whatever order: the positions are what the movements say, and the journal proves it."""

from factories import NOON, make_case, make_item
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from ledger.errors import LedgerError
from ledger.goods.audit import verify_books
from ledger.goods.models import Position
from ledger.goods.rules import ROUTES, SOURCES, Account, PlaceKind
from ledger.goods.service import Move, Spot, move, place
from ledger.journal.service import writing

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


def people_for(act, cast):
    """Return people who may hold the act's parts together: duties are tested elsewhere."""
    return {part: (cast.lin, cast.zhao)[number % 2] for number, part in enumerate(ROUTES[act].parts)}


@settings(max_examples=12)
@given(acts=ACTS)
def test_any_acts_leave_books_that_agree(session, cast, verifier, acts):
    case = make_case(session, cast, number=f"案{session.info.setdefault('examples', 0)}号")
    session.info["examples"] += 1
    items = [make_item(session, cast, case=case, stored="5") for _ in range(3)]
    with writing(session):
        places = [place(session, cast.bureau, PlaceKind.LOCATION, name).id for name in ("A-01-1", "B", "C")]

    made = 0
    for act, line, source, target, quantity, random in acts:
        accounts = random.choice(sorted(ROUTES[act].sources)), random.choice(sorted([*ROUTES[act].targets, *Account]))
        wanted = Move(items[line].id, quantity, Spot(accounts[0], places[source]), Spot(accounts[1], places[target]))
        try:
            with writing(session):
                move(session, [wanted], act=act, people=people_for(act, cast), by=cast.lin, at=NOON, unit=cast.bureau)
                made += 1
        except LedgerError:
            continue

    report = verify_books(session, verifier)
    assert [str(finding) for finding in report.findings] == []
    assert report.movements >= made + len(items)
    rows = session.execute(select(Position.item_id, Position.account, Position.quantity)).all()
    for item in items:
        assert sum(quantity for item_id, _, quantity in rows if item_id == item.id) == 0
    assert all(quantity >= 0 for _, account, quantity in rows if account not in SOURCES)
