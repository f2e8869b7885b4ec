from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from factories import BEIJING, NOON, TERMS, judge_lines, make_application, make_case, make_item
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from ledger.cases.models import Hold
from ledger.cases.queries import cases_of
from ledger.cases.rules import KIND_WORDS, HoldKind, Kind
from ledger.destruction.kinds import of_kind
from ledger.destruction.models import ApplicationLine
from ledger.destruction.queries import verdicts
from ledger.destruction.workflow import Method, State
from ledger.goods.models import Item, Position
from ledger.goods.rules import SOURCES, Account
from ledger.journal.service import writing

TODAY = NOON.astimezone(BEIJING).date()
OVER = next(day for day in (TODAY - timedelta(days=days) for days in range(400)) if TERMS.periods.end(day) < TODAY)
"""The last day of service whose decision can no longer be challenged."""
OLDEST = datetime.combine(TODAY - timedelta(days=TERMS.count_valid_days), time(), BEIJING).astimezone(UTC)
"""The first moment of the oldest count that is good enough."""
LINES = st.fixed_dictionaries(
    {
        "decision": st.sampled_from(["", "一号", "一号", "一号"]),
        "served_on": st.sampled_from([None, OVER + timedelta(days=1), OVER, OVER, date(2020, 1, 1)]),
        "notice": st.sampled_from([None, None, TODAY, TODAY - timedelta(days=1)]),
        "hold": st.sampled_from([None, None, None, "case", "line", "other line", "released"]),
        "state": st.sampled_from([None, State.DRAFT, State.SUBMITTED, State.APPROVED, "withdrawn"]),
        "positions": st.lists(
            st.tuples(
                st.sampled_from([*(Account), Account.STORED, Account.STORED]),
                st.sampled_from([0, 1, 2]),  # quantity
                st.sampled_from([0, 1]),  # reserved
                st.sampled_from([None, OLDEST, OLDEST - timedelta(seconds=1), NOON]),
            ),
            max_size=3,
        ),
    }
)


def put(session, cast, number, said):
    """Write a line as the books might have it, and as they never should."""
    papers = {"decision": said["decision"], "served_on": said["served_on"]}
    if said["notice"]:  # ownerless goods have no party
        papers |= {"party": "", "noticed_on": date(2026, 1, 1), "noticed_until": said["notice"]}
    case = make_case(session, cast, number=f"案{number}", **papers)
    item, other = make_item(session, cast, case=case), make_item(session, cast, case=case)
    application = make_application(session, cast, other)
    with writing(session):
        place = item.positions[0].place_id
        for position in list(item.positions):
            session.delete(position)
        session.flush()
        for account, quantity, reserved, counted_at in {row[0]: row for row in said["positions"]}.values():
            is_source = account in SOURCES
            held = {"quantity": Decimal(quantity), "reserved": Decimal(0 if is_source else min(quantity, reserved))}
            session.add(Position(item_id=item.id, account=account, place_id=place, counted_at=counted_at, **held))
        if said["hold"]:
            reach = {"line": item.id, "other line": other.id}.get(said["hold"])
            over = {"released_at": NOON, "released_by_id": cast.lin.id} if said["hold"] == "released" else {}
            facts = {"kind": HoldKind.OTHER, "reason": "x", "set_at": NOON, "set_by_id": cast.lin.id, **over}
            session.add(Hold(case_id=case.id, item_id=reach, unit_id=case.unit_id, **facts))
        if said["state"]:
            is_withdrawn = said["state"] == "withdrawn"
            application.state = State.APPROVED if is_withdrawn else said["state"]
            asked = {"quantity": Decimal(1), "method": Method.INCINERATION}
            gone = NOON if is_withdrawn else None
            line = ApplicationLine(item_id=item.id, place_id=place, withdrawn_at=gone, **asked)
            application.lines.append(line)


@settings(max_examples=10)
@given(lines=st.lists(LINES, min_size=6, max_size=6))
def test_lines_are_found_by_what_the_verdict_on_them_says(session, cast, lines):
    before = session.info.setdefault("lines", 0)
    session.info["lines"] += len(lines)
    for number, said in enumerate(lines, start=before):
        put(session, cast, number, said)
    session.expire_all()
    items = session.scalars(select(Item)).all()
    found = verdicts(session, items, cases_of(session, items), terms=TERMS, today=TODAY)

    judge_lines(session)

    for kind in Kind:
        condition = of_kind(kind)
        expected = {item_id for item_id, verdict in found.items() if verdict.word == KIND_WORDS[kind]}
        assert set(session.scalars(select(Item.id).where(condition.asked))) == expected, kind
        assert set(session.scalars(condition.ids)) == expected, kind
