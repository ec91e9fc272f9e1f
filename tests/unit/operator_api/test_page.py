"""The readable page: all of the document, and nothing that a browser would fetch or run."""

from __future__ import annotations

import base64
import re
from hashlib import sha256
from typing import Any

from angarium.operator_api.document import describe
from angarium.operator_api.page import STYLE_POLICY, page
from angarium.operator_api.problems import Code
from angarium.operator_api.table import TABLE
from angarium.rest import description
from angarium.rest.codes import SPELLINGS

DOCUMENT = describe(TABLE, version="1.2.3", others=description.DOCUMENT)
PAGE = page(DOCUMENT).decode()


def test_every_operation_and_schema_is_on_the_page() -> None:
    """Each with an anchor, and every link of the page leads to one."""
    anchors = re.findall(r' id="([^"]+)"', PAGE)
    names = [operation["operationId"] for item in DOCUMENT["paths"].values() for operation in item.values()]

    assert len(set(anchors)) == len(anchors)
    assert set(names) <= set(anchors)
    assert {f"schema-{name}" for name in DOCUMENT["components"]["schemas"]} <= set(anchors)
    assert set(re.findall(r'href="#([^"]+)"', PAGE)) <= set(anchors)


def test_every_problem_that_an_operation_may_answer_is_explained() -> None:
    """Under the anchor that its `type` names."""
    codes = {code for operation in TABLE for code in operation.all_problems}

    assert {code for code in Code if f'id="problem-{code}"' in PAGE} == codes


def test_the_page_needs_nothing_else() -> None:
    """No script, no other host, and its one style sheet is the one that its policy allows."""
    style = re.search(r"<style>(.*)</style>", PAGE, re.DOTALL)

    assert style is not None
    assert base64.b64encode(sha256(style[1].encode()).digest()) in STYLE_POLICY
    assert re.findall(r'<script|style="|src=|://', PAGE) == []


def test_what_stands_in_the_document_is_text_on_the_page() -> None:
    """A description that looks like HTML is shown, not obeyed."""
    hostile: dict[str, Any] = {**DOCUMENT, "info": {**DOCUMENT["info"], "title": "<b>", "description": "<i> & `<u>`"}}

    shown = page(hostile).decode()

    assert "<h1>&lt;b&gt;" in shown
    assert "&lt;i&gt; &amp; <code>&lt;u&gt;</code>" in shown


def test_every_code_of_the_rest_api_is_in_its_description() -> None:
    """With the status that it has (rest-api 5)."""
    said = {
        (int(status), code)
        for path, item in description.DOCUMENT["paths"].items()
        for operation in item.values()
        for status, answer in operation["responses"].items()
        for code in re.findall(r"`([0-9]{3})`", answer["description"])
    }

    assert {(spelling.http_status, spelling.code) for spelling in SPELLINGS.values()} <= said
