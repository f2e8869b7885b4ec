from decimal import Decimal

import pytest

from ledger.goods.classes import EnvClass, propose_class
from ledger.goods.measures import MEASURES, Dimension, find_measure


@pytest.mark.parametrize(
    ("text", "name", "dimension", "factor"),
    [
        ("瓶", "瓶", Dimension.COUNT, 1),
        (" 公 斤 ", "公斤", Dimension.MASS, 1),
        ("KG", "kg", Dimension.MASS, 1),
        ("㎏", "kg", Dimension.MASS, 1),
        ("吨", "吨", Dimension.MASS, 1000),
        ("斤", "斤", Dimension.MASS, "0.5"),
        ("万公斤", "万公斤", Dimension.MASS, 10_000),
        ("ＭＬ", "ml", Dimension.VOLUME, "0.001"),
        ("㎡", "m2", Dimension.AREA, 1),
        ("米", "米", Dimension.LENGTH, 1),
        ("万支", "万支", Dimension.COUNT, 10_000),
        ("万双", "万双", Dimension.COUNT, 10_000),
        ("千只", "千只", Dimension.COUNT, 1_000),
        ("个（卷）", "个(卷)", Dimension.COUNT, 1),
        ("个【卷】", "个(卷)", Dimension.COUNT, 1),
        ("件/套", "件/套", Dimension.COUNT, 1),
        ("件(套)", "件(套)", Dimension.COUNT, 1),
        ("千克(kg)", "千克", Dimension.MASS, 1),
    ],
)
def test_a_unit_of_measure_is_known_in_its_spellings(text, name, dimension, factor):
    measure = find_measure(text)

    assert measure is not None
    assert (measure.name, measure.dimension, measure.factor) == (name, dimension, Decimal(factor))


@pytest.mark.parametrize("text", ["", "坨", "个(公斤)", "公斤/斤", "瓶(500ml)", "个(", "万", "12", "万公斤瓶"])
def test_an_unknown_unit_of_measure_is_not_guessed(text):
    assert find_measure(text) is None


@pytest.mark.parametrize(
    ("name", "quantity", "is_possible"),
    [
        ("瓶", "2.5", False),
        ("瓶", "2", True),
        ("箱", "2.5", True),
        ("批次", "0.5", True),
        ("万支", "6.902", True),
        ("万支", "0.21", True),
        ("万支", "0.00005", False),
        ("公斤", "0.348", True),
        ("件(套)", "2.5", True),
        ("个(卷)", "2.5", False),
    ],
)
def test_pieces_are_whole_and_packages_may_be_opened(name, quantity, is_possible):
    measure = find_measure(name)

    assert measure is not None
    assert measure.is_whole_enough(Decimal(quantity)) is is_possible


@pytest.mark.parametrize("name", MEASURES)
def test_every_name_of_the_dictionary_finds_itself(name):
    assert find_measure(name) is MEASURES[name]


@pytest.mark.parametrize(
    ("category", "name", "kind"),
    [
        ("药品", "感冒灵", EnvClass.HAZARDOUS),
        ("", "草甘膦农药", EnvClass.HAZARDOUS),
        ("", "旧手机", EnvClass.ELECTRONIC),
        ("酒类", "白酒", EnvClass.GENERAL),
        ("", "", EnvClass.GENERAL),
    ],
)
def test_words_suggest_an_environmental_class(category, name, kind):
    assert propose_class(category, name) is kind
