"""What the papers after an event say, from its sealed content: summary, extract for a unit, certificate."""

from collections.abc import Sequence
from decimal import Decimal

from ledger.manifests.models import Manifest as Sealing
from ledger.manifests.pieces import sums
from ledger.papers import report_words as words
from ledger.papers.content import Manifest
from ledger.papers.extract import CertificateData, Extract, Sealed
from ledger.papers.reported import Chosen, ReportData
from ledger.reports.breakdown import charts_of, events_of
from ledger.reports.share import destroyed


def summary_of(
    content: Manifest, *, unit: str = "", earlier: Sequence[Manifest] = (), chosen: Sequence[Chosen] = ()
) -> ReportData:
    """Return what the summary says; unit is whose share the content is, empty if it is all of it.

    It is dated as the event was closed, so that it is the same whenever it is made.
    """
    name, charts = content["event"]["name"].removesuffix(words.EVENT), charts_of([content])
    return ReportData(
        bureau=content["bureau"],
        unit=unit,
        title=words.UNIT_TITLE.format(unit=unit, name=name) if unit else words.TITLE.format(name=name),
        manifest_number=content["number"],
        event=content["event"],
        totals=content["totals"],
        by_unit=content["by_unit"],
        by_class=content["by_class"],
        charts=[chart for chart in charts if not (unit and chart["key"] == "unit")],
        events=events_of([*earlier, content]),
        exceptions=content["exceptions"],
        differences=len(content["differences"]),
        runs=len(content["runs"]),
        supervisors=[person["name"] for person in content["supervisors"]],
        pictures_in_all=content["pictures_in_all"],
        chosen=list(chosen),
        made_at=content["closed_at"],
    )


def extract_of(manifest: Sealing, share: Manifest) -> Extract:
    """Return what the extract for a unit says, of its share."""
    return Extract(sealed=_sealed(manifest), content=share)


def certificate_of(manifest: Sealing, content: Manifest, receiver: str) -> CertificateData | None:
    """Return what the certificate of a receiver says, by its name; None if it took nothing."""
    papers = [row for row in content["receivers"] if row["name"] == receiver]
    if not papers:
        return None
    runs = [run for run in content["runs"] if run["receiver"] == receiver and run["batches"]]
    own = {run["number"] for run in runs}
    lines = [line for unit in content["units"] for _, line in destroyed(unit) if own.intersection(line["runs"])]
    alone = [line for line in lines if own.issuperset(line["runs"])]
    return CertificateData(
        sealed=_sealed(manifest),
        bureau=content["bureau"],
        event=content["event"]["name"],
        receiver=receiver,
        papers=papers,
        runs=runs,
        by_measure=sums((line["measure"], Decimal(line["quantity"])) for line in alone),
        shared=len(lines) - len(alone),
    )


def _sealed(manifest: Sealing) -> Sealed:
    return Sealed(
        manifest=manifest.number,
        digest=manifest.sha256,
        seq=manifest.sealed_seq,
        sealed_at=manifest.sealed_at.isoformat(),
    )
