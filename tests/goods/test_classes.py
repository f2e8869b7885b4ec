import pytest

from ledger.goods.classes import is_tobacco


@pytest.mark.parametrize(
    ("category", "name", "is_it"),
    [
        ("烟草制品", "红双喜", True),
        ("", "假冒中华卷烟", True),
        ("", "电子烟弹", True),
        ("烟花爆竹", "烟花", False),
        ("", "抽油烟机", False),
    ],
)
def test_tobacco_is_told_from_what_only_smokes(category, name, is_it):
    assert is_tobacco(category, name) is is_it
