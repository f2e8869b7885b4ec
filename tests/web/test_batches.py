from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from databases import ON_SQLITE
from factories import NOON, PASSWORD, balances
from occasions import make_approved, make_batch, make_event
from sqlalchemy import select

from ledger.destruction.workflow import Method
from ledger.events.models import Batch
from ledger.goods.audit import verify_books
from ledger.goods.classes import EnvClass
from ledger.goods.rules import Account
from ledger.journal.models import JournalEntry
from ledger.journal.service import writing
from ledger.stocktake import service as stocktake

pytestmark = ON_SQLITE

SEAL = {"seal": "封871384", "gross_kg": "12.5", "tare_kg": "0.5"}


@pytest.fixture
def event(session, cast):
    return make_event(session, cast, cast.bureau, cast.district)


@pytest.fixture
def lines(session, cast, event):
    return make_approved(session, cast, ["假酒", "假烟"])


def taking(cast, goods, *, checker=None, seen=None, **more):
    """What the page sends that takes so much of these lines."""
    fields = {"second": (checker or cast.liu).id, "second_password": PASSWORD, "into": "", **more}
    for line, quantity in goods.items():
        fields |= {f"take{line.id}": "y", f"quantity{line.id}": quantity, f"seen{line.id}": seen or str(line.open)}
    return fields


def address(event, unit, line=None):
    kind = f"?kind={line.item.env_class}-{line.method}" if line else "?kind=general-incineration"
    return f"/batches/pack/{event.id}/{unit.id}{kind}"


def at_once(app, visitor, url, fields):
    """Post as visit().post() does, from a thread of its own, whatever the answer."""
    token = visitor._token()  # noqa: SLF001
    with app.app_context():
        return visitor._client.post(url, data={**fields, "csrf_token": token}).status_code  # noqa: SLF001


def batches(session):
    session.expire_all()
    return session.scalars(select(Batch).order_by(Batch.id)).all()


def test_goods_are_packed_sealed_and_shown_with_who_did_it(session, cast, visit, event, lines, verifier):
    packer = visit("zhao")
    page = packer.get(f"/batches/pack/{event.id}/{cast.bureau.id}").text
    assert "2 项待装批" in page
    assert 'value="10"' in page

    here = packer.post(address(event, cast.bureau), taking(cast, {lines[0]: "7", lines[1]: "10"})).location
    assert "LJ-01 已装好，请称重并贴封条" in packer.get(here).text
    packer.post(f"{here}/seal", SEAL)

    page = packer.get(here).text
    assert "LJ-01 已封，请打印标签" in page
    for word in ("封871384", "12.5", "赵国华", "刘建国", "假酒", "假烟", "2 项装入批次 LJ-01"):
        assert word in page, word
    assert balances(session, lines[0].item)[Account.PACKED] == 7
    assert verify_books(session, verifier).findings == []


def test_pressing_twice_packs_once(session, cast, visit, event, lines):
    packer, data = visit("zhao"), taking(cast, {lines[0]: "4"})
    packer.post(address(event, cast.bureau), data)

    page = packer.post(address(event, cast.bureau), data, status=409).text

    assert "这次没有装入" in page
    assert len(batches(session)) == 1
    assert balances(session, lines[0].item)[Account.PACKED] == 4


def test_after_that_refusal_the_person_can_go_on(session, cast, visit, event, lines):
    packer = visit("zhao")
    packer.post(address(event, cast.bureau), taking(cast, {lines[0]: "4"}))
    page = packer.post(address(event, cast.bureau), taking(cast, {lines[0]: "4"}, seen="10"), status=409).text

    assert f'name="seen{lines[0].id}" type="hidden" value="6"' in page
    session.refresh(lines[0])
    packer.post(address(event, cast.bureau), taking(cast, {lines[0]: "4"}))
    assert balances(session, lines[0].item)[Account.PACKED] == 8


def test_two_who_pack_the_same_goods_at_once_pack_them_once(app, session, cast, visit, event, lines, verifier):
    data = [taking(cast, {lines[0]: "10"}), taking(cast, {lines[0]: "10"}, checker=cast.zhao)]
    visitors, url = [visit("zhao"), visit("liu")], address(event, cast.bureau)
    session.rollback()

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda visitor, fields: at_once(app, visitor, url, fields), visitors, data))

    assert sorted(answers) in ([303, 303], [303, 409])  # who came later found nothing left, or was told
    assert len([batch for batch in batches(session) if batch.held]) == 1
    assert balances(session, lines[0].item)[Account.PACKED] == 10
    assert verify_books(session, verifier).findings == []


def test_a_line_that_somebody_else_packed_away_is_not_dropped_in_silence(session, cast, visit, event, lines):
    data = taking(cast, dict.fromkeys(lines, "10"))
    make_batch(session, cast, event, lines[:1])

    page = visit("zhao").post(address(event, cast.bureau), data, status=409).text

    assert "这次没有装入" in page
    assert balances(session, lines[1].item).get(Account.PACKED) is None


@pytest.mark.parametrize(
    ("quantity", "says"),
    [
        ("11", "最多还有 10 待装"),
        ("2.5", "要写整数"),
        ("0", "数量要大于 0"),
        ("一半", "数量要写数字"),
        ("", "没有数量"),
    ],
)
def test_a_quantity_that_cannot_be_packed_is_said_beside_it_and_kept(
    session, cast, visit, event, lines, quantity, says
):
    page = visit("zhao").post(address(event, cast.bureau), taking(cast, {lines[0]: quantity}), status=422).text

    assert says in page
    assert f'value="{quantity}"' in page
    assert batches(session) == []


def test_the_quantity_of_a_line_that_is_not_taken_does_not_matter(session, cast, visit, event, lines):
    data = {**taking(cast, {lines[0]: "1"}), f"quantity{lines[1].id}": "很多"}

    visit("zhao").post(address(event, cast.bureau), data)
    [batch] = batches(session)
    assert [each.line for each in batch.held] == [lines[0]]


def test_nothing_chosen_packs_nothing(session, cast, visit, event, lines):
    page = visit("zhao").post(address(event, cast.bureau), taking(cast, {}), status=422).text

    assert "请至少选一项" in page
    assert batches(session) == []


@pytest.mark.parametrize("wrong", [{"second_password": "wrong password"}, {"second": ""}, {"second": "7"}])
def test_the_second_person_proves_who_they_are(session, cast, visit, event, lines, wrong):
    visit("zhao").post(address(event, cast.bureau), {**taking(cast, {lines[0]: "7"}), **wrong}, status=422)

    assert batches(session) == []


def test_who_packs_is_not_offered_as_the_second_person(session, cast, visit, event, lines):
    page = visit("zhao").get(address(event, cast.bureau)).text
    assert f'<option value="{cast.liu.id}">' in page
    assert f'<option value="{cast.zhao.id}">' not in page

    visit("zhao").post(address(event, cast.bureau), taking(cast, {lines[0]: "7"}, checker=cast.zhao), status=422)
    assert batches(session) == []


def test_who_applied_does_not_check_and_the_attempt_is_in_the_journal(session, cast, visit, event, lines):
    page = (
        visit("zhao")
        .post(address(event, cast.bureau), taking(cast, {lines[0]: "7"}, checker=cast.lin), status=409)
        .text
    )

    assert "申请人" in page
    assert 'value="7"' in page
    assert batches(session) == []
    refused = session.scalars(select(JournalEntry).filter_by(act="refused")).one()
    assert b"duty_conflict" in refused.body


def test_goods_of_each_class_and_method_are_packed_by_themselves(session, cast, visit, event, lines):
    [phone] = make_approved(session, cast, ["手机"], number="2号", env_class=EnvClass.ELECTRONIC)
    [bag] = make_approved(session, cast, ["箱包"], number="3号", method=Method.CRUSHING)
    batch, visitor = make_batch(session, cast, event, lines[:1], seal=""), visit("zhao")

    page = visitor.get(address(event, cast.bureau, phone)).text
    assert "手机" in page
    assert "假烟" not in page
    assert f">{batch.number}</option>" not in page
    assert f">{batch.number}</option>" in visitor.get(address(event, cast.bureau)).text
    visitor.post(address(event, cast.bureau, phone), taking(cast, {phone: "10"}, into=batch.id), status=422)
    visitor.post(address(event, cast.bureau, phone), taking(cast, {phone: "10", bag: "10"}), status=409)
    assert len(batches(session)) == 1


def test_more_is_packed_into_an_open_batch(session, cast, visit, event, lines):
    batch = make_batch(session, cast, event, lines[:1], seal="")
    visit("zhao").post(address(event, cast.bureau), taking(cast, {lines[1]: "3"}, into=batch.id))

    [batch] = batches(session)
    assert [each.quantity for each in batch.held] == [10, 3]


def test_goods_under_count_are_not_shown_to_who_counts_them(session, cast, visit, event, lines):
    with writing(session):
        stocktake.open_stocktake(session, cast.bureau, [lines[0].place], by=cast.lin, at=NOON)

    answer = visit("zhao").get(address(event, cast.bureau), status=303)
    assert answer.location == f"/events/{event.id}"


def test_a_unit_packs_only_its_own_goods(session, cast, visit, event, lines):
    visit("qian").get(address(event, cast.bureau), status=404)
    visit("feng").get(address(event, cast.district), status=404)
    visit("sun").get(address(event, cast.bureau), status=403)
    assert batches(session) == []


def test_a_batch_is_sealed_once(session, cast, visit, event, lines):
    batch, visitor = make_batch(session, cast, event, lines, seal=""), visit("zhao")
    visitor.post(f"/batches/{batch.code}/seal", SEAL)

    page = visitor.post(f"/batches/{batch.code}/seal", {**SEAL, "seal": "封2"}, status=409).text

    assert "要改请先写明原因启封" in page
    session.refresh(batch)
    assert (batch.seal, batch.net_kg) == ("封871384", Decimal(12))


@pytest.mark.parametrize(
    ("changed", "status", "says"),
    [
        ({"seal": ""}, 422, "请填写封条上的号码"),
        ({"gross_kg": ""}, 422, "没有数量"),
        ({"gross_kg": "0.5"}, 409, "毛重"),
        ({"tare_kg": "-1"}, 422, "数量要大于 0"),
        ({"tare_kg": "轻"}, 422, "数量要写数字"),
    ],
)
def test_what_is_wrong_with_seal_or_weight_is_said_and_the_rest_kept(
    session, cast, visit, event, lines, changed, status, says
):
    batch = make_batch(session, cast, event, lines, seal="")
    page = visit("zhao").post(f"/batches/{batch.code}/seal", {**SEAL, **changed}, status=status).text

    assert says in page
    assert 'value="12.5"' in page or 'value="封871384"' in page
    session.refresh(batch)
    assert not batch.is_sealed


@pytest.mark.parametrize("tare", ["0", "", "0.0"])
def test_a_box_that_was_not_weighed_weighs_nothing(session, cast, visit, event, lines, tare):
    batch = make_batch(session, cast, event, lines, seal="")
    visit("zhao").post(f"/batches/{batch.code}/seal", {**SEAL, "tare_kg": tare})

    session.refresh(batch)
    assert batch.net_kg == Decimal("12.5")


def test_the_custodian_opens_a_batch_before_a_second_person_and_it_is_packed_again(
    session, cast, visit, event, lines, verifier
):
    batch, visitor = make_batch(session, cast, event, lines), visit("zhao")
    opening = {"why": "装错了", "second": cast.liu.id, "second_password": PASSWORD}
    visit("lin").post(f"/batches/{batch.code}/unpack", opening, status=403)
    visitor.post(f"/batches/{batch.code}/unpack", {**opening, "why": ""}, status=422)
    visitor.post(f"/batches/{batch.code}/unpack", {**opening, "second_password": "x"}, status=422)
    assert balances(session, lines[0].item)[Account.PACKED] == 10

    visitor.post(f"/batches/{batch.code}/unpack", opening)

    page = visitor.get(f"/batches/{batch.code}").text
    assert "LJ-01 是空的" in page
    assert "装错了" in page
    session.expire_all()
    visitor.post(address(event, cast.bureau), taking(cast, {lines[0]: "10"}, into=batch.id))
    assert balances(session, lines[0].item)[Account.PACKED] == 10
    assert verify_books(session, verifier).findings == []


def test_a_replaced_label_leads_to_the_batch_and_says_that_it_is_void(session, cast, visit, event, lines):
    batch, visitor = make_batch(session, cast, event, lines), visit("zhao")
    old = batch.code
    visitor.post(f"/batches/{old}/reprint", {"cause": ""}, status=422)
    new = visitor.post(f"/batches/{old}/reprint", {"cause": "破损"}).location

    assert new != f"/batches/{old}"
    assert "这张标签已作废" in visitor.get(f"/batches/{old}").text
    assert "这张标签已作废" not in visitor.get(new).text


def test_a_batch_is_found_by_its_code_as_people_type_it(session, cast, visit, event, lines):
    batch = make_batch(session, cast, event, lines)

    assert batch.number in visit("zhao").get(f"/batches/{batch.shown_code.lower()}").text
    for nonsense in ("7KD4-M2QX-9R42", "x", "1"):
        visit("zhao").get(f"/batches/{nonsense}", status=404)


def test_another_units_batch_does_not_exist(session, cast, visit, event, lines):
    batch = make_batch(session, cast, event, lines)

    visit("qian").get(f"/batches/{batch.code}", status=404)
    visit("qian").post(f"/batches/{batch.code}/seal", SEAL, status=404)
    assert batch.number in visit("sun").get(f"/batches/{batch.code}").text
    for button in ("启封", "更换标签", 'href="/labels'):
        assert button not in visit("sun").get(f"/batches/{batch.code}").text


def test_a_sealed_batch_offers_no_sealing_and_an_open_one_no_new_label(session, cast, visit, event, lines):
    sealed, unsealed = make_batch(session, cast, event, lines[:1]), make_batch(session, cast, event, lines[1:], seal="")
    visitor = visit("zhao")

    assert "/seal" not in visitor.get(f"/batches/{sealed.code}").text
    assert "/reprint" not in visitor.get(f"/batches/{unsealed.code}").text
    visitor.post(f"/batches/{unsealed.code}/reprint", {"cause": "x"}, status=409)


def test_a_batch_of_a_cancelled_event_can_still_be_opened(session, cast, visit, event, lines):
    batch = make_batch(session, cast, event, lines, seal="")
    visit("chen").post(f"/events/{event.id}/cancel", {"cancel-reason": "暴雨"})
    page = visit("zhao").get(f"/batches/{batch.code}").text

    assert f"/batches/{batch.code}/unpack" in page
    assert f"/batches/{batch.code}/seal" not in page
