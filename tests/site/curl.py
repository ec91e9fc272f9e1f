"""What our pages use of curl, so that their examples run where curl is not installed."""

from __future__ import annotations

import http.client
import ssl
import sys
from urllib.parse import urlsplit


def main(words: list[str]) -> int:
    """Do what `curl WORDS` does, for the few options that our pages need; ValueError for any other."""
    url, method, data, shows_head = "", "", None, False
    headers = {"User-Agent": "curl/8.0", "Accept": "*/*"}
    given = iter(words)
    for word in given:
        if word == "-H":
            name, _, value = next(given).partition(":")
            headers[name] = value.strip()
        elif word == "-d":
            data = next(given).encode()
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        elif word == "-X":
            method = next(given)
        elif word.startswith("-") and set(word[1:]) <= set("ski"):
            shows_head = shows_head or "i" in word
        elif word.startswith("-"):
            raise ValueError(f"our pages do not use curl {word}")
        else:
            url = word
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = _connection(parts.scheme, parts.netloc)
    connection.request(method or ("GET" if data is None else "POST"), path, body=data, headers=headers)
    answer = connection.getresponse()
    if shows_head:
        sys.stdout.write(f"HTTP/1.1 {answer.status} {answer.reason}\n")
        sys.stdout.write("".join(f"{name}: {value}\n" for name, value in answer.getheaders()) + "\n")
    sys.stdout.write(answer.read().decode())
    return 0


def _connection(scheme: str, address: str) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(address)
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(address, context=context)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
