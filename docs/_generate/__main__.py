"""`python -m docs._generate`: writes every generated page that is out of date, and says which."""

from __future__ import annotations

import sys

from docs._generate import contract
from docs._generate.citations import citations
from docs._generate.pages import pages, write_changed
from docs._generate.specification import sections


def main() -> int:
    """Write what has changed. Exit code 1: a section has no test and is not awaited, or a test cites none."""
    for path in write_changed(pages()):
        print(f"written: {path}")
    known, cited = sections(), list(citations())
    missing = contract.unproved(known, cited)
    contract.shorten_awaited(missing)
    awaited = contract.awaited()
    if awaited:
        print(f"awaited: {', '.join(awaited)}")
    faults = [f"{section} has no test" for section in missing if section not in awaited]
    faults += contract.unknown(known, cited)
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
