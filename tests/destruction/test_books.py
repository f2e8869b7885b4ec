"""Whatever is done with applications: what is spoken for is what the open ones ask for, and the journal proves it."""

from collections import Counter

from factories import NOON, TERMS, count, make_case, make_item
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from ledger.destruction import service
from ledger.destruction.models import Application, ApplicationLine
from ledger.destruction.workflow import RESERVING, Decision, Method
from ledger.errors import LedgerError
from ledger.goods.audit import verify_books
from ledger.goods.models import Position
from ledger.journal.service import writing

ACTS = st.lists(
    st.tuples(
        st.sampled_from(["draft", "change", "remove", "submit", "decide", "decide", "withdraw", "take_out"]),
        st.integers(0, 2),  # which application
        st.integers(0, 2),  # which line
        st.decimals("0.001", "6", places=3),
        st.sampled_from([*Decision, Decision.AGREE, Decision.AGREE]),
    ),
    max_size=25,
)


def act_on(session, cast, applications, items, act):
    """Do one of the acts, as its people would, whether it is possible or not."""
    kind, which, line, quantity, decision = act
    if kind == "draft" or not applications:
        made = service.draft(session, cast.bureau, legal_basis="法", reason="", by=cast.lin, at=NOON)
        applications.append(made)
        service.add_free_goods(session, made, [items[line], items[line - 1]])
        return
    application = applications[which % len(applications)]
    chosen = application.lines[line % len(application.lines)] if application.lines else None
    if kind == "submit":
        service.submit(session, application, terms=TERMS, today=NOON.date(), by=cast.lin, at=NOON)
    elif kind == "decide":
        person = (cast.liu, cast.huang, cast.cai, cast.xie, cast.xie)[application.stage]
        service.decide(
            session,
            application,
            decision=decision,
            text="意见",
            digest=application.digest,
            may=lambda _permission: True,
            by=person,
            at=NOON,
        )
    elif kind == "withdraw":
        service.withdraw(session, application, reason="撤回", by=cast.lin, at=NOON)
    elif chosen is not None and kind == "take_out":
        service.withdraw_line(session, chosen, reason="移出", by=cast.lin, at=NOON)
    elif chosen is not None and kind == "change":
        service.change_line(application, chosen, quantity=quantity, method=Method.LANDFILL)
    elif chosen is not None:
        service.remove_line(application, chosen)


@settings(max_examples=12)
@given(acts=ACTS)
def test_any_acts_leave_exactly_the_open_applications_reserved(session, cast, verifier, acts):
    case = make_case(session, cast, number=f"案{session.info.setdefault('examples', 0)}号")
    session.info["examples"] += 1
    items = [make_item(session, cast, case=case, stored="5", at_location=name) for name in ("A", "B", "C")]
    count(session, cast, *items)
    applications: list[Application] = []

    for act in acts:
        made = len(applications)
        try:
            with writing(session):
                act_on(session, cast, applications, items, act)
        except LedgerError:
            del applications[made:]

    asked: Counter[tuple[int, int]] = Counter()
    query = select(ApplicationLine).join(Application).where(Application.state.in_(list(RESERVING)))
    for line in session.scalars(query):
        asked[line.item_id, line.place_id] += line.open
    held = session.scalars(select(Position).where(Position.reserved > 0))
    reserved = {(row.item_id, row.place_id): row.reserved for row in held}
    assert reserved == {key: quantity for key, quantity in asked.items() if quantity}
    assert [str(finding) for finding in verify_books(session, verifier).findings] == []
