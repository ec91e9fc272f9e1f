"""Global options, help, version, and that failures become sentences."""

from __future__ import annotations

import contextlib
import errno
import io
import json

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st

from angarium import __version__
from angarium.cli import main as cli
from angarium.cli.failures import CommandFailed, NetworkTrouble, explain
from angarium.cli.main import hoisted
from angarium.config import SettingsError
from angarium.core.credit import BadAmount
from angarium.httpd import CertificateError, ListenError
from angarium.ports.store import AlreadyExists, NotFound, StoreUnavailable


def commands(app: typer.Typer, *before: str) -> list[tuple[str, ...]]:
    """The words of every command there is."""
    found = [(*before, str(command.name)) for command in app.registered_commands]
    for group in app.registered_groups:
        assert group.typer_instance is not None
        found += commands(group.typer_instance, *before, str(group.name))
    return found


@pytest.mark.parametrize("words", commands(cli.application()), ids=" ".join)
def test_every_command_explains_itself(angarium, words):
    """--help works everywhere and says what the command is for."""
    ran = angarium(*words, "--help")

    assert ran.code == 0
    assert "Usage: angarium " + " ".join(words) in ran.out
    assert ran.err == ""


def test_the_version_is_told_in_both_forms(angarium):
    """Scripts ask for the version too."""
    assert angarium("--version").out == f"angarium {__version__}\n"
    assert angarium("--version", "--json").json == {"version": __version__}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["snd"], "No such command 'snd'"),
        (["send", "--nonsense"], "No such option: --nonsense"),
        (["config", "check", "--config"], "--config needs a value"),
        (["account", "create"], "Missing argument"),
        (["run", "--http-listen", "8080"], "--http-listen must be host:port"),
        (["send", "27990000001"], "--text"),
        (["send", "--text", "x"], "Give phone numbers"),
    ],
)
def test_a_mistaken_command_is_told_and_ends_with_2(angarium, arguments, says):
    """A mistake in the command line changes nothing and says how it is written."""
    ran = angarium(*arguments)

    assert ran.code == 2
    assert says in ran.err
    assert ran.out == ""


def test_under_json_errors_are_json_on_stderr(angarium, folder):
    """A script reads what went wrong as easily as what went well."""
    (folder / "angarium.toml").write_text("a = 1\nb = 2", encoding="utf-8")

    ran = angarium("config", "check", "--json")

    assert ran.code == 2
    assert ran.out == ""
    assert ran.error["kind"] == "settings"
    assert len(ran.error["problems"]) == 2


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (SettingsError(("One.", "Two.")), 2, "One."),
        (CommandFailed("Cannot."), 1, "Cannot."),
        (NetworkTrouble("No way there."), 3, "No way there."),
        (AlreadyExists("There is one already"), 1, "There is one already."),
        (NotFound("There is none."), 1, "There is none."),
        (BadAmount("'x' is not an amount"), 1, "'x' is not an amount."),
        (StoreUnavailable("the disk is full: free some space"), 3, "The disk is full: free some space."),
        (ListenError("127.0.0.1", 80, "taken. Choose another."), 3, "Cannot listen on 127.0.0.1:80: taken."),
        (CertificateError("The key cannot be read"), 3, "The key cannot be read."),
        (
            OSError(errno.EADDRINUSE, "error while attempting to bind on address ('127.0.0.1', 80): in use"),
            3,
            "127.0.0.1:80",
        ),
        (PermissionError(errno.EACCES, "Permission denied", "var"), 3, "var: Permission denied. Give this user"),
        (OSError(errno.ENOSPC, "No space left on device", "var/x"), 3, "Free some disk space"),
        (OSError(), 3, "OSError."),
        (KeyError("x"), 1, "KeyError: 'x'"),
        (RecursionError(), 1, "RecursionError"),
    ],
)
def test_every_failure_has_a_sentence_and_a_code(error, code, says):
    """Whatever goes wrong, people get words and scripts a number."""
    failure = explain(error)

    assert failure.exit_code == code
    assert says in failure.sentences[0]


@pytest.mark.parametrize(
    ("raised", "code"), [(KeyboardInterrupt, 130), (typer.Abort, 130), (BrokenPipeError, 3), (ZeroDivisionError, 1)]
)
def test_nothing_escapes(angarium, monkeypatch, raised, code):
    """Ctrl-C is quiet, and even a bug of ours is told in a sentence."""
    monkeypatch.setattr("angarium.cli.settings.table", lambda: (_ for _ in ()).throw(raised()))

    ran = angarium("config", "table")

    assert ran.code == code
    assert ("ZeroDivisionError" in ran.err) == (code == 1)


def test_a_traceback_is_shown_to_whoever_asks_for_it(folder, monkeypatch, capsys):
    """ANGARIUM_TRACEBACK=1 is for reports."""
    monkeypatch.setenv("ANGARIUM_TRACEBACK", "1")
    monkeypatch.setattr("angarium.cli.settings.table", lambda: 1 // 0)

    cli.run(["config", "table"])

    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "read_as"),
    [
        (["account", "list", "--json"], ["--json", "account", "list"]),
        (["run", "--data-dir", "x", "--demo"], ["--data-dir", "x", "run", "--demo"]),
        (["run", "--config=x"], ["--config=x", "run"]),
        (["send", "--", "--json"], ["send", "--", "--json"]),
        (["send", "--text=--json"], ["send", "--text=--json"]),
    ],
)
def test_global_options_may_stand_anywhere(arguments, read_as):
    """Nobody remembers that they belong before the command."""
    assert hoisted(arguments) == read_as


def test_config_show_tells_values_and_sources(angarium, folder):
    """Which setting comes from where is the first question when one has no effect."""
    (folder / "angarium.toml").write_text('log_level = "debug"', encoding="utf-8")

    rows = {row["name"]: row for row in angarium("config", "show", "--json", "--data-dir", "d").json}

    assert rows["log_level"] == {"name": "log_level", "value": "debug", "source": "angarium.toml"}
    assert rows["data_dir"] == {"name": "data_dir", "value": "d", "source": "flag"}
    assert rows["http_listen"]["source"] == "default"
    assert "log_level" in angarium("config", "show").out


def test_config_check_names_the_file_it_read(angarium, folder):
    """A check of another file than the one meant would be no comfort."""
    assert "no settings file" in angarium("config", "check").out
    (folder / "angarium.toml").write_text('log_level = "debug"', encoding="utf-8")
    assert "file: angarium.toml" in angarium("config", "check").out


def test_the_settings_table_can_be_printed_for_the_documentation(angarium):
    """A reference page is made from the table, never by hand."""
    lines = angarium("config", "table", "--markdown").out.splitlines()

    assert all(line.count("|") - line.count("\\|") == 7 for line in lines)
    assert len(lines) == len(angarium("config", "table", "--json").json) + 2


@settings(max_examples=25)
@given(octets=st.binary(max_size=200))
def test_any_bytes_as_settings_end_without_a_traceback(octets, tmp_path_factory):
    """A damaged settings file ends every command with a sentence, or not at all."""
    path = tmp_path_factory.mktemp("any") / "any.toml"
    path.write_bytes(octets)
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.run(["--json", "--config", str(path), "config", "check"])

    assert code in {0, 2}
    assert json.loads(out.getvalue() if code == 0 else err.getvalue())
