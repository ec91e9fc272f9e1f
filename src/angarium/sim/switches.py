"""Every trap that the simulator can set: the one table of switches, for its help, its control and its documentation.

A switch bends the plan for a message (what fate decided) or the manners of a link. It says what it does and which row
of delivery 2 or 3 it stands for, such as `delivery 3.1`, the first trap of that table.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final, NamedTuple

from angarium.sim.fates import Fate, Form, Saying, Through, When
from angarium.smpp.constants import CommandStatus, MessageState

ANY: Final = "any"
"""As the value of a parameter: another of its words for each message."""
RATE: Final = "rate"
"""The share of messages, writes, links or binds that a switch strikes: every switch has it."""


class BadSwitch(ValueError):
    """A switch that does not exist, or a value that it cannot have; the text is a sentence that says what to do."""


class Blow(enum.Enum):
    """What befalls a link in mid-window."""

    RESET = "reset"
    SILENCE = "silence"
    STALL = "stall"
    UNBIND = "unbind"
    GARBAGE = "garbage"
    LENGTH = "length"
    COMMAND = "command"


@dataclass(slots=True)
class Plan:
    """What is to become of one submit: its fate, bent by the switches that strike it."""

    fate: Fate
    refusal: int = 0
    """The command_status of its answer; then it is not taken."""
    is_nacked: bool = False
    is_taken: bool = True
    is_answered: bool = True
    answers: int = 1
    answer_delay_s: float | None = 0
    """None: until slow answers are released."""
    disorder: int = 0
    """Its answer waits until so many wait, and they go out shuffled."""
    disorder_s: float = 0
    is_stray_added: bool = False
    """Another answer comes with it, under a sequence_number that nobody used."""
    id_form: str = "plain"
    ids_max: int | None = None
    """So many ids exist; they are given again and again."""
    blow: Blow | None = None
    blow_value: Any = None


Values = Mapping[str, Any]
Strike = Callable[[Plan, Values], None]
"""Bends a plan."""


class Parameter(NamedTuple):
    """What can be chosen about a switch."""

    name: str
    default: Any
    sentence: str
    words: tuple[str, ...] = ()
    """What it may be, if it is a word; else it is a number."""
    low: float = 0
    high: float = 1e9
    optional: bool = False
    """Whether null is a value too: until released, or without end."""

    def read(self, value: Any) -> Any:
        """Return the value if it can be one; BadSwitch otherwise."""
        if self.words:
            if value in self.words:
                return value
            raise BadSwitch(f"{self.name} must be one of {', '.join(self.words)}.")
        if value is None and self.optional:
            return None
        wanted = int if isinstance(self.default, int) else float
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and self.low <= value <= self.high and wanted(value) == value:
            return wanted(value)
        kind = "a whole number" if wanted is int else "a number"
        more = ", or null" if self.optional else ""
        raise BadSwitch(f"{self.name} must be {kind} from {self.low:g} to {self.high:g}{more}.")

    def settled(self, value: Any, chance: float) -> Any:
        """Return the value itself, or for ANY the word that a number from 0 to 1 chooses."""
        if value != ANY:
            return value
        words = [word for word in self.words if word != ANY]
        return words[min(int(chance * len(words)), len(words) - 1)]


class Switch(NamedTuple):
    """A row of the table."""

    name: str
    sentence: str
    trap: str
    """The row of delivery 2 or 3 that it stands for."""
    parameters: tuple[Parameter, ...] = ()
    strike: Strike | None = None
    """None: it is about links, not about messages."""

    def settled(self, values: Values, chance: float) -> Values:
        """Return `values` without ANY: a number from 0 to 1 chooses."""
        if ANY not in values.values():
            return values
        chosen = {each.name: each.settled(values[each.name], chance) for each in self.parameters}
        return {**values, **chosen}

    def read(self, given: object) -> dict[str, Any]:
        """Return all values of this switch: `given` is true, a rate, or a mapping; what is missing has its default."""
        values = {each.name: each.default for each in (RATE_PARAMETER, *self.parameters)}
        by_name = {each.name: each for each in (RATE_PARAMETER, *self.parameters)}
        if given is True or given is None:
            given = {}
        elif isinstance(given, int | float) and not isinstance(given, bool):
            given = {RATE: given}
        if not isinstance(given, Mapping):
            raise BadSwitch(f"{self.name} takes true, a rate from 0 to 1, or a table of {', '.join(by_name)}.")
        for name, value in given.items():
            if name not in by_name:
                raise BadSwitch(f"{self.name} has no {name}; it has {', '.join(by_name)}.")
            values[name] = by_name[name].read(value)
        return values


RATE_PARAMETER: Final = Parameter(RATE, 1.0, "Share that it strikes.", high=1.0)
_SECONDS: Final = Parameter("seconds", 5.0, "How long; null: until it is released by name.", optional=True)
_TAKEN: Final = Parameter("taken", "no", "Whether the message was taken before.", words=("yes", "no"))

ID_FORMS: Final = (
    *("upper", "lower", "hex-then-decimal", "decimal-then-hex", "zeros", "wide", "uuid", "negative"),
    *("only-in-tlv", "only-in-text"),
)
RECEIPT_FORMS: Final[Mapping[str, Form]] = {
    form.name.lower().replace("_", "-"): form for form in Form if form not in (Form.TEXT, Form.UNFLAGGED)
}
STATUSES: Final = ("ESME_RTHROTTLED", "ESME_RMSGQFUL")
STATES: Final = ("UNDELIVERABLE", "EXPIRED", "DELETED", "REJECTED", "UNKNOWN", "DELIVERED")


def _each(plan: Plan, **changed: Any) -> None:
    """Change every receipt of a plan."""
    plan.fate = plan.fate._replace(receipts=tuple(saying._replace(**changed) for saying in plan.fate.receipts))


def _add(plan: Plan, *more: Saying, first: bool = False) -> None:
    """Add receipts to a plan that has any."""
    said = plan.fate.receipts
    if said:
        plan.fate = plan.fate._replace(receipts=(*more, *said) if first else (*said, *more))


def _early(plan: Plan, _: Values) -> None:
    if plan.fate.receipts:
        first, *rest = plan.fate.receipts
        plan.fate = plan.fate._replace(receipts=(first._replace(when=When.BEFORE_ANSWER), *rest))


def _late(plan: Plan, values: Values) -> None:
    _each(plan, when=When.LATE, later_s=values["seconds"])


def _twice(plan: Plan, values: Values) -> None:
    _add(plan, *plan.fate.receipts[-1:] * (values["copies"] - 1))


def _contradicted(plan: Plan, values: Values) -> None:
    _add(plan, Saying(MessageState[values["state"]], b"099"))


def _intermediate(plan: Plan, values: Values) -> None:
    _add(plan, Saying(MessageState[values["state"]], intermediate=True), first=True)


def _missing(plan: Plan, _: Values) -> None:
    plan.fate = plan.fate._replace(receipts=())


def _elsewhere(plan: Plan, _: Values) -> None:
    _each(plan, through=Through.OTHER_LINK)


def _stranger(plan: Plan, values: Values) -> None:
    _add(plan, Saying(MessageState[values["state"]], b"098", through=Through.OTHER_CARRIER), first=True)


def _form(plan: Plan, values: Values) -> None:
    _each(plan, form=RECEIPT_FORMS[values["form"]])


def _flag(plan: Plan, values: Values) -> None:
    _each(plan, esm_class=values["esm_class"])


def _id_form(plan: Plan, values: Values) -> None:
    plan.id_form = values["form"]
    if plan.id_form in _ID_PLACES:
        _each(plan, form=_ID_PLACES[plan.id_form])


def _reused(plan: Plan, values: Values) -> None:
    plan.ids_max = values["ids"]


def _disordered(plan: Plan, values: Values) -> None:
    plan.disorder, plan.disorder_s = values["depth"], values["seconds"]


def _answer_late(plan: Plan, values: Values) -> None:
    plan.answer_delay_s = values["seconds"]


def _answer_twice(plan: Plan, values: Values) -> None:
    plan.answers = values["copies"]


def _answer_stray(plan: Plan, _: Values) -> None:
    plan.is_stray_added = True


def _answer_missing(plan: Plan, values: Values) -> None:
    plan.is_answered, plan.is_taken = False, values["taken"] == "yes"


def _nacked(plan: Plan, _: Values) -> None:
    plan.is_nacked, plan.is_taken = True, False


def _refused(plan: Plan, values: Values) -> None:
    plan.refusal = int(CommandStatus[values["status"]])


def _blow(blow: Blow, value: str = "", *, fatal: bool = True) -> Strike:
    def strike(plan: Plan, values: Values) -> None:
        plan.blow, plan.blow_value = blow, values.get(value)
        if fatal:
            plan.is_answered, plan.is_taken = False, values.get("taken") == "yes"

    return strike


_ID_PLACES: Final[Mapping[str, Form]] = {"only-in-tlv": Form.ID_IN_TLV, "only-in-text": Form.ID_IN_TEXT}

SWITCHES: Final[tuple[Switch, ...]] = (
    # Receipts.
    Switch("receipt-early", "The receipt comes before submit_sm_resp.", "delivery 3.1", (), _early),
    Switch(
        "id-form",
        "The id is written in another form than usual, or otherwise in the receipt than in the answer.",
        "delivery 3.2",
        (Parameter("form", ANY, "Which form.", words=(ANY, *ID_FORMS)),),
        _id_form,
    ),
    Switch(
        "receipt-elsewhere", "The receipt comes on another link of the same carrier.", "delivery 3.3", (), _elsewhere
    ),
    Switch(
        "receipt-stranger",
        "Another carrier sends a receipt with the same id.",
        "delivery 3.4",
        (Parameter("state", "UNDELIVERABLE", "What it says.", words=STATES),),
        _stranger,
    ),
    Switch(
        "id-reused",
        "There are only so many ids, and each is given again.",
        "delivery 3.5",
        (Parameter("ids", 100, "How many there are.", low=1),),
        _reused,
    ),
    Switch(
        "receipt-late",
        "The receipt takes long.",
        "delivery 3.7",
        (_SECONDS,),
        _late,
    ),
    Switch("receipt-missing", "No receipt ever comes.", "delivery 3.8", (), _missing),
    Switch(
        "receipt-twice",
        "The final receipt is repeated.",
        "delivery 3.9",
        (Parameter("copies", 2, "How often it comes.", low=2, high=100),),
        _twice,
    ),
    Switch(
        "receipt-contradicted",
        "After the final receipt comes another that says otherwise.",
        "delivery 3.9",
        (Parameter("state", "UNDELIVERABLE", "What the second one says.", words=STATES),),
        _contradicted,
    ),
    Switch(
        "receipt-intermediate",
        "A receipt on the way comes before the final one.",
        "delivery 3.10",
        (Parameter("state", "ENROUTE", "What it says.", words=("ENROUTE", "ACCEPTED", "SCHEDULED")),),
        _intermediate,
    ),
    Switch(
        "receipt-form",
        "The receipt is written as another vendor writes it, or in TLVs only, or not at all.",
        "delivery 3.11",
        (Parameter("form", ANY, "Which form.", words=(ANY, *RECEIPT_FORMS)),),
        _form,
    ),
    Switch(
        "receipt-flag",
        "esm_class says that the receipt is something else.",
        "delivery 3.11",
        (Parameter("esm_class", 0, "The esm_class: 0 is a message from a handset.", high=255),),
        _flag,
    ),
    # Answers.
    Switch(
        "throttled",
        "In waves, submits meet ESME_RTHROTTLED or ESME_RMSGQFUL.",
        "delivery 2.2",
        (
            Parameter("every", 100, "How many submits there are from wave to wave.", low=1),
            Parameter("length", 20, "How many of them are in the wave.", low=1),
            Parameter("status", "ESME_RTHROTTLED", "The answer.", words=STATUSES),
        ),
        _refused,
    ),
    Switch(
        "failing",
        "Submits meet a temporary error.",
        "delivery 2.3",
        (Parameter("status", "ESME_RSYSERR", "The answer.", words=("ESME_RSYSERR", "ESME_RX_T_APPN")),),
        _refused,
    ),
    Switch("answer-late", "submit_sm_resp takes long.", "delivery 2.5", (_SECONDS,), _answer_late),
    Switch("answer-missing", "submit_sm is never answered.", "delivery 2.5", (_TAKEN,), _answer_missing),
    Switch(
        "answer-disordered",
        "submit_sm_resp come in another order than the submits.",
        "delivery 2.1",
        (
            Parameter("depth", 8, "How many are shuffled.", low=2, high=1000),
            Parameter("seconds", 0.05, "How long they wait for one another.", low=0.001),
        ),
        _disordered,
    ),
    Switch(
        "answer-twice",
        "submit_sm_resp is repeated.",
        "delivery 2.1",
        (Parameter("copies", 2, "How often it comes.", low=2, high=100),),
        _answer_twice,
    ),
    Switch(
        "answer-stray", "A second submit_sm_resp has a sequence_number of its own.", "delivery 2.7", (), _answer_stray
    ),
    Switch("nacked", "A submit_sm is answered with generic_nack.", "delivery 2.7", (), _nacked),
    # Links.
    Switch(
        "unknown-command",
        "A PDU comes whose command_id nobody knows.",
        "delivery 2.7",
        (),
        _blow(Blow.COMMAND, fatal=False),
    ),
    Switch("garbage", "Something that is no SMPP comes in the middle.", "delivery 2.7", (_TAKEN,), _blow(Blow.GARBAGE)),
    Switch(
        "absurd-length",
        "A PDU comes whose command_length cannot be.",
        "delivery 2.7",
        (Parameter("length", 0, "What it says.", high=0xFFFFFFFF), _TAKEN),
        _blow(Blow.LENGTH, "length"),
    ),
    Switch("reset", "The connection is reset in mid-window.", "delivery 2.5", (_TAKEN,), _blow(Blow.RESET)),
    Switch(
        "half-open",
        "The link goes silent for ever, and nobody hangs up.",
        "delivery 2.5",
        (_TAKEN,),
        _blow(Blow.SILENCE),
    ),
    Switch(
        "stall",
        "The link is not read from for a while.",
        "delivery 2.5",
        (_SECONDS,),
        _blow(Blow.STALL, "seconds", fatal=False),
    ),
    Switch("unbind", "The carrier unbinds in mid-window.", "delivery 2.6", (), _blow(Blow.UNBIND)),
    Switch(
        "bind-refused",
        "Binds are refused for a while.",
        "delivery 2.6",
        (
            Parameter("binds", 3, "How many, counted from the moment of switching; null: all.", optional=True),
            Parameter(
                "status", "ESME_RBINDFAIL", "The answer.", words=("ESME_RBINDFAIL", "ESME_RINVPASWD", "ESME_RSYSERR")
            ),
        ),
    ),
    Switch("enquire-unanswered", "enquire_link is not answered.", "delivery 2.5"),
    Switch(
        "coalesced",
        "What is to be written waits for more, and goes out in one write.",
        "delivery 2.7",
        (Parameter("seconds", 0.02, "How long.", low=0.001),),
    ),
    Switch(
        "split",
        "What is to be written goes out in pieces.",
        "delivery 2.7",
        (Parameter("octets", 1, "The size of a piece.", low=1),),
    ),
)


def switch_named(name: str) -> Switch:
    """Return the switch of this name; BadSwitch if there is none."""
    found = next((switch for switch in SWITCHES if switch.name == name), None)
    if found is None:
        near = get_close_matches(name, [switch.name for switch in SWITCHES], n=1)
        hint = f"; is it {near[0]}?" if near else "; `angarium sim --switches` lists them."
        raise BadSwitch(f"There is no switch {name}{hint}")
    return found


def read_switches(given: object) -> dict[str, dict[str, Any]]:
    """Read a table of switches by name, as JSON has it. BadSwitch says what is wrong with it."""
    if not isinstance(given, Mapping):
        raise BadSwitch('Switches are a table of names, such as {"receipt-twice": {"rate": 0.1}}.')
    return {name: switch_named(name).read(values) for name, values in given.items() if values is not False}


def read_words(word: str) -> tuple[str, dict[str, Any]]:
    """Read one switch as a command line has it: NAME, NAME=RATE, or NAME=RATE,PARAMETER=VALUE,..."""
    name, *rest = re.split("[=,]", word, maxsplit=1)
    given: dict[str, Any] = {}
    for item in filter(None, ",".join(rest).split(",")):
        key, has_key, value = item.rpartition("=")
        given[key if has_key else RATE] = _plain(value)
    return name, switch_named(name).read(given)


def _plain(value: str) -> object:
    if value == "null":
        return None
    try:
        number = float(value)
    except ValueError:
        return value
    return int(number) if number.is_integer() else number
