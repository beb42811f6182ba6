"""Makes the one file of the page out of its sources and uPlot, the library that draws (MIT licence, in the file, too).

`python -m controller.page.assemble` writes it; a test compares. The operator serves it as it is.
"""

import re
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).with_name("page.html")
SOURCES: Final = Path(__file__).with_name("src")


def assembled() -> str:
    """The page with everything in it."""
    text = (SOURCES / "page.html").read_text(encoding="utf-8")
    return re.sub(r"@include ([^<]+)", lambda names: "\n".join(map(_included, names[1].split())), text)


def _included(name: str) -> str:
    """A file as it stands in the page; a licence is a comment."""
    text = (SOURCES / name).read_text(encoding="utf-8").strip()
    library = Path(name).parent.name
    return f"/*! {library}\n\n{text}\n*/" if Path(name).name == "LICENSE" else text


if __name__ == "__main__":
    PAGE.write_text(assembled(), encoding="utf-8")
