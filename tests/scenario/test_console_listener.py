"""With a listener of its own the console is nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.command_line import CommandLine
from tests.product import Product, call, running


@pytest.fixture(scope="module")
def apart(commands: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A demo whose console has a listener of its own."""
    settings = {"ANGARIUM_CONSOLE_LISTEN": "127.0.0.1:0"}
    with running(tmp_path_factory.mktemp("apart") / "data", commands, settings) as product:
        yield product


def test_the_public_listeners_do_not_know_the_console(apart: Product) -> None:
    """Neither its pages nor the way there; and the APIs are not on its side."""
    entry = urlsplit(str(apart.ready["entry_url"]))
    console = f"{entry.scheme}://{entry.netloc}"
    paths = ("/", "/console/", "/console/sign-in", "/console/static/console.css")

    assert console != apart.url
    assert {call(apart.url, "GET", path).status for path in paths} == {404}
    assert call(apart.url, "GET", "/rest/account/balance", token=apart.token).status == 200
    assert call(console, "GET", "/").status == 303
    assert call(console, "GET", "/console/sign-in").status == 200
    assert call(console, "GET", "/healthz").status == 200
    operator = apart.env()["ANGARIUM_OPERATOR_TOKEN"]
    assert call(console, "GET", "/rest/account/balance", token=apart.token).status == 404
    assert call(console, "GET", "/v1/accounts", token=operator).status == 404
