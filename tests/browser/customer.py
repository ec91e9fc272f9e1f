"""A customer's endpoint on this machine, which a demo may call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread

TIMEOUT_S = 30


@dataclass
class Endpoint:
    """A customer's endpoint: what it was told, and what it answers."""

    url: str = ""
    status: int = 200
    told: list[tuple[str, str]] = field(default_factory=list)
    """Path and signature of each call."""
    turn: Condition = field(default_factory=Condition)

    def wait_for(self, count: int) -> None:
        """Return when it has been told so often."""
        with self.turn:
            assert self.turn.wait_for(lambda: len(self.told) >= count, timeout=TIMEOUT_S), self.told


@contextmanager
def endpoint() -> Iterator[Endpoint]:
    """One on a free port of loopback, which a demo may call."""
    kept = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            with kept.turn:
                kept.told.append((self.path, self.headers.get("webhook-signature", "")))
                kept.turn.notify_all()
            body = b"thank you" if kept.status < 300 else b"not now"
            self.send_response(kept.status)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.url = f"http://127.0.0.1:{server.server_port}/told"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
