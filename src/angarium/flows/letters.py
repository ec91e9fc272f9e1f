"""What our letters say, in plain words."""

from __future__ import annotations

from angarium.core.credit import Credits, format_credits
from angarium.ports.mail import Letter


def invitation(to: str, link: str, *, by: str, service: str) -> Letter:
    """Somebody may sign in from now on."""
    return Letter(
        to,
        f"You are invited to {service}",
        f"{by} invites you to {service}.\n\n"
        f"Choose a password here, once and within a week:\n\n{link}\n\n"
        "If this tells you nothing, leave it: without a password nothing happens.\n",
    )


def reset(to: str, link: str, *, service: str) -> Letter:
    """Somebody has forgotten a password, or an owner or operator helps."""
    return Letter(
        to,
        f"Choose another password for {service}",
        f"Somebody asked for another password for your login {to} at {service}.\n\n"
        f"Choose it here, once and within two hours:\n\n{link}\n\n"
        "If that was not you, leave it: your password stays as it is.\n",
    )


def low_credit(to: str, link: str, *, account: str, free: Credits, limit: Credits, service: str) -> Letter:
    """An account has less credit than its owners want to have."""
    return Letter(
        to,
        f"{account} has little credit left at {service}",
        f"{account} has {format_credits(free)} credits left at {service}, which is less than {format_credits(limit)}.\n"
        f"Messages are refused when there is none left.\n\nBuy more here:\n\n{link}\n",
    )
