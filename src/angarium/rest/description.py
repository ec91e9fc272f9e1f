"""The REST API in words of OpenAPI, written by hand: a contract that was here before us is not generated."""

from __future__ import annotations

from typing import Any, Final

DOCUMENT: Final[dict[str, Any]] = {"tags": [{"name": "REST", "description": "For the programs of customers."}]}
