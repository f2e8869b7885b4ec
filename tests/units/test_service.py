import pytest
from factories import NOON
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ledger.journal.models import JournalEntry
from ledger.journal.service import writing
from ledger.permissions import GRANTS, Permission, Role
from ledger.units import service
from ledger.units.models import CredentialReset, Unit, User
from ledger.units.queries import ids_below, in_tree_order, units_of
from ledger.units.rules import AdministratorHasBusinessRole, UnitRepeated, UnitUnknown, WeakPassword


def test_a_role_reaches_over_the_unit_and_those_below_it(session, cast):
    assert units_of(session, cast.lin, Permission.REGISTER_GOODS) == ids_below(session, [cast.bureau.id])
    assert units_of(session, cast.qian, Permission.REGISTER_GOODS) == {cast.district.id, cast.station.id}
    assert units_of(session, cast.qian, Permission.MANAGE_UNITS) == frozenset()


def test_the_tree_is_shown_parents_first(session, cast):
    shown = [(depth, unit.code) for depth, unit in in_tree_order(session, ids_below(session, [cast.bureau.id]))]

    assert shown == [(0, "LJ"), (1, "LJ-HL"), (1, "LJ-SM"), (2, "LJ-SM-1")]


def test_units_come_in_all_or_none_and_the_row_at_fault_is_named(session, cast):
    rows = [{"code": "A", "name": "甲"}, {"code": "B", "name": "乙", "parent_code": "A"}, {"code": "A", "name": "丙"}]

    with pytest.raises(UnitRepeated, match="Row 4"), writing(session):
        service.add_units(session, rows, by=None, at=NOON)

    assert session.scalars(select(Unit).filter_by(name="甲")).first() is None


def test_a_unit_below_one_that_is_not_there_is_refused(session, cast):
    with pytest.raises(UnitUnknown, match="X9"), writing(session):
        service.add_units(session, [{"code": "B", "name": "乙", "parent_code": "X9"}], by=None, at=NOON)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_an_administrator_holds_no_business_role(session, cast, role):
    grants = [service.Grant(cast.bureau, Role.ADMIN), service.Grant(cast.station, role)]

    with pytest.raises(AdministratorHasBusinessRole), writing(session):
        service.change_grants(session, cast.lin, grants, by=cast.wu, at=NOON)


def test_administration_allows_no_business():
    assert GRANTS[Role.ADMIN] == {Permission.MANAGE_UNITS}
    assert all(Permission.MANAGE_UNITS not in granted for role, granted in GRANTS.items() if role is not Role.ADMIN)


def test_every_change_of_an_account_is_in_the_journal(session, cast):
    with writing(session):
        service.change_grants(session, cast.lin, [service.Grant(cast.station, Role.LEGAL)], by=cast.wu, at=NOON)
        service.disable_user(session, cast.lin, by=cast.wu, at=NOON)
        service.enable_user(session, cast.lin, by=cast.wu, at=NOON)

    acts = session.scalars(select(JournalEntry).filter_by(actor_id=cast.wu.id).order_by(JournalEntry.seq)).all()
    assert [entry.act for entry in acts] == ["user.roles_changed", "user.disabled", "user.enabled"]
    assert b'"before":["registrar LJ"]' in acts[0].body
    assert b'"after":["legal LJ-SM-1"]' in acts[0].body


def test_the_database_itself_wants_two_administrators_for_a_reset(session, cast):
    alone = CredentialReset(
        user_id=cast.lin.id,
        requested_by_id=cast.wu.id,
        requested_at=NOON,
        reason="x",
        confirmed_by_id=cast.wu.id,
        confirmed_at=NOON,
    )

    with pytest.raises(IntegrityError), writing(session):
        session.add(alone)


@pytest.mark.parametrize(
    "password", ["", "short", "1234567890", "passwordpassword", "qwertyuiop", "x" * 129, "linwenjing1"]
)
def test_a_password_that_is_easily_guessed_is_refused(password):
    with pytest.raises(WeakPassword):
        service.hash_password(password, of=("linwenjing", "林文静"))


def test_one_time_passwords_are_good_ones_and_never_the_same():
    passwords = {service.new_password() for _ in range(50)}

    assert len(passwords) == 50
    for password in list(passwords)[:5]:  # each takes a quarter of a second, on purpose
        service.hash_password(password)


def test_nobody_has_no_password(session, cast):
    assert not service.is_password(None, "anything at all")
    assert service.find_user(session, "nobody") is None
    assert isinstance(service.find_user(session, " LIN "), User)
