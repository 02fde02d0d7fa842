"""What can be set, as a tree: made of the configuration's own classes, so nothing is missing.

The classes' JSON schema says of each key what it takes; its text says what it means, with
the unit in brackets.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final, Literal

from pydantic import Field

from darkstar_common.config import Config
from darkstar_common.config.reloading import needs_restart
from darkstar_common.contract import Part
from darkstar_gateway.core.settings.places import GROUPS, Device, needs
from darkstar_gateway.core.settings.titles import title

Kind = Literal[
    "bool", "int", "float", "text", "time", "choice", "section", "sections", "list", "map", "points"
]
_NUMBERS: Final = ("int", "float")
_UNIT: Final = re.compile(r"\s*\[([^\[\]]+)\]")
_PLAIN: Final[dict[str, Kind]] = {
    "boolean": "bool", "integer": "int", "number": "float", "string": "text", "object": "section",
}  # fmt: skip
_COLUMNS: Final = {
    "battery.charge_taper": ("State of charge [%]", "Most power [kW]"),
    "solar.arrays.horizon": ("Azimuth [°]", "Elevation [°]"),
}


class Node(Part):
    """One key: a value, or a section of them."""

    key: str = Field(description="Its path in the file; below `sections`, without the number")
    name: str = Field(description="The last part of the key")
    title: str
    help: str = Field(description="What it means, in a sentence or two")
    kind: Kind = Field(
        description="`time`: HH:MM; `section`: has children, may be null where nullable; "
        "`sections`: a list of such; `list` and `map`: of `item`, a map's keys are text; "
        "`points`: a list of pairs of numbers"
    )
    unit: str | None = Field(default=None, description="`currency` stands for tariff.currency")
    nullable: bool = Field(default=False, description="Whether null is a value")
    required: bool = Field(default=False, description="It has no default: it must be given")
    default: Any = Field(default=None, description="What holds where the key is left out")
    choices: tuple[str | int, ...] = Field(default=(), description="All there are, of a choice")
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = Field(default=None, description="It must be more than this")
    below: float | None = Field(default=None, description="It must be less than this")
    pattern: str | None = Field(default=None, description="Regular expression of a text")
    least_items: int = 0
    columns: tuple[str, ...] = Field(default=(), description="What the numbers of a point are")
    needs: Device | None = Field(
        default=None, description="It changes nothing in a house without this"
    )
    restart: bool = Field(
        default=False, description="In force only when the services are started again"
    )
    item: Node | None = Field(default=None, description="What a list or a map holds")
    children: tuple[Node, ...] = Field(default=(), description="The keys of a section")


class Group(Part):
    """Sections that are shown together."""

    name: str
    title: str
    nodes: tuple[Node, ...]


@cache
def tree() -> tuple[Group, ...]:
    """All that can be set, in the order it is shown."""
    schema = Config.model_json_schema()
    reader = _Reader(schema["$defs"])
    top = {name: reader.node(name, name, one) for name, one in schema["properties"].items()}
    return tuple(
        Group(name=name, title=words, nodes=tuple(top[one] for one in sections))
        for name, words, sections in GROUPS
    )


class _Reader:
    """Turns parts of the JSON schema into nodes."""

    def __init__(self, definitions: dict[str, Any]) -> None:
        self._definitions = definitions

    def node(self, key: str, name: str, said: dict[str, Any], *, required: bool = False) -> Node:
        schema, nullable = self._inner(said)
        kind = _kind(schema)
        text = " ".join((said.get("description") or schema.get("description", "")).split())
        unit = _unit(text) if kind in _NUMBERS else None
        return Node(
            key=key,
            name=name,
            title=title(name),
            help=_without(text, unit),
            kind=kind,
            unit=unit,
            nullable=nullable,
            required=required,
            default=said.get("default"),
            choices=tuple(schema.get("enum", ())),
            minimum=schema.get("minimum"),
            maximum=schema.get("maximum"),
            above=schema.get("exclusiveMinimum"),
            below=schema.get("exclusiveMaximum"),
            pattern=schema.get("pattern"),
            least_items=schema.get("minItems", 0),
            columns=_COLUMNS.get(key, ()),
            needs=needs(key),
            restart=needs_restart(key),
            item=self._item(key, kind, schema),
            children=self._children(key, kind, schema),
        )

    def _inner(self, said: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        """What `said` takes besides null, and whether it takes that."""
        options = said.get("anyOf", [said])
        one = next(option for option in options if option.get("type") != "null")
        if "$ref" in one:
            one = self._definitions[one["$ref"].rsplit("/", 1)[-1]]
        return one, len(options) > 1

    def _item(self, key: str, kind: Kind, schema: dict[str, Any]) -> Node | None:
        held = {"list": "items", "map": "additionalProperties"}.get(kind)
        return self.node(key, key.rsplit(".", 1)[-1], schema[held]) if held else None

    def _children(self, key: str, kind: Kind, schema: dict[str, Any]) -> tuple[Node, ...]:
        if kind == "sections":
            schema, _ = self._inner(schema["items"])
        elif kind != "section":
            return ()
        must = schema.get("required", ())
        return tuple(
            self.node(f"{key}.{name}", name, one, required=name in must)
            for name, one in schema["properties"].items()
        )


def _kind(schema: dict[str, Any]) -> Kind:
    if "enum" in schema:
        return "choice"
    if isinstance(schema.get("additionalProperties"), dict):
        return "map"
    if schema["type"] == "array":
        items = schema["items"]
        if "$ref" in items:
            return "sections"
        return "points" if "prefixItems" in items else "list"
    if "[0-5]" in schema.get("pattern", ""):
        return "time"
    return _PLAIN[schema["type"]]


def _unit(text: str) -> str | None:
    found = _UNIT.findall(text)
    return found[-1] if found else None


def _without(text: str, unit: str | None) -> str:
    """`text` without its unit, which is told by itself."""
    rest = text if unit is None else _UNIT.sub("", text)
    return rest if rest.strip(" .;") else ""
