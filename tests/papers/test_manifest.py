import hashlib
import json
import re
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path

import paper_samples as samples
import pytest
import zxingcpp
from pdfs import flowing, fonts_of, pictures_of, text_of
from PIL import Image, ImageChops, ImageCms
from pyhanko.pdf_utils.reader import PdfFileReader

from ledger.papers import words
from ledger.papers.fonts import NotPrintable
from ledger.papers.manifest import draw_manifest
from ledger.papers.pictures import MOST

PROJECT = Path(__file__).parents[2]
PARTS = ["一、汇总", "二、销毁明细", "三、六点核对和例外情况", "四、审批", "五、监销", "六、图片资料", "七、证明"]
MM = 72 / 25.4


def drawn(path, made, **proof):
    data = samples.canonical(made)
    return draw_manifest(made, data, samples.proof(data, **proof), samples.photographs(made).get, path)


@pytest.fixture(scope="module")
def manifest():
    return samples.manifest(200)


@pytest.fixture(scope="module")
def path(manifest, tmp_path_factory):
    path = tmp_path_factory.mktemp("manifest") / "manifest.pdf"
    drawn(path, manifest)
    return path


@pytest.fixture(scope="module")
def pages(path):
    return text_of(path).split("\f")[:-1]


def changed(tmp_path, lines=12, *, proof=(), **changes):
    """The flowing text of a small manifest with changes."""
    path = tmp_path / "changed.pdf"
    drawn(path, samples.manifest(lines, **changes), **dict(proof))
    return flowing(path)


def lines_of(made):
    return [line for unit in made["units"] for case in unit["cases"] for line in case["lines"]]


def test_every_goods_name_stands_in_it(path, manifest):
    text = flowing(path)

    names = {line["name"] for line in lines_of(manifest)}
    assert {name for name in names if name not in text} == set()
    assert all(sign in text for sign in "𬭚䶮𫖮")


def test_every_case_unit_person_and_digest_stands_in_it(path, manifest):
    text = flowing(path)

    assert all(unit["name"] in text for unit in manifest["units"])
    assert all(case["decision"] in text for unit in manifest["units"] for case in unit["cases"])
    assert all(step["name"] in text for approval in manifest["approvals"] for step in approval["steps"])
    assert all(one["digest"][:12] in text for one in (*manifest["approvals"], *manifest["supervisors"]))
    assert all(one["statement"].replace(" ", "") in text for one in manifest["supervisors"])


def test_parts_stand_in_their_order(pages):
    order = [line.strip() for page in pages for line in page.splitlines() if line.strip() in PARTS]

    assert order == PARTS


def test_every_page_has_its_number_and_the_digest(pages, manifest):
    digest = hashlib.sha256(samples.canonical(manifest)).hexdigest()
    short = f"摘要 {digest[:4]} {digest[4:8]} {digest[8:12]}"

    for number, page in enumerate(pages, 1):
        foot = page.rstrip().splitlines()[-1]
        assert re.search(rf"第 ?{number} ?页\s+共 ?{len(pages)} ?页", foot)
        assert short in foot
        assert foot.lstrip().startswith("摘要") == bool(number % 2), "the number is at the outer side"


def test_running_heads_begin_on_the_second_page(pages, manifest):
    heads = [page.splitlines()[0].split() for page in pages]

    assert manifest["title"] not in heads[0]
    assert all(head == [manifest["title"], manifest["number"]] for head in heads[1:])


def test_pages_of_lines_count_up_and_say_what_they_hold(pages, manifest):
    found = [
        tuple(map(int, match.groups()))
        for page in pages
        for match in re.finditer(r"本页 (\d+) 项，序号 (\d+) 至 (\d+)", page)
    ]

    assert sum(count for count, _, _ in found) == len(lines_of(manifest))
    assert [first for _, first, _ in found] == [1, *(last + 1 for _, _, last in found[:-1])]
    assert all(count == last - first + 1 for count, first, last in found)


def test_a_page_repeats_its_head_and_bands_and_never_ends_with_a_band(pages):
    of_lines = [page.splitlines() for page in pages if "本页" in page and "序号 " in page]
    for page in of_lines[1:]:
        rows = [row.strip() for row in page[1:] if row.strip()]
        assert rows[0].split() == list(words.LINE_HEADS)
        assert "（续）" in rows[1] or "千克" in rows[1]
    for page in of_lines:
        rows = [row for row in page if row.strip()]
        foot = next(place for place, row in enumerate(rows) if row.strip().startswith("本页"))
        assert "千克" not in rows[foot - 1], "a band needs a row under it"
        assert "（续）" not in rows[foot - 1]


def test_the_end_of_the_lines_is_marked(path):
    assert "以下空白" in flowing(path)


def test_a_long_list_begins_with_its_contents(tmp_path):
    made = samples.manifest(600)
    drawn(tmp_path / "long.pdf", made)

    pages = text_of(tmp_path / "long.pdf").split("\f")
    contents = next(page for page in pages if "页码" in page)
    for unit in made["units"]:
        row = next(row for row in contents.splitlines() if row.strip().startswith(unit["name"]))
        first = unit["cases"][0]["lines"][0]["no"]
        assert f"{unit['name']} " in pages[int(row.split()[-1]) - 1]
        assert re.search(rf"^ *{first} ", pages[int(row.split()[-1]) - 1], re.MULTILINE)


def test_one_line_is_a_whole_manifest(tmp_path):
    drawn(tmp_path / "one.pdf", samples.manifest(1))

    text = flowing(tmp_path / "one.pdf")
    assert all(part in text for part in PARTS)
    assert "以下空白" in text
    assert "本页1项，序号1至1" in text


def test_the_longest_names_are_whole(tmp_path):
    made = samples.manifest(6)
    unit, case, line = made["units"][0], made["units"][0]["cases"][0], made["units"][0]["cases"][0]["lines"][0]
    unit["name"] = "鹭江市思岭区市场监督管理局思岭高新技术产业开发区市场监督管理分局"
    case["decision"] = "鹭江市市监执处罚〔2026〕（海仓自由贸易试验区）第100-2026-0012345号行政处罚决定书"
    line["name"] = "侵犯注册商标专用权的飞天牌" * 30
    line["quantity"] = "1000000.125"
    difference = {**samples.manifest(60)["differences"][0], "explanation": "运输途中包装箱跌落破损，" * 200}
    made["differences"] = [difference]
    made["bureau"] = "云溪畲族自治县市场监督管理局综合行政执法大队"
    made["title"] = "云溪畲族自治县市场监督管理局2027年度春季侵犯知识产权和制售假冒伪劣商品集中公开统一销毁活动销毁清单"
    drawn(tmp_path / "long.pdf", made)

    text = flowing(tmp_path / "long.pdf").replace("（续）", "")
    assert all(
        whole in text for whole in (unit["name"], case["decision"], made["bureau"], made["title"], "1,000,000.125")
    )
    assert text.count("飞天牌") == 30
    assert text.count("包装箱跌落") == 200


def test_ownerless_goods_stand_under_their_notice(tmp_path):
    made = samples.manifest(6)
    case = made["units"][0]["cases"][0]
    case |= {"decision": "", "served_on": "", "noticed_on": "2026-09-01", "noticed_until": "2026-10-31"}
    drawn(tmp_path / "notice.pdf", made)

    text = flowing(tmp_path / "notice.pdf")
    assert case["number"] in text
    assert "无主财物公告2026年9月1日至2026年10月31日" in text


@pytest.mark.parametrize(("lines", "is_said"), [(12, False), (60, True)])
def test_a_sentence_on_differences_is_printed_only_if_there_are_any(tmp_path, lines, is_said):
    text = changed(tmp_path, lines)

    assert ("差异已在第三部分列明" in text) == is_said
    assert ("没有差异" in text) != is_said


def test_without_exceptions_every_kind_has_none(tmp_path):
    text = changed(tmp_path, exceptions=[])

    assert all(f"{kind}无——" in text for kind in words.EXCEPTION_KINDS.values())
    assert "除第三部分所列外" not in text


def test_waived_duties_are_listed_and_their_absence_is_said(tmp_path):
    waiver = {
        "unit": "中华市场监督管理所",
        "person": "林文静",
        "parts": ["装批复核人", "申请人"],
        "reason": "所内仅两人在岗",
        "until": "2027-03-10",
        "asked_by": "赵国华",
        "approved_by": "谢明辉",
        "approved_at": "2027-03-01T09:00:00+08:00",
        "batches": ["SM-1-01"],
    }
    text = changed(tmp_path, waivers=[waiver])
    assert all(said in text for said in ("装批复核人、申请人为同一人", "所内仅两人在岗", "2027年3月10日", "谢明辉"))

    assert f"{words.WAIVERS}{words.NO_WAIVERS}" in changed(tmp_path, waivers=[])
    assert words.WAIVERS not in changed(tmp_path)


def test_a_supervisor_who_had_another_part_is_not_called_apart(tmp_path):
    made = samples.manifest(12)
    assert words.SUPERVISORS_APART in changed(tmp_path)

    made["supervisors"][0]["name"] = made["approvals"][0]["steps"][0]["name"]
    assert words.SUPERVISORS_APART not in changed(tmp_path, supervisors=made["supervisors"])


def test_a_value_that_nobody_named_is_not_written_out(tmp_path):
    totals = {**samples.manifest(12)["totals"], "value": ""}

    text = changed(tmp_path, totals=totals)
    assert words.VALUE_IN_CAPITALS not in text
    assert words.VALUE_REMARK not in text


def test_the_trial_seal_is_called_one(tmp_path):
    assert changed(tmp_path).count(words.TRIAL_SEAL) == 2
    assert words.TRIAL_SEAL not in changed(tmp_path, proof={"is_trial_seal": False})


def test_both_codes_of_the_proof_page_can_be_read(path, pages, manifest):
    page = pictures_of(path, dpi=200, first=len(pages))[0]

    proof = samples.proof(samples.canonical(manifest))
    assert {code.text for code in zxingcpp.read_barcodes(page)} == {proof["compact"], proof["verify_url"]}


def test_without_an_address_the_second_code_is_left_out(tmp_path):
    text = changed(tmp_path, proof={"verify_url": ""})

    assert words.NO_ADDRESS.replace(" ", "") in text
    assert words.ONLINE_TITLE not in text


def test_signatures_and_pictures_are_drawn(tmp_path, path, manifest):
    without = [{**one, "strokes": {"width": 300, "height": 130, "strokes": []}} for one in manifest["supervisors"]]
    drawn(tmp_path / "unsigned.pdf", {**manifest, "supervisors": without})

    number = next(n for n, page in enumerate(text_of(path).split("\f"), 1) if "五、监销" in page)
    inks = [
        sum(tone < 128 for tone in pictures_of(file, first=number, last=number)[0].tobytes())
        for file in (path, tmp_path / "unsigned.pdf")
    ]
    assert inks[0] > inks[1] + 500
    images = subprocess.run(["pdfimages", "-list", path], check=True, capture_output=True, text=True).stdout
    assert len(images.splitlines()) == 2 + len(samples.photographs(manifest))


def test_of_very_many_pictures_some_are_printed_and_the_rest_is_listed(tmp_path):
    rows = [
        {**samples.manifest(12)["pictures"][0], "no": no, "sha256": hashlib.sha256(bytes([no])).hexdigest()}
        for no in range(1, MOST + 10)
    ]
    path = tmp_path / "manifest.pdf"
    drawn(path, samples.manifest(12, pictures=rows, pictures_in_all=len(rows)))

    text = flowing(path)
    assert [row for row in rows if f"SHA-256{row['sha256'][:16]}" in text] == rows[::2]
    assert words.PICTURES_LISTED in text
    assert all(row["sha256"][:16] in text for row in rows)


def test_the_seal_has_its_place_on_the_title_page(tmp_path):
    place = drawn(tmp_path / "manifest.pdf", samples.manifest(12)).seal

    assert place.page == 0
    assert (place.right - place.left, place.top - place.bottom) == pytest.approx((42 * MM, 42 * MM))
    assert place.bottom >= 35 * MM


def test_a_title_page_that_is_full_gives_the_seal_a_page_of_its_own(tmp_path):
    site = {"name": "处置中心", "address": "", "is_main": False}
    event = {**samples.event(), "sites": [site] * 12}

    assert drawn(tmp_path / "manifest.pdf", samples.manifest(12, event=event)).seal.page == 1


def test_data_and_proof_are_attached(path, manifest, tmp_path):
    subprocess.run(["pdfdetach", "-saveall", "-o", tmp_path, path], check=True)

    assert (tmp_path / "manifest.json").read_bytes() == samples.canonical(manifest)
    assert json.loads((tmp_path / "manifest.json").read_bytes()) == manifest
    assert (tmp_path / "proof.tlog-proof").read_text() == samples.proof(b"")["tlog_proof"]


def test_the_file_has_the_shape_of_an_archive(path):
    subprocess.run(["qpdf", "--check", path], check=True)
    content = path.read_bytes()
    with path.open("rb") as file:
        root = PdfFileReader(file).root
        assert [str(root["/AF"][place]["/AFRelationship"]) for place in range(2)] == ["/Data", "/Data"]
        assert str(root["/OutputIntents"][0]["/S"]) == "/GTS_PDFA1"
        profile = root["/OutputIntents"][0]["/DestOutputProfile"].data
        assert int.from_bytes(profile[:4], "big") == len(profile)
        assert b"<pdfaid:part>3</pdfaid:part>" in root["/Metadata"].data
    assert largest_gap_to_srgb(profile) <= 2
    assert len(re.findall(rb"[^d]endstream", content)) == len(re.findall(rb"\nendstream", content))
    assert len(fonts_of(path)) > 4
    assert all(row[-5:-2] == ["yes", "yes", "yes"] for row in fonts_of(path)), "embedded, cut, with a text layer"


def largest_gap_to_srgb(profile: bytes) -> int:
    """Return by how many of 256 steps a colour differs when it is taken for sRGB."""
    ours = ImageCms.ImageCmsProfile(BytesIO(profile))
    colours = Image.frombytes("RGB", (256, 3), bytes(range(256)) * 9)
    seen = ImageCms.profileToProfile(colours, ours, ImageCms.createProfile("sRGB"))
    return max(high for _, high in ImageChops.difference(colours, seen).getextrema())


def test_the_same_content_is_the_same_file_in_every_process():
    command = (
        "import paper_samples as s, hashlib, io; from ledger.papers.manifest import draw_manifest;"
        "m = s.manifest(30); d = s.canonical(m); t = io.BytesIO();"
        "draw_manifest(m, d, s.proof(d), s.photographs(m).get, t); print(hashlib.sha256(t.getvalue()).hexdigest())"
    )
    paths = f"{PROJECT}:{PROJECT / 'tools'}"
    digests = {
        subprocess.run(
            [sys.executable, "-c", command],
            env={"PYTHONPATH": paths, "PYTHONHASHSEED": seed, "TZ": zone},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Shanghai"))
    }

    assert len(digests) == 1


def test_nothing_is_drawn_that_cannot_be_printed():
    made, target = samples.manifest(3), BytesIO()
    made["units"][0]["cases"][0]["lines"][0]["name"] = "某牌\u0378酒"
    with pytest.raises(NotPrintable, match="0378"):
        drawn(target, made)

    assert target.getvalue() == b""


def test_three_thousand_lines_take_seconds(tmp_path):
    made = samples.manifest(3000)
    start = time.perf_counter()
    pages = drawn(tmp_path / "large.pdf", made).pages

    assert time.perf_counter() - start < 10
    assert pages > 100
    assert f"第{pages}页共{pages}页" in flowing(tmp_path / "large.pdf")
