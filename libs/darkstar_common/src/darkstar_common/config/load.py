"""Reads the configuration file, and says in plain words what is wrong with it.

ConfigError   the file is missing, is no YAML, or holds a value that cannot be
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from darkstar_common.config.model import Config

_LOGIN = re.compile(r"//[^/@\s]+@")
"""User and password in an address; they are shown to nobody."""


class ConfigError(Exception):
    """The configuration cannot be used; each of `problems` names key, value and way out."""

    def __init__(self, path: Path, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(f"{path}: {problem}" for problem in problems))
        self.path = path
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyProblem:
    """What is wrong with one key."""

    key: str
    """Its path in the file; empty: the file as a whole."""
    message: str
    """What is wrong, without the key."""
    sentence: str
    """The same with the key and, where it helps, its value and its meaning."""


def load_config(path: Path) -> Config:
    """The configuration in the file at `path`; relative paths in it are taken from there.

    Raises:
        ConfigError: It cannot be read or used.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        problem = f"cannot be read ({error.strerror}); copy config.example.yaml there"
        raise ConfigError(path, (problem,)) from None
    return parsed_config(content, path)


def parsed_config(content: bytes, path: Path) -> Config:
    """The configuration in `content`, which is that of the file at `path`.

    Raises:
        ConfigError: It cannot be used.
    """
    try:
        raw = YAML(typ="safe").load(content.decode("utf-8"))
    except (YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(path, (f"is no YAML: {' '.join(str(error).split())}",)) from None
    if raw is not None and not isinstance(raw, dict):
        raise ConfigError(path, (f"holds {_shown(raw)} where keys such as `site:` belong",))
    try:
        config = Config.model_validate(raw or {})
    except ValidationError as error:
        problems = tuple(one.sentence for one in key_problems(error))
        raise ConfigError(path, problems) from None
    return _from_here(_from_here(config, "prices", path.parent), "weather", path.parent)


def key_problems(error: ValidationError) -> Iterator[KeyProblem]:
    """What is wrong, key by key."""
    for detail in error.errors(include_url=False):
        key = ".".join(str(part) for part in detail["loc"])
        parent = _section(detail["loc"][:-1])
        if detail["type"] == "extra_forbidden":
            message = f"is no key; {_known(parent, str(detail['loc'][-1]))}"
            yield KeyProblem(key=key, message=message, sentence=f"{key} {message}")
            continue
        text = detail["msg"].removeprefix("Value error, ")
        got = "" if isinstance(detail["input"], dict) else f" ({_shown(detail['input'])})"
        said = f"{text[:1].lower()}{text[1:]}{_meaning(parent, detail['loc'])}"
        yield KeyProblem(key=key, message=_first_upper(text), sentence=f"{key}{got}: {said}")


def _from_here(config: Config, section: Literal["prices", "weather"], directory: Path) -> Config:
    """`config` with the CSV file of `section` looked for in `directory`."""
    part = getattr(config, section)
    if part.csv_path is None or part.csv_path.is_absolute():
        return config
    found = part.model_copy(update={"csv_path": directory / part.csv_path})
    return config.model_copy(update={section: found})


def _known(section: type[BaseModel] | None, name: str) -> str:
    known = list(section.model_fields) if section else []
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"


def _first_upper(text: str) -> str:
    text = text.replace("Input should", "It must", 1)
    return text[:1].upper() + text[1:]


def _meaning(section: type[BaseModel] | None, place: tuple[int | str, ...]) -> str:
    field = section.model_fields.get(str(place[-1])) if section and place else None
    return f". It is: {field.description}" if field and field.description else ""


def _section(place: tuple[int | str, ...]) -> type[BaseModel] | None:
    """The model class at `place`, or None where there is none."""
    here: type[BaseModel] = Config
    for part in place:
        field = here.model_fields.get(str(part))
        kinds = (field.annotation, *get_args(field.annotation)) if field else ()
        found = [one for one in kinds if isinstance(one, type) and issubclass(one, BaseModel)]
        if not found:
            return None
        here = found[0]
    return here


def _shown(value: Any) -> str:
    text = _LOGIN.sub("//…@", repr(value))
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 (one line of a terminal)
