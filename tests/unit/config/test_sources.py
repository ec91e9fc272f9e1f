"""The settings table, its sources, and what is said when something is wrong."""

from __future__ import annotations

import tempfile
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from angarium.callbacks.settings import CallbackSettings
from angarium.config import Listen, Loaded, Settings, SettingsError, load, read_listen, table, variable
from angarium.httpd.settings import HttpdSettings


@pytest.fixture(autouse=True)
def in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No settings file lies about, unless a test writes one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def loaded(text: str | None = None, *, demo: bool = False, flags=None, **environ: str) -> Loaded:
    """Load with `text` as ./angarium.toml and these variables."""
    if text is not None:
        Path("angarium.toml").write_text(text, encoding="utf-8")
    return load(flags=flags or {}, environ=environ, demo=demo)


def problems(text: str | None = None, *, flags=None, **environ: str) -> tuple[str, ...]:
    """What loading the same says is wrong."""
    with pytest.raises(SettingsError) as caught:
        loaded(text, demo=False, flags=flags, **environ)
    return caught.value.problems


def test_without_any_source_everything_is_its_default():
    """No file, no variable and no flag are needed."""
    got = loaded()

    assert got.settings == Settings()
    assert got.file is None
    assert set(got.sources.values()) == {"default"}


def test_a_flag_wins_over_the_environment_and_that_over_the_file():
    """The later source wins, setting by setting, and each says where it came from."""
    got = loaded(
        'http_listen = "127.0.0.1:1"\nhttps_listen = "127.0.0.1:2"\nlog_level = "debug"',
        flags={"http_listen": "127.0.0.1:11", "https_listen": None},
        ANGARIUM_HTTP_LISTEN="127.0.0.1:12",
        ANGARIUM_HTTPS_LISTEN="127.0.0.1:22",
    )

    assert got.settings.http_listen == Listen("127.0.0.1", 11)
    assert got.settings.https_listen == Listen("127.0.0.1", 22)
    assert got.settings.log_level == "debug"
    assert got.sources["http_listen"] == "flag"
    assert got.sources["https_listen"] == "environment"
    assert got.sources["log_level"] == "angarium.toml"
    assert got.sources["log_format"] == "default"


def test_a_demo_has_its_own_folder_and_free_ports_for_its_simulator():
    """Two demos on one machine do not meet."""
    settings = loaded(demo=True).settings

    assert settings.data_dir == Path("var/demo")
    assert settings.sim_listen.port == 0
    assert loaded(demo=True, ANGARIUM_DATA_DIR="elsewhere").settings.data_dir == Path("elsewhere")


def test_the_file_is_looked_for_in_four_places_and_the_first_one_counts(tmp_path):
    """--config, ANGARIUM_CONFIG, the current folder, the data directory."""
    for name, level in (("flag.toml", "error"), ("variable.toml", "warning"), ("data/angarium.toml", "debug")):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f'log_level = "{level}"', encoding="utf-8")

    assert loaded(ANGARIUM_DATA_DIR="data").settings.log_level == "debug"
    assert loaded('log_level = "info"', ANGARIUM_DATA_DIR="data").settings.log_level == "info"
    assert loaded(ANGARIUM_CONFIG="variable.toml").settings.log_level == "warning"
    got = load(flags={}, environ={"ANGARIUM_CONFIG": "variable.toml"}, config=Path("flag.toml"))
    assert got.settings.log_level == "error"


def test_a_named_file_that_is_not_there_is_a_problem():
    """A file that somebody names is never silently left out."""
    assert problems(ANGARIUM_CONFIG="nowhere.toml") == (
        "ANGARIUM_CONFIG names nowhere.toml, which is not a file that can be read: correct the path.",
    )


def test_relative_paths_of_a_file_start_at_its_folder(tmp_path):
    """A settings file and its certificate can be moved together."""
    folder = tmp_path / "etc"
    folder.mkdir()
    for name in ("cert.pem", "key.pem"):
        (folder / name).touch()
    (folder / "angarium.toml").write_text('tls_certificate = "cert.pem"\ntls_key = "key.pem"', encoding="utf-8")

    settings = loaded(ANGARIUM_CONFIG="etc/angarium.toml").settings

    assert settings.tls_certificate == Path("etc/cert.pem")


def test_all_problems_are_told_at_once_with_place_and_cure():
    """Whoever mends a file mends it once."""
    found = problems(
        '# ours\nhttp_listen = "8080"\n\nlog_levl = "info"\nclaim_lease_s = 0\nhttp_connections_max = "many"\n',
        ANGARIUM_LOG_FORMAT="xml",
        flags={"https_listen": "::1:8443"},
    )

    assert [problem.partition(" must ")[0] for problem in found if " must " in problem] == [
        "angarium.toml, line 2: http_listen",
        "angarium.toml, line 5: claim_lease_s",
        "angarium.toml, line 6: http_connections_max",
        "Environment: ANGARIUM_LOG_FORMAT",
        "--https-listen",
    ]
    assert "angarium.toml, line 4: log_levl is not a setting; did you mean log_level?" in found
    assert len(found) == 6


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("log_level = ", "angarium.toml is not valid TOML: Invalid value (at end of document)"),
        ("x = " + "[" * 5000, "nested too deeply"),
        ("a = 1\n[log_level]\nb = 2", "angarium.toml, line 2: log_level must be one of debug, info"),
        ("[servers.main]\nport = 1", "angarium.toml, line 1: servers is not a setting"),
        ("http_connections_max = true", "must be a whole number"),
        ("claim_lease_s = nan", "must be a number of seconds"),
        ("claim_lease_s = inf", "must be a number of seconds"),
        ('tls_names = "localhost"', "must be a list of host names"),
        ('callback_networks_allowed = ["10.0.0.0/99"]', "'10.0.0.0/99' is none"),
        ('callback_networks_allowed = ["10.0.0.1/8"]', "'10.0.0.1/8' is none"),
        ('tls_names = ["no such name"]', "'no such name' is none"),
        ('data_dir = "a\\u0000b"', "data_dir must be a path"),
        ('tls_key = "missing.pem"', "tls_certificate and tls_key belong together"),
        ('documentation_base = "ftp://x"', "must be an http or https URL"),
        ('http_listen = "127.0.0.1:9"\nhttps_listen = "127.0.0.1:9"', "give each its own port"),
        ("http_body_octets_max = 1", "must be a whole number from 1024"),
    ],
)
def test_each_kind_of_mistake_has_its_sentence(text, says):
    """A mistake is told in words that name the key and what it takes."""
    assert any(says in problem for problem in problems(text))


def test_a_file_that_is_no_text_is_told_with_its_line():
    """A file saved in another encoding is named, with the place."""
    Path("angarium.toml").write_bytes(b'log_level = "info"\n# caf\xe9\n')

    assert problems() == ("angarium.toml, line 2: this is not UTF-8 text: save the file as UTF-8.",)


def test_a_huge_file_is_not_read_to_its_end():
    """A mistaken path to something large costs no memory."""
    Path("angarium.toml").write_bytes(b"#" * (1024 * 1024 + 1))

    assert "larger than 1048576 octets" in problems()[0]


def test_an_empty_variable_counts_as_not_set():
    """Orchestrators pass on what nobody has set as an empty text."""
    assert loaded(ANGARIUM_HTTP_LISTEN="", ANGARIUM_LOG_LEVEL="").settings == Settings()


def test_lists_in_variables_are_separated_by_commas():
    """An environment variable holds one text, a list may have more."""
    got = loaded(ANGARIUM_CALLBACK_NETWORKS_ALLOWED="10.0.0.0/8, fd00::/8,")

    assert got.settings.callback_networks_allowed == ("10.0.0.0/8", "fd00::/8")


def test_a_mistyped_variable_is_a_warning_and_a_foreign_one_is_nothing():
    """Orchestrators invent names such as ANGARIUM_PORT; a slip of the finger is worth a word."""
    got = loaded(ANGARIUM_HTP_LISTEN="x", ANGARIUM_PORT="tcp://1", ANGARIUM_SERVICE_HOST="10.0.0.1", ANGARIUM_TOKEN="t")

    assert got.warnings == (
        "Environment: ANGARIUM_HTP_LISTEN is not a setting and is ignored; did you mean ANGARIUM_HTTP_LISTEN?",
    )


@pytest.mark.parametrize(
    ("text", "listen"),
    [
        ("127.0.0.1:8080", Listen("127.0.0.1", 8080)),
        ("[::1]:0", Listen("::1", 0)),
        ("localhost:65535", Listen("localhost", 65535)),
    ],
)
def test_an_address_to_listen_on_reads_and_writes_the_same(text, listen):
    """What is shown can be given again."""
    assert read_listen(text) == listen
    assert str(listen) == text


@pytest.mark.parametrize(
    "text",
    ["", "8080", ":8080", "::1:8080", "[::1]", "a:65536", "a:-1", "a:٣", "[::g]:1", "a b:1", "http://a:1", "a:1\n"],
)
def test_what_is_no_address_to_listen_on_is_refused(text):
    """Nothing is guessed."""
    with pytest.raises(ValueError, match="host:port"):
        read_listen(text)


def test_every_part_gets_its_share_of_the_settings():
    """A setting that reaches no part would be a promise without an effect."""
    settings = Settings(
        http_body_octets_max=2048,
        http_connections_max=3,
        callback_deadline_s=2.0,
        callback_networks_allowed=("10.0.0.0/8",),
    )

    assert settings.httpd == HttpdSettings(body_octets_max=2048, connections_max=3)
    assert settings.callbacks_for(demo=False) == CallbackSettings(
        deadline_s=2.0, connect_deadline_s=2.0, networks_allowed=("10.0.0.0/8",)
    )
    assert Settings().httpd == HttpdSettings()
    assert Settings().callbacks_for(demo=False) == CallbackSettings()


def test_only_a_demo_may_call_its_own_machine():
    """Whoever tries things out listens on loopback; a real service must not be led there."""
    assert Settings().callbacks_for(demo=True).networks_allowed == ("127.0.0.0/8", "::1/128")
    assert Settings().callbacks_for(demo=False).networks_allowed == ()


def test_every_default_is_a_value_that_could_have_been_given():
    """What the table shows as a default, an operator may write; and so may he what a demo takes."""
    folder = Path()
    for row in fields(Settings):
        for value in (row.default, row.metadata["demo"]):
            if value is None:
                continue
            text = (
                ",".join(map(str, value)) if isinstance(value, tuple) and not isinstance(value, Listen) else str(value)
            )
            kind = row.metadata["kind"]
            assert kind.read(kind.from_text(text), folder) == value, row.name


def test_the_table_has_a_sentence_and_a_unit_in_every_name():
    """A row without its meaning, or a duration without its unit, helps nobody."""
    for row in table():
        assert row.sentence.endswith("."), row.name
        assert row.unit == {"s": "s"}.get(row.name.rpartition("_")[2], row.unit), row.name
        assert row.variable == variable(row.name)
        assert ("octets" in row.name) == (row.unit == "octets"), row.name


@given(octets=st.binary(max_size=300))
@example(octets=b"x = " + b"[" * 3000)
@example(octets=b"a." * 3000 + b"b = 1")
@example(octets=b"x = 1" + b"0" * 5000)
@example(octets=b"x = 2026-02-31")
def test_any_bytes_as_a_settings_file_are_settings_or_problems(octets):
    """A damaged file is told about in sentences; nothing else ever comes out."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.toml"
        path.write_bytes(octets)
        found: tuple[str, ...] = ()
        try:
            load(flags={}, environ={}, config=path)
        except SettingsError as error:
            found = error.problems or ("",)
        assert all(problem.startswith(str(path)) for problem in found)


@given(
    name=st.sampled_from([row.name for row in fields(Settings)]),
    text=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60),
)
def test_any_text_in_a_variable_is_a_setting_or_a_problem(name, text):
    """The environment holds texts only, and any text at all."""
    found: tuple[str, ...] = ()
    try:
        load(flags={}, environ={variable(name): text})
    except SettingsError as error:
        found = error.problems or ("",)
    assert all(name in problem.lower() for problem in found)
