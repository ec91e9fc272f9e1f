"""Runs our command line many times without starting Python each time: what it imports is there, and each run is a fork.

As a program it is the client: `python commands.py SOCKET ARGUMENT...` does what `angarium ARGUMENT...` does, with the
caller's folder, environment, standard streams and exit code. `serve` is the other end.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

HEAD_OCTETS_MAX = 1_000_000


def main(arguments: list[str]) -> int:
    """Ask the server at a socket to run one command; its exit code."""
    path, *words = arguments
    code = ask(path, words, folder=Path.cwd(), variables=os.environ, streams=[0, 1, 2])
    return 1 if code is None else code


def ask(
    path: str, words: Sequence[str], *, folder: Path, variables: Mapping[str, str], streams: Sequence[int]
) -> int | None:
    """Have one command run with these standard streams; its exit code, or None when it died."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.connect(path)
        given = [f"{name}={value}" for name, value in variables.items()]
        head = "\0".join([str(folder), str(len(words)), *words, *given]).encode()
        socket.send_fds(server, [len(head).to_bytes(4, "big") + head], streams)
        code = server.recv(1)
        return code[0] if code else None


def serve(path: str, run: Callable[[list[str]], int]) -> None:
    """Run what clients ask for, until killed; a line on standard output says that clients may come."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(path)
        listener.listen()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            client, _ = listener.accept()
            with client:
                data, streams, _, _ = socket.recv_fds(client, HEAD_OCTETS_MAX, 3)
                wanted = 4 + int.from_bytes(data[:4], "big")
                while len(data) < wanted and (more := client.recv(HEAD_OCTETS_MAX)):
                    data += more
                # A client that has died in the middle of it wants nothing any more.
                if len(data) == wanted and os.fork() == 0:
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    folder, count, *rest = data[4:].decode().split("\0")
                    os.chdir(folder)
                    os.environ.clear()
                    os.environ.update(
                        (name, value) for name, _, value in (each.partition("=") for each in rest[int(count) :])
                    )
                    for number, stream in enumerate(streams):
                        os.dup2(stream, number)
                    code = run(rest[: int(count)])
                    with suppress(BrokenPipeError):
                        sys.stdout.flush()
                    client.sendall(bytes([code]))
                    os._exit(code)
                for stream in streams:
                    os.close(stream)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
