from datetime import date

import pytest
from factories import NOON, make_case, make_item
from sqlalchemy import select

from ledger.cases.rules import CaseFacts
from ledger.cases.service import AmendedMeanwhile, CaseExists, NothingAmended, amend_case, register_case
from ledger.goods.audit import verify_books
from ledger.goods.filters import Filter
from ledger.goods.queries import count_lines
from ledger.journal.models import JournalEntry
from ledger.journal.service import writing


def amend(session, cast, case, *, version=1, reason="录入有误", **changed):
    facts = {
        "party": case.party,
        "cause": case.cause,
        "decision": case.decision,
        "served_on": case.served_on,
        **changed,
    }
    with writing(session):
        amend_case(
            session, case, CaseFacts(number=case.number, **facts), version=version, reason=reason, by=cast.lin, at=NOON
        )


def test_old_and_new_stay_in_the_journal(session, cast):
    case = make_case(session, cast)

    amend(session, cast, case, party="鹭江市郑记服装店", served_on=date(2026, 3, 1))

    entry = session.scalars(select(JournalEntry).filter_by(act="case.amended")).one()
    assert '"party":["思岭区黄记超市","鹭江市郑记服装店"]'.encode() in entry.body
    assert b'"served_on":["2026-02-01","2026-03-01"]' in entry.body
    assert b"decision" not in entry.body
    assert (case.party, case.version) == ("鹭江市郑记服装店", 2)


def test_its_lines_are_found_by_the_new_words_and_no_longer_by_the_old(session, cast, verifier):
    case = make_case(session, cast)
    make_item(session, cast, case=case)

    amend(session, cast, case, party="鹭江市郑记服装店", decision="思处〔2027〕9号")

    found = {
        query: count_lines(session, Filter(unit_ids=None, query=query))
        for query in ("郑记", "黄记", "(2027)9号", "白酒")
    }
    assert found == {"郑记": 1, "黄记": 0, "(2027)9号": 1, "白酒": 1}
    assert verify_books(session, verifier).findings == []


def test_of_two_people_who_amend_at_once_the_second_is_told(session, cast):
    case = make_case(session, cast)
    amend(session, cast, case, party="甲")

    with pytest.raises(AmendedMeanwhile):
        amend(session, cast, case, version=1, party="乙")

    assert case.party == "甲"


def test_an_amendment_changes_something(session, cast):
    with pytest.raises(NothingAmended):
        amend(session, cast, make_case(session, cast))


def test_a_number_is_registered_once_per_unit(session, cast):
    make_case(session, cast)

    with pytest.raises(CaseExists), writing(session):
        register_case(session, CaseFacts(number="思市监案字(2026) 1号"), unit=cast.bureau, by=cast.lin, at=NOON)
