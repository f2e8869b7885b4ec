"""The checks that every fetched page passes through do find what they are for."""

import pytest
from pages import faults_of

GOOD = """<!DOCTYPE html>
<html lang="zh-CN"><head><title>物品 · 台账</title></head>
<body><h1>物品</h1><form method="post"><input type="hidden" name="csrf_token" value="x">
<label for="name">名称</label><input id="name" name="name"></form>
<code>plain English words</code></body></html>"""

FAULTS = {
    "2 h1": ("</body>", "<h1>物品</h1></body>"),
    "does not begin with the h1": ("<title>物品", "<title>案件"),
    "the id name stands 2 times": ("<code", '<code id="name"'),
    "the field name has no label": ('<label for="name">', "<label>"),
    "has no CSRF token": ('name="csrf_token"', 'name="other"'),
    "has no alt": ("<code", '<img src="/x.png"><code'),
    "inline style or script": ("<body>", '<body onload="go()">'),
    "the language is": (' lang="zh-CN"', ""),
    "not translated: 'Find some goods'": ("<label", '<p title="Find some goods"></p><label'),
    "end-tag-too-early": ("</form>", "</form></div>"),
}


def test_a_good_page_has_no_faults():
    assert list(faults_of(GOOD)) == []


@pytest.mark.parametrize(("fault", "change"), FAULTS.items(), ids=FAULTS)
def test_a_fault_is_found(fault, change):
    page = GOOD.replace(*change)

    assert page != GOOD
    assert any(fault in found for found in faults_of(page)), list(faults_of(page))
