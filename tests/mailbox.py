"""A mail server of few words on loopback: it keeps what it takes, and can be told to be difficult."""

from __future__ import annotations

import email
import queue
import socketserver
import ssl
import threading
from email.header import decode_header, make_header
from email.message import Message
from typing import Any, Self

PATIENCE_S = 30.0


class Mailbox:
    """Runs in a thread of its own, so that services in other processes and loops can write to it."""

    def __init__(self, *, refuses: str = "", context: ssl.SSLContext | None = None, is_silent: bool = False) -> None:
        """`refuses` names a recipient or a user that it does not take; with `context` it offers STARTTLS."""
        self.letters: queue.Queue[Message] = queue.Queue()
        self.refuses = refuses
        self.context = context
        self.is_silent = is_silent
        self.users: list[str] = []
        self.was_private: list[bool] = []
        mailbox = self

        class Conversation(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                try:
                    mailbox._converse(self)
                finally:
                    for each in (self.rfile, self.wfile, self.request):
                        each.close()

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Conversation)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self.port = int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def next(self) -> tuple[str, str, str]:
        """The next letter: to whom, about what, and what it says."""
        letter = self.letters.get(timeout=PATIENCE_S)
        payload = letter.get_payload(decode=True)
        assert isinstance(payload, bytes)
        subject = str(make_header(decode_header(str(letter["Subject"]))))
        return str(letter["To"]), subject, payload.decode().replace("\r\n", "\n")

    def _converse(self, peer: Any) -> None:
        if self.is_silent:
            peer.rfile.readline()
            return
        is_private = False
        self._say(peer, "220 ready")
        while line := peer.rfile.readline().decode("ascii", "replace").strip():
            word = line.split(" ")[0].upper()
            if word == "STARTTLS" and self.context is not None:
                self._say(peer, "220 go on")
                try:
                    peer.request = self.context.wrap_socket(peer.request, server_side=True)
                except OSError:
                    return  # the peer does not trust us
                peer.rfile.close()
                peer.rfile, peer.wfile = peer.request.makefile("rb"), peer.request.makefile("wb", 0)
                is_private = True
            elif word == "DATA":
                self._say(peer, "354 go on")
                self._keep(peer)
                self.was_private.append(is_private)
                self._say(peer, "250 taken")
            elif word == "QUIT":
                self._say(peer, "221 bye")
                return
            else:
                self._answer(peer, word, line)

    def _answer(self, peer: Any, word: str, line: str) -> None:
        if word == "EHLO":
            offers = ["localhost", *(["STARTTLS"] if self.context is not None else []), "AUTH PLAIN", "8BITMIME"]
            for offer in offers[:-1]:
                self._say(peer, f"250-{offer}")
            self._say(peer, f"250 {offers[-1]}")
        elif word == "AUTH":
            self.users.append(line)
            self._say(peer, "535 no" if self.refuses == "user" else "235 welcome")
        elif word == "RCPT" and self.refuses and self.refuses in line:
            self._say(peer, "550 nobody of that name")
        else:
            self._say(peer, "250 well")

    def _keep(self, peer: Any) -> None:
        lines: list[bytes] = []
        while (line := peer.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b"."))
        self.letters.put(email.message_from_bytes(b"".join(lines)))

    @staticmethod
    def _say(peer: Any, line: str) -> None:
        peer.wfile.write(f"{line}\r\n".encode())
