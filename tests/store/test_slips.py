from decimal import Decimal

from factories import NOON, make_case
from sqlalchemy import select

from ledger.cases.service import register_lines, store_in
from ledger.goods.lines import Line
from ledger.goods.rules import Account
from ledger.goods.service import Spot
from ledger.journal.models import JournalEntry
from ledger.journal.service import writing
from ledger.store.rules import Disposal
from ledger.store.service import Paper, dispose
from ledger.store.slips import slip_of


def test_goods_come_in_from_the_officers_and_go_out_from_where_they_were(session, cast):
    case = make_case(session, cast)
    with writing(session):
        line = Line(name="洗衣液", spec="2L", measure="瓶", quantity=Decimal(8))
        [item_id] = register_lines(session, case, [line], by=cast.lin, at=NOON)
    with writing(session):
        people = {"handler": cast.lin, "custodian": cast.zhao}
        store_in(session, case, {item_id: Decimal(6)}, location="A-1", at=NOON, **people)
    came = slip_of(session, session.scalars(select(JournalEntry).filter_by(act="goods.store_in")).one())
    with writing(session):
        [custody] = {held.place_id for held in case.items[0].positions if held.account is Account.SEIZED}
        back = Paper(kind=Disposal.RETURN_TO_PARTY, recipient="黄记超市", document="还1号", reason="x")
        taken = {(item_id, Spot(Account.SEIZED, custody)): Decimal(2)}
        entry = dispose(session, case, taken, paper=back, custodian=cast.zhao, approver=cast.xie, at=NOON)
    went = slip_of(session, entry)

    bureau = cast.bureau.name
    assert (came["giver"], came["receiver"]) == (f"{bureau}办案人员", f"{bureau}仓库")
    assert (came["giver_signs"], came["receiver_signs"]) == ("林文静", "赵国华")
    assert came["lines"] == [{"name": "洗衣液", "spec": "2L", "measure": "瓶", "quantity": "6", "place": "A-1"}]
    assert (went["giver"], went["receiver"], went["document"]) == (bureau, "黄记超市", "还1号")
    assert [line["place"] for line in went["lines"]] == ["办案人员处"]
    assert came["number"] != went["number"]
