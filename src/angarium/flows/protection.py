"""What protects accounts and those they write to, as intake asks for it, one question a line.

All of it is off for an account that has none of it set, and then costs a look at a setting.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from angarium.core.account import Caller
from angarium.core.blocks import refusals
from angarium.core.clocktime import UnixMs
from angarium.core.countries import Countries
from angarium.core.credit import Credits
from angarium.core.limits import Bucket, Limits, Period, began_at, ends_at, seconds_until
from angarium.core.numbers import MSISDN_DIGITS_MIN, Msisdn
from angarium.core.refusals import Reason, Refusal
from angarium.flows.tables import Tables
from angarium.ports.limits import Usage
from angarium.ports.store import Store, Tx
from angarium.text.segments import Content

_SHORT_BELOW: Final = 10 ** (MSISDN_DIGITS_MIN - 1)
_OTHER_COUNTRY: Final = Refusal(Reason.NO_ROUTE)
_OF_ACCOUNT: Final = 0
"""Stands for a connection where a count or a rate is of the whole account."""

Judge = Callable[[Msisdn], Refusal | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What an operator decides for all accounts."""

    predefined_text: str = ""
    """What an account's messages say until its first purchase (rest-api 3.2); empty lets them say what they say."""
    senders_registered: bool = False
    """No account may use a sender that is not on its list."""


class Protection:
    """The checks of a send that need no transaction."""

    def __init__(self, tables: Tables, *, policy: Policy | None = None) -> None:
        self.policy = policy or Policy()
        self._tables = tables
        self._countries: Countries | None = None
        self._purchasers: set[int] = set()
        """Accounts that were seen to have bought, although the tables did not say so yet."""
        self._buckets: dict[tuple[int, int], Bucket] = {}
        """By account and connection, of those that have a rate: so many, and no more."""

    def predefined(self, caller: Caller) -> Content | None:
        """What this caller's messages say in place of what they say: until the first purchase only (rest-api 3.2)."""
        account = caller.account
        if not self.policy.predefined_text or account.has_purchased or account.account_id in self._purchasers:
            return None
        return Content.of_text(self.policy.predefined_text)

    async def notice_purchases(self, callers: Sequence[Caller], store: Store) -> None:
        """Look whether an account has bought since the tables were loaded: its next message says what it says."""
        if not self.policy.predefined_text:
            return
        asked = {caller.account.account_id for caller in callers if not caller.account.has_purchased}
        if asked - self._purchasers:
            self._purchasers |= await store.purchasers(asked - self._purchasers)

    def over(self, tables: Tables) -> Protection:
        """The same over other tables, as an operator has just loaded them: what is counted is counted for both."""
        other = Protection(tables, policy=self.policy)
        other._countries, other._purchasers, other._buckets = self._countries, self._purchasers, self._buckets
        return other

    def judge(self, caller: Caller, *, prefixes: bool = True) -> Judge | None:
        """How to judge the recipients of this caller; None when all may be written to.

        Without `prefixes` by their countries alone, for whoever is told one thing after the other.
        """
        countries = caller.account.settings.countries
        blocks = self._tables.blocks if prefixes and self._tables.blocks.has_prefixes else None
        account_id = caller.account.account_id
        if countries is None:
            return None if blocks is None else lambda recipient: blocks.refusal(recipient, account_id=account_id)
        of = self._country_of()
        allowed = frozenset(countries)

        def judge(recipient: Msisdn) -> Refusal | None:
            # A short number belongs to no country: a route that names it is the operator's word.
            if recipient >= _SHORT_BELOW and of(recipient) not in allowed:
                return _OTHER_COUNTRY
            return None if blocks is None else blocks.refusal(recipient, account_id=account_id)

        return judge

    @property
    def looks_for_numbers(self) -> bool:
        """Whether any number is blocked, so that it is worth a look."""
        return self._tables.blocks.has_numbers

    async def blocked(
        self, asked: Sequence[tuple[Caller, Sequence[Msisdn]]], store: Store
    ) -> list[dict[Msisdn, Refusal]]:
        """For each caller, which of its recipients are blocked: one look into the store for all of them."""
        blocks = await store.blocked([recipient for _, recipients in asked for recipient in recipients])
        return [refusals(blocks, account_id=caller.account.account_id) for caller, _ in asked]

    def are_limited(self, callers: Sequence[Caller]) -> bool:
        """Whether any of them has a limit, so that it is worth to `pace` and to meter them."""
        return any(
            caller.account.settings.limits is not None or caller.connection.settings.limits is not None
            for caller in callers
        )

    def pace(self, caller: Caller, messages: int, *, now: UnixMs) -> Refusal | None:
        """Take so many messages out of what may be sent in a second, or say when there is room again (429, 130).

        None at all only asks.
        """
        limits, own = caller.account.settings.limits, caller.connection.settings.limits
        if limits is None and own is None:
            return None
        account_id, connection_id = caller.account.account_id, caller.connection.connection_id
        limited = [
            self._bucket((account_id, owner), each.messages_per_s_max, now=now)
            for owner, each in ((_OF_ACCOUNT, limits), (connection_id, own))
            if each is not None and each.messages_per_s_max is not None
        ]
        wait_ms = max((bucket.wait_ms(now=now) for bucket in limited), default=0)
        if wait_ms:
            return Refusal(Reason.LIMIT_REACHED, retry_after_s=seconds_until(now + wait_ms, now=now))
        for bucket in limited:
            bucket.take(messages)
        return None

    def _bucket(self, owner: tuple[int, int], per_s: int, *, now: UnixMs) -> Bucket:
        bucket = self._buckets.get(owner)
        if bucket is None or bucket.per_s != per_s:
            bucket = self._buckets[owner] = Bucket(per_s, now=now)
        return bucket

    def _country_of(self) -> Callable[[Msisdn], str]:
        if self._countries is None:
            self._countries = Countries.load()
        return self._countries.of


# --- what is counted -------------------------------------------------------------------------------------------------


class _Meter:
    """One count of one period, as this transaction has it."""

    def __init__(self, usage: Usage) -> None:
        self.usage = usage
        self.is_changed = False

    def has_room(self, limits: Limits, price: Credits) -> bool:
        usage = self.usage
        if usage.period is Period.DAY:
            return (limits.messages_per_day_max is None or usage.messages < limits.messages_per_day_max) and (
                limits.credits_per_day_max is None or usage.credits + price <= limits.credits_per_day_max
            )
        return limits.credits_per_month_max is None or usage.credits + price <= limits.credits_per_month_max

    def add(self, price: Credits) -> None:
        usage = self.usage
        self.usage = usage._replace(messages=usage.messages + 1, credits=usage.credits + price)
        self.is_changed = True


class Allowance:
    """What one caller may still take, counted as it takes."""

    def __init__(self, meters: Sequence[tuple[Limits, _Meter]]) -> None:
        self._meters = meters
        self._full: set[Period] = set()

    def take(self, price: Credits) -> bool:
        """Count one message of this price; False, and nothing counted, when a limit has no room for it."""
        full = {meter.usage.period for limits, meter in self._meters if not meter.has_room(limits, price)}
        if full:
            self._full |= full
            return False
        for _, meter in self._meters:
            meter.add(price)
        return True

    def counted(self) -> list[tuple[Limits, Usage]]:
        """Each limit that counts here, with what is counted so far in its day and month."""
        return [(limits, meter.usage) for limits, meter in self._meters]

    def refusal(self, *, now: UnixMs) -> Refusal | None:
        """What a caller is told whom a limit has refused everything; None when no limit has refused anything."""
        if not self._full:
            return None
        free_at = max(ends_at(period, now) for period in self._full)
        return Refusal(Reason.LIMIT_REACHED, retry_after_s=seconds_until(free_at, now=now))


class Meters:
    """The counts that concern one transaction. What is refused or released later is not counted back."""

    def __init__(self, usage: Sequence[Usage], *, now: UnixMs) -> None:
        self._now = now
        self._meters = {
            (each.account_id, each.connection_id, each.period): _Meter(each)
            for each in usage
            # A period that is over, or not begun since the clock was set back, counts from nothing.
            if each.began_at == began_at(each.period, now)
        }

    @classmethod
    async def of(cls, callers: Sequence[Caller], tx: Tx, *, now: UnixMs) -> Meters:
        """Look up what is counted for those of these callers that have a limit that is counted."""
        counted = [caller.account.account_id for caller in callers if _counted(caller)]
        return cls(await tx.usage(counted) if counted else (), now=now)

    def allowance(self, caller: Caller) -> Allowance | None:
        """What this caller may still take; None when nothing of it is counted."""
        counted = _counted(caller)
        if not counted:
            return None
        account_id = caller.account.account_id
        return Allowance(
            [(limits, self._meter(account_id, owner, period)) for owner, limits in counted for period in Period]
        )

    async def save(self, tx: Tx) -> None:
        """Keep the counts that have grown."""
        changed = [meter.usage for meter in self._meters.values() if meter.is_changed]
        if changed:
            await tx.set_usage(changed)

    def _meter(self, account_id: int, connection_id: int, period: Period) -> _Meter:
        key = account_id, connection_id, period
        meter = self._meters.get(key)
        if meter is None:
            meter = self._meters[key] = _Meter(Usage(*key, began_at(period, self._now), 0, 0))
        return meter


def _counted(caller: Caller) -> list[tuple[int, Limits]]:
    account, connection = caller.account.settings.limits, caller.connection.settings.limits
    both = ((_OF_ACCOUNT, account), (caller.connection.connection_id, connection))
    return [(owner, limits) for owner, limits in both if limits is not None and limits.is_counted]
