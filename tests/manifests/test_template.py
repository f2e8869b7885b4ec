"""A bureau's template: what is refused before it is kept, and that each manifest stays as it was issued."""

from io import BytesIO

import orjson
import paper_samples as samples
import pytest
from databases import AFTER_CLOSING, ON_SQLITE
from days import make_day, make_manifest
from factories import NOON
from pdfs import flowing
from sqlalchemy import select

from ledger.cases.models import Case
from ledger.goods.audit import verify_books
from ledger.journal.service import writing
from ledger.manifests import closing
from ledger.manifests.content import build
from ledger.manifests.models import Manifest
from ledger.manifests.proofs import proof_of
from ledger.manifests.template import TemplateSetMeanwhile, set_template, template_of, versions_of
from ledger.manifests.trial import SUPERVISORS, draw_sample, faults
from ledger.manifests.verify_manifest import verify
from ledger.manifests.workflow import SignaturesMissing
from ledger.papers.manifest import draw_manifest

CONFIRMATION = "上列{项数}项、{批数}批与账面逐项核对一致{差异}；{例外}没有物品流出。"
TEXTS = {
    "title": "{日期}集中销毁清册",
    "number": "鹭销字〔{年份}〕第{序号}号",
    "legal_basis": "《罚没财物管理办法》\n《中华人民共和国药品管理法》",
    "confirmation": CONFIRMATION,
    "statements": "我在{会场}全程监督。",
    "leader": "局领导",
    "supervisor": "监督员",
    "issuer": "签发领导",
    "copies": "本清单一式三份。",
}


def template(version=1, **changes):
    made = {"version": version, "texts": TEXTS, "columns": [], "with_party": False, "red_head": True}
    return {**made, **changes}


def settle(session, cast, made):
    with writing(session):
        set_template(session, cast.bureau, made, by=cast.chen, at=NOON)


def redrawn(manifest):
    """The pages of a manifest, drawn anew from what was sealed."""
    target = BytesIO()
    draw_manifest(orjson.loads(manifest.content), manifest.content, samples.proof(manifest.content), {}.get, target)
    return target.getvalue()


@ON_SQLITE
@pytest.mark.parametrize("further", [[], ["brand", "price"], ["lot", "brand"]])
def test_the_worst_case_fits_in_the_programs_words_and_in_a_bureaus(session, cast, tmp_path, further):
    made = template(columns=further, with_party=True)
    assert faults({**made, "texts": {}}, cast.bureau) == {}
    assert faults(made, cast.bureau) == {}

    draw_sample(made, cast.bureau, tmp_path / "sample.pdf")
    text = flowing(tmp_path / "sample.pdf")
    told = ("集中销毁清册", "局领导", "签发领导", "本清单一式三份。", "样张，不是销毁清单")
    assert all(name in text for name in told)
    assert text.count("监督员") == SUPERVISORS
    assert "上列24项、24批与账面逐项核对一致；没有物品流出。" in text


@ON_SQLITE
@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("title", "销毁" * 50, "no_room"),
        ("page_agrees", "核对一致" * 15, "no_room"),
        ("organiser", "组织" * 20, "no_room"),
        ("legal_basis", "《中华人民共和国行政处罚法》第七十四条\n" * 40, "no_room"),
        ("number", "{单位}{单位}-{序号}", "no_room"),
        ("copies", "一式三份𠮷", "not_printable"),
        ("title", "{天}销毁清单", "unknown_placeholder"),
        ("copies", "一式{份", "unknown_placeholder"),
        ("confirmation", "全部核对一致。", "placeholder_missing"),
        ("number", "{序号}-{序号}", "placeholder_missing"),
    ],
)
def test_what_does_not_fit_or_cannot_be_printed_is_told_of_its_text_alone(session, cast, name, text, code):
    found = faults(template(texts={**TEXTS, name: text}), cast.bureau)

    assert {where: fault.code for where, fault in found.items()} == {name: code}


@ON_SQLITE
def test_two_texts_that_leave_each_other_no_room_are_both_named(session, cast):
    head = {"title": "{日期}假冒伪劣和侵权商品集中销毁清单明细表"}
    number = {"number": "鹭江市市场监督管理局罚没物品集中统一销毁清单字第〔{年份}〕{序号}号"}

    assert faults(template(texts=head), cast.bureau) == faults(template(texts=number), cast.bureau) == {}
    assert set(faults(template(texts=head | number), cast.bureau)) == {"title", "number"}


@ON_SQLITE
def test_versions_are_only_added_and_who_comes_second_is_told(session, cast, verifier):
    settle(session, cast, template())
    settle(session, cast, template())  # sent twice
    with pytest.raises(TemplateSetMeanwhile, match="陈志强"):
        settle(session, cast, template(red_head=False))
    settle(session, cast, template(2, red_head=False))

    assert [each.template["version"] for each in versions_of(session, cast.bureau)] == [2, 1]
    assert template_of(session, cast.station) == template(2, red_head=False)
    assert verify_books(session, verifier).findings == []


@ON_SQLITE
def test_a_template_that_changes_after_signing_is_signed_for_again(app, session, cast):
    day = make_day(session, cast)
    day.destroy()
    day.end()
    day.sign(cast.pan)
    day.sign(cast.yu)
    settle(session, cast, template())

    assert closing.statements(session, day.event, cast.pan) == ["我在主会场全程监督。"]
    with pytest.raises(SignaturesMissing):
        closing.check_ready(session, day.event)


@AFTER_CLOSING
def test_manifests_from_before_and_after_a_change_stay_as_they_were_and_are_proved(app, session, cast, verifier):
    old = session.scalars(select(Manifest)).one()
    assert "bureau_template" not in orjson.loads(old.content)
    drawn = {old.id: redrawn(old)}
    settle(session, cast, template(columns=["price", "brand"], with_party=True))
    facts = {"brand": "某某牌", "unit_price": 9_000}
    new = [make_manifest(app, session, cast, **facts) for _ in range(2)]
    drawn |= {each.id: redrawn(each) for each in new}
    settle(session, cast, template(2, texts={}))

    assert [each.number for each in new] == ["鹭销字〔2026〕第1号", "鹭销字〔2026〕第2号"]
    for manifest in (old, *new):
        assert redrawn(manifest) == drawn[manifest.id]
        assert verify(manifest.content, proof_of(session, manifest), verifier).seq == manifest.sealed_seq
        document = app.extensions["files"].path(manifest.pdf_sha256).read_bytes()
        assert verify(document, manifest.receipt, verifier).seq == manifest.signed_seq


@AFTER_CLOSING
def test_what_a_template_asks_for_stands_in_the_data(app, session, cast, tmp_path):
    settle(session, cast, template(columns=["price", "brand"], with_party=True))
    day = make_day(session, cast, brand="某某牌", unit_price=9_000)
    day.destroy()
    day.end()
    content = build(session, day.event, number="1")

    [case] = content["units"][0]["cases"]
    [line] = case["lines"]
    assert (line["brand"], line["price"], "lot" in line) == ("某某牌", "90.00", False)
    assert case["party"] == session.scalars(select(Case.party).order_by(Case.id.desc())).first()
    assert content["legal_basis"] == TEXTS["legal_basis"].splitlines()
    assert [step["role"] for step in content["plan"]["steps"]] == ["局领导"]
    assert content["bureau_template"] == template(columns=["price", "brand"], with_party=True)
    draw_manifest(content, b"", samples.proof(b""), {}.get, tmp_path / "manifest.pdf")
    text = flowing(tmp_path / "manifest.pdf")
    assert "规格（型号）单价品牌单位" in text
    assert f"当事人：{case['party']}" in text
