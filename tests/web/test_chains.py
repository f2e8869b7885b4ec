import pytest
from databases import ON_SQLITE
from factories import PASSWORD

from ledger.destruction.queries import chain_for
from ledger.permissions import Role

pytestmark = ON_SQLITE


@pytest.fixture
def form(cast):
    """A legal reviewer and a financial one at the same time, then the leader."""
    nobody = {f"{row}-{field}": "" for row in range(8) for field in ("role", "env_class", "from_value", "from_pieces")}
    return nobody | {
        "0-role": "legal",
        "1-role": "finance",
        "1-is_beside": "y",
        "1-from_value": "50万",
        "2-role": "leader",
        "2-is_collective": "y",
        "seen": "",
        "second": str(cast.huang.id),
        "second_password": PASSWORD,
    }


def test_a_leader_sets_a_chain_beside_a_legal_reviewer_and_all_may_read_it(session, cast, visit, form):
    xie = visit("xie")
    xie.post(f"/chains/{cast.bureau.id}", form)

    assert "流程已设定" in xie.get(f"/chains/{cast.bureau.id}").text
    steps = chain_for(session, cast.district)
    assert [(step.role, step.stage) for step in steps] == [(Role.LEGAL, 0), (Role.FINANCE, 0), (Role.LEADER, 1)]
    assert (steps[1].from_value, steps[2].is_collective) == (50_000_000, True)
    read = visit("sun").get(f"/chains/{cast.bureau.id}").text
    assert "货值 500,000.00 元以上" in read
    assert "另行设定" not in read


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ({"2-role": ""}, 409, "最后一步必须由分管领导单独签批"),
        ({"second_password": "wrong"}, 422, "密码不对"),
        ({"1-from_value": "许多"}, 422, "请先改好下面标出的地方"),
        ({"seen": "7"}, 409, "其间有人设定了该流程"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_set(session, cast, visit, form, given, status, said):
    page = visit("xie").post(f"/chains/{cast.bureau.id}", form | given, status=status).text

    assert said in page
    assert len(chain_for(session, cast.bureau)) == 4


def test_the_plans_of_events_have_a_chain_of_their_own(session, cast, visit, form):
    visit("xie").post(f"/chains/{cast.bureau.id}/plans", form)

    assert [step.role for step in chain_for(session, cast.bureau, is_of_plans=True)][-1] is Role.LEADER
    assert len(chain_for(session, cast.bureau)) == 4
    assert "活动方案由谁审批" in visit("sun").get(f"/chains/{cast.bureau.id}/plans").text


def test_another_units_chain_does_not_exist(cast, visit):
    visit("qian").get(f"/chains/{cast.bureau.id}", status=404)
