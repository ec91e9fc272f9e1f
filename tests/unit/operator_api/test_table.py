"""The table, the router and the document say the same."""

from __future__ import annotations

import dataclasses
from typing import Any, get_args

import pytest

from angarium.core.account import AccountSettings, ConnectionSettings
from angarium.core.inbound import InboundState
from angarium.core.states import State
from angarium.flows.operators import SCOPES, Scope
from angarium.operator_api.accounts import Account, AccountChanges
from angarium.operator_api.connections import Connection, ConnectionChanges
from angarium.operator_api.document import describe
from angarium.operator_api.inbound import OnlyState
from angarium.operator_api.messages import StateName
from angarium.operator_api.operations import Operation, Router
from angarium.operator_api.problems import KINDS
from angarium.operator_api.table import TABLE

DOCUMENT = describe(TABLE, version="1.2.3", others={})
NAMES = [operation.name for operation in TABLE]


def an_address(operation: Operation[Any, Any, Any]) -> str:
    """A path of this operation."""
    return operation.path.replace("{", "").replace("}", "")


def test_names_are_unique() -> None:
    """Programs are generated from them."""
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("operation", TABLE, ids=NAMES)
def test_the_router_finds_each_operation_by_its_path(operation: Operation[Any, Any, Any]) -> None:
    """And by no other of the table: a fixed path is never taken for one with a place in it."""
    methods, places = Router(TABLE).find(an_address(operation))

    assert methods[operation.method] is operation
    assert places == {name: name for name in operation.places}


@pytest.mark.parametrize("operation", TABLE, ids=NAMES)
def test_the_document_describes_each_operation(operation: Operation[Any, Any, Any]) -> None:
    """Path, method, name, scope, every parameter, the body, and each status that it can answer."""
    said = DOCUMENT["paths"][operation.path][operation.method.lower()]

    assert (said["operationId"], said["summary"]) == (operation.name, operation.summary)
    assert said["security"] == [{"operator_token": [operation.scope]}]
    parameters = {parameter["name"]: parameter["in"] for parameter in said["parameters"]}
    assert set(parameters) == set(operation.parameters.__struct_fields__)
    assert {name for name, place in parameters.items() if place == "path"} == set(operation.places)
    assert ("requestBody" in said) is operation.has_body
    statuses = {str(operation.status), *(str(KINDS[code].status) for code in operation.all_problems)}
    assert set(said["responses"]) == statuses


def test_the_document_describes_nothing_else() -> None:
    """As many operations as the table has."""
    assert sum(len(item) for item in DOCUMENT["paths"].values()) == len(TABLE)


def test_every_place_in_a_path_is_a_parameter() -> None:
    """Otherwise the operation would never see it."""
    strays = [
        (operation.name, place)
        for operation in TABLE
        for place in operation.places
        if place not in operation.parameters.__struct_fields__
    ]

    assert strays == []


def test_every_scope_is_explained_and_of_use() -> None:
    """A scope that opens nothing would only confuse."""
    assert list(SCOPES) == list(Scope)
    assert {operation.scope for operation in TABLE} <= set(Scope)


def test_reading_needs_no_scope_for_writing() -> None:
    """GET never changes anything, and whoever may only read can do all of it."""
    mistaken = [
        operation.name
        for operation in TABLE
        if operation.scope is not Scope.ADMIN and operation.changes == operation.scope.endswith(":read")
    ]

    assert mistaken == []


def test_states_are_spelled_as_they_are_called() -> None:
    """One name for each state there is."""
    assert get_args(StateName) == tuple(state.name.lower() for state in State)


def test_states_of_messages_from_handsets_are_spelled_as_they_are_called() -> None:
    """One name for each state there is."""
    assert get_args(OnlyState) == tuple(state.name.lower() for state in InboundState)


ASKED_FOR = {"senders_asked"}
"""What an account asks for on its pages: no choice of the operator's, who registers the sender or does not."""


@pytest.mark.parametrize(
    ("settings", "shown", "changes"),
    [
        (AccountSettings, Account, AccountChanges),
        (ConnectionSettings, Connection, ConnectionChanges),
    ],
)
def test_every_setting_can_be_read_and_changed(settings: Any, shown: Any, changes: Any) -> None:
    """What an operator may choose by command line is chosen here under the same name."""
    names = {row.name for row in dataclasses.fields(settings)}

    assert names - set(shown.__struct_fields__) == set()
    assert names - ASKED_FOR - set(changes.__struct_fields__) == set()
