import json
import os
import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ledger.codes import ALPHABET, LENGTH, BadCode, new_code, read_code, shown

PROJECT = Path(__file__).parent.parent
FRONT = PROJECT / "ledger" / "front"
DIST = PROJECT / "ledger" / "static" / "dist"
TEMPLATES = sorted((PROJECT / "templates").rglob("*.html"))
STYLES = sorted((FRONT / "src").rglob("*.css"))
SCRIPTS = sorted((FRONT / "src").rglob("*.js"))

ICON = re.compile(r"""icon(?:\(|=)["']([\w-]+)["']""")
ICON_IN_NAVIGATION = re.compile(r'Entry\("[\w.]+", "([\w-]+)"')
INLINE = re.compile(r"<style|<script(?![^>]+src=)|\sstyle=|\son(?:click|change|input|submit|load|error)=|javascript:")
NOT_IN_OLD_STYLES = re.compile(r":has\(|:is\(|:where\(|color-mix|oklch|aspect-ratio|\binset:|@layer|@container|\ddvh")
NOT_IN_OLD_SCRIPTS = re.compile(
    r"replaceChildren|structuredClone|\.at\(|\.replaceAll|Object\.hasOwn|randomUUID|showModal"
)


def relative(path: Path) -> str:
    return str(path.relative_to(PROJECT))


@pytest.fixture(scope="module")
def manifest() -> dict[str, str]:
    return json.loads((DIST / "manifest.json").read_text())


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_pages_hold_no_inline_script_or_style(path: Path):
    found = INLINE.findall(path.read_text())
    assert not found, f"{found}: the content security policy refuses it; use ledger/front/src"


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_every_asset_a_page_names_is_built(path: Path, manifest: dict[str, str]):
    named = set(re.findall(r"asset\('([\w.-]+)'\)", path.read_text()))
    assert named <= manifest.keys()


def test_every_sign_is_in_the_sprite():
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (FRONT / "src" / "icons.svg").read_text()))
    used = {name for path in TEMPLATES for name in ICON.findall(path.read_text())}
    used |= set(ICON_IN_NAVIGATION.findall((PROJECT / "ledger" / "web" / "context.py").read_text()))
    assert used
    assert used <= drawn


@pytest.mark.parametrize("path", STYLES, ids=relative)
def test_styles_hold_on_chromium_83(path: Path):
    code = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    assert not NOT_IN_OLD_STYLES.findall(code)


@pytest.mark.parametrize("path", SCRIPTS, ids=relative)
def test_scripts_call_nothing_that_chromium_83_lacks(path: Path):
    assert not NOT_IN_OLD_SCRIPTS.findall(path.read_text())


def test_built_files_are_compressed_beforehand(manifest: dict[str, str]):
    for name in manifest.values():
        assert {path.name for path in DIST.glob(f"{name}*")} == {name, f"{name}.gz", f"{name}.br"}


def test_versions_are_exact_and_the_lock_names_no_server():
    package = json.loads((FRONT / "package.json").read_text())
    versions = [*package["dependencies"].values(), *package["devDependencies"].values()]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions)
    assert '"resolved"' not in (FRONT / "package-lock.json").read_text()


def test_the_decoder_finds_its_own_engine(manifest: dict[str, str]):
    decoder = (DIST / manifest["decoder.js"]).read_text()

    assert manifest["zxing_reader.wasm"] in decoder, "the decoder loads it by its name, beside itself"
    assert (DIST / manifest["zxing_reader.wasm"]).read_bytes().startswith(b"\0asm")


@pytest.fixture(scope="module")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Texts that a camera, a scanner or a person may bring, each with the code that the server reads in it, or null."""
    path = tmp_path_factory.mktemp("vectors") / "codes.json"
    path.write_text(json.dumps([(text, code_in(text)) for _ in range(100) for text in spellings(new_code())]))
    return path


def spellings(code: str) -> list[str]:
    pick = random.Random(code)  # noqa: S311 - any will do
    at = pick.randrange(LENGTH)
    full_width = "".join(chr(ord(sign) + 0xFEE0) for sign in code)
    return [
        code,
        f" {shown(code).lower()}\r\n",
        f"HTTPS://LEDGER.EXAMPLE/Q/{code}",
        f"{full_width[:4]}\N{IDEOGRAPHIC SPACE}{full_width[4:]}",
        shown(code).replace("-", "–"),
        code.replace("0", "O").replace("1", "l"),
        code[:at] + pick.choice(ALPHABET) + code[at + 1 :],
        code[:at] + pick.choice("ILOU-品") + code[at + 1 :],
        code[:at] + code[at + 1 : at + 2] + code[at : at + 1] + code[at + 2 :],
        code[:-1],
        f"{code}0",
        f"{code}/",
        "6901234567892",
        "",
    ]


def code_in(text: str) -> str | None:
    try:
        return read_code(text)
    except BadCode:
        return None


@pytest.mark.parametrize("path", sorted((PROJECT / "tests" / "front").glob("*.test.mjs")), ids=relative)
def test_the_logic_of_the_scripts_holds(path: Path, vectors: Path):
    program = shutil.which("node")
    assert program
    surroundings = {**os.environ, "VECTORS": str(vectors), "TZ": "Asia/Shanghai"}

    run = subprocess.run(
        [program, "--test", path], env=surroundings, capture_output=True, text=True, timeout=60, check=False
    )

    assert run.returncode == 0, run.stdout
