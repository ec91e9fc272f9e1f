"""The document is true: schemathesis sends what it allows, and what it does not, to the running product.

No answer may be a fault of ours, have a status, header or body that the document does not know, or come too late. The
examples are the same each time, and half of them are about things that exist.
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from angarium import __version__
from angarium.operator_api.document import describe
from angarium.operator_api.table import TABLE
from angarium.rest import description
from tests.product import Product, call

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES_MAX = 15
"""Of each kind, for each operation: all of them together take well under a minute."""
DEADLINE_S = 10.0
DOCUMENT = describe(TABLE, version=__version__, others=description.DOCUMENT)
OPERATIONS = [result.ok() for result in schemathesis.openapi.from_dict(DOCUMENT).get_all_operations()]
NAMES = [operation.definition.raw["operationId"] for operation in OPERATIONS]
PRECIOUS = {"revoke_token": "token_id", "revoke_operator_token": "operator_token_id"}
"""Number 1 of these is what the tests themselves come in with."""


@pytest.fixture(scope="module")
def existing(product: Product) -> dict[str, Any]:
    """A message with its notification, and numbers of whatever else there is."""
    operator = product.env()["ANGARIUM_OPERATOR_TOKEN"]
    body = {"text": "Hello", "to": ["27990000001"], "callback": 7}
    sent = call(product.url, "POST", "/rest/message", token=product.token, body=body)
    message_id = sent.json()["data"]["message"][0]["apiMessageId"]
    guest = {"name": "guest", "scopes": ["accounts:read"]}
    call(product.url, "POST", "/v1/operator-tokens", token=operator, body=guest)
    call(product.url, "POST", "/v1/connections/1/tokens", token=operator)
    return {"message_id": message_id, "apiMessageId": message_id, "token_id": 2, "operator_token_id": 2}


def test_the_product_serves_this_document(product: Product) -> None:
    """Otherwise the tests below would hold something else to it."""
    assert call(product.url, "GET", "/openapi.json").json() == DOCUMENT


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["allowed", "not allowed"])
@pytest.mark.parametrize("operation", OPERATIONS, ids=NAMES)
def test_every_answer_is_one_that_the_document_knows(
    product: Product, existing: dict[str, Any], operation: Any, mode: GenerationMode
) -> None:
    """Whatever is sent: no fault of ours, no unknown status or header, no body against its schema (rest-api 1.8, 5)."""
    is_rest = operation.path.startswith("/rest/")
    token = product.token if is_rest else product.env()["ANGARIUM_OPERATOR_TOKEN"]
    precious = PRECIOUS.get(operation.definition.raw["operationId"])

    @settings(
        max_examples=EXAMPLES_MAX,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )
    @given(case=operation.as_strategy(generation_mode=mode), is_of_something=st.booleans())
    def try_it(case: Any, *, is_of_something: bool) -> None:
        if is_of_something:
            for name in case.path_parameters or {}:
                case.path_parameters[name] = existing.get(name, 1)
        assume(precious is None or str(case.path_parameters[precious]) != "1")
        answer = case.call(
            base_url=product.url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=DEADLINE_S,
            allow_redirects=False,
        )
        case.validate_response(answer, checks=CHECKS)

    try:
        try_it()
    except Unsatisfiable:
        # There is nothing that such an operation could be given and does not allow.
        assert mode is GenerationMode.NEGATIVE
