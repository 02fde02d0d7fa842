"""Finds inverter profiles: those that are shipped, and people's own files.

ProfileError   there is no such profile, or its file holds something that cannot be
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from darkstar_executor.core.profile import INTENTS, Profile, SettingRole
from darkstar_executor.core.vetting import instead

_SHIPPED = files("darkstar_executor") / "profiles"
_FILES = (".yaml", ".yml")
PROFILES: tuple[str, ...] = tuple(
    sorted(one.name.removesuffix(".yaml") for one in _SHIPPED.iterdir() if one.name[0].isalpha())
)
"""The profiles that are shipped, by name."""


class ProfileError(Exception):
    """The profile cannot be used; each of `problems` is a sentence with file, key and way out."""

    def __init__(self, file: str, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(f"{file}: {problem}" for problem in problems))
        self.file = file
        self.problems = problems


def load_profile(name_or_path: str, directory: Path | None = None) -> Profile:
    """The profile that is shipped under a name, or that is in a file.

    Args:
        name_or_path: One of `PROFILES`, or the path of a YAML file.
        directory: What a relative path starts from; None: the working directory.

    Raises:
        ProfileError: There is none, or it cannot be used.
    """
    if name_or_path in PROFILES:
        file = f"{name_or_path}.yaml"
        text = (_SHIPPED / file).read_text(encoding="utf-8")
        return _profile(f"profile {file}", name_or_path, text)
    if not name_or_path.endswith(_FILES):
        problem = (
            f"no such profile is shipped; {instead(name_or_path, PROFILES)} A file of your own is "
            "named by its path, with .yaml at its end"
        )
        raise ProfileError(f"inverter.profile {name_or_path}", (problem,))
    path = (directory or Path()) / name_or_path
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ProfileError(str(path), (f"cannot be read ({error.strerror})",)) from None
    except UnicodeDecodeError:
        raise ProfileError(str(path), ("is no text in UTF-8; save it as such",)) from None
    return _profile(str(path), path.stem, text)


def _profile(file: str, name: str, text: str) -> Profile:
    try:
        raw = YAML(typ="safe").load(text)
    except YAMLError as error:
        raise ProfileError(file, (f"is no YAML: {' '.join(str(error).split())}",)) from None
    if not isinstance(raw, dict):
        raise ProfileError(file, ("holds no keys; it needs title, source, settings, intents",))
    try:
        return Profile.model_validate({"name": name} | raw)
    except ValidationError as error:
        found = tuple(
            line
            for detail in error.errors(include_url=False)
            for line in _sentence(detail).splitlines()
        )
        raise ProfileError(file, tuple(dict.fromkeys(found))) from None


_LEAVES = frozenset({"bool", "str", "float"})
"""What a value may be; pydantic complains of each apart."""
_KEYS_BELONG = "{key} holds {given} where keys belong, each with a colon behind it"
_TRUTH = "{key}: {given} is neither true nor false"
_SENTENCES: Mapping[str, str] = MappingProxyType({
    "literal_error": "{key}: {given} is none of {expected}",
    "model_type": _KEYS_BELONG,
    "dict_type": _KEYS_BELONG,
    "string_type": "{key}: {given} is no text; put it in quotes",
    "tuple_type": "{key}: {given} is no list; write [one, another]",
    "bool_type": _TRUTH,
    "bool_parsing": _TRUTH,
})  # fmt: skip


def _sentence(detail: ErrorDetails) -> str:
    """The fault in plain words; of a profile's own checks, one line for each."""
    place, kind = [str(part) for part in detail["loc"] if part != "[key]"], detail["type"]
    if not place:
        return str(detail["msg"]).removeprefix("Value error, ")
    key, given = ".".join(place), _shown(detail["input"])
    if place[0] in {"always", "intents"} and place[-1] in _LEAVES:
        return f"{'.'.join(place[:-1])}: {given} is no word, number or term"
    if kind == "literal_error" and place[0] == "intents":
        return f"{key} is no intent; {instead(place[-1], INTENTS)}"
    if kind == "missing":
        return f"{key} is missing; {_meaning(place)}"
    if kind == "extra_forbidden":
        return f"{key} is no key; {instead(place[-1], list(_model(place).model_fields))}"
    plain = detail["msg"].replace("Input should be", "is to be")
    sentence = _SENTENCES.get(kind, "{key} ({given}): {plain}")
    expected = detail.get("ctx", {}).get("expected", "")
    return sentence.format(key=key, given=given, plain=plain, expected=expected)


def _model(place: list[str]) -> type[Profile | SettingRole]:
    return SettingRole if place[:1] == ["settings"] and len(place) > 2 else Profile  # noqa: PLR2004


def _meaning(place: list[str]) -> str:
    field = _model(place).model_fields[place[-1]]
    return f"it is: {(field.description or '').split(chr(10))[0]}"


def _shown(value: Any) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 (one line of a terminal)
