"""The page on top of an archive: what is in it, what for, and how to check it in ten years."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from itertools import groupby
from pathlib import Path
from string import Template
from urllib.parse import quote

from ledger.reports.parcel import Packed

INDEX_PAGE = "index.html"


@dataclass(frozen=True, slots=True)
class Facts:
    """Whose archive it is, of which state of the journal, and how long it is to be kept."""

    number: str
    event: str
    day: str
    unit: str
    entries: int
    checkpoint_at: str
    retention_years: int
    keep_until: str


_PAGE = Path(__file__).with_suffix(".html")


def index_page(facts: Facts, files: Iterable[Packed], *, verifier: str) -> bytes:
    """Return the page as HTML: every file with its link, its size in bytes and its SHA-256, folder by folder.

    verifier is the name of the page among them that checks the manifest.
    """
    tables = []
    for folder, group in groupby(files, key=lambda each: each.name.partition("/")[0]):
        rows = "".join(
            f'<tr><td><a href="{quote(each.name)}">{escape(each.name.partition("/")[2])}</a></td>'
            f'<td class="n">{each.size:,}</td><td><code>{each.sha256}</code></td></tr>\n'
            for each in group
        )
        heads = "<tr><th>文件</th><th>字节</th><th>SHA-256</th></tr>"
        tables.append(f"<h2>{escape(folder)}</h2>\n<table>{heads}\n{rows}</table>")
    said = {name: escape(str(getattr(facts, name))) for name in Facts.__slots__}
    page = Template(_PAGE.read_text("utf-8"))
    return page.substitute(said, verifier=quote(verifier), tables="\n".join(tables)).encode()
