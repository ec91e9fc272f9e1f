"""The programs that pages show to be copied do what they say, in the languages whose tools our tests have anyway."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from angarium.console.snippets import filled
from tests.product import Product, call

PROGRAMS = {
    "curl": ("bash", "first.sh"),
    "python": (sys.executable, "first.py"),
    "node": ("node", "first.mjs"),
}


@pytest.mark.parametrize("key", PROGRAMS)
def test_a_snippet_sends_its_message(key: str, product: Product, tmp_path: Path) -> None:
    """Saved under the name that the page gives and run, it prints an answer that accepts the message (rest-api 2.1)."""
    (snippet,) = [each for each in filled(url=product.url, token=product.token, to="27990000001") if each.key == key]
    program, name = PROGRAMS[key]
    (tmp_path / name).write_text(snippet.code, encoding="utf-8")

    ran = subprocess.run([program, name], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stderr
    (entry,) = json.loads(ran.stdout)["data"]["message"]
    assert (entry["accepted"], entry["to"]) == (True, "27990000001")
    path = f"/rest/message/{entry['apiMessageId']}"
    assert call(product.url, "GET", path, token=product.token).status == 200
