"""HTTP and nothing else: a small, strict HTTP/1.1 and HTTP/1.0 server on asyncio.

It knows requests, responses, limits and deadlines. It refuses to know what a path means, who the caller is, or what a
message is: that is the handler's business. It imports nothing of ours.

One connection, seen by its deadlines (each is judged by the server's one sweep):

    connected -> HEAD -> BODY -> handler runs -> answer written -> IDLE -> HEAD ...
                   |       |                          |              |
                 408     408                    dropped when        closed
                                              nobody reads it
    any malformed octet: the error page, LINGER (so that the client can read it), closed

A body that is too large to be kept in memory is handled while it comes, where the owner of the server says so
(`Streams`): its handler takes it in pieces, and its deadline is that of BODY until all of it is here.

The seam is four names: `Request`, `Response`, `Handler` and `Server`.
"""

from __future__ import annotations

from angarium.httpd.asgi import AsgiHandler
from angarium.httpd.exchange import (
    ErrorPage,
    Handler,
    Request,
    Response,
    StreamResponse,
    Streams,
    plain_error_page,
    whole_bodies,
)
from angarium.httpd.head import Head, HttpFault
from angarium.httpd.origin import Proxies
from angarium.httpd.server import ListenError, Server
from angarium.httpd.settings import HttpdSettings
from angarium.httpd.tls import CertificateError, ensure_self_signed, load_server_context

__all__ = [
    "AsgiHandler",
    "CertificateError",
    "ErrorPage",
    "Handler",
    "Head",
    "HttpFault",
    "HttpdSettings",
    "ListenError",
    "Proxies",
    "Request",
    "Response",
    "Server",
    "StreamResponse",
    "Streams",
    "ensure_self_signed",
    "load_server_context",
    "plain_error_page",
    "whole_bodies",
]
