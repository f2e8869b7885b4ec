"""The content of the record of one case's destroyed goods, from the manifest that was sealed."""

from collections.abc import Iterator, Mapping
from typing import cast

import orjson
from sqlalchemy.orm import Session

from ledger.cases.models import Case
from ledger.manifests.models import Manifest
from ledger.manifests.queries import applications_behind
from ledger.papers import content as shape
from ledger.papers.figures import decision
from ledger.papers.record import Approved, CaseRecord, Watched


def record_of(session: Session, manifest: Manifest, case: Case) -> CaseRecord | None:
    """Return what the record of a case says by this manifest; None if the manifest does not name its goods.

    What the tables are asked is the cause and the party, which no manifest tells outsiders, and which of the sealed
    approvals are those of this case's goods.
    """
    content, items = cast(shape.Manifest, orjson.loads(manifest.content)), {item.id for item in case.items}
    found = (
        (unit["name"], each)
        for unit in content["units"]
        for each in unit["cases"]
        if any(line["item"] in items for line in each["lines"])
    )
    return next((_record(session, manifest, content, case, said) for said in found), None)


def records_of(
    session: Session, manifest: Manifest, content: shape.Manifest, cases: Mapping[int, Case]
) -> Iterator[tuple[Case, CaseRecord]]:
    """Yield the record of every case of a manifest, whose content is read already; cases are by their lines' ids."""
    for unit in content["units"]:
        for mine in unit["cases"]:
            case = cases[mine["lines"][0]["item"]]
            yield case, _record(session, manifest, content, case, (unit["name"], mine))


def _record(
    session: Session, manifest: Manifest, content: shape.Manifest, case: Case, said: tuple[str, shape.ManifestCase]
) -> CaseRecord:
    """Return the record of a case, of which the content says this under a unit of that name."""
    unit, mine = said
    numbers = {line["no"] for line in mine["lines"]}
    ran = {number for line in mine["lines"] for number in line["runs"]}
    runs = [run for run in content["runs"] if run["number"] in ran]
    sites = list(dict.fromkeys(run["site"] for run in runs))
    applied = applications_behind(session, manifest, case)
    return CaseRecord(
        unit=unit,
        case=mine["number"],
        cause=case.cause,
        party=case.party,
        decision=decision(mine["decision"], mine["served_on"]),
        approvals=[
            Approved(number=each["number"], at=each["steps"][-1]["at"])
            for each in content["approvals"]
            if each["number"] in applied
        ],
        legal_basis=content["legal_basis"],
        sites=[_place(site) for site in content["event"]["sites"] if site["name"] in sites],
        started_at=min((run["started_at"] for run in runs), default=""),
        finished_at=max((line["finished_at"] for line in mine["lines"]), default=""),
        lines=mine["lines"],
        totals=mine["totals"],
        differences=[each for each in content["differences"] if each["no"] in numbers],
        supervisors=[
            Watched(name=each["name"], organisation=each["organisation"], at=each["signed_at"])
            for each in content["supervisors"]
            if set(each["site"].split("、")) & set(sites)
        ],
        manifest=manifest.number,
        digest=manifest.sha256,
        seq=manifest.sealed_seq,
        sealed_at=manifest.sealed_at.isoformat(),
    )


def _place(site: shape.Site) -> str:
    return f"{site['name']}（{site['address']}）" if site["address"] else site["name"]
