"""The statements of queries/*.sql, by name."""

from __future__ import annotations

from importlib.resources import files

_MARK = "-- name: "


class Queries(dict[str, str]):
    """Named SQL statements, read once when a store opens."""

    @classmethod
    def load(cls) -> Queries:
        """Read the files of queries/, which stands beside this module. A name stands for one statement only."""
        queries = cls()
        for file in files(__package__ or "").joinpath("queries").iterdir():
            for block in file.read_text("utf-8").split(_MARK)[1:]:
                name, _, statement = block.partition("\n")
                assert name.strip() not in queries, f"two statements are named {name.strip()}"
                queries[name.strip()] = statement.strip()
        return queries
