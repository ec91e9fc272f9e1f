"""What an operator may set: one table, and the one way from file, environment and flags to checked values.

It knows the settings of every part and where each value came from. It refuses to know what the parts do with them:
each gets its own frozen settings from a method of `Settings`.
"""

from __future__ import annotations

from angarium.config.kinds import Listen, read_listen
from angarium.config.settings import Settings, plain, show, table, variable
from angarium.config.sources import Loaded, SettingsError, load

__all__ = [
    "Listen",
    "Loaded",
    "Settings",
    "SettingsError",
    "load",
    "plain",
    "read_listen",
    "show",
    "table",
    "variable",
]
