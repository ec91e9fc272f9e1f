"""Vouchers and warnings by command."""

from __future__ import annotations


def test_vouchers_are_made_listed_and_revoked(made):
    """Codes are printed this once."""
    codes = made("voucher", "create", "10", "--count", "2", "--note", "fair").out.split()

    listed = made("voucher", "list", "--json").json
    assert ([len(code) for code in codes], len(listed)) == ([23, 23], 2)
    assert not any(code in str(listed) for code in codes)
    assert made("voucher", "revoke", "1").out.strip() == "Voucher 1 is worth nothing any more."
    assert made("voucher", "list", "--json").json[1]["revoked_at"] != ""
    assert made("voucher", "revoke", "9").code == 1
    assert made("voucher", "create", "0").code == 2


def test_owners_are_warned_below_an_amount(made):
    """Set, shown with the balance, and taken away."""
    assert made("credit", "warn", "Acme", "100", "--json").json["warn_below"] == "100.000000"
    assert made("credit", "balance", "Acme", "--json").json[0]["warn_below"] == "100.000000"
    assert made("credit", "warn", "Acme", "none", "--json").json["warn_below"] is None
    assert made("credit", "warn", "Acme", "0").code == 2
