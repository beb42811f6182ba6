"""What Artifact Hub shows of a release of a chart: typed changes from the changelog, and the image."""

import re
from typing import Final

import yaml

from release.changelog import Section
from release.image import PublishedImage
from release.version import NAME

_MARKUP: Final = re.compile(r"\*\*|`|\[(?P<text>[^\]]+)\]\([^)]+\)")
_FIRST_SENTENCE: Final = re.compile(r"(?P<sentence>.+?[.;])(?:\s|$)")


def with_release(text: str, section: Section, image: PublishedImage | None = None) -> str:
    """A Chart.yaml, whose last key is its annotations, with those of a release."""
    made = {"artifacthub.io/changes": _block(changes(section))}
    if image:
        made["artifacthub.io/images"] = _block([{"name": NAME, "image": f"{image.repository}@{image.digest}"}])
    added = "".join(f"  {name}: |\n{block}" for name, block in made.items())
    return f"{text.rstrip()}\n{added}"


def changes(section: Section) -> list[dict[str, str]]:
    """Each entry of the changelog by its kind, as its first sentence in plain text."""
    return [
        {"kind": group.lower(), "description": _plain(entry)}
        for group, entries in section.groups.items()
        for entry in entries
    ]


def _plain(entry: str) -> str:
    text = _MARKUP.sub(lambda found: found["text"] or "", entry)
    found = _FIRST_SENTENCE.match(text)
    return (found["sentence"] if found else text).rstrip(";")


def _block(value: list[dict[str, str]]) -> str:
    lines = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=1000).splitlines()
    return "".join(f"    {line}\n" for line in lines)
