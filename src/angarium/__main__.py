"""`python -m angarium`: hands over to the command line, nothing else."""

from __future__ import annotations

from angarium.cli.main import main

if __name__ == "__main__":
    main()
