"""One unit's share of a sealed manifest, in the manifest's own shape: what is made of the whole can be made of it."""

from collections.abc import Iterable
from decimal import Decimal

from ledger.manifests.pieces import sums
from ledger.papers.content import CategoryRow, ClassGroup, Manifest, ManifestLine, ManifestUnit, Totals, UnitSum
from ledger.papers.words import ENV_CLASSES

Mine = tuple[int, ManifestLine]
"""The number of a line's case within its unit, and the line."""


def share_of(content: Manifest, code: str, *, pictures: int) -> Manifest | None:
    """Return the share of the unit with this code, None if the manifest names no goods of it.

    pictures is how many it took. Runs and receivers are left out, which had other units' goods, too; so are weights and
    batches of categories, because batches were weighed, and not all of a line's batches need have been destroyed.
    """
    unit = next((unit for unit in content["units"] if unit["code"] == code), None)
    if unit is None:
        return None
    numbers = {line["no"] for case in unit["cases"] for line in case["lines"]}
    ran = {number for case in unit["cases"] for line in case["lines"] for number in line["runs"]}
    sites = {run["site"] for run in content["runs"] if run["number"] in ran}
    own = UnitSum(code=unit["code"], name=unit["name"], totals=unit["totals"])
    return {
        **content,
        "bureau": unit["name"],
        "event": {**content["event"], "sites": [site for site in content["event"]["sites"] if site["name"] in sites]},
        "totals": unit["totals"],
        "by_unit": [own] if unit["totals"]["lines"] else [],
        "by_class": _by_class(unit),
        "receivers": [],
        "runs": [],
        "units": [unit],
        "points": [],
        "differences": [each for each in content["differences"] if each["no"] in numbers],
        "exceptions": [each for each in content["exceptions"] if each["unit"] == unit["name"]],
        "waivers": [each for each in content.get("waivers", []) if each["unit"] == unit["name"]],
        "approvals": [each for each in content["approvals"] if each["unit"] == unit["name"]],
        "supervisors": [each for each in content["supervisors"] if sites & set(each["site"].split("、"))],
        "pictures": [],
        "pictures_in_all": pictures,
    }


def destroyed(unit: ManifestUnit) -> Iterable[Mine]:
    """Yield the lines of a unit of which something was destroyed."""
    for number, case in enumerate(unit["cases"]):
        for line in case["lines"]:
            if Decimal(line["quantity"]):
                yield number, line


def _by_class(unit: ManifestUnit) -> list[ClassGroup]:
    groups = []
    for env_class in ENV_CLASSES:
        mine = [each for each in destroyed(unit) if each[1]["env_class"] == env_class]
        keys = sorted({(line["category"], line["method"]) for _, line in mine})
        rows = [
            CategoryRow(
                category=category,
                method=method,
                totals=_totals(each for each in mine if (each[1]["category"], each[1]["method"]) == (category, method)),
            )
            for category, method in keys
        ]
        if rows:
            groups.append(ClassGroup(env_class=env_class, rows=rows, totals=_totals(mine)))
    return groups


def _totals(mine: Iterable[Mine]) -> Totals:
    cases, lines = zip(*mine, strict=True)
    values = [Decimal(line["value"]) for line in lines if line["value"]]
    return Totals(
        units=1,
        cases=len(set(cases)),
        lines=len(lines),
        batches=0,
        by_measure=sums((line["measure"], Decimal(line["quantity"])) for line in lines),
        net_kg="",
        value=f"{sum(values, Decimal(0)):.2f}" if values else "",
    )
