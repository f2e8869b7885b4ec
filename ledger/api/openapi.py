"""The description of the interface (OpenAPI 3.1), made of the tables that bodies are read by."""

from flask import jsonify
from flask.typing import ResponseReturnValue

from ledger.api.fields import LARGEST_KEY, Schema, schema_of
from ledger.api.v1 import events, photos, scans, stocktakes
from ledger.events.workflow import State
from ledger.scanning.rules import WAY, Outcome, Reason, Sample
from ledger.stocktake.rules import Taken
from ledger.web.access import open_to_all

VERSION = "1"

_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_MOMENT: Schema = {"type": "string", "format": "date-time"}


def _object(**members: Schema) -> Schema:
    return {"type": "object", "required": list(members), "properties": members}


SCHEMAS: dict[str, Schema] = {
    "Error": _object(error={**_TEXT, "description": "For programs."}, message={**_TEXT, "description": "For people."}),
    "Scans": schema_of(scans.LUMP),
    "Result": {
        "type": "object",
        "required": ["id", "verdict", "reason", "message"],
        "properties": {
            "id": _TEXT,
            "verdict": {"type": "string", "enum": [outcome.value for outcome in Outcome]},
            "reason": {"type": ["string", "null"], "enum": [*(reason.value for reason in Reason), None]},
            "message": {**_TEXT, "description": "For the person who scanned, in their language."},
            "goods": {**_TEXT, "description": "Whose batch it is, and which of how many."},
            "first": _object(at=_MOMENT, by=_TEXT, device=_TEXT),
        },
    },
    "Results": _object(results={"type": "array", "items": {"$ref": "#/components/schemas/Result"}}),
    "Pictures": schema_of(photos.LUMP),
    "KeptPictures": _object(
        results={
            "type": "array",
            "items": _object(id=_TEXT, verdict={"type": "string", "enum": ["ok", "refused"]}, message=_TEXT),
        }
    ),
    "Figures": schema_of(stocktakes.LUMP),
    "KeptFigures": _object(
        results={
            "type": "array",
            "items": _object(
                id=_TEXT,
                taken={"type": "string", "enum": [taken.value for taken in Taken]},
                message={**_TEXT, "description": "For the person who counted, in their language."},
                received_at=_MOMENT,
            ),
        }
    ),
    "Device": schema_of(events.DEVICE),
    "Ticket": _object(
        number=_COUNT, ticket={**_TEXT, "description": "Sent as “Authorization: Ticket …”; 72 hours beyond the work."}
    ),
    "Tally": schema_of(events.TALLY),
    "Taken": _object(
        scans=_COUNT,
        digest=_TEXT,
        arrived=_COUNT,
        forgotten=_COUNT,
        offset_ms={"type": ["integer", "null"]},
        version=_TEXT,
    ),
    "Pack": _object(
        event=_COUNT,
        is_open={"type": "boolean"},
        runs={"type": "array", "items": {"$ref": "#/components/schemas/Run"}},
        batches={"type": "array", "items": {"$ref": "#/components/schemas/Batch"}},
    ),
    "Run": _object(number=_COUNT, method=_TEXT, site=_TEXT, takes_hazardous={"type": "boolean"}),
    "Batch": _object(
        code=_TEXT,
        goods=_TEXT,
        place={**_TEXT, "description": "Whose batch it is, and which of how many."},
        method=_TEXT,
        is_expected={"type": "boolean"},
        hold={"type": ["string", "null"]},
        sample={"type": ["string", "null"], "enum": [*Sample, None]},
        is_hazardous={"type": "boolean"},
        papers_are_good={"type": "boolean"},
        passed={"type": "object", "description": "By stage: id of the scan, at, by and device."},
    ),
    "Progress": _object(
        event=_COUNT,
        state={"type": "string", "enum": [state.value for state in State]},
        expected=_COUNT,
        passed=_object(**{stage.value: _COUNT for stage in WAY}),
    ),
}

_EVENT: Schema = {
    "name": "event_id",
    "in": "path",
    "required": True,
    "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST_KEY},
}
_TOKEN: Schema = {
    "name": "X-CSRFToken",
    "in": "header",
    "required": True,
    "description": "The token of the session, as the pages carry it.",
    "schema": _TEXT,
}


_BY_DEVICES: list[dict[str, list[str]]] = [{"session": []}, {"ticket": []}]


def _content(schema: str) -> Schema:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _answers(schema: str, *errors: str) -> dict[str, Schema]:
    wrong: dict[str, Schema] = {
        status: {"description": "Refused; nothing was kept.", "content": _content("Error")} for status in errors
    }
    done: dict[str, Schema] = {"200": {"description": "Done.", "content": _content(schema)}}
    return done | wrong


PATHS: dict[str, Schema] = {
    "/api/v1/scans": {
        "post": {
            "summary": "Keep scans and answer what became of each.",
            "parameters": [{**_TOKEN, "required": False}],
            "security": _BY_DEVICES,
            "requestBody": {"required": True, "content": _content("Scans")},
            "responses": _answers("Results", "400", "401", "403", "413", "422"),
        }
    },
    "/api/v1/stocktakes/{stocktake_id}/figures": {
        "post": {
            "summary": "Keep figures of a count and answer what became of each.",
            "parameters": [{**_EVENT, "name": "stocktake_id"}, _TOKEN],
            "requestBody": {"required": True, "content": _content("Figures")},
            "responses": _answers("KeptFigures", "400", "401", "403", "404", "422"),
        }
    },
    "/api/v1/events/{event_id}/devices": {
        "post": {
            "summary": "Give a device its number and a ticket for its scans.",
            "parameters": [_EVENT, _TOKEN],
            "requestBody": {"required": True, "content": _content("Device")},
            "responses": _answers("Ticket", "400", "401", "403", "404", "409", "422"),
        }
    },
    "/api/v1/photos": {
        "post": {
            "summary": "Keep pictures that were taken on site, and answer what became of each.",
            "parameters": [{**_TOKEN, "required": False}],
            "security": _BY_DEVICES,
            "requestBody": {"required": True, "content": _content("Pictures")},
            "responses": _answers("KeptPictures", "400", "401", "403", "404", "413", "422"),
        }
    },
    "/api/v1/events/{event_id}/tally": {
        "post": {
            "summary": "Report that a device has nothing left.",
            "parameters": [_EVENT],
            "security": [{"ticket": []}],
            "requestBody": {"required": True, "content": _content("Tally")},
            "responses": _answers("Taken", "401", "404", "409", "422"),
        }
    },
    "/api/v1/events/{event_id}/pack": {
        "get": {
            "summary": "What a device needs to judge scans offline.",
            "parameters": [_EVENT],
            "security": _BY_DEVICES,
            "responses": _answers("Pack", "401", "403", "404")
            | {"304": {"description": "As the asker knows it (If-None-Match)."}},
        }
    },
    "/api/v1/events/{event_id}/progress": {
        "get": {
            "summary": "How many batches passed each stage.",
            "parameters": [_EVENT],
            "responses": _answers("Progress", "401", "403", "404")
            | {"304": {"description": "As the asker knows it (If-None-Match)."}},
        }
    },
}


@open_to_all
def describe() -> ResponseReturnValue:
    """Describe the interface."""
    return jsonify(
        openapi="3.1.0",
        info={"title": "Ledger of confiscated goods", "version": VERSION},
        paths=PATHS,
        components={
            "schemas": SCHEMAS,
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "ledger"},
                "ticket": {"type": "apiKey", "in": "header", "name": "Authorization"},
            },
        },
        security=[{"session": []}],
    )
