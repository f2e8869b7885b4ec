from decimal import Decimal

import pytest
from factories import NOON, balances
from hypothesis import given
from hypothesis import strategies as st
from occasions import make_approved, make_batch, make_event, make_plan
from sqlalchemy import func, select

from ledger.codes import GENERATIONS, RANDOM_SIGNS
from ledger.destruction import service as destruction
from ledger.destruction.words import treated
from ledger.destruction.workflow import Method
from ledger.duties import DutyConflict
from ledger.events import packing
from ledger.events import service as events
from ledger.events.models import Batch, Packing
from ledger.events.queries import Packed, batch_by_code, packed_by_unit, to_seal
from ledger.events.workflow import (
    BatchEmpty,
    BatchLeft,
    BatchNotSealed,
    BatchSealed,
    EventMovedOn,
    LabelsUsedUp,
    NotInPlan,
    OtherClass,
    TooLight,
)
from ledger.goods.audit import verify_books
from ledger.goods.classes import EnvClass
from ledger.goods.models import Position
from ledger.goods.rules import Account, Act, NothingToMove, NotReserved
from ledger.goods.service import Move, Spot, move
from ledger.journal.service import writing
from ledger.units import service as units
from ledger.units.rules import ResetShadow

SEAL = {"seal_no": "封1", "gross_kg": Decimal("12.5"), "tare_kg": Decimal("0.5")}


@pytest.fixture
def event(session, cast):
    return make_event(session, cast, cast.bureau, cast.district)


@pytest.fixture
def line(session, cast, event):
    [line] = make_approved(session, cast)
    return line


def pack(session, cast, event, goods, *, unit=None, packer=None, checker=None, batch=None):
    with writing(session):
        return packing.pack(
            session,
            event,
            unit or cast.bureau,
            goods,
            packer=packer or cast.zhao,
            checker=checker or cast.liu,
            at=NOON,
            batch=batch,
        )


def seal(session, cast, batch, **changed):
    with writing(session):
        packing.seal(session, batch, **{**SEAL, **changed}, by=cast.zhao, at=NOON)


def unpack(session, cast, batch, *, second=None):
    with writing(session):
        packing.unpack(session, batch, reason="装错了", custodian=cast.zhao, second=second or cast.liu, at=NOON)


def nothing_was_packed(session, line):
    session.expire_all()
    return line.packed == 0 and not session.scalar(select(func.count()).select_from(Packing))


def test_packing_consumes_the_approval_and_names_two_people(session, cast, event, line, verifier):
    batch = pack(session, cast, event, {line: Decimal(7)})

    assert balances(session, line.item) == {Account.PARTY: -10, Account.STORED: 3, Account.PACKED: 7}
    assert (batch.packer_id, batch.checker_id, batch.packed_at) == (cast.zhao.id, cast.liu.id, NOON)
    assert (line.packed, line.open) == (7, 3)
    assert (batch.env_class, batch.method) == (EnvClass.GENERAL, Method.INCINERATION)
    assert verify_books(session, verifier).findings == []


def test_the_same_goods_packed_twice_into_a_batch_stand_once_in_it(session, cast, event, line):
    batch = pack(session, cast, event, {line: Decimal(4)})
    pack(session, cast, event, {line: Decimal(5)}, batch=batch)

    assert [each.quantity for each in batch.held] == [9]


@pytest.mark.parametrize("wanted", [Decimal("10.001"), Decimal(11)])
def test_no_more_than_approved_can_be_packed(session, cast, event, line, wanted):
    with pytest.raises(NotReserved):
        pack(session, cast, event, {line: wanted})
    assert nothing_was_packed(session, line)


@pytest.mark.parametrize("wanted", [Decimal(0), Decimal(-1)])
def test_nothing_and_less_cannot_be_packed(session, cast, event, line, wanted):
    with pytest.raises(NothingToMove):
        pack(session, cast, event, {line: wanted})
    with pytest.raises(NothingToMove):
        pack(session, cast, event, {})
    assert nothing_was_packed(session, line)


def test_packer_checker_and_applicant(session, cast, event, line):
    with pytest.raises(DutyConflict, match="already the packer"):
        pack(session, cast, event, {line: line.open}, packer=cast.liu, checker=cast.liu)
    with pytest.raises(DutyConflict, match="already the applicant"):
        pack(session, cast, event, {line: line.open}, checker=cast.lin)
    assert nothing_was_packed(session, line)

    pack(session, cast, event, {line: line.open}, packer=cast.lin)  # who applied may pack


def test_who_reset_the_applicants_password_packs_nothing_of_theirs(session, cast, event, line):
    with writing(session):
        request = units.request_reset(session, cast.lin, reason="忘记", by=cast.wu, at=NOON)
        units.confirm_reset(session, request, cast.lin.password_hash, by=cast.zheng, at=NOON)
    with pytest.raises(ResetShadow):
        pack(session, cast, event, {line: line.open}, packer=cast.wu)
    assert nothing_was_packed(session, line)


def test_a_batch_holds_one_class_and_one_method(session, cast, event, line):
    batch = pack(session, cast, event, {line: Decimal(1)})
    [phone] = make_approved(session, cast, ["手机"], number="2号", env_class=EnvClass.ELECTRONIC)
    [crushed] = make_approved(session, cast, ["箱包"], number="3号", method=Method.CRUSHING)

    for other in (phone, crushed):
        with pytest.raises(OtherClass, match=other.item.name):
            pack(session, cast, event, {other: other.open}, batch=batch)
    with pytest.raises(OtherClass):
        pack(session, cast, event, {phone: phone.open, crushed: crushed.open})
    assert [each.line for each in batch.held] == [line]
    assert session.scalar(select(func.count()).select_from(Batch)) == 1


def test_goods_whose_container_is_destroyed_another_way_have_a_batch_of_their_own(session, cast, event, line):
    [bottles] = make_approved(session, cast, ["假酒"], number="思市监案字〔2026〕2号")
    with writing(session):
        bottles.container_method = Method.CRUSHING

    with pytest.raises(OtherClass):
        pack(session, cast, event, {line: Decimal(1), bottles: Decimal(1)})
    batch = pack(session, cast, event, {bottles: Decimal(1)})

    assert treated(batch.treatment) == "内容物焚烧、容器粉碎"
    assert batch.treatment.last is Method.CRUSHING  # the run in which its last part is destroyed


def test_a_unit_packs_its_own_goods_at_its_own_slot(session, cast, event, line):
    with pytest.raises(NotReserved):
        pack(session, cast, event, {line: line.open}, unit=cast.district)
    with pytest.raises(NotInPlan):
        pack(session, cast, event, {line: line.open}, unit=cast.station)
    assert nothing_was_packed(session, line)


def test_a_batch_of_another_unit_or_event_is_no_place_to_pack_into(session, cast, event, line):
    other_event = make_event(session, cast)
    batch = pack(session, cast, other_event, {line: Decimal(1)})

    with pytest.raises(ValueError, match="is not LJ's"):
        pack(session, cast, event, {line: Decimal(1)}, batch=batch)


def test_goods_whose_approval_was_taken_back_cannot_be_packed(session, cast, event, line):
    with writing(session):
        destruction.withdraw_line(session, line, reason="诉讼", by=cast.lin, at=NOON)

    with pytest.raises(NotReserved):
        pack(session, cast, event, {line: line.quantity})


def test_nothing_is_packed_or_sealed_for_an_event_that_is_given_up(session, cast, event, line):
    batch = pack(session, cast, event, {line: Decimal(1)})
    with writing(session):
        events.cancel_event(session, event, reason="暴雨", by=cast.chen, at=NOON)

    with pytest.raises(EventMovedOn):
        pack(session, cast, event, {line: Decimal(1)})
    with pytest.raises(EventMovedOn):
        seal(session, cast, batch)
    unpack(session, cast, batch)
    assert balances(session, line.item)[Account.STORED] == 10


def test_goods_are_packed_while_the_plan_is_still_made(session, cast):
    event = make_plan(session, cast)
    [line] = make_approved(session, cast)

    assert pack(session, cast, event, {line: line.open}).number == "LJ-01"


def test_a_batch_is_sealed_once_and_then_closed(session, cast, event, line):
    batch = pack(session, cast, event, {line: Decimal(5)})
    for tare in (Decimal("12.5"), Decimal(13), Decimal(-1)):
        with pytest.raises(TooLight):
            seal(session, cast, batch, tare_kg=tare)
    seal(session, cast, batch)

    with pytest.raises(BatchSealed):
        seal(session, cast, batch, seal_no="封2")
    with pytest.raises(BatchSealed):
        pack(session, cast, event, {line: Decimal(1)}, batch=batch)
    assert (batch.seal, batch.net_kg) == ("封1", 12)


def test_an_empty_batch_is_neither_sealed_nor_opened(session, cast, event, line):
    batch = pack(session, cast, event, {line: line.open})
    unpack(session, cast, batch)

    with pytest.raises(BatchEmpty):
        seal(session, cast, batch)
    with pytest.raises(BatchEmpty):
        unpack(session, cast, batch)


def test_opening_a_batch_takes_two_people(session, cast, event, line):
    batch = pack(session, cast, event, {line: line.open})

    with pytest.raises(DutyConflict, match="already the custodian"):
        unpack(session, cast, batch, second=cast.zhao)
    assert balances(session, line.item)[Account.PACKED] == 10


def test_opened_goods_keep_their_approval_and_are_packed_again(session, cast, event, line, verifier):
    batch = make_batch(session, cast, event, [line])
    unpack(session, cast, batch)
    assert (batch.is_sealed, batch.held, line.open) == (False, [], 10)
    position = session.scalars(select(Position).filter_by(item_id=line.item_id, account=Account.STORED)).one()
    assert position.reserved == 10

    pack(session, cast, event, {line: line.open}, batch=batch)
    assert balances(session, line.item)[Account.PACKED] == 10
    assert verify_books(session, verifier).findings == []


def test_a_batch_that_left_the_store_is_not_opened(session, cast, event, line):
    batch = make_batch(session, cast, event, [line])
    with writing(session):
        spots = (Spot(Account.PACKED, batch.place_id), Spot(Account.LOADED, batch.place_id))
        move(
            session,
            [Move(line.item_id, line.quantity, *spots)],
            act=Act.LOAD,
            people={packing.Part.SCANNER: cast.guo},
            by=cast.guo,
            at=NOON,
            unit=cast.bureau,
        )

    with pytest.raises(BatchLeft):
        unpack(session, cast, batch)


def test_a_reprint_voids_the_older_label_and_both_lead_to_the_batch(session, cast, event, line):
    batch = pack(session, cast, event, {line: line.open})
    with pytest.raises(BatchNotSealed), writing(session):
        packing.reprint(session, batch, reason="破损", by=cast.zhao, at=NOON)
    seal(session, cast, batch)
    old = batch.code

    with writing(session):
        packing.reprint(session, batch, reason="破损", by=cast.zhao, at=NOON)

    assert batch.code != old
    assert batch.code[:RANDOM_SIGNS] == old[:RANDOM_SIGNS]
    assert batch_by_code(session, old) is batch_by_code(session, batch.code) is batch


def test_a_code_has_as_many_labels_as_it_can_tell_apart(session, cast, event, line):
    batch = make_batch(session, cast, event, [line])
    with writing(session):
        for _ in range(1, GENERATIONS):
            packing.reprint(session, batch, reason="破损", by=cast.zhao, at=NOON)
    last = batch.code

    with pytest.raises(LabelsUsedUp), writing(session):
        packing.reprint(session, batch, reason="破损", by=cast.zhao, at=NOON)
    assert batch.code == last


def test_a_label_that_names_an_older_seal_is_void(session, cast, event, line):
    batch = make_batch(session, cast, event, [line])
    first = batch.code
    with writing(session):
        batch.printed = batch.code
    unpack(session, cast, batch)
    pack(session, cast, event, {line: line.open}, batch=batch)
    assert batch.code == first

    seal(session, cast, batch, seal_no="封2")

    assert batch.code != first
    assert not batch.is_printed


def test_numbers_of_two_units_never_meet(session, cast, event):
    lines = [
        *make_approved(session, cast),
        *make_approved(session, cast, number="2号", unit=cast.district, applicant=cast.qian),
    ]
    batches = [pack(session, cast, event, {line: Decimal(3)}, unit=line.item.unit) for line in lines for _ in range(2)]

    assert [batch.number for batch in batches] == ["LJ-01", "LJ-02", "SM-01", "SM-02"]


def test_what_is_to_be_sealed_and_printed_is_counted_by_unit(session, cast, event):
    first, second, third = make_approved(session, cast, ["甲", "乙", "丙"])
    make_batch(session, cast, event, [first])
    waiting = make_batch(session, cast, event, [second], seal="")
    unpack(session, cast, make_batch(session, cast, event, [third], seal=""))

    units = [cast.bureau.id, cast.district.id]
    assert packed_by_unit(session, event.id, units) == {cast.bureau.id: Packed(batches=2, sealed=1, unprinted=1)}
    assert to_seal(session, units) == [waiting]


STEPS = st.lists(
    st.tuples(st.sampled_from(["pack", "more", "seal", "unpack"]), st.integers(0, 2), st.integers(1, 6)), max_size=8
)


@given(steps=STEPS)
def test_whatever_is_packed_and_opened_figures_and_books_agree(session, cast, event, verifier, steps):
    number = f"{session.scalar(select(func.count()).select_from(Position))}号"
    lines = make_approved(session, cast, ["甲", "乙", "丙"], number=number)
    batches = []
    for what, which, amount in steps:
        batch = batches[which % len(batches)] if batches else None
        try:
            if what == "pack" or batch is None:
                batches.append(pack(session, cast, event, {lines[which]: Decimal(amount)}))
            elif what == "more":
                pack(session, cast, event, {lines[which]: Decimal(amount)}, batch=batch)
            elif what == "seal":
                seal(session, cast, batch)
            else:
                unpack(session, cast, batch)
        except (NotReserved, BatchSealed, BatchEmpty):
            session.rollback()

    for line in lines:
        held = sum(each.quantity for batch in batches for each in batch.held if each.line is line)
        assert line.packed == held == balances(session, line.item).get(Account.PACKED, 0)
        assert line.open == balances(session, line.item).get(Account.STORED, 0)
    assert verify_books(session, verifier).findings == []
