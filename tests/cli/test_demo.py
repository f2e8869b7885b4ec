"""The sample bureau: what it did, made by the real services, in an application filled once."""

import shutil
import socket
from collections import Counter

import pytest
from databases import make_app, opened
from sqlalchemy import func, select

from ledger.cli.demo import PEOPLE
from ledger.db import db
from ledger.destruction import workflow as destruction
from ledger.destruction.models import Application
from ledger.events import workflow as events
from ledger.events.models import Batch, Event, Photo
from ledger.goods.audit import verify_books
from ledger.goods.models import Item
from ledger.imports import workflow as imports
from ledger.imports.models import GoodsImport
from ledger.manifests.models import Manifest, Resolution, Supervision
from ledger.permissions import Role
from ledger.stocktake import workflow as stocktake
from ledger.stocktake.models import Stocktake
from ledger.units.models import Unit, User

MADE = [18, len(PEOPLE), 441]


@pytest.fixture(scope="module")
def bureau(sqlite_template, tmp_path_factory):
    """The application after `flask demo --no-serve`."""
    folder = tmp_path_factory.mktemp("bureau")
    shutil.copy(sqlite_template, folder / "ledger.sqlite")
    app = make_app(f"sqlite:///{folder / 'ledger.sqlite'}", folder)
    with app.app_context():
        assert app.test_cli_runner().invoke(args=["demo", "--no-serve"]).exit_code == 0
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def session(bureau):
    return db.session()


def counts(session):
    session.rollback()
    return [session.scalar(select(func.count()).select_from(model)) for model in (Unit, User, Item)]


def states(session, model):
    return Counter(session.scalars(select(model.state)))


def test_it_is_made_only_once_and_its_books_are_right(bureau, session):
    assert counts(session) == MADE

    assert bureau.test_cli_runner().invoke(args=["demo", "--no-serve"]).exit_code == 0

    assert counts(session) == MADE
    assert verify_books(session, bureau.extensions["signer"].verifier()).findings == []


def test_there_is_somebody_of_every_role_and_work_in_every_state(session):
    assert {role for *_, role in PEOPLE} == set(Role)
    assert states(session, GoodsImport) == {
        imports.State.POSTED: 2,
        imports.State.WAITING: 1,
        imports.State.CHECKED: 1,
    }
    assert states(session, Application) == {
        destruction.State.APPROVED: 4,
        destruction.State.SUBMITTED: 3,
        destruction.State.RETURNED: 1,
        destruction.State.REFUSED: 1,
        destruction.State.WITHDRAWN: 1,
        destruction.State.DRAFT: 1,
    }
    assert states(session, Stocktake) == {
        stocktake.State.CLOSED: 8,
        stocktake.State.CONFIRMING: 1,
        stocktake.State.COUNTING: 1,
    }


def test_last_years_event_came_to_its_signed_manifest(bureau, session):
    event = session.scalars(select(Event).order_by(Event.day)).first()
    manifest = session.scalars(select(Manifest)).one()

    assert (event.state, manifest.event_id) == (events.State.SEALED, event.id)
    assert bureau.extensions["files"].path(manifest.pdf_sha256).read_bytes().startswith(b"%PDF-")
    assert manifest.receipt.strip()
    assert len(session.scalars(select(Supervision).filter_by(event_id=event.id)).all()) == 2
    assert len(session.scalars(select(Resolution).filter_by(event_id=event.id)).all()) == 2
    assert len(session.scalars(select(Photo).filter_by(event_id=event.id)).all()) == 9


def test_the_next_event_has_its_plan_approved_and_sealed_batches_waiting(session):
    last, coming = session.scalars(select(Event).order_by(Event.day))
    batches = session.scalars(select(Batch).filter_by(event_id=coming.id)).all()

    assert coming.state is events.State.APPROVED
    assert coming.day.year == last.day.year + 1
    assert {batch.unit.code for batch in batches} == {"LJ-SM", "LJ-HL"}
    assert all(batch.is_sealed for batch in batches)


@pytest.mark.parametrize("command", [["demo"], ["serve"]])
def test_a_port_is_not_shared_with_what_listens_there_already(bureau, command, tmp_path):
    with (
        socket.create_server(("127.0.0.1", 0)) as other,
        opened(str(bureau.config["SQLALCHEMY_DATABASE_URI"]), tmp_path, port=other.getsockname()[1]) as app,
    ):
        done = app.test_cli_runner().invoke(args=command)

    assert done.exit_code == 1
    assert "Stop what is there, or set PORT" in done.output


@pytest.mark.parametrize("command", [["demo"], ["serve"]])
def test_printed_passwords_are_never_served_beyond_this_machine(bureau, command, tmp_path):
    with opened(str(bureau.config["SQLALCHEMY_DATABASE_URI"]), tmp_path, host="0.0.0.0") as app:  # noqa: S104 - what is refused
        done = app.test_cli_runner().invoke(args=command)

    assert done.exit_code == 1
    assert "this machine only" in done.output
