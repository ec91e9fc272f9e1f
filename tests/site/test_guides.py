"""The commands that our pages show do what the pages say."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.product import Product
from tests.site.guides import DOCS, Shell, blocks, pages_with_commands

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where our command line is run without starting Python for each command."""
    path = tmp_path_factory.mktemp("commands") / "socket"
    serve = (
        "import angarium.app; from angarium.cli.main import run; from tests.site.commands import serve; "
        f"serve({str(path)!r}, run)"
    )
    with subprocess.Popen([sys.executable, "-c", serve], cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == "ready\n"
        yield path
        server.kill()


ON_ITS_OWN = "guide/connect-a-carrier.md"
"""This page begins with an empty store, and a simulated carrier beside the service."""


@pytest.mark.parametrize("page", [page for page in pages_with_commands() if page != ON_ITS_OWN])
def test_the_commands_of_a_page_work(page: str, product: Product, commands: Path, tmp_path: Path) -> None:
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


def test_a_carrier_is_connected_as_the_page_says(product: Product, commands: Path, tmp_path: Path) -> None:
    """From nothing to a message that was delivered; the demo's simulated carrier stands for the one of the page."""
    service = Product(tmp_path / "own", arguments=()).start()
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
