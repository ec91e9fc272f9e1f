"""A text by national tables goes from the customer to the handset, and is read there as it was written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.service import Carrier, whole_service

TURKISH = "Sayın müşterimiz, şifreniz 482913. Bu kodu kimseyle paylaşmayınız; iyi günler dileriz. " * 3
HINDI = (
    "\u0928\u092e\u0938\u094d\u0924\u0947, \u0906\u092a\u0915\u093e ORDER \u0906 \u0917\u092f\u093e \u0939\u0948! " * 6
)
SPANISH = "Su código es 482913. Él llamará mañana a las 10; según la última información, está aquí. " * 3


@pytest.mark.parametrize(
    ("language", "text", "number"),
    [
        ("turkish", TURKISH, "905320000001"),
        ("hindi", HINDI, "919900000001"),
        ("spanish", SPANISH, "34600000001"),
    ],
)
async def test_a_national_text_is_whole_on_the_handset(tmp_path: Path, language: str, text: str, number: str) -> None:
    """Fewer parts than UCS-2, each of them names the table, and they are joined without a fault (rest-api 4.2, 4.3)."""
    carriers = (Carrier("plain", ""), Carrier("national", number[:2], {"national_tables": language}))
    async with whole_service(tmp_path, *carriers) as service, service.customer() as customer:
        await service.bound(2)
        sent = await customer.send(number, text=text)
        await service.final(sent)
        (charge,) = [(await customer.call("GET", f"/rest/message/{each}")).json()["data"]["charge"] for each in sent]
        handset = service.simulator.handsets.get(number)
        assert handset is not None
        (message,) = handset.messages

        assert (message.text, message.alphabet) == (text, "gsm7")
        assert message.segments < -(-len(text) // 67)
        assert charge == round(0.8 * message.segments, 1)


async def test_the_same_text_goes_as_ucs2_where_the_carrier_does_not_allow_it(tmp_path: Path) -> None:
    """Nobody guesses what a carrier's handsets read (rest-api 4.2)."""
    async with whole_service(tmp_path) as service, service.customer() as customer:
        await service.bound(1)
        await service.final(await customer.send("905320000001", text=TURKISH))
        handset = service.simulator.handsets.get("905320000001")
        assert handset is not None
        (message,) = handset.messages

        assert (message.text, message.alphabet, message.segments) == (TURKISH, "ucs2", -(-len(TURKISH) // 67))
