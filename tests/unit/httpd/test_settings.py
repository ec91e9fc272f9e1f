"""Settings that cannot work are refused in words."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from angarium.httpd import HttpdSettings

ZEROS = {"body_octets_max", "connections_refused_max", "head_memo_octets_max"}


@pytest.mark.parametrize("name", [field.name for field in fields(HttpdSettings)])
def test_a_negative_limit_is_refused_by_name(name: str) -> None:
    """Every setting is a limit or a time, and none of them can be negative."""
    values: dict[str, Any] = {name: -1}

    with pytest.raises(ValueError, match=name):
        HttpdSettings(**values)


@pytest.mark.parametrize("name", [field.name for field in fields(HttpdSettings)])
def test_zero_is_allowed_only_where_it_means_none(name: str) -> None:
    """No body, no polite refusals and no memo are sensible; a deadline of nothing is not."""
    values: dict[str, Any] = {name: 0}

    if name in ZEROS:
        assert getattr(HttpdSettings(**values), name) == 0
    else:
        with pytest.raises(ValueError, match=name):
            HttpdSettings(**values)


@pytest.mark.parametrize("limits", [{"request_line_octets_max": 63}, {"header_octets_max": 255}])
def test_a_limit_too_small_for_any_client_is_refused(limits: dict[str, Any]) -> None:
    """A limit that no request could keep is a mistake in the settings."""
    with pytest.raises(ValueError, match="too small"):
        HttpdSettings(**limits)
