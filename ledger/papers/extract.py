"""What a sealed manifest says of one unit's goods (销毁清单摘录), and the certificate of destruction of one receiver.

Both rest on the manifest, whose number and digest they name.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO, TypedDict

from ledger.papers import figures, words
from ledger.papers import form_words as forms
from ledger.papers.content import Manifest, ReceiverRow, RunRow, Sum
from ledger.papers.details import draw_lines
from ledger.papers.fonts import check_printable
from ledger.papers.paper import Paper
from ledger.papers.pdf import About
from ledger.papers.signers import draw_signers
from ledger.papers.table import Row, Table, columns

_RUNS = (13, 46, 27, 19, 19, 12, 20)
_END = 82.0
"""What statement and signatures take together: whoever signs sees what it is for."""


class Sealed(TypedDict):
    """A sealed manifest, as papers refer to it."""

    manifest: str
    """Its number."""
    digest: str
    """SHA-256 of manifest.json, hexadecimal."""
    seq: int
    """The journal entry that holds the digest."""
    sealed_at: str


class Extract(TypedDict):
    """A share of a manifest, and the manifest."""

    sealed: Sealed
    content: Manifest


class CertificateData(TypedDict):
    """What one receiver took and destroyed."""

    sealed: Sealed
    bureau: str
    event: str
    receiver: str
    papers: list[ReceiverRow]
    """A row for each environmental class."""
    runs: list[RunRow]
    by_measure: list[Sum]
    """Of the lines that went into these runs alone."""
    shared: int
    """How many lines went into runs of other receivers, too."""


def draw_extract(extract: Extract, target: BinaryIO | Path) -> int:
    """Draw the extract and return how many pages it has. Raises NotPrintable if no font has a character of it."""
    check_printable(extract)
    content, sealed = extract["content"], extract["sealed"]
    paper = _paper(target, forms.EXTRACT_TITLE, content["bureau"], sealed)
    totals, event = content["totals"], content["event"]
    paper.form(forms.EXTRACT_EVENT, event["name"], forms.EXTRACT_DAY, figures.day(event["day"]))
    paper.form(forms.RECORD_PLACE, "、".join(site["name"] for site in event["sites"]) or words.NOTHING)
    paper.form(forms.RECORD_TOTALS, figures.sums(totals["by_measure"]))
    value = words.YUAN.format(n=figures.money(totals["value"])) if totals["value"] else words.NOTHING
    paper.form(words.NET, words.KILOGRAMS.format(n=figures.weight(totals["net_kg"])), forms.RECORD_VALUE, value)
    paper.y += 3
    draw_lines(paper, content)
    paper.end()
    paper.need(_END)
    _draw_source(paper, sealed)
    draw_signers(paper, forms.EXTRACT_SIGNERS)
    paper.y += 1
    paper.note(forms.EXTRACT_SOURCE)
    return paper.finish()


def draw_certificate(said: CertificateData, target: BinaryIO | Path) -> int:
    """Draw the certificate for the receiver's stamp and return how many pages it has. Raises NotPrintable."""
    check_printable(said)
    sealed, papers, runs = said["sealed"], said["papers"], said["runs"]
    paper = _paper(target, forms.CERTIFICATE_TITLE, said["bureau"], sealed)
    net = figures.weight(str(sum((Decimal(row["net_kg"]) for row in papers), Decimal(0))))
    paper.form(forms.CERTIFICATE_RECEIVER, said["receiver"])
    paper.form(forms.EXTRACT_EVENT, said["event"])
    for row in papers:
        kind = words.ENV_CLASSES[row["env_class"]]
        paper.form(forms.CERTIFICATE_CLASS, kind, words.NET, words.KILOGRAMS.format(n=figures.weight(row["net_kg"])))
        if row["licence"] or row["form_no"]:
            licence, form_no = row["licence"] or words.NOTHING, row["form_no"] or words.NOTHING
            paper.form(forms.CERTIFICATE_LICENCE, licence, forms.CERTIFICATE_FORM, form_no)
    quantity = figures.sums(said["by_measure"])
    shared = forms.CERTIFICATE_SHARED.format(n=said["shared"]) if said["shared"] else ""
    paper.form(forms.RECORD_TOTALS, quantity + shared)
    paper.y += 3
    shape = columns(forms.CERTIFICATE_HEADS, _RUNS, "CllCCRR")
    total = Row([words.TOTAL, "", "", "", "", str(sum(run["batches"] for run in runs)), net], is_sum=True)
    Table(paper, shape).draw([*_runs(runs), total])
    paper.end()
    paper.need(_END)
    _draw_source(paper, sealed)
    paper.form(forms.CERTIFICATE_LABEL, forms.CERTIFICATE_STATEMENT.format(bureau=said["bureau"], net=net))
    draw_signers(paper, forms.CERTIFICATE_SIGNERS)
    return paper.finish()


def _paper(target: BinaryIO | Path, title: str, unit: str, sealed: Sealed) -> Paper:
    at = datetime.fromisoformat(sealed["sealed_at"]).astimezone(figures.BEIJING)
    about = About(title=f"{title} {unit}", author=unit, made_at=at)
    digest = figures.short_digest(sealed["digest"])
    paper = Paper(target, about=about, head=(f"{title}　{unit}", sealed["manifest"]), digest=digest)
    paper.form_head(unit, title, sealed["manifest"])
    return paper


def _draw_source(paper: Paper, sealed: Sealed) -> None:
    paper.form(forms.RECORD_MANIFEST, sealed["manifest"])
    paper.form(forms.MANIFEST_DIGEST, figures.digest(sealed["digest"]))
    paper.form(forms.JOURNAL, forms.ENTRY.format(seq=sealed["seq"], at=figures.moment(sealed["sealed_at"])))


def _runs(runs: list[RunRow]) -> Iterator[Row]:
    for run in runs:
        times = (figures.clock_of_day(run["started_at"]), figures.clock_of_day(run["finished_at"]))
        net = figures.weight(run["net_kg"])
        yield Row([str(run["number"]), run["site"], run["method"], *times, str(run["batches"]), net])
