"""What carriers say, in plain words."""

from __future__ import annotations

import pytest

from angarium.console import carrier_words


@pytest.mark.parametrize(
    ("trouble", "part"),
    [
        ("the bind was refused: ESME_RINVPASWD (0x0000000e)", "the password"),
        ("the bind was refused: ESME_RINVSYSID (0x0000000f)", "system_id"),
        ("the bind was refused: ESME_RBINDFAIL (0x0000000d)", "system_type"),
        ("the bind was refused: ESME_RALYBND (0x00000005)", "bound already"),
        ("the bind was refused: 0x00000455 (0x00000455)", "why it refuses"),
        ("no connection to 127.0.0.1:2775: Connection refused", "host and port"),
        ("no connection to 10.0.0.1:2775 within 10 s", "firewall"),
        ("no connection to smsc:2775: certificate verify failed", "tls_ca_file"),
    ],
)
def test_each_trouble_of_a_link_has_its_cure(trouble: str, part: str) -> None:
    """Whoever is called at night is told what to look at."""
    assert part in carrier_words.cure(trouble)


def test_a_trouble_that_says_nothing_has_none() -> None:
    """Better nothing than a guess."""
    assert carrier_words.cure("the connection was closed") == ""


def test_an_answer_that_never_came_has_a_meaning() -> None:
    """It stands in the same list as answers that came."""
    assert "in time" in carrier_words.meaning(carrier_words.NO_ANSWER)
