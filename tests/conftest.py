"""What every test can ask for beside databases and a browser: the cast, and how they visit the application."""

import os
import socket
from collections.abc import Callable, Iterator

import factories
import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from pages import Visitor
from sqlalchemy.orm import Session

from ledger.journal.note import Signer

pytest_plugins = ["databases", "closed", "browser"]

settings.register_profile(
    "ledger",
    deadline=None,
    derandomize="CI" in os.environ,  # a change is judged by its own faults, not by luck
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
settings.load_profile("ledger")


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    """Refuse every connection beyond this machine."""
    patch = pytest.MonkeyPatch()
    for name in ("connect", "connect_ex"):
        patch.setattr(socket.socket, name, only_here(getattr(socket.socket, name)))
    yield
    patch.undo()


def only_here(connect: Callable[[socket.socket, object], object]) -> Callable[[socket.socket, object], object]:
    """Return connect for addresses of this machine alone."""

    def guarded(self: socket.socket, address: object) -> object:
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {address}")
        return connect(self, address)

    return guarded


@pytest.fixture
def cast(session: Session) -> factories.Cast:
    """The people of factories.py in their units."""
    return factories.find_cast(session) or factories.make_cast(session)


@pytest.fixture
def verifier(app: Flask) -> str:
    """The public key of the journal."""
    signer: Signer = app.extensions["signer"]
    return signer.verifier()


@pytest.fixture
def stranger(app: Flask) -> Visitor:
    """Somebody who has not signed in."""
    return Visitor(app)


@pytest.fixture
def visit(app: Flask, cast: factories.Cast) -> Callable[[str], Visitor]:
    """A function that lets a person of the cast sign in: visit("lin").get("/goods")."""

    def visit(login: str) -> Visitor:
        visitor = Visitor(app)
        visitor.sign_in(login, factories.PASSWORD)
        return visitor

    return visit
