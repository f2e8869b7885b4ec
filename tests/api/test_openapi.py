"""The description of the interface says what is there."""

import re
from collections.abc import Iterator

import pytest
from databases import ON_SQLITE
from lumps import lump_of, scan_of, send

from ledger.api.openapi import SCHEMAS

pytestmark = ON_SQLITE
NOT_DESCRIBED = {"/api/openapi.json"}


@pytest.fixture
def described(stranger):
    """The description, as anybody may read it."""
    return stranger.get("/api/openapi.json").json


def test_every_address_and_method_is_described_and_no_other(app, described):
    there = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/") and rule.rule not in NOT_DESCRIBED
    }

    assert there == {(path, method) for path, methods in described["paths"].items() for method in methods}
    assert described["openapi"].startswith("3.1")


def test_every_reference_leads_somewhere(described):
    names = set(references(described))

    assert names
    assert names <= set(described["components"]["schemas"])


def references(node: object) -> Iterator[str]:
    """Yield the names of the schemas that are referred to."""
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"].removeprefix("#/components/schemas/")
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_the_parameters_of_an_address_are_described(described):
    for path, methods in described["paths"].items():
        for method in methods.values():
            named = {parameter["name"] for parameter in method["parameters"] if parameter["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path))


def test_what_is_sent_and_answered_fits_the_description(day, guo):
    run = day.open_run()
    scans = [
        scan_of(day, vehicle="闽D 12345", note="x", seal="whole", gross_kg="1.5"),
        scan_of(day),
        scan_of(day, "destroy", run=run.number),
        scan_of(day, code="x"),
    ]
    sent, results = lump_of(*scans), send(guo, *scans)

    assert fits(sent, SCHEMAS["Scans"]) == []
    assert fits({"results": results}, SCHEMAS["Results"]) == []
    assert fits({**sent, "device": ""}, SCHEMAS["Scans"]) == ["device"]
    assert fits({"results": [{**results[0], "verdict": "maybe"}]}, SCHEMAS["Results"]) == ["results[0].verdict"]


def test_a_refusal_fits_the_description(guo):
    answer = guo.send("/api/v1/scans", {}, status=422)

    assert fits(answer, SCHEMAS["Error"]) == []


TYPES = {"string": str, "integer": int, "array": list, "object": dict, "null": type(None)}


def fits(value: object, schema: dict, where: str = "") -> list[str]:
    """Return where value is not as the part of JSON Schema that the description uses says."""
    if "$ref" in schema:
        schema = SCHEMAS[schema["$ref"].rsplit("/", 1)[-1]]
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not isinstance(value, tuple(TYPES[name] for name in types)):
        return [where]
    faults = [where] if "enum" in schema and value not in schema["enum"] else []
    if isinstance(value, str):
        is_right = len(value) in range(schema.get("minLength", 0), schema.get("maxLength", 10_000) + 1)
        faults += [] if is_right and re.search(schema.get("pattern", ""), value) else [where]
    if isinstance(value, list):
        faults += [
            fault for place, each in enumerate(value) for fault in fits(each, schema["items"], f"{where}[{place}]")
        ]
    if isinstance(value, dict):
        faults += [name for name in schema["required"] if name not in value]
        known = {name: member for name, member in value.items() if name in schema["properties"]}
        faults += [
            fault
            for name, member in known.items()
            for fault in fits(member, schema["properties"][name], f"{where}.{name}".lstrip("."))
        ]
    return faults
