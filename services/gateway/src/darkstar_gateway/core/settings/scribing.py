"""Values as YAML, on one line or as a block, for a file that people also write by hand."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ruamel.yaml import YAML

_WIDE: Final = 1_000_000
"""No value is broken over lines [characters]."""


def inline(value: Any) -> str:
    """`value` on one line; it may stand in braces and brackets, too.

    Example:
        >>> inline({"id": "car", "days": ["mon"], "at": "07:00", "text": "a, b"})
        "{id: car, days: [mon], at: 07:00, text: 'a, b'}"
    """
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{inline(key)}: {inline(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(inline(one) for one in value) + "]"
    if isinstance(value, str) and not value.isprintable():
        return json.dumps(value)
    stream = io.StringIO()
    yaml: Any = YAML(typ="safe", pure=True)
    yaml.width = _WIDE
    yaml.default_flow_style = True
    yaml.dump([value], stream)
    return stream.getvalue().strip()[1:-1]


def like(old: str, value: Any) -> str:
    """`value` on one line, in the quotes that `old` has.

    Example:
        >>> like("'a'", "b"), like('"a"', "b"), like("a", "b"), like("'1'", 2)
        ("'b'", '"b"', 'b', '2')
    """
    if isinstance(value, str) and value.isprintable():
        if old.startswith("'"):
            return "'" + value.replace("'", "''") + "'"
        if old.startswith('"'):
            return json.dumps(value, ensure_ascii=False)
    return inline(value)


def entry(name: Any, value: Any) -> Iterator[str]:
    """The lines of a key with its value: sections as blocks, all else on one line."""
    if isinstance(value, Mapping) and value:
        yield f"{inline(name)}:"
        yield from (f"  {line}" for line in block(value))
    elif isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
        yield f"{inline(name)}:"
        yield from (f"  - {inline(one)}" for one in value)
    else:
        yield f"{inline(name)}: {inline(value)}"


def block(value: Mapping[Any, Any]) -> Iterator[str]:
    """The lines of a section's keys."""
    for name, one in value.items():
        yield from entry(name, one)
