import pytest
from databases import ON_SQLITE

from ledger.duties import APART, PART_NAMES

pytestmark = ON_SQLITE


@pytest.mark.parametrize("login", ["lin", "wu"])
def test_everybody_reads_what_is_kept_apart_and_why(visit, login):
    page = visit(login).get("/duties").text

    assert page.count("任何人不得审批自己的申请。") == 2, "from both sides"
    assert len(APART) > len(PART_NAMES)
