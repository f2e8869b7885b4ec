import json
import re
from pathlib import Path

import pytest

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
