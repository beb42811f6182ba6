"""What may not leave the cluster, taken out of texts: credentials always, names of hosts and addresses on request."""

import re
from collections.abc import Callable, Iterable
from typing import Final

REMOVED: Final = "[removed]"

_SECRETS: Final = (
    re.compile(r"-----BEGIN [^-]+-----.*?(?:-----END [^-]+-----|\Z)", re.DOTALL),
    re.compile(r"eyJ[\w-]{8,}(?:\.[\w-]+){1,2}"),
    re.compile(r"(?i)(?<=bearer )[^\s\"']+"),
    re.compile(r"(?i)(?<=basic )[A-Za-z0-9+/=]{12,}"),
    re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bgh[pousr]_\w{20,}|\bxox[abprs]-[\w-]{10,}|\bsk-[\w-]{16,}"),
    re.compile(r"(?<=://)[^/\s:@\"']+:[^/\s@\"']+(?=@)"),
    re.compile(
        r"(?i)(?:(?<=password)|(?<=passwd)|(?<=token)|(?<=secret)|(?<=api_key)|(?<=api-key)|(?<=apikey)|(?<=credential))"
        r"(?P<between>\\?[\"']?\s*[:=]\s*\\?[\"']?)(?P<value>[^\s\"',;}\\]+)"
    ),
)
"""PEM, JWT, headers, keys of known makers, user:password in URLs, and whatever is said to be a password or the like."""

_ADDRESS: Final = re.compile(
    r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)|(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{1,4}(?![\w:])"
)
_IDENTITY: Final = re.compile(r"(?<=\d@)[A-Za-z0-9][\w.-]*")
"""A worker's identity is by default its process and its host."""


def without_secrets(text: str) -> str:
    """The text without anything that looks like a credential."""
    for pattern in _SECRETS:
        text = pattern.sub(_removed, text)
    return text


def _removed(found: re.Match[str]) -> str:
    between = found.groupdict().get("between")
    return REMOVED if between is None else between + REMOVED


class Names:
    """Hides names of hosts and addresses: one always gets the same stand-in."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        """Knows these hosts; addresses and hosts in identities are found by their look."""
        self._stand_ins: dict[str, str] = {}
        ordered = sorted({name for name in known if name}, key=lambda name: (-len(name), name))
        names = "|".join(re.escape(name) for name in ordered)
        self._known = re.compile(rf"(?<![\w.-])(?:{names})(?![\w-])") if names else None

    def hide(self, text: str) -> str:
        """The text with stand-ins."""
        if self._known:
            text = self._known.sub(self._stand_in("host"), text)
        return _ADDRESS.sub(self._stand_in("address"), _IDENTITY.sub(self._stand_in("host"), text))

    def _stand_in(self, kind: str) -> Callable[[re.Match[str]], str]:
        def replaced(found: re.Match[str]) -> str:
            name = found[0]
            if name in self._stand_ins.values():
                return name
            return self._stand_ins.setdefault(name, f"{kind}-{len(self._stand_ins) + 1}")

        return replaced
