"""The forms drawn from plain data: long and rare names, many lines. What they say of real data: tests/web."""

from time import perf_counter

import pytest
from form_samples import APPROVAL, DIGEST, LINE, PLAN, RECORD, REPORT, SHEET
from pdfs import flowing, fonts_of, text_of

from ledger.papers.approval import draw_approval
from ledger.papers.counting import draw_count_report, draw_count_sheet
from ledger.papers.form_words import PLAN_STATES
from ledger.papers.plan import draw_plan
from ledger.papers.record import draw_record


@pytest.mark.parametrize(
    ("draw", "content", "said"),
    [
        (
            draw_approval,
            APPROVAL,
            ("第2次提交", "1,234,567,890.12", "从本批准中撤出5", "第1次提交摘要" + DIGEST[:4], "材料4份"),
        ),
        (
            draw_plan,
            PLAN,
            (
                *("拟销毁物品清单（方案）", "第2次提交", "待批准，待法制审核意见", "2027年12月31日", "从本批准中撤出5"),
                *(
                    "其中7个(卷)已在此前的活动“去年集中销毁”装批",
                    "第1次提交摘要" + DIGEST[:4],
                    DIGEST[::-1],
                    "以下空白",
                ),
            ),
        ),
        (
            draw_count_report,
            REPORT,
            ("第12,345条", "-10", "不作结论", "复点人", "其中破损7", "归入清单所列", "无可读标签", "五、分单位合计"),
        ),
        (draw_count_sheet, SHEET, ("ABCD-EFGH-JKMN", "封00123", "批号00295716", "库位：A-01-3", "LJ-01")),
        (draw_count_sheet, {**SHEET, "is_recount": True}, ("复点数", "须由第三人复点")),
        (draw_record, RECORD, ("LJ-01～02", "25日12:00", "第190条", "第7项")),
    ],
    ids=("approval", "plan", "report", "sheet", "recount", "record"),
)
def test_long_and_rare_names_are_there_in_full_on_numbered_pages(tmp_path, draw, content, said):
    pages = draw(content, tmp_path / "form.pdf")

    text = flowing(tmp_path / "form.pdf")
    for words in (*said, f"第{pages}页共{pages}页", DIGEST if draw is draw_record else "鹭江市市场监督管理局"):
        assert words in text, words
    assert all(sign in text for sign in "𬭚䶮𫖮")
    assert text.count("说明书") >= 3
    assert all(row[-5:-2] == ["yes", "yes", "yes"] for row in fonts_of(tmp_path / "form.pdf"))


def test_five_thousand_lines_take_seconds_under_repeated_heads_and_the_state_on_every_page(tmp_path):
    lines = [{**LINE, "name": f"假冒白酒{number}号", "taken_out": ""} for number in range(1000)]
    cases = [{"number": f"案{number}号", "decision": "", "party": "x", "lines": lines} for number in range(5)]

    start = perf_counter()
    pages = draw_approval({**APPROVAL, "cases": cases}, tmp_path / "form.pdf")

    assert perf_counter() - start < 20
    texts = text_of(tmp_path / "form.pdf").split("\f")[:pages]
    assert all("审批中" in text for text in texts)
    assert all("标称名称" in text for text in texts[2:-3])
    assert sum(text.count("假冒白酒") for text in texts) == 5000
    assert "5,000" in texts[0]


@pytest.mark.parametrize("state", PLAN_STATES)
def test_a_plan_says_on_every_page_where_it_is(tmp_path, state):
    pages = draw_plan({**PLAN, "state": state}, tmp_path / "plan.pdf")

    texts = text_of(tmp_path / "plan.pdf").split("\f")[:pages]
    assert len(texts) > 2
    assert all(PLAN_STATES[state] in text for text in texts)
