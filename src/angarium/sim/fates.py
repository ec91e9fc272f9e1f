"""What becomes of a message: the last four digits of its recipient's number decide. This is the one table of it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from angarium.smpp.constants import CommandStatus, MessageState

SUFFIX_DIGITS: Final = 4


class When(enum.Enum):
    """When a receipt is sent; the delays are settings."""

    BEFORE_ANSWER = "before the answer"
    SOON = "soon"
    LATE = "late"


class Form(enum.Enum):
    """How a receipt is written."""

    TEXT = "text"
    TLVS = "TLVs only"
    UNFLAGGED = "text, but esm_class says that it is a message"
    GARBLED = "flagged as a receipt, but senseless"
    EMPTY = "flagged as a receipt, and nothing in it"
    LOWER = "small letters and commas"
    EQUALS = "equals signs and semicolons"
    WORDS = "long names"
    NUMBERED = "the state as a number"
    TEXT_FIRST = "its own text first"
    ID_IN_TLV = "text, its id in a TLV only"
    ID_IN_TEXT = "TLVs, its id in the text only"


class Through(enum.Enum):
    """By whom a receipt is sent."""

    ANY_LINK = "any link"
    OTHER_LINK = "another link than the one that took the message"
    OTHER_CARRIER = "a link of another carrier"


class Manner(enum.Enum):
    """What the SMSC does with a submit_sm that it does not refuse."""

    ANSWER = "answer"
    ANSWER_SLOWLY = "answer slowly"
    NEVER_ANSWER = "never answer"
    DROP_BEFORE_TAKING = "drop the link, message not taken"
    DROP_AFTER_TAKING = "drop the link, message taken"


class Lasting(enum.Enum):
    """How long a refusal or a dropped link goes on, counted for each number."""

    ALWAYS = "always"
    FEW_TRIES = "a few tries"
    """As many as the setting `refused_tries` says; the next one is taken, and the count begins again."""
    ONCE = "once"


class Saying(NamedTuple):
    """One receipt."""

    state: MessageState
    error: bytes = b"000"
    when: When = When.SOON
    form: Form = Form.TEXT
    intermediate: bool = False
    later_s: float | None = 0
    """In place of the delay that `when` has; 0: that delay, None: until late receipts are released."""
    through: Through = Through.ANY_LINK
    esm_class: int | None = None
    """In place of the one that belongs to it."""


class Fate(NamedTuple):
    """A row of the table."""

    suffix: str
    """The last digits of the number; empty for every number that has no other fate."""
    name: str
    sentence: str
    receipts: tuple[Saying, ...] = (Saying(MessageState.DELIVERED),)
    refusal: int = CommandStatus.ESME_ROK
    manner: Manner = Manner.ANSWER
    lasting: Lasting = Lasting.ALWAYS
    hex_in_response: bool = False
    empty_answer: bool = False

    @property
    def reaches_handset(self) -> bool:
        """Whether the text is shown on the handset once the message is taken."""
        return not self.receipts or any(saying.state is MessageState.DELIVERED for saying in self.receipts)


_DELIVERED: Final = Saying(MessageState.DELIVERED)

DELIVERED: Final = Fate("", "delivered", "It arrives, and its receipt says so.")

FATES: Final[tuple[Fate, ...]] = (
    DELIVERED,
    # Receipts that say no.
    Fate("9001", "undeliverable", "The receipt says UNDELIV.", (Saying(MessageState.UNDELIVERABLE, b"001"),)),
    Fate("9002", "expired", "The receipt says EXPIRED.", (Saying(MessageState.EXPIRED, b"004"),)),
    Fate("9003", "rejected", "The receipt says REJECTD.", (Saying(MessageState.REJECTED, b"005"),)),
    Fate("9004", "deleted", "The receipt says DELETED.", (Saying(MessageState.DELETED, b"006"),)),
    Fate("9005", "unknown", "The receipt says UNKNOWN.", (Saying(MessageState.UNKNOWN, b"007"),)),
    # Answers that say no.
    Fate(
        "9010",
        "refused recipient",
        "submit_sm is refused for good: ESME_RINVDSTADR.",
        refusal=CommandStatus.ESME_RINVDSTADR,
    ),
    Fate(
        "9011",
        "refused content",
        "submit_sm is refused for good: ESME_RX_P_APPN.",
        refusal=CommandStatus.ESME_RX_P_APPN,
    ),
    Fate(
        "9012",
        "refused sender",
        "submit_sm is refused for good: ESME_RINVSRCADR.",
        refusal=CommandStatus.ESME_RINVSRCADR,
    ),
    Fate(
        "9013",
        "throttled",
        "The first tries meet ESME_RTHROTTLED, the next is taken and delivered.",
        refusal=CommandStatus.ESME_RTHROTTLED,
        lasting=Lasting.FEW_TRIES,
    ),
    Fate(
        "9014",
        "queue full",
        "The first tries meet ESME_RMSGQFUL, the next is taken and delivered.",
        refusal=CommandStatus.ESME_RMSGQFUL,
        lasting=Lasting.FEW_TRIES,
    ),
    Fate(
        "9015",
        "system error",
        "The first tries meet ESME_RSYSERR, the next is taken and delivered.",
        refusal=CommandStatus.ESME_RSYSERR,
        lasting=Lasting.FEW_TRIES,
    ),
    Fate(
        "9016",
        "system error for ever",
        "Every try meets ESME_RSYSERR.",
        refusal=CommandStatus.ESME_RSYSERR,
    ),
    Fate(
        "9017",
        "unheard-of status",
        "The first tries meet 0x00000455, which no specification names; the next is taken and delivered.",
        refusal=0x0455,
        lasting=Lasting.FEW_TRIES,
    ),
    # Answers that do not come as they should.
    Fate("9020", "slow answer", "submit_sm_resp takes a few seconds.", manner=Manner.ANSWER_SLOWLY),
    Fate("9021", "no answer", "submit_sm is never answered, and nothing arrives.", (), manner=Manner.NEVER_ANSWER),
    Fate(
        "9022",
        "link lost, not taken",
        "The first try drops the link in mid-window before the message is taken; the next is delivered.",
        manner=Manner.DROP_BEFORE_TAKING,
        lasting=Lasting.ONCE,
    ),
    Fate(
        "9023",
        "link lost, taken",
        "The first try drops the link in mid-window after the message was taken: sent again, it arrives twice.",
        manner=Manner.DROP_AFTER_TAKING,
        lasting=Lasting.ONCE,
    ),
    Fate(
        "9024",
        "link killer",
        "Every try drops the link, and the message is never taken.",
        (),
        manner=Manner.DROP_BEFORE_TAKING,
    ),
    Fate(
        "9025", "answer without an id", "ESME_ROK comes without a message_id; no receipt can match.", empty_answer=True
    ),
    # Receipts that do not come as they should.
    Fate(
        "9030",
        "receipt first",
        "The receipt comes before submit_sm_resp.",
        (_DELIVERED._replace(when=When.BEFORE_ANSWER),),
    ),
    Fate("9031", "receipt late", "The receipt takes several seconds.", (_DELIVERED._replace(when=When.LATE),)),
    Fate("9032", "receipt twice", "The same receipt comes twice.", (_DELIVERED, _DELIVERED)),
    Fate("9033", "no receipt", "It arrives, but no receipt ever says so.", ()),
    Fate(
        "9034",
        "hex and decimal",
        "The message_id is hex in submit_sm_resp and decimal in the receipt.",
        hex_in_response=True,
    ),
    Fate(
        "9035",
        "on its way",
        "An intermediate receipt says ENROUTE, the final one DELIVRD.",
        (Saying(MessageState.ENROUTE, intermediate=True), _DELIVERED),
    ),
    Fate("9036", "receipt in TLVs", "The receipt has no text, only TLVs.", (_DELIVERED._replace(form=Form.TLVS),)),
    Fate(
        "9037",
        "receipt as a message",
        "esm_class says that the receipt is a message from a handset.",
        (_DELIVERED._replace(form=Form.UNFLAGGED),),
    ),
    Fate(
        "9038",
        "receipt garbled",
        "The first receipt makes no sense, the second does.",
        (_DELIVERED._replace(form=Form.GARBLED), _DELIVERED),
    ),
    Fate(
        "9039",
        "changed mind",
        "The first receipt says DELIVRD, a late one EXPIRED: the first one counts.",
        (_DELIVERED, Saying(MessageState.EXPIRED, b"004", When.LATE)),
    ),
)

_BY_SUFFIX: Final[Mapping[bytes, Fate]] = MappingProxyType({fate.suffix.encode(): fate for fate in FATES[1:]})


def fate_of(destination_addr: bytes) -> Fate:
    """Return the fate of a message to this number, however the number is written."""
    return _BY_SUFFIX.get(destination_addr[-SUFFIX_DIGITS:], DELIVERED)
