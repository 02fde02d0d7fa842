"""Reads the configuration file, and says in plain words what is wrong with it.

ConfigError   the file is missing, is no YAML, or holds a value that cannot be
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from darkstar_common.config.model import Config


class ConfigError(Exception):
    """The configuration cannot be used; each of `problems` names key, value and way out."""

    def __init__(self, path: Path, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(f"{path}: {problem}" for problem in problems))
        self.path = path
        self.problems = problems


def load_config(path: Path) -> Config:
    """The configuration in the file at `path`; relative paths in it are taken from there.

    Raises:
        ConfigError: It cannot be read or used.
    """
    try:
        raw = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except OSError as error:
        problem = f"cannot be read ({error.strerror}); copy config.example.yaml there"
        raise ConfigError(path, (problem,)) from None
    except (YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(path, (f"is no YAML: {' '.join(str(error).split())}",)) from None
    if raw is not None and not isinstance(raw, dict):
        raise ConfigError(path, (f"holds {_shown(raw)} where keys such as `site:` belong",))
    try:
        config = Config.model_validate(raw or {})
    except ValidationError as error:
        raise ConfigError(path, tuple(_sentences(error))) from None
    return _from_here(_from_here(config, "prices", path.parent), "weather", path.parent)


def _from_here(config: Config, section: Literal["prices", "weather"], directory: Path) -> Config:
    """`config` with the CSV file of `section` looked for in `directory`."""
    part = getattr(config, section)
    if part.csv_path is None or part.csv_path.is_absolute():
        return config
    found = part.model_copy(update={"csv_path": directory / part.csv_path})
    return config.model_copy(update={section: found})


def _sentences(error: ValidationError) -> Iterator[str]:
    for detail in error.errors(include_url=False):
        yield _sentence(detail)


def _sentence(detail: ErrorDetails) -> str:
    key = ".".join(str(part) for part in detail["loc"])
    parent = _section(detail["loc"][:-1])
    if detail["type"] == "extra_forbidden":
        known = list(parent.model_fields) if parent else []
        close = difflib.get_close_matches(str(detail["loc"][-1]), known, n=1)
        way_out = f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"
        return f"{key} is no key; {way_out}"
    text = detail["msg"].removeprefix("Value error, ")
    meaning = _meaning(parent, detail["loc"])
    got = "" if isinstance(detail["input"], dict) else f" ({_shown(detail['input'])})"
    return f"{key}{got}: {text[:1].lower()}{text[1:]}{meaning}"


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
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 (one line of a terminal)
