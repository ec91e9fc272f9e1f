"""The operator's API over a gateway without edges: what no demo can be brought to in a test of its own."""

from __future__ import annotations

import inspect
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from angarium.carriers.settings import describe
from angarium.carriers.trial import Step
from angarium.checks import EdgeChecks, EdgeMint
from angarium.core.account import CallbackTarget
from angarium.flows import operators
from angarium.flows.desk import Desk
from angarium.flows.operators import Scope
from angarium.flows.tables import Tables
from angarium.httpd import Response
from angarium.operator_api.app import OperatorApp
from angarium.operator_api.operations import Surroundings
from angarium.ports.notifier import Trial
from angarium.ports.running import Running
from tests.gateway import Gateway, open_gateway
from tests.wire.world import read_request


class Said(NamedTuple):
    """One answer."""

    status: int
    body: Any
    """What its JSON says; None without a body."""


async def _nothing(_seconds: float) -> None:
    """No time passes."""


class Api:
    """Calls the API as an operator with all scopes."""

    def __init__(self, gateway: Gateway, folder: Path) -> None:
        self.gateway = gateway
        self.folder = folder
        self.rung: list[str] = []
        self.binds: list[dict[str, object]] = []
        self.calls: list[tuple[str, int]] = []
        self.app = OperatorApp(
            store=gateway.store,
            checks=EdgeChecks(),
            mint=EdgeMint(folder),
            clock=gateway.clock,
            surroundings=Surroundings(
                public_ids=gateway.public_ids,
                tables=Tables(),
                links=list,
                running=self._running(),
                ring=self.rung.append,
                wait=_nothing,
                console_address=lambda: "https://console.example",
                moved=lambda _: None,
                protection=gateway.intake.protection,
            ),
            version="1.2.3",
        )
        self.token = ""

    def _running(self) -> Running:
        """A process whose carrier 1 is at work, where each bind works and each URL answers 204."""

        async def bind(settings: Mapping[str, object]) -> list[Step]:
            self.binds.append(dict(settings))
            return [Step(True, "Connected."), Step(settings.get("password") == "right", "Bound, or not.")]

        async def call(target: CallbackTarget, connection_id: int) -> Trial:
            self.calls.append((target.url, connection_id))
            return Trial(b"GET / HTTP/1.1", True, 204, (("Server", "x"),), b"", "", 7)

        anything: Any = None
        return Running(
            checks=anything,
            setting_rows=describe(),
            settings_of=anything,
            texts_of=anything,
            try_bind=bind,
            try_target=call,
            rebind=lambda carrier_id: carrier_id == 1,
            watch=anything,
            countries=anything,
        )

    def desk(self) -> Desk:
        """An operator at work on the same store."""
        store: Any = self.gateway.store
        now = self.gateway.clock.now()
        return Desk(store=store, checks=EdgeChecks(), mint=EdgeMint(self.folder), author="cli:test", now=now)

    async def open(self) -> None:
        """Get a token."""
        self.token = (await operators.create_token(self.desk(), "all", list(Scope))).token

    async def answer(self, method: str, path: str, body: Any = None) -> Response:
        """One answer as it is."""
        octets = b"" if body is None else json.dumps(body).encode()
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: sms.example\r\nAuthorization: Bearer {self.token}\r\n"
            "Content-Type: application/json\r\n\r\n"
        )
        answer = self.app.handle(read_request(head.encode() + octets))
        assert answer is not None
        return await answer if inspect.isawaitable(answer) else answer

    async def ask(self, method: str, path: str, body: Any = None) -> Said:
        """One call."""
        answer = await self.answer(method, path, body)
        return Said(answer.status, json.loads(answer.body) if answer.body else None)

    async def get(self, path: str) -> Any:
        """What a reading call answers."""
        said = await self.ask("GET", path)
        assert said.status == 200, said
        return said.body

    async def acts(self, count: int) -> list[tuple[str, str]]:
        """The newest rows of the audit log, oldest first: what was done, and to what."""
        rows = (await self.get(f"/v1/audit?limit={count}"))["data"]
        return [(row["action"], row["subject"]) for row in reversed(rows)]


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    """The API, with a token."""
    async with open_gateway(tmp_path / "gateway") as gateway:
        api = Api(gateway, tmp_path)
        await api.open()
        yield api
