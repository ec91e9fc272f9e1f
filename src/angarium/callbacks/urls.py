"""URLs that may be called: read strictly, kept in one normal form.

Different programs read an odd URL differently, and an attacker lives in the difference. So whatever is odd is refused
with a sentence, and the rest of the product sees only the normal form.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urljoin, urlsplit

URL_OCTETS_MAX: Final = 2_000
HOST_OCTETS_MAX: Final = 253  # RFC 1035, 2.3.4, without the root's dot
LABEL_OCTETS_MAX: Final = 63  # RFC 1035, 2.3.4

DEFAULT_PORTS: Final = {"http": 80, "https": 443}

_FORBIDDEN_CHARACTER: Final = re.compile(r"[\x00-\x20\x7f\\\u0085\u00a0\u2028\u2029]")
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?")
_NUMERIC_LABEL: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PATH_SAFE: Final = "/%:@!$&'()*+,;=~-._"
_QUERY_SAFE: Final = "/%:@!$&'()*+,;=~-._?[]"
_STRAY_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


class BadUrl(ValueError):
    """This URL cannot be called; the message says why, in a sentence for whoever typed it."""


@dataclass(frozen=True, slots=True)
class HttpUrl:
    """An http or https URL in normal form: ASCII only, lower-case host without trailing dot, port always known."""

    scheme: str
    host: str
    """A name, or an IP address in its usual spelling (IPv6 without brackets)."""
    port: int
    path: str
    query: str
    """Without the question mark; empty when there is none."""

    @property
    def authority(self) -> str:
        """What the `Host` header says (RFC 9110, 7.2): the port only when it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def target(self) -> str:
        """Path and query, as a request line spells them (RFC 9112, 3.2.1)."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


def read_url(text: str, *, octets_max: int = URL_OCTETS_MAX) -> HttpUrl:
    """Read a URL that a customer typed, or raise BadUrl.

    Refused: other schemes than http and https, a user name or a fragment inside, blanks and control characters, a
    backslash, port 0, and IP addresses in odd spellings (`0x7f.1`, `2130706433`, `010.0.0.1`), which some resolvers
    read as addresses and others as names. Internationalised names become their ASCII form (IDNA).
    """
    if not text:
        raise BadUrl("The URL is empty.")
    if len(text.encode("utf-8", "surrogatepass")) > octets_max:
        raise BadUrl(f"The URL is longer than {octets_max} octets.")
    if _FORBIDDEN_CHARACTER.search(text):
        raise BadUrl("The URL holds a blank, a control character or a backslash; percent-encode it.")
    if "#" in text:
        raise BadUrl("The URL has a fragment (#…), which is never sent to a server; leave it out.")
    try:
        parts = urlsplit(text)
        port = parts.port
        host = parts.hostname or ""
    except ValueError as error:
        raise BadUrl("The URL cannot be read: its host or port is malformed.") from error
    if parts.scheme not in DEFAULT_PORTS:
        raise BadUrl("The URL must start with http:// or https://.")
    if "@" in parts.netloc:
        raise BadUrl("The URL holds a user name; give user name and password in their own fields.")
    if port == 0:
        raise BadUrl("The URL has port 0, which cannot be called.")
    return HttpUrl(
        scheme=parts.scheme,
        host=_normal_host(host, bracketed="[" in parts.netloc),
        port=port or DEFAULT_PORTS[parts.scheme],
        path=_percent_encoded(parts.path, safe=_PATH_SAFE) or "/",
        query=_percent_encoded(parts.query, safe=_QUERY_SAFE),
    )


def follow_url(base: HttpUrl, location: bytes) -> HttpUrl:
    """Where a redirect from `base` leads (RFC 9110, 10.2.2), or BadUrl. A fragment in it is dropped."""
    try:
        text = location.decode("utf-8")
    except UnicodeDecodeError:
        text = location.decode("latin-1")
    try:
        joined = urljoin(str(base), text.strip(" \t").partition("#")[0])
    except ValueError as error:
        raise BadUrl("The URL cannot be read: its host or port is malformed.") from error
    return read_url(joined)


def _percent_encoded(text: str, *, safe: str) -> str:
    return _STRAY_PERCENT.sub("%25", quote(text, safe=safe, errors="replace"))


def _normal_host(host: str, *, bracketed: bool) -> str:
    if not host:
        raise BadUrl("The URL has no host.")
    if bracketed:
        if "%" in host:
            raise BadUrl("The URL's IPv6 address has a zone (%…), which means nothing to another machine.")
        try:
            return str(ipaddress.IPv6Address(host))
        except ValueError as error:
            raise BadUrl("The URL's host in brackets is not an IPv6 address.") from error
    name = _ascii_host(host)
    labels = name.split(".")
    if _NUMERIC_LABEL.fullmatch(labels[-1]):
        try:
            return str(ipaddress.IPv4Address(name))
        except ValueError as error:
            raise BadUrl(
                "The URL's host is an odd spelling of an IP address; write four decimal numbers or a name."
            ) from error
    if len(name) > HOST_OCTETS_MAX or any(
        len(label) > LABEL_OCTETS_MAX or not _LABEL.fullmatch(label) for label in labels
    ):
        raise BadUrl("The URL's host is not a name that the DNS can hold.")
    return name


def _ascii_host(host: str) -> str:
    """Lower-case ASCII without the root's dot; full-width digits and the like become what they stand for."""
    try:
        name = host.encode("ascii").decode() if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise BadUrl("The URL's host is not a valid internationalised name.") from error
    return name.lower().removesuffix(".")
