"""Whatever people do, in whatever order: the positions are what the movements say, and the journal proves it."""

from itertools import repeat

from acts import ACTS, try_all
from factories import NOON, make_case, make_item
from hypothesis import given, settings
from sqlalchemy import select

from ledger.goods.audit import verify_books
from ledger.goods.models import Position
from ledger.goods.rules import SOURCES


@settings(max_examples=12)
@given(acts=ACTS)
def test_any_acts_leave_books_that_agree(session, cast, verifier, acts):
    case = make_case(session, cast, number=f"案{session.info.setdefault('examples', 0)}号")
    session.info["examples"] += 1
    items = [make_item(session, cast, case=case, stored="5") for _ in range(3)]

    made = try_all(session, cast, items, acts, repeat(NOON))

    report = verify_books(session, verifier)
    assert [str(finding) for finding in report.findings] == []
    assert report.movements >= made + len(items)
    rows = session.execute(select(Position.item_id, Position.account, Position.quantity)).all()
    for item in items:
        assert sum(quantity for item_id, _, quantity in rows if item_id == item.id) == 0
    assert all(quantity >= 0 for _, account, quantity in rows if account not in SOURCES)
