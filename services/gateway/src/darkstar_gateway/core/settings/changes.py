"""A change of the configuration: which keys, to what, and whether the whole is sound then."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel, Field, ValidationError

from darkstar_common.config import Config
from darkstar_common.config.load import key_problems
from darkstar_common.contract import Part
from darkstar_gateway.core.settings.tree import Node, tree


class SettingProblem(Part):
    """What is wrong with one key, for people."""

    key: str = Field(description="In a list with the number of the item, such as evs.0.id")
    message: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """The content of a file with the changes in it, and the configuration that it makes."""

    content: dict[str, Any]
    config: Config


class RefusedError(Exception):
    """The changes cannot be made; nothing has been."""

    def __init__(self, problems: Sequence[SettingProblem]) -> None:
        super().__init__("; ".join(f"{one.key}: {one.message}" for one in problems))
        self.problems = tuple(problems)


def wanted(
    content: Mapping[str, Any], changes: Mapping[str, Any], removed: Sequence[str]
) -> Wanted:
    """The content with `changes` made and the keys `removed`, which have their default then.

    Args:
        content: What the file holds.
        changes: Key to value. Lists are given whole; maps whole or key by key.
        removed: Keys to be taken out of the file, before the changes are made.

    Raises:
        RefusedError: A key is none, or the whole would be no configuration.
    """
    strangers = [one for key in (*changes, *removed) for one in _strange(key)]
    if strangers:
        raise RefusedError(strangers)
    made = _made(content, changes, removed)
    try:
        config = Config.model_validate(made)
    except ValidationError as error:
        found = key_problems(error)
        raise RefusedError(
            [SettingProblem(key=one.key, message=one.message) for one in found]
        ) from None
    plain = config.model_dump(mode="json", exclude_unset=True)
    read = {key: _value(plain, _split(key)) for key in changes}
    return Wanted(_made(content, read, removed), config)


def keys_of(content: Mapping[str, Any]) -> tuple[str, ...]:
    """Which keys the file sets itself; a list or a map is one key."""
    return tuple(_keys(content, ()))


def meaning(path: tuple[str, ...]) -> str:
    """What the example file says of a key; of what is no key, nothing."""
    return _meanings().get(".".join(path), "")


def _made(
    content: Mapping[str, Any], changes: Mapping[str, Any], removed: Sequence[str]
) -> dict[str, Any]:
    made = copy.deepcopy(dict(content))
    for key in removed:
        *sections, name = _split(key)
        place: Any = made
        for section in sections:
            place = place.get(section) if isinstance(place, dict) else None
        if isinstance(place, dict):
            place.pop(name, None)
    for key in sorted(changes, key=lambda one: one.count(".")):
        *sections, name = _split(key)
        _put(_place(made, sections), sections, name, changes[key])
    return made


def _split(key: str) -> list[str]:
    """The parts of `key`; what follows the name of a map is one part."""
    parts = key.split(".")
    for count in range(1, len(parts)):
        node = _nodes().get(".".join(parts[:count]))
        if node is not None and node.kind == "map":
            return [*parts[:count], ".".join(parts[count:])]
    return parts


def _place(made: dict[str, Any], sections: Sequence[str]) -> dict[str, Any]:
    place: dict[str, Any] = made
    above: list[str] = []
    for section in sections:
        if not isinstance(place.get(section), dict):
            _put(place, above, section, {})
        place = place[section]
        above.append(section)
    return place


def _put(place: dict[str, Any], sections: Sequence[str], name: str, value: Any) -> None:
    """Put a key where it belongs: after those that stand before it in the example."""
    if name in place:
        place[name] = value
        return
    order = _order(".".join(sections))
    rank = order.index(name) if name in order else len(order)
    before = [one for one in place if one in order and order.index(one) < rank]
    names = list(place)
    at = names.index(before[-1]) + 1 if before else (0 if rank < len(order) else len(names))
    entries = list(place.items())
    place.clear()
    place.update([*entries[:at], (name, value), *entries[at:]])


def _value(plain: Any, parts: Sequence[str]) -> Any:
    for part in parts:
        plain = plain[part]
    return plain


def _strange(key: str) -> Iterator[SettingProblem]:
    """What is wrong with the name of a key."""
    *sections, _ = parts = _split(key)
    path = ".".join(parts)
    above = _nodes().get(".".join(sections))
    if path in _nodes() and not _within_list(sections):
        return
    if above is not None and above.kind == "map":
        return
    listed = _within_list(sections)
    if listed:
        yield SettingProblem(key=key, message=f"A list is changed as a whole: give {listed}.")
        return
    close = difflib.get_close_matches(key, list(_nodes()), n=1)
    way_out = f" Did you mean {close[0]}?" if close else ""
    yield SettingProblem(key=key, message=f"There is no such key.{way_out}")


def _within_list(sections: Sequence[str]) -> str:
    for count in range(1, len(sections) + 1):
        key = ".".join(sections[:count])
        node = _nodes().get(key)
        if node is not None and node.kind in ("sections", "list", "points"):
            return key
    return ""


def _keys(content: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[str]:
    for name, value in content.items():
        key = ".".join((*above, str(name)))
        node = _nodes().get(key)
        if node is not None and node.kind == "section" and isinstance(value, dict) and value:
            yield from _keys(value, (*above, str(name)))
        else:
            yield key


@cache
def _nodes() -> dict[str, Node]:
    return {node.key: node for group in tree() for one in group.nodes for node in _walked(one)}


def _walked(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _walked(child)


@cache
def _order(section: str) -> tuple[str, ...]:
    if not section:
        return tuple(Config.model_fields)
    node = _nodes().get(section)
    return tuple(child.name for child in node.children) if node else ()


@cache
def _meanings() -> dict[str, str]:
    return dict(_described(Config, ""))


def _described(section: type[BaseModel], prefix: str) -> Iterator[tuple[str, str]]:
    for name, field in section.model_fields.items():
        yield f"{prefix}{name}", " ".join((field.description or "").split())
        kinds = (field.annotation, *get_args(field.annotation))
        inner = [one for one in kinds if isinstance(one, type) and issubclass(one, BaseModel)]
        for one in inner:
            yield from _described(one, f"{prefix}{name}.")
