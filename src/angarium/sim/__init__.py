"""A carrier with handsets, kind or hostile, for demos, tests and load.

Knows: how to be an SMSC over TCP (binds, submits, receipts, messages from handsets), the fate that the last digits of a
number decide, and what each handset has received. Refuses to know the gateway: it meets it only over SMPP, like a real
carrier, and it keeps everything in memory.

    gateway ==SMPP==> link.SmscLink --submit_sm--> smsc.Simulator --> fates (what happens) --> handsets (what arrived)
                          ^                            |                ^ bent by
                          |                            |            hostility: the traps of `switches` that are set
                          '------- mailbox.Mailbox <---'  receipts and replies, kept until they are acknowledged
                                        ^
             a person, a test --HTTP--> control: read a handset, type a reply, release what is late, set a trap

Fates are for people, who choose a number and see what follows. Hostility is a layer over them for whoever must not be
surprised: each switch strikes a share of all messages, writes, links or binds, by a seed.
"""

from __future__ import annotations

from angarium.sim.control import Control
from angarium.sim.fates import FATES, Fate, fate_of
from angarium.sim.settings import SimulatorSettings
from angarium.sim.smsc import CannotReply, Counters, Simulator, SubmitRecord

__all__ = [
    "FATES",
    "CannotReply",
    "Control",
    "Counters",
    "Fate",
    "Simulator",
    "SimulatorSettings",
    "SubmitRecord",
    "fate_of",
]
