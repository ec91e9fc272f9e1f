"""Pages of the day, rendered as the console renders them for somebody who looks at it."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, Final, NamedTuple

from starlette.requests import Request

from angarium.console.app import BASE
from angarium.console.pages import TABLE
from angarium.console.parts import SERVICE_NAME
from angarium.console.phones import Bubble, Phone
from angarium.console.render import Static, environment
from angarium.console.visit import Visit
from angarium.core.clocktime import MINUTE_MS, SECOND_MS
from angarium.core.people import Role
from angarium.core.public_ids import PublicIds
from angarium.flows.people import Visitor
from angarium.ports.people import PersonRow, SessionRow
from angarium.text.segments import Content, segment
from tests.pictures.day import GUEST, NOW, OTHERS, Day

SECRET: Final = bytes(16)
"""Ids are derived from it: the store's own is another each time."""
SENDER: Final = "27999123456"


class Seen(NamedTuple):
    """A page to be pictured."""

    name: str
    path: str
    sentence: str
    """What it shows, for those who do not see it."""
    height: int
    is_operator: bool = False


class Shelf:
    """Phones with a conversation each."""

    account_id = 1

    def newest(self, limit: int, *, bubbles_max: int) -> Sequence[Phone]:
        """All of them."""
        return [_phone(number, *texts) for number, texts in _TALKS.items()][:limit]

    def one(self, number: str, *, bubbles_max: int) -> Phone | None:
        """Nobody looks for one."""
        return None

    def write(self, number: str, text: str) -> str:
        """Nobody writes."""
        return ""


_TALKS: Final[dict[str, tuple[tuple[bool, str], ...]]] = {
    str(GUEST): ((False, OTHERS), (True, "Thank you, we will be there! \N{WHITE SMILING FACE}")),
    "27990000002": (
        (False, "Your code is 482 913."),
        (False, "مرحبا بك! طاولتك جاهزة في الثامنة."),
        (True, "شكرا"),
    ),
    "27990000003": (
        (False, "Ваш столик на четверых готов к восьми часам. Если не придёте, ответьте: нет."),
        (True, "STOP"),
    ),
}


def seen(day: Day) -> list[Seen]:
    """The pages that are pictured."""
    ids = PublicIds(SECRET)
    return [
        Seen(
            "home",
            "/accounts/1/",
            "The home page of an account: messages of the last hour and day, delivered, failed and under way, times to "
            "delivery, money, a plot of the day by outcome and one of delivery times",
            800,
        ),
        Seen(
            "message",
            f"/accounts/1/messages/{ids.show(day.message_id)}",
            "The page of one message: its text, parts and price, and its time line from acceptance to the receipt and "
            "the callbacks, a busy carrier and another try included",
            1366,
        ),
        Seen(
            "handsets",
            "/accounts/1/handsets",
            "Phones of the simulated carrier with what arrived on them, in three scripts, and a box to answer in",
            770,
        ),
        Seen(
            "service",
            "/service",
            "The operator's overview: what needs attention, carriers with their links, health of the service",
            745,
            is_operator=True,
        ),
    ]


async def render(day: Day, page: Seen) -> str:
    """The page as HTML."""
    visit = _visit(day, page)
    found = next(each for each in TABLE if each.method == "GET" and _fits(each.path, page.path, visit))
    response = await found.run(visit)
    # The lamp of a live page, which its script puts on.
    return bytes(response.body).decode().replace('class="live" hidden', 'class="live on"')


def stylesheet() -> str:
    """The console's one sheet."""
    return Static().files["console.css"][0].decode()


def _visit(day: Day, page: Seen) -> Visit:
    gateway = day.gateway
    scope = {"type": "http", "method": "GET", "path": BASE + page.path, "query_string": b"", "headers": []}
    request = Request({**scope, "scheme": "https", "server": ("console.example", 443), "root_path": ""})
    request.state.notice = request.state.theme = ""
    person = PersonRow(1, "ada@example.com", "Ada", "known", None, 0, page.is_operator, NOW, None)
    session = SessionRow(1, 1, None, False, NOW, NOW, NOW, "192.0.2.7", "")
    visit = Visit(
        request,
        _parts(day),
        environment(Static(), base=BASE),
        BASE,
        "",
        Visitor(person, session, {} if page.is_operator else {gateway.account.account_id: Role.OWNER}),
    )
    if not page.is_operator:
        visit.account, visit.role = gateway.tables.directory.accounts[gateway.account.account_id], Role.OWNER
    return visit


def _parts(day: Day) -> Any:
    """As much of what the console stands on as these pages ask for."""
    return SimpleNamespace(
        store=day.gateway.store,
        tables=day.gateway.tables,
        public_ids=PublicIds(SECRET),
        clock=day.gateway.clock,
        links=_links,
        phones=Shelf(),
        running=SimpleNamespace(checks=_checks),
        service_name=SERVICE_NAME,
        mail=None,
    )


def _links() -> Sequence[tuple[str, Any]]:
    def link(used: int, rtt_s: float) -> Any:
        return SimpleNamespace(
            state=SimpleNamespace(value="bound"),
            window=50,
            window_used=used,
            rtt_s=rtt_s,
            last_error="",
            throttled=False,
            per_s=used * 10.0,
        )

    return [("north", link(2, 0.038)), ("north", link(1, 0.041)), ("south", link(0, 0.112))]


async def _checks() -> Sequence[Any]:
    details = {"Store": "", "Disk": "412.6 GiB free", "Clock": "", "Event loop": "", "Carriers": ""}
    return [SimpleNamespace(name=name, why="", detail=detail) for name, detail in details.items()]


def _phone(number: str, *texts: tuple[bool, str]) -> Phone:
    began = NOW - 6 * MINUTE_MS
    bubbles = [
        Bubble(
            began + 47 * SECOND_MS * place,
            text,
            SENDER,
            is_own,
            segments=len(segment(Content.of_text(text), reference=0)),
        )
        for place, (is_own, text) in enumerate(texts)
    ]
    return Phone(number, SENDER, len(texts), bubbles)


def _fits(pattern: str, path: str, visit: Visit) -> bool:
    """Whether this path is of this page; what stands in it is then known to the visit."""
    wanted, given = pattern.split("/"), path.split("/")
    if len(wanted) != len(given):
        return False
    named = {}
    for want, have in zip(wanted, given, strict=True):
        if want.startswith("{"):
            named[want.strip("{}").partition(":")[0]] = have
        elif want != have:
            return False
    visit.request.scope["path_params"] = named
    return True
