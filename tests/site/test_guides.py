"""The commands that our pages show do what the pages say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command_line import CommandLine
from tests.product import Product
from tests.site.guides import DOCS, Shell, blocks, pages_with_commands

ON_ITS_OWN = "guide/connect-a-carrier.md"
"""This page begins with an empty store, and a simulated carrier beside the service."""


@pytest.mark.parametrize("page", [page for page in pages_with_commands() if page != ON_ITS_OWN])
def test_the_commands_of_a_page_work(page: str, product: Product, commands: CommandLine, tmp_path: Path) -> None:
    """Each block of commands succeeds beside a running demo, in the page's order, and prints what the page shows."""
    shell = Shell(
        tmp_path,
        commands=commands,
        data_dir=product.data_dir,
        variables=product.env(),
        instead={"var/demo": str(product.data_dir), ".venv/bin/angarium": "angarium"},
    )

    for block in blocks(DOCS / page):
        shell.run(block)


def test_a_carrier_is_connected_as_the_page_says(product: Product, commands: CommandLine, tmp_path: Path) -> None:
    """From nothing to a message that was delivered; the demo's simulated carrier stands for the one of the page."""
    service = Product(tmp_path / "own", arguments=(), commands=commands).start()
    host, _, port = str(product.ready["smsc"]).rpartition(":")
    instead = {"--port 2775": f"--port {port}", "http://127.0.0.1:8080": service.url}
    shell = Shell(tmp_path, commands=commands, data_dir=service.data_dir, variables={}, instead=instead)

    try:
        for block in blocks(DOCS / ON_ITS_OWN):
            shell.run(block)
    finally:
        code = service.stop()

    assert (host, code) == ("127.0.0.1", 0)
    service.check_ledger()
