"""The commands that act as a customer's program, against a server that a test scripts."""

from __future__ import annotations

import csv

import pytest

from tests.vacant import vacant_port


@pytest.fixture
def access(monkeypatch, folder, api):
    """The scripted server and a token, as the environment gives them."""
    monkeypatch.setenv("ANGARIUM_URL", api.url)
    monkeypatch.setenv("ANGARIUM_TOKEN", "the-token")


def rows_of(path):
    """The rows of a results file."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_send_says_which_message_got_which_id(angarium, accepting, access):
    """One request for all numbers, with the headers the API asks for."""
    ran = angarium(
        "send", "27990000001", "27990000002", "--text", "Grüße", "--from", "ACME", "--param", "callback=7", "--json"
    )

    assert ran.code == 0
    assert [row["to"] for row in ran.json] == ["27990000001", "27990000002"]
    assert ran.json[1]["message_id"] == f"{1:032x}"
    [call] = accepting.calls
    assert (call.method, call.path) == ("POST", "/rest/message")
    assert call.body == {"callback": "7", "text": "Grüße", "to": ["27990000001", "27990000002"], "from": "ACME"}
    assert call.headers["Authorization"] == "Bearer the-token"
    assert call.headers["X-Version"] == "1"


def test_a_refused_recipient_is_shown_and_ends_with_1(angarium, api, access):
    """A script must notice that not everything was taken."""
    api.answer = lambda _: (
        207,
        {
            "data": {
                "message": [
                    {"accepted": True, "to": "27990000001", "apiMessageId": "a" * 32},
                    {
                        "accepted": False,
                        "to": "27990000002",
                        "apiMessageId": "",
                        "error": {"code": "114", "description": "Cannot route message"},
                    },
                ]
            }
        },
    )

    ran = angarium("send", "27990000001", "27990000002", "--text", "x")

    assert ran.code == 1
    assert "114 Cannot route message" in ran.out


def test_a_refused_token_is_told_in_a_sentence(angarium, api, access):
    """The server's own words and number reach whoever asked."""
    api.answer = lambda _: (401, {"error": {"code": "001", "description": "Authentication failed"}})

    ran = angarium("balance")

    assert ran.code == 1
    assert ran.err == "The server refused: Authentication failed (code 001, HTTP 401).\n"


def test_without_url_and_token_the_way_to_give_them_is_told(angarium):
    """The first thing a stranger meets is a way on."""
    ran = angarium("balance")

    assert ran.code == 2
    assert "--url and --token" in ran.err


def test_a_demo_is_found_by_its_env_file(angarium, api, folder):
    """After `run --demo`, commands need neither URL nor token."""
    (folder / "var" / "demo").mkdir(parents=True)
    (folder / "var" / "demo" / "demo.env").write_text(
        f"# made by a demo\nexport ANGARIUM_URL='{api.url}'\nANGARIUM_TOKEN=demo-token\n", encoding="utf-8"
    )
    api.answer = lambda _: (200, {"data": {"balance": "41.25"}})

    ran = angarium("balance")

    assert ran.out == "41.25\n"
    assert api.calls[0].headers["Authorization"] == "Bearer demo-token"


def test_a_demos_token_is_never_sent_to_another_server(angarium, api, folder, monkeypatch):
    """A URL of the environment goes with a token of the environment, or with none."""
    (folder / "d").mkdir()
    (folder / "d" / "demo.env").write_text("ANGARIUM_URL=http://127.0.0.1:1\nANGARIUM_TOKEN=demo-token\n", "utf-8")
    monkeypatch.setenv("ANGARIUM_URL", api.url)

    assert angarium("balance", "--data-dir", "d").code == 2
    assert api.calls == []


def test_a_server_that_is_not_there_ends_with_3(angarium):
    """No way to the server is another trouble than a refusal."""
    with vacant_port() as port:
        ran = angarium("balance", "--url", f"http://127.0.0.1:{port}", "--token", "t", "--json")

    assert ran.code == 3
    assert ran.error["kind"] == "network"
    assert "is the server running there?" in ran.error["message"]


def test_a_server_that_is_none_of_ours_is_told(angarium, api, access):
    """An answer in another language is no reason for a traceback."""
    api.answer = lambda _: (200, b"<html>hello</html>")

    ran = angarium("balance")

    assert ran.code == 3
    assert "is it an Angarium server?" in ran.err


@pytest.mark.parametrize("url", ["ftp://x", "http://", "127.0.0.1:8080", "http://h:99999", "http://h:x"])
def test_a_mistaken_url_is_told(angarium, url):
    """A URL is checked before anything is sent."""
    assert angarium("balance", "--url", url, "--token", "t").code == 2


def test_status_shows_each_message_and_which_ones_are_unknown(angarium, api, access):
    """One unknown id does not hide the others."""

    def answer(call):
        if call.path.endswith("/a%2Fb"):
            return 404, {"error": {"code": "103", "description": "Unknown API message ID"}}
        return 200, {
            "data": {"charge": 1, "messageStatus": "004", "description": "Received by recipient", "apiMessageId": "aa"}
        }

    api.answer = answer

    ran = angarium("status", "a/b", "aa", "--json")

    assert ran.code == 1
    assert [row["status"] for row in ran.json] == [None, "004"]
    assert ran.json[1]["charge"] == 1


def test_stop_and_coverage_ask_the_server(angarium, api, access):
    """Each command is one call of the API."""
    api.answer = lambda call: (
        (200, {"data": {"messageStatus": "006", "description": "User cancelled", "apiMessageId": "aa"}})
        if call.method == "DELETE"
        else (200, {"data": {"routable": False, "destination": "112", "minimumCharge": 0}})
    )

    assert angarium("stop", "aa", "--json").json[0]["status"] == "006"
    ran = angarium("coverage", "112", "--json")
    assert ran.code == 1
    assert ran.json["routable"] is False
    assert [(call.method, call.path) for call in api.calls] == [
        ("DELETE", "/rest/message/aa"),
        ("GET", "/rest/coverage/112"),
    ]


# --- from a CSV file -------------------------------------------------------------------------------------------------


def test_lines_with_the_same_text_share_a_request_of_at_most_200(angarium, accepting, access, folder):
    """One request carries 200 recipients: that is many times cheaper than one each."""
    lines = "".join(f"27990{at:06}\n" for at in range(450))
    (folder / "all.csv").write_text("to\n" + lines, encoding="utf-8")

    ran = angarium("send", "--csv", "all.csv", "--text", "Hello", "--json")

    assert ran.code == 0
    assert ran.json["accepted"] == 450
    assert [len(call.body["to"]) for call in accepting.calls] == [200, 200, 50]
    rows = rows_of(folder / "all.csv.results.csv")
    assert len(rows) == 450
    assert (rows[0]["line"], rows[0]["to"], rows[0]["status"]) == ("2", "27990000000", "accepted")


def test_each_line_may_have_its_own_text_sender_and_id(angarium, accepting, access, folder):
    """Semicolons, a byte order mark, a text of two lines: what spreadsheets write is read."""
    (folder / "own.csv").write_bytes(
        b'\xef\xbb\xbfto;text;from;clientMessageId\r\n27990000001;"Hello;\r\nAnn";ACME;c1\r\n\r\n27990000002;Bob;;\r\n'
    )

    angarium("send", "--csv", "own.csv", "--from", "Shop")

    assert [call.body for call in accepting.calls] == [
        {"text": "Hello;\r\nAnn", "to": ["27990000001"], "from": "ACME", "clientMessageId": "c1"},
        {"text": "Bob", "to": ["27990000002"], "from": "Shop"},
    ]
    assert [row["line"] for row in rows_of(folder / "own.csv.results.csv")] == ["2", "5"]


def test_bad_lines_are_listed_with_their_numbers_and_nothing_is_sent(angarium, accepting, access, folder):
    """A file is right as a whole, or somebody decides otherwise."""
    (folder / "bad.csv").write_text(
        "to,text\n27990000001,Hi\nabc,Hi\n27990000003,\n27990000004,Hi,there\n", encoding="utf-8"
    )

    ran = angarium("send", "--csv", "bad.csv")

    assert ran.code == 1
    assert "bad.csv, line 3: 'abc' is not a phone number." in ran.err
    assert "bad.csv, line 4: it has no text." in ran.err
    assert "bad.csv, line 5: it has 3 cells" in ran.err
    assert accepting.calls == []

    assert angarium("send", "--csv", "bad.csv", "--skip-bad-lines").code == 0
    assert [call.body["to"] for call in accepting.calls] == [["27990000001"]]


def test_a_dry_run_counts_and_sends_nothing(angarium, accepting, access, folder):
    """Before money is spent, one may look."""
    (folder / "a.csv").write_text("to,text\n27990000001,Hi\n27990000001,Ho\n27990000002,Hi\n", encoding="utf-8")

    counts = angarium("send", "--csv", "a.csv", "--dry-run", "--json").json

    assert counts == {"recipients": 3, "different_recipients": 2, "requests": 2, "bad_lines": []}
    assert accepting.calls == []
    assert not (folder / "a.csv.results.csv").exists()


@pytest.mark.parametrize(
    ("octets", "says"),
    [
        (b"", "must name its columns"),
        (b"number,text\n1,2", "must name its columns"),
        (b"to,to\n1,2", "must name its columns"),
        (b"to,text,tariff\n", "'tariff' is none of them"),
        (b"to\n27990000001", "has no column text"),
        (b"to,text\n27990000001,caf\xe9", "is not UTF-8 text"),
    ],
)
def test_a_file_that_is_not_meant_for_this_is_told(angarium, accepting, access, folder, octets, says):
    """What is wrong with a file as a whole is told in one sentence."""
    (folder / "odd.csv").write_bytes(octets)

    ran = angarium("send", "--csv", "odd.csv")

    assert ran.code == 1
    assert says in ran.err
    assert accepting.calls == []


def test_a_missing_file_is_told(angarium, access):
    """A path with a slip of the finger."""
    ran = angarium("send", "--csv", "nowhere.csv", "--text", "x")

    assert ran.code == 3
    assert ran.err == "nowhere.csv: No such file or directory. Check the path.\n"


def test_a_stopped_run_goes_on_where_it_ended(angarium, api, access, folder):
    """Nothing is sent twice and nothing is left out, whichever request was refused."""
    (folder / "a.csv").write_text("to,text\n27990000001,A\n27990000002,B\n27990000003,C\n", encoding="utf-8")
    broke = {"code": "301", "description": "No credit left"}
    api.answer = lambda call: accept(call) if call.body["text"] == "A" else (402, {"error": broke})

    first = angarium("send", "--csv", "a.csv")
    api.answer = accept
    second = angarium("send", "--csv", "a.csv", "--json")

    assert first.code == 1
    assert "No credit left" in first.err
    assert second.code == 0
    assert second.json["accepted"] == 2
    assert second.json["done_before"] == 1
    assert [call.body["text"] for call in api.calls] == ["A", "B", "B", "C"]
    assert [row["status"] for row in rows_of(folder / "a.csv.results.csv")] == ["accepted"] * 3


def test_what_was_sent_without_an_answer_is_left_alone_until_told_otherwise(angarium, api, access, folder):
    """The server may have taken it: sending it again might reach the handset twice."""
    (folder / "a.csv").write_text("to,text\n27990000001,A\n27990000002,B\n", encoding="utf-8")
    api.answer = lambda call: None

    lost = angarium("send", "--csv", "a.csv")
    api.answer = accept
    left = angarium("send", "--csv", "a.csv", "--json")
    again = angarium("send", "--csv", "a.csv", "--resend-doubtful", "--json")

    assert lost.code == 3
    assert "in doubt" in lost.err
    assert (left.code, left.json["in_doubt"], left.json["accepted"]) == (1, 1, 1)
    assert (again.code, again.json["accepted"]) == (0, 1)
    assert [call.body["text"] for call in api.calls] == ["A", "B", "A"]
    keys = [call.headers["Idempotency-Key"] for call in api.calls]
    assert keys[0] == keys[2] != keys[1]


def test_a_busy_server_is_asked_again_as_it_wishes(angarium, api, access, folder, monkeypatch):
    """429 and 503 say that nothing was taken, and when to come back."""
    pauses: list[float] = []
    monkeypatch.setattr("angarium.cli.customer._pause", pauses.append)
    refusals = [(503, "901", {"Retry-After": "7"}), (429, "130", {"Retry-After": "999"}), (503, "901", {})]

    def answer(call):
        if not refusals:
            return accept(call)
        status, code, headers = refusals.pop(0)
        return status, {"error": {"code": code, "description": "Later"}}, headers

    api.answer = answer

    assert angarium("send", "27990000001", "--text", "x").code == 0
    assert pauses == [7.0, 60.0, 1.0]


def test_a_request_refused_for_its_content_does_not_stop_the_others(angarium, api, access, folder):
    """One text that is too long is one line's trouble."""
    (folder / "a.csv").write_text("to,text\n27990000001,A\n27990000002,B\n", encoding="utf-8")
    api.answer = lambda call: (
        accept(call)
        if call.body["text"] == "B"
        else (400, {"error": {"code": "113", "description": "Maximum message parts exceeded"}})
    )

    ran = angarium("send", "--csv", "a.csv", "--json")

    assert ran.code == 1
    assert (ran.json["accepted"], ran.json["refused"]) == (1, 1)
    assert [row["code"] for row in rows_of(folder / "a.csv.results.csv")] == ["113", ""]


def test_the_results_of_another_file_are_never_mixed_in(angarium, accepting, access, folder):
    """A changed file under an old name would skip people who were never written to."""
    (folder / "a.csv").write_text("to,text\n27990000001,A\n", encoding="utf-8")
    angarium("send", "--csv", "a.csv")
    (folder / "a.csv").write_text("to,text\n27990000009,A\n", encoding="utf-8")

    ran = angarium("send", "--csv", "a.csv")

    assert ran.code == 1
    assert "belongs to another file" in ran.err
    assert len(accepting.calls) == 1


def test_a_file_that_is_no_results_file_is_not_written_to(angarium, accepting, access, folder):
    """--results names a file of ours or a new one."""
    (folder / "a.csv").write_text("to,text\n27990000001,A\n", encoding="utf-8")

    ran = angarium("send", "--csv", "a.csv", "--results", "a.csv")

    assert ran.code == 1
    assert (folder / "a.csv").read_text(encoding="utf-8") == "to,text\n27990000001,A\n"


def accept(call):
    """Take every recipient."""
    entries = [{"accepted": True, "to": to, "apiMessageId": "0" * 32} for to in call.body["to"]]
    return 202, {"data": {"message": entries}}
