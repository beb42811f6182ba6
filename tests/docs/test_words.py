"""The field's words: what docs/glossary.md replaces is in no text that a user reads, and in no name of the code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import yaml

from localcluster.folders import PROJECT_FOLDER

PHRASES: Final = re.compile(
    r"""\b(?:
    tell|tells|telling|told|teller|
    look(?:s|ed|ing)?\ (?:at|again)|(?:a|an|each|every|first|last|next|two|earlier|other|another|between)\ looks?|
    concerned|nudge[sd]?|
    wish|wishes|wished|wanted|ordered|
    troubled|
    reckon\w*|believ\w*|
    heard|unheard|silent\ (?:pods?|workers?|replicas?|ones?)|falls\ silent|fell\ silent|
    mend|mends|mended|mending|
    lulls?|quiet|
    laws?|rivals?|worlds?|foresight|
    hindered|hinders|obstacles?|(?:is|are|not)\ coming|
    hands[ -]off|stand(?:s|ing)?\ back|stood\ back|
    foreign|
    rank|ranks|ranked|ranking|
    trimm\w+|
    worth\ (?:it|a|an|telling)|pace|
    he|his|him|whom|nobody|somebody|
    clocks?\ (?:going|goes|go|went)\ back
    )\b""",
    re.VERBOSE | re.IGNORECASE,
)

NAMES: Final = frozenset(
    [
        *(
            "tell",
            "tells",
            "told",
            "teller",
            "sight",
            "sights",
            "looked",
            "concerned",
            "nudge",
            "nudged",
            "wish",
            "wishes",
        ),
        *("wished", "wanted", "troubled", "reckon", "reckoned", "believed", "believable", "heard", "unheard", "silent"),
        *("mend", "mended", "lull", "lulls", "quiet", "law", "laws", "rival", "rivals", "world", "worlds", "foresight"),
        *("hindered", "obstacle", "obstacles", "foreign", "rank", "ranked", "ranks", "trim", "trimmed", "trimming"),
        *("worth", "pace", "whom", "nobody", "somebody"),
    ]
)
"""Parts of names."""

PAIRS: Final = ("hands_off", "not_coming", "stand_back", "stands_back", "going_back")
"""The same, of two parts."""

KEPT: Final = re.compile(
    r"look[_ ]again[_ ]seconds|rate-limited-told|--world\b|`(?:world|laws?|foresight|ratio_to_foresight)`|Little's law"
)
"""What stays: others know it by this name."""

Text = tuple[str, str]
"""Where it is, and what it says."""

DOCUMENTS: Final = [
    document
    for pattern in ("*.md", "docs/*.md", "*/README.md", "docs/*/*.md")
    for document in sorted(PROJECT_FOLDER.glob(pattern))
    if document.name != "glossary.md"
]
MODULES: Final = sorted(PROJECT_FOLDER.glob("controller/**/*.py"))
CRDS: Final = sorted(PROJECT_FOLDER.glob("crds/*.yaml"))


def _name(path: Path) -> str:
    return str(path.relative_to(PROJECT_FOLDER))


def lines(document: Path) -> Iterator[Text]:
    """Every line of a document; of the changelog, those since the last release."""
    text = document.read_text(encoding="utf-8")
    if document.name == "CHANGELOG.md":
        text = text.partition("## [Unreleased]")[2].partition("\n## ")[0]
    yield from ((str(number), line) for number, line in enumerate(text.splitlines(), start=1))


def descriptions(crd: Path) -> Iterator[Text]:
    """What `kubectl explain` shows."""
    pending = list(yaml.safe_load_all(crd.read_text(encoding="utf-8")))
    while pending:
        node = pending.pop()
        children = node.values() if isinstance(node, dict) else node
        pending += [child for child in children if isinstance(child, dict | list)]
        if isinstance(node, dict) and isinstance(node.get("description"), str):
            yield "description", node["description"]


def literals(module: Path) -> Iterator[Text]:
    """Messages, help texts, docstrings, and the names of log events and metrics."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield str(node.lineno), node.value if " " in node.value else node.value.replace("_", " ")


def names(module: Path) -> Iterator[Text]:
    """Every name that a module gives: its own, and those of types, functions, parameters, fields and variables."""
    yield "file", module.stem
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield str(node.lineno), node.name
            case ast.arg():
                yield str(node.lineno), node.arg
            case ast.Name(ctx=ast.Store()):
                yield str(node.lineno), node.id
            case ast.Attribute(ctx=ast.Store()):
                yield str(node.lineno), node.attr
            case _:
                pass


def refused(text: str) -> str | None:
    """The first word of a text that is not the field's."""
    found = PHRASES.search(KEPT.sub("", " ".join(text.split())))
    return found[0] if found else None


def is_refused(name: str) -> bool:
    """Whether a name has a part that is not the field's word."""
    parts = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().strip("_").split("_")
    return bool(NAMES.intersection(parts)) or any(pair in "_".join(parts) for pair in PAIRS)


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_documents_use_the_words_of_the_field(document: Path) -> None:
    """docs/glossary.md has the word for each that is refused."""
    assert [(place, refused(text)) for place, text in lines(document) if refused(text)] == []


@pytest.mark.parametrize("crd", CRDS, ids=_name)
def test_descriptions_of_fields_use_the_words_of_the_field(crd: Path) -> None:
    """So does `kubectl explain`."""
    assert [(refused(text), text) for _, text in descriptions(crd) if refused(text)] == []


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_messages_and_help_use_the_words_of_the_field(module: Path) -> None:
    """So do docstrings, and the names of log events and metrics."""
    assert [(place, refused(text)) for place, text in literals(module) if refused(text)] == []


@pytest.mark.parametrize("module", MODULES, ids=_name)
def test_names_use_the_words_of_the_field(module: Path) -> None:
    """The code has the words of the documents."""
    assert [(place, name) for place, name in names(module) if is_refused(name)] == []


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("The pool is looked at every 15 s.", "looked at"),
        ("15 replicas are\n    wanted.", "wanted"),
        ("pods that are not\n    coming", "not coming"),
        ("The queue looks finished.", None),
        ("answers have look_again_seconds", None),
        ("It is worth setting.", None),
    ],
)
def test_a_word_is_refused_wherever_a_line_breaks_but_not_its_innocent_neighbours(text: str, word: str | None) -> None:
    """What is refused, and what is not."""
    assert refused(text) == word


@pytest.mark.parametrize(
    ("name", "expected"),
    [("_silent_pods", True), ("ForeignPoller", True), ("longest_stand_back_seconds", True), ("lawful", False)],
)
def test_a_name_is_refused_by_its_parts(name: str, *, expected: bool) -> None:
    """Of any style."""
    assert is_refused(name) == expected


if __name__ == "__main__":
    for path in (*DOCUMENTS, *MODULES, *CRDS):
        texts = lines(path) if path in DOCUMENTS else descriptions(path) if path in CRDS else literals(path)
        for place, text in texts:
            if refused(text):
                print(f"{_name(path)}:{place}: {refused(text)}: {text[:120].strip()}")  # noqa: T201 - a report
    for path in MODULES:
        for place, name in names(path):
            if is_refused(name):
                print(f"{_name(path)}:{place}: {name}")  # noqa: T201 - likewise
