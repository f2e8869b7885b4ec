import pytest
from databases import ON_SQLITE
from factories import balances, make_item, make_user
from sqlalchemy import select

from ledger.goods.models import Movement
from ledger.goods.rules import Account
from ledger.journal.service import writing
from ledger.permissions import Role

pytestmark = ON_SQLITE


@pytest.fixture
def movement(session, cast):
    """The opening balance of ten bottles, confirmed by Zhao."""
    make_item(session, cast)
    return session.scalars(select(Movement)).one()


def test_another_custodian_books_back_from_the_page_of_the_line(session, cast, visit, movement):
    with writing(session):
        make_user(session, "he", "何静", cast.bureau, Role.CUSTODIAN)
    url = f"/corrections/{movement.id}"
    assert f'href="{url}"' in visit("he").get(f"/goods/{movement.item_id}").text
    assert f'href="{url}"' not in visit("lin").get(f"/goods/{movement.item_id}").text

    visit("he").post(url, {"reason": ""}, status=422)
    visit("he").post(url, {"reason": "重复录入"})
    visit("he").post(url, {"reason": "重复录入"})

    assert "已经冲正过" in visit("he").get(url).text
    assert balances(session, movement.item) == {}


def test_who_took_part_reads_why_not_and_other_roles_are_refused(session, visit, movement):
    assert "须由同一岗位的其他人冲正" in visit("zhao").get(f"/corrections/{movement.id}").text
    visit("sun").post(f"/corrections/{movement.id}", {"reason": "x"}, status=403)
    visit("qian").get(f"/corrections/{movement.id}", status=404)
    assert balances(session, movement.item)[Account.STORED] == 10
