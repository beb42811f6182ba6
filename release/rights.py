"""The rules of manifests/rbac and of the chart, and the table of SECURITY.md, as controller/api/rights.py has them."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from controller.api.rights import CONNECTIONS, ELECTION, OPERATOR, Right

ROOT: Final = Path(__file__).parents[1]
RBAC: Final = ROOT / "manifests" / "rbac"

ROLES: Final = {"operator.yaml": OPERATOR, "leader-election.yaml": ELECTION, "connections.yaml": CONNECTIONS}
"""The files with a role, and what it gives."""

_PLACES: Final = {"pools": OPERATOR, "its own namespace": ELECTION, "by binding": CONNECTIONS}
"""Where the rights of each role are given."""

EMPTY: Final = '""'
"""The core group in YAML."""

_RULES: Final = re.compile(r"^rules:\n(?:(?:- |  |# ).*\n)+", re.MULTILINE)


def manifests() -> dict[Path, str]:
    """The files of manifests/rbac with their rules."""
    return {RBAC / name: _with_rules((RBAC / name).read_text(encoding="utf-8"), of) for name, of in ROLES.items()}


def _with_rules(text: str, rights: Sequence[Right]) -> str:
    rules = "".join(f"{line}\n" for line in ("rules:", *_rules(rights)))
    return _RULES.sub(lambda _: rules, text)


def helpers() -> str:
    """The same rules for the templates of the chart."""
    named = {"operatorRules": OPERATOR, "electionRules": ELECTION, "connectionRules": CONNECTIONS}
    head = "{{- /* Written from controller/api/rights.py by `make charts`. */ -}}"
    return "\n".join((head, *(_helper(name, rights) for name, rights in named.items())))


def _helper(name: str, rights: Sequence[Right]) -> str:
    return "\n".join((f'{{{{- define "twp.{name}" -}}}}', *_rules(rights, in_chart=True), "{{- end }}", ""))


def _rules(rights: Sequence[Right], *, in_chart: bool = False) -> Iterator[str]:
    """A rule for each resource; what is in no namespace is no use in a Role."""
    for (group, resource, named), found in groupby(rights, lambda r: (r.group, r.resource, bool(r.object_name))):
        of_rule = tuple(found)
        purposes = "; ".join(dict.fromkeys(right.purpose for right in of_rule))
        names = [right.object_name for right in of_rule if right.object_name]
        if in_chart and named:
            yield "{{- if not .Values.watchNamespaces }}"
        yield f"# {purposes[0].upper()}{purposes[1:]}."
        yield f"- apiGroups: [{group or EMPTY}]"
        yield f"  resources: [{resource}]"
        if names:
            yield f"  resourceNames: [{', '.join(names)}]"
        yield f"  verbs: [{', '.join(dict.fromkeys(right.verb for right in of_rule))}]"
        if in_chart and named:
            yield "{{- end }}"


def page() -> dict[Path, str]:
    """SECURITY.md with its table."""
    path = ROOT / "SECURITY.md"
    before, start, rest = path.read_text(encoding="utf-8").partition("<!-- rights -->\n")
    end = rest[rest.index("<!-- /rights -->") :]
    return {path: f"{before}{start}\n{_table()}\n{end}"}


def _table() -> str:
    lines = ["| where | right | what for | without it |", "|---|---|---|---|"]
    for where, rights in _PLACES.items():
        for (name, purpose, without), found in groupby(rights, lambda r: (r.name, r.purpose, r.without)):
            verbs = ", ".join(dict.fromkeys(f"`{right.verb}`" for right in found))
            lines.append(f"| {where} | {verbs} on `{name}` | {purpose} | {without} |")
    return "".join(f"{line}\n" for line in lines)
