"""`python -m bench.profiled FILE ...`: `angarium ...` with its serving, and not its start, under cProfile."""

from __future__ import annotations

import cProfile
import sys
from typing import Any

import angarium.app
from angarium.cli.main import run


def main() -> int:
    """Run the command line behind FILE; what was seen is in FILE when the service has stopped."""
    path, *arguments = sys.argv[1:]
    real = angarium.app.serve

    async def serve(*given: Any, on_ready: Any, **named: Any) -> int:
        profile = cProfile.Profile()

        def ready(info: Any) -> None:
            on_ready(info)
            profile.enable()

        try:
            return await real(*given, on_ready=ready, **named)
        finally:
            profile.disable()
            profile.dump_stats(path)

    angarium.app.serve = serve
    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
