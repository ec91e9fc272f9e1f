"""The commands that our pages show do what the pages say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.product import Product
from tests.site.guides import DOCS, Shell, blocks, pages_with_commands


@pytest.mark.parametrize("page", pages_with_commands())
def test_the_commands_of_a_page_work(page: str, product: Product, tmp_path: Path) -> None:
    """Each block of commands succeeds beside a running demo, in the page's order, and prints what the page shows."""
    shell = Shell(
        tmp_path,
        data_dir=product.data_dir,
        variables=product.env(),
        instead={"var/demo": str(product.data_dir), ".venv/bin/angarium": "angarium"},
    )

    for block in blocks(DOCS / page):
        shell.run(block)
