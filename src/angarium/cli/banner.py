"""What a demo says when it is ready: everything a stranger needs next, to be pasted as it stands."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from angarium.app import Ready

DEMO_RECIPIENTS: Final = ("27990000001", "27990000002")


def ready(info: Ready) -> str:
    """The banner of a demo that has started, or the two addresses of any other server."""
    addresses = f"  {info.url}\n  {info.https_url}"
    if info.token is None:
        return f"Angarium is ready.\n{addresses}"
    program = program_name()
    body = json.dumps({"text": "Hello from Angarium", "to": list(DEMO_RECIPIENTS)})
    demo_env = "" if info.demo_env is None else f"\n\nFor scripts (URL, token): . {_shown(info.demo_env)}"
    return f"""\
Angarium is ready, with a simulated carrier and handsets.
{addresses}  (self-signed: curl -k)

The console, signed in (this link works once, for ten minutes):

  {info.entry_url}

Send two messages; paste this:

  curl -s {info.url}/rest/message \\
    -H 'Authorization: Bearer {info.token}' \\
    -H 'X-Version: 1' -H 'Content-Type: application/json' -H 'Accept: application/json' \\
    -d '{body}'

Look at a handset, watch it, answer from it:

  {program} handset {DEMO_RECIPIENTS[0]}
  {program} handset {DEMO_RECIPIENTS[1]} --watch
  {program} handset {DEMO_RECIPIENTS[0]} --reply 'Hello yourself' --to {DEMO_RECIPIENTS[1]}

The last digits of a number decide its fate: {program} sim --fates{demo_env}
Ctrl-C stops it; accepted messages stay in {_shown(info.data_dir)}."""


def program_name() -> str:
    """How this program can be called again from here."""
    beside = Path(sys.executable).with_name("angarium")
    if shutil.which("angarium") and Path(shutil.which("angarium") or "").resolve() == beside.resolve():
        return "angarium"
    return str(_shown(beside)) if beside.exists() else "angarium"


def _shown(path: Path) -> Path:
    """A path as short as it can be said from the current folder."""
    try:
        return Path(os.path.abspath(path)).relative_to(Path.cwd())  # noqa: PTH100 - symbolic links stay as typed
    except (ValueError, OSError):
        return path
