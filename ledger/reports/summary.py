"""The summary (活动总结) of an event, from its sealed content."""

from ledger.papers.content import Manifest
from ledger.papers.report import ReportData

TITLE = "{name}活动总结"


def summary_of(content: Manifest) -> ReportData:
    """Return what the summary says. It is dated as the event was closed, so that it is the same whenever it is made."""
    return ReportData(
        bureau=content["bureau"],
        title=TITLE.format(name=content["event"]["name"]),
        manifest_number=content["number"],
        event=content["event"],
        totals=content["totals"],
        by_unit=content["by_unit"],
        by_class=content["by_class"],
        exceptions=content["exceptions"],
        differences=len(content["differences"]),
        runs=len(content["runs"]),
        supervisors=[person["name"] for person in content["supervisors"]],
        pictures_in_all=content["pictures_in_all"],
        made_at=content["closed_at"],
    )
