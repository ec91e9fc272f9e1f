"""What a demo says when it is ready."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

from angarium.app import Ready
from angarium.cli.banner import ready


def a_demo(folder: Path) -> Ready:
    """A demo that has started."""
    return Ready(
        url="http://127.0.0.1:8080",
        https_url="https://127.0.0.1:8443",
        token="the-token",
        api_id=1,
        data_dir=folder / "var",
        demo_env=folder / "var" / "demo.env",
        smsc="127.0.0.1:2775",
        handsets_url="http://127.0.0.1:2780",
    )


def test_the_curl_line_is_whole_as_a_shell_reads_it(folder):
    """Whoever pastes it sends two messages, with every header the API asks for."""
    text = ready(a_demo(folder))

    curl = re.search(r"  (curl .*?)\n\n", text, re.DOTALL)
    assert curl is not None
    words = shlex.split(curl[1])
    assert "http://127.0.0.1:8080/rest/message" in words
    assert "Authorization: Bearer the-token" in words
    assert "X-Version: 1" in words
    body = json.loads(words[words.index("-d") + 1])
    assert body["to"] == ["27990000001", "27990000002"]


def test_the_banner_says_what_comes_next(folder):
    """Handsets, fates, scripts, how to stop it: a stranger needs no manual."""
    text = ready(a_demo(folder))

    for word in ("https://127.0.0.1:8443", "handset 27990000001", "--reply", "sim --fates", ". var/demo.env", "Ctrl-C"):
        assert word in text


def test_without_a_demo_only_the_addresses_are_told(tmp_path):
    """A real service shows no token to anybody."""
    text = ready(Ready(url="http://a", https_url="https://b", data_dir=tmp_path))

    assert text == "Angarium is ready.\n  http://a\n  https://b"
