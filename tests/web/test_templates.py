"""The page on which a bureau sets the template of its manifests."""

import pytest
from databases import ON_SQLITE

from ledger.manifests.template import template_of

pytestmark = ON_SQLITE


@pytest.fixture
def page(cast):
    return f"/templates/{cast.bureau.id}"


def test_an_organiser_sets_it_and_all_of_the_bureau_read_its_versions(session, cast, visit, page):
    chen = visit("chen")
    given = {"title": " {日期}销毁清册 ", "legal_basis": "甲法\n\n乙法", "first": "lot", "black_head": "y"}
    chen.post(page, {"seen": "0", **given})
    chen.post(page, {"seen": "1", "title": "{日期}销毁清册"})

    assert template_of(session, cast.district)["version"] == 2
    read = visit("sun").get(page).text
    assert "标题；法律依据（每行一条）；规格后加一栏；版头用黑色，不用红色" in read
    assert read.count("陈志强") == 2
    assert "保存为新版本" not in read
    assert 'value="{日期}销毁清册"' in chen.get(page).text
    assert "清单模板" in visit("sun").get("/manifests").text
    assert "保存了清单模板第 2 版" in visit("sun").get("/journal").text


def test_a_sample_is_handed_out_of_what_was_typed_and_of_each_version(session, cast, visit, page):
    chen = visit("chen")
    answer = chen.post(f"{page}/sample", {"title": "甲"}, status=200)
    assert answer.data.startswith(b"%PDF")
    assert template_of(session, cast.bureau) is None

    chen.post(page, {"seen": "0", "title": "甲"})
    assert visit("sun").get(f"{page}/1").data.startswith(b"%PDF")
    chen.get(f"{page}/2", status=404)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"title": "销毁" * 50}, "最长的清单上排不下，请改短。"),
        ({"copies": "三份𠮷"}, "U+20BB7"),
        ({"issuer": "签" * 41}, "最多 40 字"),
        ({"first": "lot", "second": "lot"}, "请选与前一栏不同的栏目。"),
        ({"confirmation": "一致"}, "此处须有且只有一次{差异}、{例外}"),
        ({"copies": "{份数}"}, "此处可用：无"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(session, cast, visit, page, given, said):
    chen = visit("chen")
    for where in (page, f"{page}/sample"):
        answer = chen.post(where, {"seen": "0", "paper_copy": "以纸质件为准。", **given}, status=422).text

        assert said in answer
        assert "以纸质件为准。" in answer
        assert all(text in answer for text in given.values())
    assert template_of(session, cast.bureau) is None


def test_who_saves_second_is_told_and_may_then_save_again(session, cast, visit, page):
    visit("chen").post(page, {"seen": "0", "title": "甲"})
    answer = visit("chen").post(page, {"seen": "0", "title": "乙"}, status=409).text

    assert "陈志强已先保存了第 1 版" in answer
    assert 'value="乙"' in answer
    assert template_of(session, cast.bureau)["texts"] == {"title": "甲"}
    assert 'name="seen" type="hidden" value="1"' in answer


def test_only_the_bureaus_organiser_sets_it_and_only_a_bureau_has_one(cast, visit, page):
    visit("xie").post(page, {"seen": "0"}, status=403)
    visit("qian").get(page, status=404)
    visit("chen").get(f"/templates/{cast.district.id}", status=404)
