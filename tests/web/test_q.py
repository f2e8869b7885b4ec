import pytest
from factories import NOON, PASSWORD
from occasions import make_approved, make_batch, make_event
from pages import Visitor

from ledger.events import packing
from ledger.goods.rules import PlaceKind
from ledger.goods.service import place
from ledger.journal.service import writing


@pytest.fixture
def batch(session, cast):
    event = make_event(session, cast)
    return make_batch(session, cast, event, make_approved(session, cast))


@pytest.mark.parametrize("address", ["/Q/{}", "/q/{}"])
def test_a_label_opens_its_batch(visit, batch, address):
    visitor = visit("zhao")
    answer = visitor.get(address.format(batch.code), status=303)

    assert answer.location == f"/batches/{batch.code}"
    assert batch.number in visitor.get(answer.location).text


def test_whoever_is_not_signed_in_does_that_first_and_then_comes_to_the_batch(app, cast, batch):
    stranger = Visitor(app)
    sign_in = stranger.get(f"/Q/{batch.code}", status=303).location
    assert sign_in.startswith("/login?next=")

    answer = stranger.post(sign_in, {"login": "zhao", "password": PASSWORD, "next": f"/Q/{batch.code}"})
    assert answer.location == f"/Q/{batch.code}"


def test_a_label_of_another_unit_leads_nowhere(visit, batch):
    for login in ("qian", "feng"):
        visit(login).get(f"/Q/{batch.code}", status=404)


def test_a_label_of_a_location_opens_it_and_the_search_does_so_too(session, cast, visit):
    with writing(session):
        shelf = place(session, cast.bureau, PlaceKind.LOCATION, "A-01")

    for path in (f"/Q/{shelf.code}", f"/goods?q={shelf.code}"):
        assert visit("zhao").get(path, status=303).location == f"/locations/{shelf.id}"
    visit("qian").get(f"/Q/{shelf.code}", status=404)


def test_what_is_no_label_leads_nowhere(visit, batch):
    other = batch.code[:-1] + ("0" if batch.code[-1] != "0" else "1")

    for code in (other, "0" * 12, "x", batch.code + "0"):
        visit("zhao").get(f"/Q/{code}", status=404)


def test_a_void_label_still_leads_to_its_batch_which_says_so(session, cast, visit, batch):
    old = batch.code
    with writing(session):
        packing.reprint(session, batch, reason="破损", by=cast.zhao, at=NOON)

    answer = visit("zhao").get(f"/Q/{old}", status=303)
    assert "这张标签已作废" in visit("zhao").get(answer.location).text
