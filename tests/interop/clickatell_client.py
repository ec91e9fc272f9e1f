"""Calls the REST API through the public `clickatell` client, unchanged but for the host it talks to.

Run by the Python of the environment that has this client, in a process of its own: the client's licence (GPL) is not
ours, so nothing of the product imports it, nor does it import anything of the product.

Environment: ANGARIUM_URL (`http://host:port` or `https://host:port`), ANGARIUM_TOKEN, and for https with a private
certificate REQUESTS_CA_BUNDLE. Argument: a JSON array of the method's name and its arguments. Prints one JSON object:
{"returned": …} or {"raised": {"message": …, "code": …}}.
"""

from __future__ import annotations

import json
import os
import sys
from urllib.parse import urlsplit

from clickatell.exception import ClickatellError  # type: ignore[import-not-found]
from clickatell.rest import Rest  # type: ignore[import-not-found]


def plain(value: object) -> object:
    """The client gives octets where JSON has text."""
    if isinstance(value, bytes):
        return value.decode("utf-8")
    raise TypeError(f"{value!r} is not something that the client returns")


def main() -> None:
    """Make one call and print what came of it."""
    url = urlsplit(os.environ["ANGARIUM_URL"])
    client = Rest(os.environ["ANGARIUM_TOKEN"])
    # The client has no argument for either; both are attributes that its own methods read.
    client.endpoint = url.netloc
    client.secure = url.scheme == "https"

    name, *arguments = json.loads(sys.argv[1])
    try:
        outcome = {"returned": getattr(client, name)(*arguments)}
    except ClickatellError as error:
        outcome = {"raised": {"message": error.message, "code": error.code}}
    sys.stdout.write(json.dumps(outcome, default=plain))


if __name__ == "__main__":
    main()
