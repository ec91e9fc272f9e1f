"""Write the pictures into a folder."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.pictures import day, drawing, pages


async def pictures() -> dict[str, str]:
    """All pictures, by the name of their file."""
    css = pages.stylesheet()
    with tempfile.TemporaryDirectory() as scratch:
        async with day.lived(Path(scratch)) as lived:
            return {
                f"{page.name}.svg": drawing.drawn(
                    await pages.render(lived, page), css, sentence=page.sentence, height=page.height
                )
                for page in pages.seen(lived)
            }


def main() -> None:
    """Write them."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in asyncio.run(pictures()).items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
        sys.stdout.write(f"{folder / name}\n")


if __name__ == "__main__":
    main()
