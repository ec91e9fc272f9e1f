"""Versions, formats and keys in the headers of a call."""

from __future__ import annotations

import pytest

from angarium.core.refusals import Reason, Refusal
from angarium.rest.headers import JSON, XML, body_form, check_version, idempotency_key, reply_form
from angarium.rest.wire import Form


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (b"", JSON),
        (b"*/*", JSON),
        (b"application/json", JSON),
        (b"APPLICATION/JSON; charset=utf-8", JSON),
        (b"application/*", JSON),
        (b"application/xml", XML),
        (b"text/xml", XML),
        (b"text/*", XML),
        (b"application/xml, application/json", XML),
        (b"application/json, application/xml", JSON),
        (b"application/xml;q=0.1, application/json;q=0.2", JSON),
        (b"application/xml ; q=1.000 , application/json ; q=.9", XML),
        (b"application/json;q=0, */*;q=0.1", XML),
        (b"application/json;q=0, application/xml;q=0", None),
        (b"*/*;q=0", None),
        (b"text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", XML),
        (b"text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", JSON),
        (b"text/html", None),
        (b"nonsense", None),
        (b"application/jsonx", None),
        (b", ,", JSON),
        (b"application/xml;q=high", XML),
        (b"application/xml;q=", XML),
        (b"application/xml;q=2", XML),
        (b"application/xml;level=1;q=0.5, application/json;q=0.4", XML),
        (b";;;,application/xml", XML),
    ],
)
def test_the_form_that_suits_best_is_chosen(accept: bytes, form: Form | None) -> None:
    """Weights decide, then the order named, and JSON where the client does not care."""
    assert reply_form({b"accept": accept}) is form


def test_a_missing_accept_means_json() -> None:
    """A client that says nothing gets the usual form."""
    assert reply_form({}) is JSON


@pytest.mark.parametrize(
    ("content_type", "form", "charset"),
    [
        (b"application/json", JSON, ""),
        (b"application/xml", XML, ""),
        (b"text/xml", XML, ""),
        (b"Application/JSON ; charset=UTF-8", JSON, "utf-8"),
        (b'text/xml; version=1; charset="iso-8859-1"', XML, "iso-8859-1"),
        (b"application/json; charset=klingon", JSON, ""),
        (b"application/json;", JSON, ""),
    ],
)
def test_the_type_of_a_body_is_known_with_or_without_parameters(content_type: bytes, form: Form, charset: str) -> None:
    """Case and parameters do not matter; a charset that we know is used."""
    assert body_form({b"content-type": content_type}) == (form, charset)


@pytest.mark.parametrize(
    "content_type",
    [
        b"",
        b"text/plain",
        b"application/x-www-form-urlencoded",
        b"multipart/form-data",
        b"json",
        b"application/json, a/b",
    ],
)
def test_another_type_of_body_is_refused(content_type: bytes) -> None:
    """The header is named, because it is what must be corrected."""
    with pytest.raises(Refusal) as caught:
        body_form({b"content-type": content_type})

    assert caught.value == Refusal(Reason.BAD_PARAMETER, "Content-Type")


@pytest.mark.parametrize("headers", [{}, {b"x-version": b"1"}])
def test_version_1_is_served(headers: dict[bytes, bytes]) -> None:
    """Said or unsaid, the version is 1."""
    check_version(headers)


@pytest.mark.parametrize("version", [b"", b"0", b"2", b"1.0", b"1, 1", b"v1"])
def test_another_version_is_refused(version: bytes) -> None:
    """Anything but 1 is another API."""
    with pytest.raises(Refusal) as caught:
        check_version({b"x-version": version})

    assert caught.value == Refusal(Reason.BAD_PARAMETER, "X-Version")


@pytest.mark.parametrize("headers", [{}, {b"idempotency-key": b"k"}, {b"idempotency-key": b"k" * 255}])
def test_an_idempotency_key_of_1_to_255_characters_is_taken(headers: dict[bytes, bytes]) -> None:
    """A key is the customer's own; only its length is ours to judge."""
    idempotency_key(headers)


@pytest.mark.parametrize("key", [b"", b"k" * 256])
def test_an_idempotency_key_of_another_length_is_refused(key: bytes) -> None:
    """An empty key would make all requests one; a longer one is no key."""
    with pytest.raises(Refusal) as caught:
        idempotency_key({b"idempotency-key": key})

    assert caught.value == Refusal(Reason.BAD_PARAMETER, "Idempotency-Key")
