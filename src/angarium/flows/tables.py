"""The tables an operator sets, as this process last loaded them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from angarium.core.account import Directory
from angarium.core.blocks import BlockList
from angarium.core.features import ALL_FEATURES, Needs, table_needs
from angarium.core.inbound_numbers import NumberTable
from angarium.core.routing import RoutingTable
from angarium.ports.store import CarrierRow, Store
from angarium.text.national import NationalLanguage


class Tables:
    """Accounts, routes, carriers and inbound numbers in memory, so that no message waits for a read of them.

    Other processes (the CLI, say) may change the store: `refresh` looks whether they did.
    """

    def __init__(self, *, features_of: Callable[[CarrierRow], Needs] = lambda _: ALL_FEATURES) -> None:
        """`features_of` reads from a carrier's settings, which are its edge's to read, what the carrier has."""
        self._features_of = features_of
        self.directory = Directory(accounts={}, connections={}, credentials={})
        self.routing = RoutingTable((), ())
        self.carriers: list[CarrierRow] = []
        self._languages: dict[int, frozenset[NationalLanguage]] = {}
        """By carrier, for those that let national tables through."""
        self.blocks = BlockList()
        self.features: dict[int, Needs] = {}
        """What each carrier has."""
        self.held: frozenset[int] = frozenset()
        """Carriers to whom nothing is submitted."""
        self.numbers = NumberTable()
        self.opted_out: set[int] = set()
        """Accounts that any handset has opted out of."""
        self._version = -1

    async def refresh(self, store: Store) -> bool:
        """Load everything again if anything changed since the last time; True when it did."""
        version = await store.settings_version()
        if version == self._version:
            return False
        self.directory = await store.directory()
        routing = await store.routing_table()
        self.carriers = await store.carriers()
        self._languages = {row.carrier_id: row.languages for row in self.carriers if row.languages}
        self.blocks = await store.block_list()
        self.features = {row.carrier_id: self._features_of(row) | table_needs(row.languages) for row in self.carriers}
        self.routing = routing.with_features(self.features)
        self.held = frozenset(row.carrier_id for row in self.carriers if row.hold)
        self.numbers = await store.number_table()
        self.opted_out = await store.accounts_with_opt_outs()
        # Last: a failure above leaves the old version, and the next look tries again.
        self._version = version
        return True

    def languages(self, carrier_ids: Iterable[int]) -> frozenset[NationalLanguage]:
        """The languages whose national tables each of these carriers lets through; none when there is no carrier."""
        if not self._languages:
            return frozenset()
        allowed = [self._languages.get(carrier_id, frozenset()) for carrier_id in set(carrier_ids)]
        return frozenset.intersection(*allowed) if allowed else frozenset()
