"""What tests of the interface ask for."""

from collections.abc import Callable

import pytest
from days import Day, make_day
from factories import Cast
from pages import Visitor
from sqlalchemy.orm import Session


@pytest.fixture
def day(session: Session, cast: Cast) -> Day:
    """An open event with one batch."""
    return make_day(session, cast)


@pytest.fixture
def guo(visit: Callable[[str], Visitor]) -> Visitor:
    """The site staff's browser."""
    return visit("guo")
