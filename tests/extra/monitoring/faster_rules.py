"""The rules as they are installed, with all times divided by one number, so that alerts fire within minutes."""

import re
from typing import Any, Final

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_RANGE: Final = re.compile(r"\[(\d+)([smhd])\]")
_PRODUCT: Final = re.compile(r"\b(\d+) \* (60|3600|86400)\b")
"""How a number of seconds is written in the rules: `10 * 60`."""


def faster(rules: dict[str, Any], factor: int) -> dict[str, Any]:
    """The rules with ranges, `for` and thresholds in seconds divided by a factor; they are the same in all else."""
    return {
        "groups": [group | {"rules": [_faster(rule, factor) for rule in group["rules"]]} for group in rules["groups"]]
    }


def _faster(rule: dict[str, Any], factor: int) -> dict[str, Any]:
    def milliseconds(number: str, unit: str) -> str:
        return f"{int(number) * _UNITS[unit] * 1000 // factor}ms"

    expression = _RANGE.sub(lambda match: f"[{milliseconds(*match.groups())}]", rule["expr"])
    expression = _PRODUCT.sub(lambda match: f"{int(match[1]) * int(match[2]) / factor:g}", expression)
    pending = re.fullmatch(r"(\d+)([smhd])", rule.get("for", "0s"))
    assert pending, rule
    return rule | {"expr": expression, "for": milliseconds(*pending.groups())}
