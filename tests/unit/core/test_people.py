"""Logins, passwords and roles."""

from __future__ import annotations

import pytest

from angarium.core.people import BadPerson, Role, check_password, read_login


@pytest.mark.parametrize(("text", "login"), [(" Ada@Example.COM ", "ada@example.com"), ("ops-1", "ops-1")])
def test_a_login_has_one_spelling(text: str, login: str) -> None:
    """However somebody types it."""
    assert read_login(text) == login


@pytest.mark.parametrize("text", ["", "two words", "a@b@c", "<script>", "a/b", "x" * 255, "a\x00b"])
def test_what_is_no_login_is_told(text: str) -> None:
    """Beside its field."""
    with pytest.raises(BadPerson, match="e-mail address") as error:
        read_login(text)
    assert error.value.field == "login"


@pytest.mark.parametrize("password", ["short", "x" * 201, "aaaaaaaaaaaaaaaa", "ada@example.com", "adaadaadaada"])
def test_a_password_that_is_guessed_at_once_is_refused(password: str) -> None:
    """Length counts, not kinds of characters."""
    with pytest.raises(BadPerson) as error:
        check_password(password, login="ada@example.com")
    assert error.value.field == "password"


def test_a_sentence_is_a_good_password() -> None:
    """In any language."""
    assert check_password("пароль на сегодня", login="ada") == "пароль на сегодня"


def test_each_role_may_what_those_after_it_may() -> None:
    """Owner, developer, viewer."""
    assert [
        [one.covers(other) for other in (Role.OWNER, Role.DEVELOPER, Role.VIEWER)]
        for one in (Role.OWNER, Role.DEVELOPER, Role.VIEWER)
    ] == [[True, True, True], [False, True, True], [False, False, True]]
