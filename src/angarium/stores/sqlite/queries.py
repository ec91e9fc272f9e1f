"""The statements of queries.sql, by name."""

from __future__ import annotations

from importlib.resources import files

_MARK = "-- name: "


class Queries(dict[str, str]):
    """Named SQL statements, read once when a store opens."""

    @classmethod
    def load(cls) -> Queries:
        """Read queries.sql, which stands beside this module."""
        queries = cls()
        text = files(__package__ or "").joinpath("queries.sql").read_text("utf-8")
        for block in text.split(_MARK)[1:]:
            name, _, statement = block.partition("\n")
            queries[name.strip()] = statement.strip()
        return queries
