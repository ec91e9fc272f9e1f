"""`send`, `status`, `stop`, `balance`, `coverage`: what a customer's program does, by hand."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from angarium.cli.access import CaFile, Token, Url, rest_client
from angarium.cli.bulk import (
    ACCEPTED,
    REFUSED,
    SENDING,
    UNSENT,
    Journal,
    Outcome,
    body_of,
    idempotency_key,
    read_lines,
)
from angarium.cli.failures import FAILED, CommandFailed, CommandMistaken
from angarium.cli.json_http import AnswerLost
from angarium.cli.rest_client import Answer, RestClient
from angarium.cli.shell import Shell, console, key_values, shell_of
from angarium.core.send_file import Line, Problem, batches, checked

ATTEMPTS_MAX: Final = 10
"""How often one request is tried while the server says that it took nothing and asks to come back."""
PROBLEMS_SHOWN_MAX: Final = 20

MessageIds = Annotated[list[str], typer.Argument(metavar="ID...", help="The apiMessageId, as `send` printed it.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("send")(send)
    app.command("status")(status)
    app.command("stop")(stop)
    app.command("balance")(balance)
    app.command("coverage")(coverage)


def send(
    context: typer.Context,
    numbers: Annotated[list[str] | None, typer.Argument(metavar="NUMBER...", help="International digits.")] = None,
    text: Annotated[str | None, typer.Option("--text", help="What to say.")] = None,
    file: Annotated[
        Path | None, typer.Option("--csv", help="Columns to, text[, from, clientMessageId].", metavar="FILE")
    ] = None,
    sender: Annotated[str | None, typer.Option("--from", help="The sender shown on the handset.")] = None,
    parameter: Annotated[
        list[str] | None, typer.Option("--param", help="Any other parameter of the API, name=value; repeat for more.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and count, send nothing.")] = False,
    skip_bad_lines: Annotated[bool, typer.Option("--skip-bad-lines", help="Send the good lines of the CSV.")] = False,
    results: Annotated[
        Path | None, typer.Option("--results", help="Where results go (FILE.results.csv).", metavar="FILE")
    ] = None,
    resend_doubtful: Annotated[
        bool, typer.Option("--resend-doubtful", help="Send again what an earlier run got no answer for.")
    ] = False,
    url: Url = None,
    token: Token = None,
    ca_file: CaFile = None,
) -> None:
    """Send one text to some numbers, or the lines of a CSV file. A stopped CSV run goes on where it ended."""
    shell = shell_of(context)
    extra = key_values(parameter or [], option="--param")
    if bool(numbers) == (file is not None):
        raise CommandMistaken("Give phone numbers with --text, or a file with --csv.")

    def client() -> RestClient:
        return rest_client(shell, url=url, token=token, ca_file=ca_file)

    if file is not None:
        lines, problems = _split(read_lines(file, text=text, sender=sender))
        _tell_problems(shell, file, problems)
        if dry_run:
            _tell_counts(shell, lines, problems)
        elif problems and not skip_bad_lines:
            raise CommandFailed(f"Nothing was sent: correct the {len(problems)} bad lines, or pass --skip-bad-lines.")
        else:
            journal = Journal(results or file.with_name(file.name + ".results.csv"))
            _send_file(shell, client, file, lines, journal, extra=extra, resend_doubtful=resend_doubtful)
        return
    if not text:
        raise CommandMistaken("Say what to send with --text.")
    lines, problems = _split(
        checked(Line(at, number, text, sender or "", "")) for at, number in enumerate(numbers or [], start=1)
    )
    if problems:
        raise CommandFailed("Nothing was sent: " + "; ".join(problem.sentence for problem in problems) + ".")
    if dry_run:
        _tell_counts(shell, lines, problems)
        return
    with client() as server:
        _show_outcomes(
            shell, [one for batch in batches(lines) for one in _send_batch(server, batch, extra, headers={})]
        )


def _split(read: Iterable[Line | Problem]) -> tuple[list[Line], list[Problem]]:
    lines: list[Line] = []
    problems: list[Problem] = []
    for one in read:
        if isinstance(one, Line):
            lines.append(one)
        else:
            problems.append(one)
    return lines, problems


def _tell_problems(shell: Shell, file: Path, problems: Sequence[Problem]) -> None:
    for problem in problems[:PROBLEMS_SHOWN_MAX]:
        shell.note(f"{file}, line {problem.line_no}: {problem.sentence}.")
    if len(problems) > PROBLEMS_SHOWN_MAX:
        shell.note(f"... and {len(problems) - PROBLEMS_SHOWN_MAX} more bad lines.")


def _tell_counts(shell: Shell, lines: Sequence[Line], problems: Sequence[Problem]) -> None:
    """What a run would do. Bad lines make the exit code 1."""
    shell.record(
        {
            "recipients": len(lines),
            "different_recipients": len({line.recipient for line in lines}),
            "requests": sum(1 for _ in batches(lines)),
            "bad_lines": [{"line": one.line_no, "problem": one.sentence} for one in problems]
            if shell.as_json
            else len(problems),
        }
    )
    if problems:
        raise typer.Exit(FAILED)


def _show_outcomes(shell: Shell, outcomes: Sequence[Outcome]) -> None:
    shell.rows(
        [
            {
                "to": one.line.recipient,
                "accepted": one.status == ACCEPTED,
                "message_id": one.message_id,
                "error": f"{one.code} {one.description}".strip(),
            }
            for one in outcomes
        ],
        empty="",
    )
    if any(one.status != ACCEPTED for one in outcomes):
        raise typer.Exit(FAILED)


# --- files -----------------------------------------------------------------------------------------------------------


def _send_file(
    shell: Shell,
    client: Callable[[], RestClient],
    file: Path,
    lines: Sequence[Line],
    journal: Journal,
    *,
    extra: Mapping[str, str],
    resend_doubtful: bool,
) -> None:
    before = {line.line_no: journal.status_of(line) for line in lines}
    again = {None, UNSENT, SENDING} if resend_doubtful else {None, UNSENT}
    todo = [line for line in lines if before[line.line_no] in again]
    doubtful = sum(1 for status in before.values() if status == SENDING)
    if doubtful and not resend_doubtful:
        shell.note(
            f"{doubtful} lines of an earlier run are in doubt and left alone; --resend-doubtful sends them again."
        )
    counts = dict.fromkeys((ACCEPTED, REFUSED), 0)
    with client() as server, journal, _progress() as bar:
        task = bar.add_task("sending", total=len(todo))
        for batch in batches(todo):
            journal.record(Outcome(line, SENDING) for line in batch)
            headers = {"Idempotency-Key": idempotency_key(file, batch)}
            try:
                outcomes = _send_batch(server, batch, extra, headers=headers)
            except AnswerLost as error:
                raise type(error)(
                    f"{error} These {len(batch)} lines are in doubt; run the same command to send the rest, "
                    "with --resend-doubtful to send these again too."
                ) from error
            except CommandFailed:
                # No way to the server, or it refused the whole request: nothing of it was taken.
                journal.record(Outcome(line, UNSENT) for line in batch)
                raise
            journal.record(outcomes)
            for one in outcomes:
                counts[one.status] += 1
            bar.advance(task, len(batch))
    shell.record(
        {
            "accepted": counts[ACCEPTED],
            "refused": counts[REFUSED],
            "done_before": len(lines) - len(todo) - (0 if resend_doubtful else doubtful),
            "in_doubt": 0 if resend_doubtful else doubtful,
            "results": str(journal.path),
        }
    )
    if counts[REFUSED] or (doubtful and not resend_doubtful):
        raise typer.Exit(FAILED)


def _progress() -> Progress:
    """A progress bar on stderr, at a terminal only."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console(sys.stderr),
        disable=not sys.stderr.isatty(),
    )


def _send_batch(
    server: RestClient, batch: Sequence[Line], extra: Mapping[str, str], *, headers: Mapping[str, str]
) -> list[Outcome]:
    """One request, again while the server asks for it. Raises AnswerLost, NetworkTrouble, CommandFailed."""
    answer = server.send(body_of(batch, extra), headers=headers)
    for _ in range(ATTEMPTS_MAX - 1):
        # Both say that nothing was stored (rest-api 5), so trying again cannot send twice.
        if answer.status not in {429, 503} or "data" in answer.content:
            break
        _pause(answer.retry_after_s)
        answer = server.send(body_of(batch, extra), headers=headers)
    if answer.status in {400, 413} and "error" in answer.content:
        # These lines as they stand: the next request may well be taken.
        error = answer.content["error"]
        return [
            Outcome(line, REFUSED, code=str(error.get("code")), description=str(error.get("description")))
            for line in batch
        ]
    return _outcomes(batch, answer)


def _outcomes(batch: Sequence[Line], answer: Answer) -> list[Outcome]:
    entries = answer.data().get("message", [])
    if len(entries) != len(batch):
        raise AnswerLost(f"The server answered for {len(entries)} recipients instead of {len(batch)}.")
    return [_outcome(line, entry) for line, entry in zip(batch, entries, strict=True)]


def _outcome(line: Line, entry: Mapping[str, Any]) -> Outcome:
    if entry.get("accepted"):
        return Outcome(line, ACCEPTED, message_id=str(entry.get("apiMessageId")))
    error = entry.get("error") or {}
    return Outcome(line, REFUSED, code=str(error.get("code", "")), description=str(error.get("description", "")))


def _pause(seconds: float) -> None:
    """Wait, and let Ctrl-C through at once."""
    threading.Event().wait(seconds)


# --- questions -------------------------------------------------------------------------------------------------------


def status(
    context: typer.Context,
    message_ids: MessageIds,
    own: Annotated[bool, typer.Option("--client-id", help="The ids are your own clientMessageIds.")] = False,
    url: Url = None,
    token: Token = None,
    ca_file: CaFile = None,
) -> None:
    """Show where messages are."""
    with rest_client(shell_of(context), url=url, token=token, ca_file=ca_file) as server:
        _ask_each(shell_of(context), message_ids, server.status_by_client_id if own else server.status)


def stop(
    context: typer.Context, message_ids: MessageIds, url: Url = None, token: Token = None, ca_file: CaFile = None
) -> None:
    """Stop messages that have not left yet; shows what each one's status is now."""
    with rest_client(shell_of(context), url=url, token=token, ca_file=ca_file) as server:
        _ask_each(shell_of(context), message_ids, server.stop)


def _ask_each(shell: Shell, message_ids: Sequence[str], ask: Callable[[str], Answer]) -> None:
    rows: list[dict[str, object]] = []
    failed = False
    for message_id in message_ids:
        answer = ask(message_id)
        if answer.status in {400, 404}:
            failed = True
            rows.append({"message_id": message_id, "status": None, "description": answer.refusal(), "charge": None})
            continue
        data = answer.data()
        rows.append(
            {
                "message_id": data.get("apiMessageId"),
                "status": data.get("messageStatus"),
                "description": data.get("description"),
                "charge": data.get("charge"),
            }
        )
    shell.rows(rows, empty="")
    if failed:
        raise typer.Exit(FAILED)


def balance(context: typer.Context, url: Url = None, token: Token = None, ca_file: CaFile = None) -> None:
    """Show the free credit of the token's account."""
    with rest_client(shell_of(context), url=url, token=token, ca_file=ca_file) as server:
        data = server.balance().data()
    shell_of(context).show(data, str(data.get("balance")))


def coverage(
    context: typer.Context,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="International digits.")],
    url: Url = None,
    token: Token = None,
    ca_file: CaFile = None,
) -> None:
    """Show whether a number can be reached, and what one segment costs; exit code 1 when it cannot."""
    with rest_client(shell_of(context), url=url, token=token, ca_file=ca_file) as server:
        data = server.coverage(number).data()
    shell_of(context).record(data)
    if not data.get("routable"):
        raise typer.Exit(FAILED)
