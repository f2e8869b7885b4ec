import pytest
from databases import opened
from sqlalchemy import func, select

from ledger.cli.demo import PEOPLE, fill
from ledger.db import db
from ledger.goods.audit import verify_books
from ledger.goods.models import Item
from ledger.imports.models import GoodsImport
from ledger.imports.workflow import State
from ledger.permissions import Role
from ledger.units.models import Unit, User


def counts(session):
    session.rollback()
    return [session.scalar(select(func.count()).select_from(model)) for model in (Unit, User, Item)]


def test_the_sample_bureau_is_made_by_the_real_services_and_only_once(app, session, verifier):
    run = app.test_cli_runner()

    assert run.invoke(args=["demo", "--no-serve"]).exit_code == 0
    made = counts(session)
    assert run.invoke(args=["demo", "--no-serve"]).exit_code == 0

    assert counts(session) == made == [18, len(PEOPLE), 437]
    assert verify_books(session, verifier).findings == []
    assert {role for *_, role in PEOPLE} == set(Role)
    states = sorted(session.scalars(select(GoodsImport.state)))
    assert states == sorted([State.POSTED, State.POSTED, State.WAITING, State.CHECKED])


@pytest.mark.parametrize("command", [["demo"], ["serve"]])
def test_printed_passwords_are_never_served_beyond_this_machine(sqlite_url, tmp_path, command):
    with opened(sqlite_url, tmp_path) as app:
        fill(app, db.session())
    with opened(sqlite_url, tmp_path, host="0.0.0.0") as app:  # noqa: S104 - what is refused
        done = app.test_cli_runner().invoke(args=command)

    assert done.exit_code == 1
    assert "this machine only" in done.output
