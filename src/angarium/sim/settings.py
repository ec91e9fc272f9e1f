"""What may be chosen about the simulator. Delays in seconds; None means: only when a test releases it by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorSettings:
    """Limits, delays and addresses of one simulator. Raises ValueError with a sentence when a value cannot work."""

    smsc_host: str = "127.0.0.1"
    smsc_port: int = 2775
    """0: any free one."""
    control_host: str = "127.0.0.1"
    control_port: int | None = 2780
    """Where handsets are read and answered, over HTTP; 0: any free one, None: nowhere."""

    system_id: str = "angarium-sim"
    """How it calls itself in a bind's answer."""
    credentials: Mapping[str, str] | None = None
    """Passwords by system_id; None lets anybody in."""
    links_max: int = 1_000

    receipt_delay_s: float | None = 0.5
    """From taking a message to its receipt: long enough for a person to see it travel."""
    late_receipt_delay_s: float | None = 8.0
    slow_answer_s: float | None = 3.0
    refused_tries: int = 3
    """How often a number with a passing trouble refuses before it takes a message."""
    redelivery_delay_s: float | None = 1.0
    """Until a receipt or reply that was answered with an error is sent again."""
    redeliveries_max: int = 20
    """After so many it is given up and counted."""

    window_max: int = 100
    """deliver_sm that may be unanswered on one link."""
    waiting_max: int = 200_000
    """Receipts and replies that wait for a link; while there are more, submits meet ESME_RMSGQFUL."""
    session_init_s: float | None = 30.0
    enquire_link_s: float | None = 30.0
    response_s: float = 30.0
    """How long a deliver_sm may be unanswered before it is sent again."""

    message_id_prefix: str = "m"
    """Begins every message_id but those of the hex-and-decimal fate. With a letter beyond F, a carrier's setting for
    reading ids as hex or decimal leaves them alone; empty, they are plain digits."""
    first_message_number: int | None = None
    """Where the message_ids begin; None: after those of any earlier run, by the clock."""
    hostility_seed: int = 0
    """Decides whom the switches strike."""
    record_submits: bool = False
    """Whether every submit is kept for `Simulator.submits` and `copies`."""
    submits_recorded_max: int = 1_000_000
    """Further ones are only counted."""

    handsets_max: int = 10_000
    """The one that was quiet for longest is forgotten first."""
    messages_per_handset_max: int = 100

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, int | float) and not isinstance(value, bool) and value < 0:
                raise ValueError(f"{field.name} must not be negative, not {value}")
        for name in ("links_max", "window_max", "waiting_max", "handsets_max", "messages_per_handset_max"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1")
        if len(self.system_id.encode()) > 15 or len(self.message_id_prefix.encode()) > 40:
            raise ValueError("system_id has at most 15 octets, message_id_prefix at most 40")
