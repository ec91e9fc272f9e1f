"""docs/reference/operator-api.md: the operations of /v1, from their table."""

from __future__ import annotations

from angarium.flows.operators import SCOPES
from angarium.operator_api.problems import KINDS
from angarium.operator_api.table import TABLE
from docs._generate.tables import code, document, section, table


def page() -> str:
    """Operations by what they are about, scopes, and problems."""
    by_tag: dict[str, list[tuple[str, str, str]]] = {}
    for each in TABLE:
        row = (code(f"{each.method} {each.path}"), code(each.scope.value), each.summary)
        by_tag.setdefault(each.tag, []).append(row)
    head = ("Operation", "Scope", "What it does")
    operations = [section(tag.capitalize(), "", table(head, rows)) for tag, rows in by_tag.items()]
    problems = [(code(name.value), str(kind.status), kind.title, kind.cure) for name, kind in KINDS.items()]
    return document(
        "Operator's API",
        "Parameters, bodies and replies are in the document of the running server: `/openapi.json` for machines,\n"
        "`/openapi` for people. How to begin is in [the guide](../guide/operator-api.md).",
        *operations,
        section("Scopes", "", table(("Scope", "Allows"), ((code(each.value), said) for each, said in SCOPES.items()))),
        section(
            "Problems",
            "An error is a problem document (RFC 9457); programs look at its `code`.",
            table(("Code", "HTTP", "What it means", "What to do"), problems),
        ),
    )
