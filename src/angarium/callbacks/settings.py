"""What an operator may choose about callbacks."""

from __future__ import annotations

from dataclasses import dataclass

from angarium.callbacks.addresses import AddressRules


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackSettings:
    """Limits and times of HTTP notifications. Making one with impossible values raises ValueError."""

    deadline_s: float = 10.0
    """From taking a connection to the status line, redirects included (rest-api 8.5)."""
    connect_deadline_s: float = 4.0
    """For one address, TLS included; the next address of the name is tried after that."""
    waiting_s_max: float = 30.0
    """How long a notification waits for a connection before its attempt is given up."""
    connections_max: int = 20
    """Connections to one endpoint (scheme, host, port)."""
    connections_total_max: int = 2_000
    """Connections to all endpoints together; each costs a file descriptor."""
    held_per_connection_max: int = 200
    """Notifications of one API connection that are waiting or under way."""
    held_per_silent_connection_max: int = 4
    """The same after its endpoint failed to answer, until it answers again."""
    held_max: int = 20_000
    """Notifications of all API connections that are waiting or under way (about 1 KiB each)."""
    idle_s_max: float = 30.0
    """How long a connection is kept open with nothing to say."""
    connection_age_s_max: float = 300.0
    """After this a connection is replaced, so that a changed address is noticed."""
    redirects_max: int = 3
    head_octets_max: int = 16 * 1024
    """Of an answer, interim answers included."""
    body_octets_max: int = 64 * 1024
    """Of an answer; the rest is not read."""
    addresses_tried_max: int = 3
    """How many addresses of a name are tried."""
    networks_allowed: tuple[str, ...] = ()
    """Networks (CIDR) that may be called although they are not public (rest-api 8.7)."""
    ca_file: str = ""
    """Certificates to trust instead of the system's; a PEM file."""

    def __post_init__(self) -> None:
        AddressRules.allowing(self.networks_allowed)
        for name in ("deadline_s", "connect_deadline_s", "waiting_s_max", "idle_s_max", "connection_age_s_max"):
            if getattr(self, name) <= 0:
                raise ValueError(f"callbacks.{name} must be above 0 seconds.")
        for name in (
            "connections_max",
            "connections_total_max",
            "held_per_connection_max",
            "held_per_silent_connection_max",
            "held_max",
            "head_octets_max",
            "body_octets_max",
            "addresses_tried_max",
        ):
            if getattr(self, name) < 1:
                raise ValueError(f"callbacks.{name} must be 1 or more.")
        if self.redirects_max < 0:
            raise ValueError("callbacks.redirects_max must be 0 or more.")

    @property
    def attempt_s_max(self) -> float:
        """How long one delivery can take from hand-over to its end; a claim's lease must be longer."""
        return self.waiting_s_max + self.deadline_s + 1.0
