"""The OpenAPI 3.1 document, made from the table of operations and from what is said of the REST API beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from angarium.flows.operators import SCOPES
from angarium.operator_api.operations import Operation, Table
from angarium.operator_api.problems import CONTENT_TYPE, KINDS, RETRY_AFTER_S, Code, Problem
from angarium.operator_api.values import NoReply

Json = dict[str, Any]

_REF: Final = "#/components/schemas/{name}"
_SECURITY: Final = "operator_token"
_ABOUT: Final = """\
The API of a self-hosted SMS gateway: `/rest` for the programs of customers, `/v1` for operators and their consoles.

`/v1`: JSON in and out. Times are RFC 3339, UTC. Credits are strings with six decimals, so that no reader rounds them.
Ids of messages are those that customers know. Lists come in pages: give `next` of one page as `cursor` of the next.
Members and query parameters that are not known are refused. Every change leaves a row in the audit log.

What goes wrong is said as `application/problem+json` (RFC 9457): `code` for programs, `detail` and `cure` for people,
`field` for the value that is meant.

Operator tokens are made with `angarium operator token create NAME --scope SCOPE`. The scopes:
"""


def describe(table: Table, *, version: str, others: Mapping[str, Any]) -> Json:
    """The document. `others` may have `tags`, `paths` and `components`, which are taken over as they are."""
    types = [each for operation in table for each in (operation.parameters, operation.body, operation.reply)]
    shapes, components = msgspec.json.schema_components([Problem, *dict.fromkeys(types)], ref_template=_REF)
    refs = dict(zip([Problem, *dict.fromkeys(types)], shapes, strict=True))
    paths: Json = {}
    for operation in table:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, refs, components)
    used = _used(paths, components)
    shared: Json = dict(others.get("components", {}))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Angarium",
            "version": version,
            "description": _ABOUT + "".join(f"\n- `{scope}`: {said}" for scope, said in SCOPES.items()),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [*others.get("tags", []), *({"name": tag} for tag in dict.fromkeys(each.tag for each in table))],
        "paths": {**others.get("paths", {}), **paths},
        "components": {
            **shared,
            "schemas": {**shared.get("schemas", {}), **used},
            "securitySchemes": {
                **shared.get("securitySchemes", {}),
                _SECURITY: {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An operator token with the scope that the operation names.",
                },
            },
        },
    }


def _operation(operation: Operation[Any, Any, Any], refs: Mapping[Any, Json], components: Mapping[str, Json]) -> Json:
    said: Json = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": f"{operation.description}\n\nScope: `{operation.scope}`.".strip(),
        "security": [{_SECURITY: [str(operation.scope)]}],
        "parameters": _parameters(operation, refs, components),
        "responses": {str(operation.status): _success(operation, refs)},
    }
    if operation.has_body:
        said["requestBody"] = {"required": True, "content": {"application/json": {"schema": refs[operation.body]}}}
    for code in operation.all_problems:
        said["responses"][str(KINDS[code].status)] = _problem(code, refs)
    return said


def _parameters(
    operation: Operation[Any, Any, Any], refs: Mapping[Any, Json], components: Mapping[str, Json]
) -> list[Json]:
    shape = _resolved(refs[operation.parameters], components)
    parameters: list[Json] = []
    for name, schema in shape.get("properties", {}).items():
        is_place = name in operation.places
        schema, description = _queried(schema)
        parameters.append(
            {
                "name": name,
                "in": "path" if is_place else "query",
                "required": is_place or name in shape.get("required", []),
                **({"description": description} if description else {}),
                "schema": schema,
            }
        )
    return parameters


def _queried(schema: Json) -> tuple[Json, str]:
    """A parameter's schema without null, which a query cannot say, and its description apart."""
    schema = dict(schema)
    if "anyOf" in schema:
        kinds = [kind for kind in schema.pop("anyOf") if kind.get("type") != "null"]
        schema = {**schema, **kinds[0]} if len(kinds) == 1 else {**schema, "anyOf": kinds}
    if schema.get("default", 0) is None:
        del schema["default"]
    if "enum" in schema:
        schema["enum"] = [value for value in schema["enum"] if value is not None]
    return schema, str(schema.pop("description", ""))


def _success(operation: Operation[Any, Any, Any], refs: Mapping[Any, Json]) -> Json:
    if operation.reply is NoReply:
        return {"description": "Done."}
    if operation.streams:
        return {"description": "Done.", "content": {each: {"schema": {"type": "string"}} for each in operation.streams}}
    return {"description": "Done.", "content": {"application/json": {"schema": refs[operation.reply]}}}


def _problem(code: Code, refs: Mapping[Any, Json]) -> Json:
    kind = KINDS[code]
    said: Json = {
        "description": f"`{code}`: {kind.title}. {kind.cure}",
        "content": {CONTENT_TYPE.decode(): {"schema": refs[Problem]}},
    }
    if kind.status in {429, 503}:
        said["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": f"{RETRY_AFTER_S} s."}}
    elif kind.status == 401:
        said["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}, "description": "Bearer."}}
    return said


def _resolved(schema: Json, components: Mapping[str, Json]) -> Json:
    reference = schema.get("$ref")
    return schema if reference is None else components[reference.rpartition("/")[2]]


def _used(paths: Json, components: Mapping[str, Json]) -> Json:
    """The components that the paths lead to: those of path and query have become parameters."""
    used: Json = {}
    waiting: list[Any] = [paths]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            name = str(each.get("$ref", "")).rpartition("/")[2]
            if name and name not in used:
                used[name] = components[name]
                waiting.append(components[name])
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)
    return dict(sorted(used.items()))
