"""People who come to the console by invitation."""

from __future__ import annotations

import re

from tests.product import Product

PASSWORD = "a horse in the sea"


def invited(product: Product, login: str, *options: str) -> str:
    """Invite a person by the command line; the path of the link."""
    ran = product.command("--json", "person", "invite", login, *options)
    assert ran.returncode == 0, ran.stderr
    found = re.search(r"/password\?ticket=[^\"]+", ran.stdout)
    assert found is not None
    return found[0]
