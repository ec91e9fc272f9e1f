"""Two SMPP sessions joined without a network: what one sends, the other receives, when the test says so."""

from __future__ import annotations

from angarium.smpp import codec
from angarium.smpp.events import BindRequested, Event
from angarium.smpp.pdu import (
    BindReceiver,
    BindReceiverResp,
    BindTransceiver,
    BindTransceiverResp,
    BindTransmitter,
    BindTransmitterResp,
    Pdu,
    SubmitSm,
)
from angarium.smpp.session import Session, SessionSettings
from angarium.smpp.states import BindState, Role

BINDS: dict[BindState, tuple[type[Pdu], type[Pdu]]] = {
    BindState.BOUND_TX: (BindTransmitter, BindTransmitterResp),
    BindState.BOUND_RX: (BindReceiver, BindReceiverResp),
    BindState.BOUND_TRX: (BindTransceiver, BindTransceiverResp),
}

TEMPLATE = codec.SubmitTemplate(SubmitSm(source_addr=b"Angarium", short_message=b"Hello"))
LEAN = SessionSettings(window_max=3, enquire_link_s=30.0, response_s=10.0, session_init_s=5.0)


class ConnectionPair:
    """An ESME and an SMSC, and the present moment, which moves by assignment to `now`."""

    def __init__(
        self, settings: SessionSettings | None = None, *, smsc_settings: SessionSettings | None = None
    ) -> None:
        self.now = 100.0
        settings = settings or SessionSettings()
        self.esme = Session(Role.ESME, settings, now=self.now)
        self.smsc = Session(Role.SMSC, smsc_settings or settings, now=self.now)

    def session(self, role: Role) -> Session:
        """The end with that role."""
        return self.esme if role is Role.ESME else self.smsc

    def to_smsc(self) -> list[Event]:
        """Carry what the ESME has to send; what the SMSC tells about it."""
        return self.smsc.receive_data(self.esme.data_to_send(), now=self.now)

    def to_esme(self) -> list[Event]:
        """Carry what the SMSC has to send; what the ESME tells about it."""
        return self.esme.receive_data(self.smsc.data_to_send(), now=self.now)

    def bring(self, state: BindState) -> ConnectionPair:
        """Take both ends to a state on the usual way."""
        if state is BindState.OPEN:
            return self
        if state is BindState.CLOSED:
            self.esme.receive_eof(now=self.now)
            self.smsc.receive_eof(now=self.now)
            return self
        request, response = BINDS[state]
        number = self.esme.request(request(), now=self.now)
        (event,) = self.to_smsc()
        assert isinstance(event, BindRequested)
        self.smsc.respond(response(sequence_number=number))
        self.to_esme()
        assert self.esme.state is self.smsc.state is state
        return self


def bound_pair(state: BindState = BindState.BOUND_TRX, settings: SessionSettings = LEAN) -> ConnectionPair:
    """A pair that has bound."""
    return ConnectionPair(settings).bring(state)


def sent_by(session: Session) -> list[tuple[int, int, int]]:
    """What a session wants written: (command_id, command_status, sequence_number) of each frame."""
    data, frames = session.data_to_send(), []
    while data:
        octets = int.from_bytes(data[:4], "big")
        command_id, status, number = (int.from_bytes(data[at : at + 4], "big") for at in (4, 8, 12))
        frames.append((command_id, status, number))
        data = data[octets:]
    return frames
