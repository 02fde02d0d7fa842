"""What a probe of a configuration key is, and which keys there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from inspect import isawaitable
from typing import TypeAlias, get_args

from pydantic import BaseModel

from darkstar_common.config import Config

Observe: TypeAlias = Callable[[Config], object]
"""From a configuration to something that a service puts out; a coroutine function will do."""
PLAIN = Config()


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A key, two values for it, and an output that must differ between them.

    Attributes:
        key: Its path in the file, such as `battery.capacity_kwh`.
        house: The rest of the configuration.
    """

    key: str
    observe: Observe
    values: tuple[object, object]
    house: Config = PLAIN

    async def output(self, value: object) -> object:
        """What is put out where the key has `value`."""
        seen = self.observe(changed(self.house, self.key, value))
        return await seen if isawaitable(seen) else seen


def changed(config: Config, key: str, value: object) -> Config:
    """`config` with `value` for `key`, checked as when it is read from the file."""
    *sections, name = key.split(".")
    content = config.model_dump()
    place = content
    for section in sections:
        place = place[section]
        # of a list the first one stands for all
        place = place[0] if isinstance(place, list | tuple) else place
    assert name in place, f"{key} is no key"
    place[name] = value
    return Config.model_validate(content)


def keys(section: type[BaseModel] = Config, prefix: str = "") -> Iterator[str]:
    """All keys that hold a value; of a section that may be left out also its own."""
    for name, field in section.model_fields.items():
        kinds = (field.annotation, *get_args(field.annotation))
        inner = [one for one in kinds if isinstance(one, type) and issubclass(one, BaseModel)]
        if not inner or field.annotation is not inner[0]:
            yield f"{prefix}{name}"
        for one in inner:
            yield from keys(one, f"{prefix}{name}.")
