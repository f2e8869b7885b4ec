"""Every sentence has its Chinese, with the same facts in it."""

import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent
PO = ROOT / "ledger" / "translations" / "zh" / "LC_MESSAGES" / "messages.po"
FACT = re.compile(r"%\((\w+)\)[sd]")
HALF_WIDTH = re.compile(r"[一-鿿][,;:?!]|[,;:?!][一-鿿]")


@pytest.fixture(scope="module")
def wanted(tmp_path_factory):
    """The sentences of the code and the templates, taken out as `make translations` does it."""
    template = tmp_path_factory.mktemp("sentences") / "messages.pot"
    pybabel = Path(sys.executable).with_name("pybabel")
    words = ["-q", "extract", "-F", "babel.cfg", "-k", "N_", "-k", "_l", "-o", str(template), "."]
    subprocess.run([pybabel, *words], cwd=ROOT, check=True)
    return {message.id for message in read_po(BytesIO(template.read_bytes())) if message.id}


@pytest.fixture(scope="module")
def chinese():
    return {message.id: message.string for message in read_po(BytesIO(PO.read_bytes()), locale="zh") if message.id}


def test_every_sentence_is_translated(wanted, chinese):
    assert {sentence for sentence in wanted if not chinese.get(sentence)} == set()


def test_no_translation_is_left_of_a_sentence_that_is_gone(wanted, chinese):
    assert chinese.keys() - wanted == set()


def test_translations_name_the_same_facts(chinese):
    different = {english for english, text in chinese.items() if set(FACT.findall(english)) != set(FACT.findall(text))}

    assert different == set()


def test_chinese_uses_its_own_punctuation(chinese):
    assert {text for text in chinese.values() if HALF_WIDTH.search(text)} == set()


def test_chinese_does_not_shout(chinese):
    assert {text for text in chinese.values() if "！" in text or "请勿" in text or "严禁" in text} == set()
