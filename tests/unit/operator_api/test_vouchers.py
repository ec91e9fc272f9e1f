"""Vouchers and warnings over the operator's API."""

from __future__ import annotations

from angarium.flows import purchases
from tests.unit.operator_api.conftest import Api


async def test_vouchers_are_made_listed_and_revoked(api: Api) -> None:
    """Codes are in the first answer only; what was redeemed stays, and is in the ledger."""
    made = await api.ask("POST", "/v1/vouchers", {"amount": "10", "count": 3, "days": 30, "note": "fair"})
    codes = made.body["codes"]
    await purchases.redeem_voucher(api.desk(), 1, codes[0])
    listed = (await api.get("/v1/vouchers?limit=2"))["data"]
    rest = await api.get(f"/v1/vouchers?limit=2&cursor={(await api.get('/v1/vouchers?limit=2'))['next']}")

    assert (made.status, len(codes), made.body["amount"]) == (201, 3, "10.000000")
    assert [each["voucher_id"] for each in (*listed, *rest["data"])] == [3, 2, 1]
    assert rest["data"][0]["account_id"] == 1
    assert (await api.ask("DELETE", "/v1/vouchers/2")).status == 204
    assert (await api.get("/v1/vouchers"))["data"][1]["revoked_at"] is not None
    assert (await api.ask("DELETE", "/v1/vouchers/1")).status == 409
    assert (await api.ask("DELETE", "/v1/vouchers/9")).status == 404
    newest = (await api.get("/v1/accounts/1/purchases"))["data"][0]
    assert (newest["amount"], newest["origin"]) == ("10.000000", "voucher")
    assert [action for action, _ in await api.acts(3)] == ["voucher.create", "voucher.redeem", "voucher.revoke"]


async def test_vouchers_that_cannot_be_made_are_told(api: Api) -> None:
    """With the field."""
    for body, field in (
        ({"amount": "0"}, "amount"),
        ({"amount": "1", "count": 0}, "count"),
        ({"amount": "x"}, "amount"),
    ):
        said = await api.ask("POST", "/v1/vouchers", body)
        assert (said.status, said.body["field"]) == (422, field), body


async def test_owners_are_warned_below_an_amount(api: Api) -> None:
    """It is set, shown with the balance, and taken away."""
    path = "/v1/accounts/1/credit-warning"

    low = await api.ask("PUT", path, {"warn_below": "1000"})
    enough = await api.ask("PUT", path, {"warn_below": "1"})
    shown = await api.get("/v1/accounts/1/balance")
    never = await api.ask("PUT", path, {"warn_below": None})

    assert (low.body["warn_below"], low.body["is_low"]) == ("1000.000000", True)
    assert enough.body == shown
    assert (shown["warn_below"], shown["is_low"]) == ("1.000000", False)
    assert (never.body["warn_below"], never.body["is_low"]) == (None, False)
    refused = await api.ask("PUT", path, {"warn_below": "0"})
    assert (refused.status, refused.body["field"]) == (422, "warn_below")
    assert (await api.ask("PUT", "/v1/accounts/9/credit-warning", {"warn_below": "1"})).status == 404
    assert ("credit.watch", "account/1") in await api.acts(3)
