"""What may leave the house: settings and states without secrets, place, names and addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args
from urllib.parse import urlsplit

from pydantic import BaseModel

from darkstar_common.config import Config

_NEEDED = frozenset({"timezone", "area", "currency", "country"})
"""Texts without which nothing could be planned anew; they name a region, no house."""
_PLACE = frozenset({"latitude", "longitude", "altitude_m"})
_TIME = re.compile(r"\d\d:\d\d(:\d\d)?")
_SHORTEST_WORD = 3
"""Shorter names are part of too many sentences, and tell nobody anything [characters]."""
_SHORTEST_SECRET = 4


def told_settings(config: Config) -> dict[str, Any]:
    """All settings as JSON, with nothing in place of where the house is."""
    return _told(config)


def private_words(config: Config) -> tuple[str, ...]:
    """Every text of the settings that names something of this house, and parts of addresses."""
    found = {word for word in _private(config) if len(word) >= _SHORTEST_WORD}
    return tuple(sorted(found, key=lambda word: (-len(word), word)))


class Redaction:
    """Puts something in place of words, the same for the same word wherever it stands."""

    def __init__(self, words: Iterable[str], secrets: Iterable[str] = ()) -> None:
        """Prepare it.

        Args:
            words: Names, which are replaced where they stand as words.
            secrets: Replaced also as parts of other words.
        """
        hidden = sorted({one for one in secrets if len(one) >= _SHORTEST_SECRET}, key=len)
        named = sorted(dict.fromkeys(words), key=len, reverse=True)
        self._aliases = {word: f"private_{number}" for number, word in enumerate(named, 1)}
        self._aliases |= dict.fromkeys(hidden, "secret")
        parts = [*(re.escape(one) for one in reversed(hidden))]
        parts += [rf"(?<!\w){re.escape(one)}(?!\w)" for one in named]
        self._pattern = re.compile("|".join(parts)) if parts else None

    def of(self, value: Any) -> Any:
        """`value` (JSON) with all of it replaced, in keys too."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, Mapping):
            return {self._text(str(key)): self.of(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [self.of(one) for one in value]
        return value

    def _text(self, text: str) -> str:
        if self._pattern is None:
            return text
        return self._pattern.sub(lambda found: self._aliases.get(found[0], "secret"), text)


def _told(section: BaseModel) -> dict[str, Any]:
    plain = section.model_dump(mode="json")
    for name in type(section).model_fields:
        value = getattr(section, name)
        if name in _PLACE:
            plain[name] = None
        elif isinstance(value, BaseModel):
            plain[name] = _told(value)
        elif isinstance(value, tuple | list):
            plain[name] = [
                _told(one) if isinstance(one, BaseModel) else kept
                for one, kept in zip(value, plain[name], strict=True)
            ]
    return plain


def _private(section: BaseModel) -> Iterator[str]:
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if name in _NEEDED or value == field.get_default(call_default_factory=True):
            continue
        if name in _PLACE:
            yield str(value)
        known = frozenset(_choices(field.annotation))
        yield from (word for one in _texts(value) if one not in known for word in _words(one))
        for one in value if isinstance(value, tuple | list) else (value,):
            if isinstance(one, BaseModel):
                yield from _private(one)


def _texts(value: Any) -> Iterator[str]:
    """The texts in a value, without those of sections in it; of a mapping its values."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (one for one in value.values() if isinstance(one, str))
    elif isinstance(value, tuple | list):
        yield from (one for one in value if isinstance(one, str))


def _words(text: str) -> Iterator[str]:
    """A text that may be private, and the parts of an address that are."""
    if _TIME.fullmatch(text):
        return
    yield text
    if "://" in text:
        parts = urlsplit(text)
        yield from (one for one in (parts.hostname, parts.username, parts.password) if one)


def _choices(annotation: Any) -> Iterator[str]:
    """The words that a type allows and no other."""
    for one in get_args(annotation):
        if isinstance(one, str):
            yield one
        else:
            yield from _choices(one)
