"""Providers of payments that are installed beside us."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from typing import Any

import pytest

from angarium.payments import plugins
from angarium.payments.plugins import GROUP, load_payments
from angarium.ports.payments import NoProvider


def test_a_provider_is_made_by_its_name_with_its_own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The file is handed to it as it is; a factory that fails is told with its own words."""
    (tmp_path / "till_for_tests.py").write_text(
        "def make(path):\n    if path is None:\n        raise OSError('where is my key?')\n    return [path]\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    installed = EntryPoints([EntryPoint("till", "till_for_tests:make", GROUP)])
    found: Callable[..., Any] = installed.select
    monkeypatch.setattr(plugins, "entry_points", found)

    made: Any = load_payments("till", tmp_path)

    assert made == [tmp_path]
    with pytest.raises(NoProvider, match="where is my key"):
        load_payments("till", None)
    with pytest.raises(NoProvider, match="installed are: till"):
        load_payments("tall", None)
