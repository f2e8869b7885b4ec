"""The whole way of one line, from the case to the verified manifest, as people walk it: in browsers, by the words."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
from browser import DESK, PHONE, launched, serving
from databases import opened
from factories import PASSWORD, balances
from films import camera, film
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from walking import Enter, download, draw, entrance, follow, press, says, to_do

from ledger.codes import new_code
from ledger.db import db
from ledger.goods.audit import verify_books
from ledger.goods.models import Item
from ledger.goods.rules import Account
from ledger.manifests import verify_manifest
from ledger.web.context import today
from ledger.worker import run_until_done

GOODS = "假冒牛栏山白酒"
REPORT = {"活动总结.pdf", "统计报表.xlsx", "销毁清单.pdf", "销毁清单.receipt", "销毁清单.json", "目录.txt"}


@pytest.fixture
def app(sqlite_url, tmp_path):
    """The application as people outside know it, so that labels and documents name its address."""
    with opened(sqlite_url, tmp_path, public_url="https://ledger.example") as app:
        yield app


@pytest.fixture
def site(app, cast):
    db.session.remove()
    with serving(app) as address:
        yield address


@pytest.fixture
def enter(chromium, site):
    """A function that lets a person of the cast sign in."""
    with entrance(chromium, site) as enter:
        yield enter


def test_a_line_goes_all_the_way_from_its_case_to_a_manifest_that_verifies(
    app, enter, page, playwright, verifier, tmp_path
):
    def books_say(**held: int) -> None:
        """Fail the test unless the journal rebuilds the books, and they say that so many bottles are there."""
        assert verify_books(db.session(), verifier).findings == []
        came = {Account.PARTY: -12} | {Account(account): number for account, number in held.items()}
        assert balances(db.session(), db.session.get_one(Item, 1)) == came
        db.session.rollback()  # the next look is a new one

    register(enter)
    books_say(seized=12)
    take_in(enter)
    books_say(stored=12)
    count(enter)
    books_say(stored=11, missing=1)
    approve(enter)
    plan(enter)
    books_say(stored=11, missing=1)
    sheet = pack(enter, tmp_path)
    books_say(packed=11, missing=1)
    begin_day(enter)
    with launched(playwright, *camera(film(printed(sheet), tmp_path / "labels.mjpeg"))) as filming:
        scan(enter, filming)
    books_say(destroyed=11, missing=1)
    close(enter)
    run_until_done(app)
    hand_out(enter, tmp_path)
    check_by_program(tmp_path, verifier)
    check_in_public(page, tmp_path)
    books_say(destroyed=11, missing=1)


def register(enter: Enter) -> None:
    """Lin registers a case and its line."""
    lin = enter("lin")
    follow(lin, "案件")
    follow(lin, "登记案件")
    lin.get_by_label("案件编号").fill("思市监案字〔2025〕7号")
    lin.get_by_label("当事人").fill("思岭区黄记超市")
    lin.get_by_label("处罚决定书文号").fill("思市监处罚〔2025〕7号")
    lin.get_by_label("送达日期").fill("2025.3.1")
    press(lin, "登记案件")
    follow(lin, "登记物品")
    lin.get_by_label("品名").fill(GOODS)
    lin.get_by_label("数量").fill("12")
    lin.get_by_label("计量单位").fill("瓶")
    press(lin, "登记物品")
    says(lin, f"已登记 {GOODS} 12 瓶。")


def take_in(enter: Enter) -> None:
    """Zhao takes what Lin hands over into the store."""
    zhao = enter("zhao")
    to_do(zhao, "去入库")
    zhao.get_by_label("库位").fill("A-01-3")
    zhao.get_by_label("移交人", exact=True).select_option("林文静")
    zhao.get_by_label("移交人的密码").fill(PASSWORD)
    press(zhao, "点收入库")
    says(zhao, "1 项已入库，库位 A-01-3。")


def count(enter: Enter) -> None:
    """Zhao and Lin count on their phones, neither sees the other's figure; a bottle is missing, and Cai confirms it."""
    zhao = enter("zhao", size=PHONE)
    follow(zhao, "清点")
    follow(zhao, "计划或开始清点")
    zhao.get_by_label("部分库位").check()
    zhao.get_by_label("A-01-3").check()
    press(zhao, "马上开始")
    for page in (zhao, lin := enter("lin", size=PHONE)):
        if page is lin:
            to_do(lin, "清点")
        expect(page.get_by_role("main")).not_to_contain_text("12 瓶")
        page.get_by_label("您数到多少瓶？").fill("11")
        press(page, "记下，数下一项")
        press(page, "我已点完")
    expect(lin.get_by_role("heading", level=1)).to_have_text("1 项有差异，等说明原因")
    lin.get_by_label(f"{GOODS} 的原因").select_option("破损")
    lin.get_by_label(f"{GOODS} 的说明").fill("入库后碎了一瓶")
    press(lin, "提交差异，等人确认")
    cai = enter("cai")
    to_do(cai, "去看看")
    press(cai, "确认 1 项差异")
    expect(cai.get_by_role("heading", level=1)).to_have_text("清点完毕，1 项差异已入账")
    follow(cai, "物品")
    follow(cai, GOODS)
    cai.get_by_text("解除暂缓").first.click()
    cai.get_by_label("为什么可以解除？请写明文书。").fill("短缺已查明，见情况说明")
    press(cai, "解除暂缓")


def approve(enter: Enter) -> None:
    """Lin applies; Liu on his phone, Huang, Cai and Xie agree."""
    lin = enter("lin")
    follow(lin, "物品")
    lin.get_by_label(f"选中 {GOODS}").check()
    press(lin, "用这 1 项建申请")
    lin.get_by_label("处理理由").fill("假冒商品，不能作其他处理")
    press(lin, "用这 1 项建申请")
    expect(lin.get_by_label(f"{GOODS} 的数量（瓶）")).to_have_value("11")
    press(lin, "提交这 1 项")
    for login, size in (("liu", PHONE), ("huang", DESK), ("cai", DESK), ("xie", DESK)):
        page = enter(login, size=size)
        to_do(page, "去签批")
        page.get_by_label("您的密码（作为签名）").fill(PASSWORD)
        press(page, "签批：同意销毁")
        says(page, "已签批")
    says(page, "销毁获批准，物品可以装批")


def plan(enter: Enter) -> None:
    """Chen plans today's event; Xie approves it."""
    chen, day = enter("chen"), today().isoformat()
    follow(chen, "销毁活动")
    follow(chen, "安排活动")
    chen.get_by_label("销毁日期").fill(day)
    chen.get_by_label("报送期限").fill(day)
    press(chen, "开始拟方案")
    chen.get_by_label("会场名称").fill("同平区环卫处置中心")
    press(chen, "添加这个会场")
    chen.get_by_role("textbox", name="处置单位").fill("环卫处置中心")
    press(chen, "添加这家单位")
    chen.get_by_label("到场时间").fill("9:30")
    press(chen, "添加这个时段")
    press(chen, "提交方案")
    xie = enter("xie")
    to_do(xie, "看方案")
    xie.get_by_label("您的密码（作为签名）").fill(PASSWORD)
    press(xie, "签批：同意")
    says(xie, "方案已批准。")


def pack(enter: Enter, folder: Path) -> Path:
    """Zhao packs two batches before Liu, seals them, and fetches their labels."""
    zhao = enter("zhao")
    for bottles, seal in (("6", "封871384"), ("5", "封871385")):
        to_do(zhao, "装批")
        zhao.get_by_label(GOODS, exact=True).check()
        zhao.get_by_label(f"{GOODS}的数量").fill(bottles)
        zhao.get_by_label("第二人", exact=True).select_option("刘建国")
        zhao.get_by_label("第二人的密码").fill(PASSWORD)
        press(zhao, "装入选中的物品")
        zhao.get_by_label("封条号").fill(seal)
        zhao.get_by_label("毛重").fill("4.5")
        press(zhao, "封批")
    follow(zhao, "打印标签")
    zhao.get_by_label("标签纸").select_option("单张标签，100 × 70 毫米")
    return download(zhao, folder, zhao.get_by_role("button", name="下载标签"))


def printed(sheet: Path) -> list[Image.Image]:
    """Return the labels as they come out of a printer, as large as a camera sees them."""
    subprocess.run(["pdftoppm", "-r", "200", "-gray", sheet, sheet.with_suffix("")], check=True)
    papers = [Image.open(path) for path in sorted(sheet.parent.glob(f"{sheet.stem}-*.pgm"))]
    return [paper.resize((paper.width // 2, paper.height // 2)) for paper in papers]


def begin_day(enter: Enter) -> None:
    """Chen begins the day and a run that Pan and Yu watch."""
    chen = enter("chen")
    to_do(chen, "去现场")
    chen.get_by_text("开始当日销毁", exact=True).click()
    press(chen, "以 2 批开始")
    follow(chen, "去现场进度")
    follow(chen, "开始炉次")
    chen.get_by_label("监销人甲").select_option("潘玉兰")
    chen.get_by_label("监销人乙").select_option("余振宇")
    press(chen, "开始炉次")
    says(chen, "第 1 炉次已开始")


def scan(enter: Enter, filming: Browser) -> None:
    """Guo's phone sees the printed labels at loading, arrival and destruction; one code, typed, is no batch's."""
    guo = enter("guo", size=PHONE, browser=filming)
    follow(guo, "扫码")
    press(guo, "打开摄像头")
    for stage in ("装车", "入场", "销毁"):
        if stage == "销毁":
            open_sample(enter)
        guo.get_by_label(stage, exact=True).check()
        expect(guo.get_by_text("本人 2 / 全场 2")).to_be_visible(timeout=20_000)
    press(guo, "关闭摄像头")
    press(guo, "键盘")
    guo.get_by_label("批次码").fill(new_code())
    expect(guo.get_by_text("未知").first).to_be_visible()
    expect(guo.get_by_text("待上传 0")).to_be_visible()
    guo.get_by_text("本机", exact=True).click()
    press(guo, "本机交清")
    expect(guo.get_by_text("全部收到")).to_be_visible()


def open_sample(enter: Enter) -> None:
    """Guo opens the batch that was drawn before Pan, at a desk, and finds what was packed."""
    guo = enter("guo")
    follow(guo, "销毁活动")
    follow(guo, "集中统一销毁")
    follow(guo, "去现场进度")
    follow(guo, "开箱抽检")
    follow(guo, "开箱清点")
    is_first = "-01" in guo.get_by_role("heading", level=1).inner_text()
    guo.get_by_label("所见封条号").fill("封871384" if is_first else "封871385")
    guo.get_by_label("完好").check()
    guo.get_by_label(f"{GOODS}的实有数量").fill("6" if is_first else "5")
    guo.get_by_label("新封条号").fill("封871390")
    guo.get_by_label("第二人", exact=True).select_option("潘玉兰")
    guo.get_by_label("第二人的密码").fill(PASSWORD)
    press(guo, "记录清点结果")
    says(guo, "与装批记录相符")


def close(enter: Enter) -> None:
    """Chen has the run signed, ends the day and explains what is open; Pan signs on her own phone, Yu on Chen's."""
    chen = enter("chen", size=PHONE)
    to_do(chen, "去现场")
    press(chen, "结束炉次")
    says(chen, "请监销人签名")
    chen.get_by_label("残余物重量").fill("0.6")
    press(chen, "保存")
    for name in ("潘玉兰", "余振宇"):
        follow(chen, f"{name} 签名")
        sign(chen, name, "已为本炉次签名")
    follow(chen, "当天工作")
    press(chen, "结束现场工作")
    resolve(chen, "旧标签，箱内无物")
    resolve(chen, "相机没电，见执法记录仪录像")
    pan = enter("pan", size=PHONE)
    to_do(pan, "去签名")
    sign(pan, "潘玉兰")
    follow(chen, "待办")
    to_do(chen, "去收尾")
    follow(chen, "请其签名")
    sign(chen, "余振宇")
    press(chen, "生成销毁清单")


def resolve(chen: Page, text: str) -> None:
    """Chen writes down what the first open point is about; Liu confirms it beside him."""
    follow(chen, "写说明")
    chen.get_by_label("已说明，物品不动").check()
    chen.get_by_label("说明", exact=True).fill(text)
    chen.get_by_label("第二人", exact=True).select_option("刘建国")
    chen.get_by_label("第二人的密码").fill(PASSWORD)
    press(chen, "写明并确认")
    says(chen, "刘建国")


def sign(page: Page, name: str, says_then: str = "已签名") -> None:
    """A supervisor signs on the screen."""
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    draw(page)
    page.get_by_label("本人密码").fill(PASSWORD)
    press(page, "签名")
    says(page, says_then)


def hand_out(enter: Enter, folder: Path) -> None:
    """Chen downloads the signed manifest, its receipt and what goes into the report."""
    chen = enter("chen")
    to_do(chen, "去准备材料")
    package = download(chen, folder, chen.get_by_role("link", name="的材料包").first)
    follow(chen, "销毁清单")
    chen.get_by_role("main").get_by_role("link", name="销清").first.click()
    expect(chen.get_by_role("heading", level=1)).to_contain_text("已签发")
    document = download(chen, folder, chen.get_by_role("link", name="下载销毁清单"))
    receipt = download(chen, folder, chen.get_by_role("link", name="下载回执"))
    document.rename(folder / "manifest.pdf")
    receipt.rename(folder / "manifest.receipt")
    with ZipFile(package) as archive:
        assert set(archive.namelist()) >= REPORT
        assert archive.read("销毁清单.pdf") == (folder / "manifest.pdf").read_bytes()


def check_by_program(folder: Path, key: str) -> None:
    """Check the document as somebody without this software does."""
    program = [
        sys.executable,
        "-I",
        verify_manifest.__file__,
        folder / "manifest.pdf",
        folder / "manifest.receipt",
        key,
    ]
    told = subprocess.run(program, capture_output=True, text=True, check=True)
    assert told.stdout.startswith("OK")


def check_in_public(page: Page, folder: Path) -> None:
    """A stranger checks the document, and one of which a single byte was changed."""
    document = (folder / "manifest.pdf").read_bytes()
    at = len(document) // 2
    (folder / "changed.pdf").write_bytes(document[:at] + bytes([document[at] ^ 1]) + document[at + 1 :])
    reason = "签署时是另一份文件"
    for name, answer, told in (("manifest.pdf", "真实，未改动", 0), ("changed.pdf", "签署后被改动", 1)):
        page.goto("/login")
        follow(page, "核验销毁清单")
        page.get_by_label("销毁清单（PDF）").set_input_files(folder / name)
        page.get_by_label("回执").set_input_files(folder / "manifest.receipt")
        press(page, "核验")
        expect(page.get_by_role("heading", level=1)).to_have_text(answer)
        expect(page.get_by_text(reason)).to_have_count(told)
