"""The first message in seven languages, with everything filled in: what a visitor copies and runs."""

from __future__ import annotations

from typing import Final, NamedTuple

TEXT: Final = "Hello from Angarium"
TOKEN_MISSING: Final = "YOUR_TOKEN"
NUMBER_MISSING: Final = "YOUR_NUMBER"


class Snippet(NamedTuple):
    """One program."""

    key: str
    name: str
    how: str
    """How it is run."""
    code: str


_CURL: Final = """curl @URL@/rest/message \\
  -H 'Authorization: Bearer @TOKEN@' \\
  -H 'X-Version: 1' \\
  -H 'Content-Type: application/json' \\
  -d '{"text":"@TEXT@","to":["@TO@"]}'"""

_PYTHON: Final = """import json
import urllib.request

request = urllib.request.Request(
    "@URL@/rest/message",
    data=json.dumps({"text": "@TEXT@", "to": ["@TO@"]}).encode(),
    headers={
        "Authorization": "Bearer @TOKEN@",
        "X-Version": "1",
        "Content-Type": "application/json",
        "Accept": "application/json",
    },
)
with urllib.request.urlopen(request) as answer:
    print(answer.read().decode())"""

_PHP: Final = """<?php
$call = curl_init('@URL@/rest/message');
curl_setopt_array($call, [
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_HTTPHEADER => [
        'Authorization: Bearer @TOKEN@',
        'X-Version: 1',
        'Content-Type: application/json',
        'Accept: application/json',
    ],
    CURLOPT_POSTFIELDS => json_encode(['text' => '@TEXT@', 'to' => ['@TO@']]),
]);
echo curl_exec($call), PHP_EOL;"""

_NODE: Final = """const answer = await fetch("@URL@/rest/message", {
  method: "POST",
  headers: {
    Authorization: "Bearer @TOKEN@",
    "X-Version": "1",
    "Content-Type": "application/json",
    Accept: "application/json",
  },
  body: JSON.stringify({ text: "@TEXT@", to: ["@TO@"] }),
});
console.log(await answer.text());"""

_JAVA: Final = """import java.net.URI;
import java.net.http.*;

public class First {
    public static void main(String[] arguments) throws Exception {
        var request = HttpRequest.newBuilder(URI.create("@URL@/rest/message"))
            .header("Authorization", "Bearer @TOKEN@")
            .header("X-Version", "1")
            .header("Content-Type", "application/json")
            .header("Accept", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString("{\\"text\\":\\"@TEXT@\\",\\"to\\":[\\"@TO@\\"]}"))
            .build();
        var answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        System.out.println(answer.body());
    }
}"""

_GO: Final = """package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
)

func main() {
	body := strings.NewReader(`{"text":"@TEXT@","to":["@TO@"]}`)
	request, err := http.NewRequest("POST", "@URL@/rest/message", body)
	if err != nil {
		panic(err)
	}
	request.Header.Set("Authorization", "Bearer @TOKEN@")
	request.Header.Set("X-Version", "1")
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		panic(err)
	}
	defer answer.Body.Close()
	said, _ := io.ReadAll(answer.Body)
	fmt.Println(string(said))
}"""

_CSHARP: Final = """using System;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text;
using System.Threading.Tasks;

class First
{
    static void Main() => Send().GetAwaiter().GetResult();

    static async Task Send()
    {
        var client = new HttpClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "@TOKEN@");
        client.DefaultRequestHeaders.Add("X-Version", "1");
        client.DefaultRequestHeaders.Add("Accept", "application/json");
        var message = "{\\"text\\":\\"@TEXT@\\",\\"to\\":[\\"@TO@\\"]}";
        var body = new StringContent(message, Encoding.UTF8, "application/json");
        var answer = await client.PostAsync("@URL@/rest/message", body);
        Console.WriteLine(await answer.Content.ReadAsStringAsync());
    }
}"""

SNIPPETS: Final = (
    Snippet("curl", "curl", "Paste it into a terminal.", _CURL),
    Snippet("python", "Python", "Save it as first.py and run: python3 first.py", _PYTHON),
    Snippet("php", "PHP", "Save it as first.php and run: php first.php", _PHP),
    Snippet("node", "Node.js", "Save it as first.mjs and run: node first.mjs", _NODE),
    Snippet("java", "Java", "Save it as First.java and run: java First.java", _JAVA),
    Snippet("go", "Go", "Save it as first.go and run: go run first.go", _GO),
    Snippet("csharp", "C#", "Put it into Program.cs of a console project and run: dotnet run", _CSHARP),
)
"""What is shown, in this order."""


def filled(*, url: str, token: str, to: str) -> list[Snippet]:
    """The programs with these values, or with what stands for one that is empty.

    None of them may hold a quote or a backslash: see who calls.
    """
    values = {"@URL@": url, "@TOKEN@": token or TOKEN_MISSING, "@TEXT@": TEXT, "@TO@": to or NUMBER_MISSING}
    found: list[Snippet] = []
    for snippet in SNIPPETS:
        code = snippet.code
        for mark, value in values.items():
            code = code.replace(mark, value)
        found.append(snippet._replace(code=code))
    return found
