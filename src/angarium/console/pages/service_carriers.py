"""Carriers: how their links stand, what is set about them, a bind to try that with, and what goes over the wire."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from starlette.responses import Response

from angarium.console import carrier_words, live
from angarium.console.linkwords import HOLDS, OPTIONS, carrier_state, link_word, setting_hint, setting_label
from angarium.console.mistakes import beside_fields
from angarium.console.pages.service_overview import carriers_now
from angarium.console.pages.service_queues import COUNT_MAX, waiting_for
from angarium.console.table import Needs, Page
from angarium.console.visit import Visit
from angarium.flows import carriers as flow
from angarium.flows import readings
from angarium.ports.carrier import LinkStatus
from angarium.ports.store import AlreadyExists, CarrierRow, NotFound

GROUPS: Final = {
    "host": ("Connection", "where the carrier is, and TLS"),
    "system_id": ("Binding", "how we sign in, and how many links"),
    "window": ("Flow", "how much and how fast, time limits, pauses"),
    "international_ton": ("Addresses", "how senders and recipients are written"),
    "gsm7_form": ("Texts", "alphabets, validity, which receipts we ask for"),
    "id_in_response": ("Answers and receipts", "how message ids and statuses are read, what it cannot do"),
}
"""The first setting of each group, what the group is called, and what it is about."""
ONE: Final = "/service/carriers/{carrier_id:int}"


async def carriers(visit: Visit) -> Response:
    """All of them, as they stand."""
    return visit.show("service_carriers.html", carriers=await carriers_now(visit))


async def new_form(visit: Visit) -> Response:
    """All settings, with their defaults."""
    return _show_settings(visit, None)


async def create(visit: Visit) -> Response:
    """Try a bind with what was typed, or add the carrier."""
    form = await visit.form()
    values, problems = visit.parts.running.settings_of(form)
    visit.problems.update(problems)
    if form.get("do") == "try":
        return await _tried(visit, None, values)
    if not visit.problems:
        with beside_fields(visit, taken="name", fields={"settings": "", "settings.host": "host"}):
            made = await flow.add_carrier(visit.desk, form.get("name", ""), values)
            return visit.go(f"/service/carriers/{made.carrier_id}", "The carrier is added. A route must lead to it.")
    return _show_settings(visit, None)


async def carrier(visit: Visit) -> Response:
    """One, with its links."""
    row = await _row(visit)
    proposals = [each for each in await visit.parts.store.proposals() if each.carrier_id == row.carrier_id]
    return visit.show(
        "service_carrier.html", row=row, hold=HOLDS[row.hold], proposals=proposals, **await _now(visit, row)
    )


async def carrier_live(visit: Visit) -> Response:
    """Its links, as they change."""
    row = await _row(visit)
    template = visit.jinja.get_template("service_links.html")

    async def look() -> tuple[str, bool]:
        return template.render(visit=visit, row=row, **await _now(visit, row)), True

    return live.stream(visit, look)


async def rebind(visit: Visit) -> Response:
    """Let its links end in good order and bind anew."""
    row = await _row(visit)
    is_done = await flow.rebind(visit.desk, row, visit.parts.running.rebind)
    said = (
        "Its links end in good order and bind anew." if is_done else "It is not at work, so there is nothing to bind."
    )
    return visit.go(_path(row), said)


async def ask_switch(visit: Visit) -> Response:
    """What it concerns to take it out of service, before that is done."""
    return await _ask(visit, "switch")


async def ask_remove(visit: Visit) -> Response:
    """What stands against forgetting it, before that is done."""
    return await _ask(visit, "remove")


async def _ask(visit: Visit, deed: str) -> Response:
    row = await _row(visit)
    waiting = await waiting_for(visit, row.carrier_id)
    routes = sum(route.carrier_id == row.carrier_id for route in await visit.parts.store.routes())
    return visit.show(
        "service_carrier_ask.html",
        row=row,
        deed=deed,
        waiting=waiting,
        is_more=waiting >= COUNT_MAX,
        routes=routes,
    )


async def switch(visit: Visit) -> Response:
    """Take it out of service after what is under way, or put it back."""
    row = await _row(visit)
    enabled = (await visit.form()).get("to") == "enabled"
    with beside_fields(visit):
        await flow.change_carrier(visit.desk, row, enabled=enabled)
        said = (
            "It binds again." if enabled else "It takes nothing more, waits for answers and unbinds; its messages wait."
        )
        return visit.go(_path(row), said)
    return visit.go(_path(row), next(iter(visit.problems.values())))


async def remove(visit: Visit) -> Response:
    """Forget it, if nothing needs it any more."""
    row = await _row(visit)
    try:
        await flow.remove_carrier(visit.desk, row)
    except AlreadyExists as error:
        return visit.go(_path(row), f"It stays: {error}.")
    return visit.go("/service/carriers", f"The carrier {row.name} is removed.")


async def judge(visit: Visit) -> Response:
    """Take the proposal, or leave the settings as they are."""
    row = await _row(visit)
    is_taken = (await visit.form()).get("do") == "accept"
    try:
        if is_taken:
            await readings.accept_proposal(visit.desk, row)
        else:
            await readings.decline_proposal(visit.desk, row)
    except NotFound:
        return visit.go(_path(row), "There is no proposal any more.")
    return visit.go(_path(row), "The proposal is set." if is_taken else "The settings stay as they are.")


async def settings_form(visit: Visit) -> Response:
    """All of its settings."""
    return _show_settings(visit, await _row(visit))


async def change_settings(visit: Visit) -> Response:
    """Try a bind with what was typed, or keep it."""
    row = await _row(visit)
    form = await visit.form()
    values, problems = visit.parts.running.settings_of(form)
    visit.problems.update(problems)
    if not form.get("password"):
        values["password"] = row.settings.get("password", "")
    if form.get("do") == "try":
        return await _tried(visit, row, values)
    if not visit.problems:
        with beside_fields(visit, fields={"settings": ""}):
            await flow.change_carrier(visit.desk, row, settings=values)
            return visit.go(_path(row), "The settings are changed; its links bind anew where they must.")
    return _show_settings(visit, row)


async def trace(visit: Visit) -> Response:
    """What goes over its links, from now on and while the page is open."""
    return visit.show("service_trace.html", row=await _row(visit), lines=())


async def trace_live(visit: Visit) -> Response:
    """The last PDUs; they are kept only while this stream is open."""
    row = await _row(visit)
    template = visit.jinja.get_template("service_pdus.html")

    async def events() -> AsyncIterator[str]:
        with visit.parts.running.watch(row.carrier_id) as lines:

            async def look() -> tuple[str, bool]:
                return template.render(visit=visit, lines=lines()), True

            async for event in live.events(visit, look):
                yield event

    return live.stream_of(visit, events())


async def _tried(visit: Visit, row: CarrierRow | None, values: Mapping[str, object]) -> Response:
    if visit.problems:
        return _show_settings(visit, row)
    steps = await flow.try_bind(visit.desk, row, values, visit.parts.running.try_bind)
    return _show_settings(visit, row, steps=steps)


async def _row(visit: Visit) -> CarrierRow:
    return await flow.find_carrier(visit.desk, visit.number("carrier_id"))


def _path(row: CarrierRow) -> str:
    return f"/service/carriers/{row.carrier_id}"


async def _now(visit: Visit, row: CarrierRow) -> dict[str, Any]:
    """Its links and its queue at this moment."""
    current = await flow.find_carrier(visit.desk, row.carrier_id)
    links = [link for name, link in visit.parts.links() if name == row.name]
    state = carrier_state(current, links)
    depths = await visit.parts.store.waiting_by_priority(row.carrier_id, count_max=COUNT_MAX)
    oldest = min((depth.oldest_due_at for depth in depths.values()), default=visit.now)
    return {
        "state": state,
        "cure": carrier_words.cure(state["problem"]),
        "links": [{"status": link, "word": link_word(link.state.value), "share": _share(link)} for link in links],
        "errors": _errors(links),
        "answered": sum(link.answered for link in links),
        "lately": sum(link.lately for link in links),
        "waiting": sum(depth.messages for depth in depths.values()),
        "late_ms": max(0, visit.now - oldest),
        "count_max": COUNT_MAX,
    }


def _share(link: LinkStatus) -> float | None:
    """Which part of what a link submitted lately was not simply taken; None when it was nothing."""
    return sum(link.errors_lately.values()) / link.lately if link.lately else None


class Mixed(NamedTuple):
    """One answer that is no plain acceptance, with how often it came."""

    name: str
    meaning: str
    lately: int
    in_all: int
    links: list[tuple[str, int]]
    """By link, how often lately."""


def _errors(links: Sequence[LinkStatus]) -> list[Mixed]:
    """What was answered over all links, the most frequent of lately first."""
    names = dict.fromkeys(name for link in links for name in link.errors)
    mixed = [
        Mixed(
            name,
            carrier_words.meaning(name),
            sum(link.errors_lately.get(name, 0) for link in links),
            sum(link.errors.get(name, 0) for link in links),
            [(link.name, link.errors_lately[name]) for link in links if link.errors_lately.get(name)],
        )
        for name in names
    ]
    return sorted(mixed, key=lambda each: (-each.lately, -each.in_all))


def _show_settings(visit: Visit, row: CarrierRow | None, *, steps: Any = ()) -> Response:
    running = visit.parts.running
    texts = running.texts_of({} if row is None else row.settings)
    defaults = running.texts_of({})
    groups: list[dict[str, Any]] = []
    for setting in running.setting_rows:
        if setting.name in GROUPS:
            title, about = GROUPS[setting.name]
            groups.append({"title": title, "about": about, "settings": [], "set": 0})
        groups[-1]["settings"].append(setting)
        groups[-1]["set"] += texts[setting.name] != defaults[setting.name]
    return visit.show(
        "service_carrier_settings.html",
        row=row,
        groups=groups,
        options={
            each.name: [(word, OPTIONS.get(word, word)) for word in each.type.split(" | ")]
            for each in running.setting_rows
        },
        label_of=setting_label,
        hint_of=setting_hint,
        texts=texts,
        steps=steps,
        status=200 if steps else None,
    )


PAGES: Final = (
    Page("/service/carriers", carriers, Needs.OPERATOR),
    Page("/service/carriers/new", new_form, Needs.OPERATOR),
    Page("/service/carriers/new", create, Needs.OPERATOR, "POST"),
    Page(ONE, carrier, Needs.OPERATOR),
    Page(f"{ONE}/live", carrier_live, Needs.OPERATOR),
    Page(f"{ONE}/rebind", rebind, Needs.OPERATOR, "POST"),
    Page(f"{ONE}/switch", ask_switch, Needs.OPERATOR),
    Page(f"{ONE}/switch", switch, Needs.OPERATOR, "POST"),
    Page(f"{ONE}/remove", ask_remove, Needs.OPERATOR),
    Page(f"{ONE}/remove", remove, Needs.OPERATOR, "POST"),
    Page(f"{ONE}/proposal", judge, Needs.OPERATOR, "POST"),
    Page(f"{ONE}/settings", settings_form, Needs.OPERATOR),
    Page(f"{ONE}/settings", change_settings, Needs.OPERATOR, "POST"),
    Page(f"{ONE}/trace", trace, Needs.OPERATOR),
    Page(f"{ONE}/trace/live", trace_live, Needs.OPERATOR),
)
