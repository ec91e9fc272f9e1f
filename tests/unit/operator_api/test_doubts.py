"""Messages in doubt over the operator's API."""

from __future__ import annotations

from angarium.ports.bell import NOTIFICATIONS, carrier_topic
from tests.gateway import RECIPIENT, Gateway, in_doubt
from tests.unit.operator_api.conftest import Api


async def parked(gateway: Gateway, recipient: int = RECIPIENT) -> str:
    """The id of a message that took its link down twice."""
    (message_id,) = await gateway.send(to=[recipient], callback=7)
    for _ in range(2):
        await gateway.answer(in_doubt(await gateway.submit_one(), killed_link=True))
    return gateway.public_ids.show(message_id)


async def test_parked_messages_are_listed_and_shown(api: Api) -> None:
    """Each once, the newest doubt first; another doubt is left out when only parked ones are wanted (delivery 2.6)."""
    first, second = await parked(api.gateway), await parked(api.gateway, RECIPIENT + 1)
    await api.gateway.send(to=[RECIPIENT + 2])
    await api.gateway.answer(in_doubt(await api.gateway.submit_one()))

    listed = (await api.get("/v1/doubts"))["data"]
    waiting = await api.get("/v1/doubts?parked=true")

    assert [(each["outcome"], each["is_parked"]) for each in listed] == [
        ("resent", False),
        ("parked", True),
        ("parked", True),
    ]
    assert [each["message_id"] for each in waiting["data"]] == [second, first]
    assert waiting["next"] is None
    shown = await api.get(f"/v1/doubts/{first}")
    assert (shown["message_id"], shown["cause"], shown["is_parked"]) == (first, "parked", True)
    assert [event["detail"]["outcome"] for event in shown["doubted"]] == ["resent", "parked"]


async def test_a_list_of_doubts_goes_on_where_a_page_ended(api: Api) -> None:
    """Also over a page on which only older doubts of the same message stood."""
    ids = [await parked(api.gateway, RECIPIENT + at) for at in range(3)]
    seen: list[str] = []
    path = "/v1/doubts?limit=2"
    while True:
        page = await api.get(path)
        seen += [each["message_id"] for each in page["data"]]
        if page["next"] is None:
            break
        path = f"/v1/doubts?limit=2&cursor={page['next']}"

    assert list(dict.fromkeys(seen)) == ids[::-1]


async def test_a_parked_message_is_tried_again_or_given_up(api: Api) -> None:
    """Once, and the audit log says so (delivery 2.6)."""
    first, second = await parked(api.gateway), await parked(api.gateway, RECIPIENT + 1)

    again = await api.ask("POST", f"/v1/doubts/{first}/try-again")
    over = await api.ask("POST", f"/v1/doubts/{second}/give-up")

    assert (again.status, again.body["state"], again.body["cause"]) == (200, "queued", "link_lost_resent")
    assert (over.status, over.body["state"], over.body["status"]) == (200, "unknown", "001")
    assert {NOTIFICATIONS, carrier_topic(api.gateway.carrier.carrier_id)} <= set(api.rung)
    assert [action for action, _ in await api.acts(2)] == ["message.try_again", "message.give_up"]
    for path in (f"/v1/doubts/{first}/try-again", f"/v1/doubts/{second}/give-up"):
        refused = await api.ask("POST", path)
        assert (refused.status, refused.body["code"]) == (422, "invalid")
        assert "not parked any more" in refused.body["detail"]


async def test_what_was_never_in_doubt_is_not_there(api: Api) -> None:
    """A message that went well, and one that never was."""
    (message_id,) = await api.gateway.send()
    public_id = api.gateway.public_ids.show(message_id)

    for path in (f"/v1/doubts/{public_id}", f"/v1/doubts/{'0' * 32}"):
        assert (await api.ask("GET", path)).status == 404
    assert (await api.ask("POST", f"/v1/doubts/{public_id}/give-up")).status == 422
    assert await api.get("/v1/doubts") == {"data": [], "next": None}
